import { CustomObjectsApi, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { SALE_MARK } from '#proto/names.ts';
import type { SaleObject } from './sale-object.ts';
import { refusalOf } from './sale-refusal.ts';

/** The EventSales of one namespace; every failure is a ServiceError in plain words. */
export interface SaleObjects {
  list(organiserId: string): Promise<readonly SaleObject[]>;
  get(name: string): Promise<SaleObject>;
  create(sale: SaleObject): Promise<SaleObject>;
  /** JSON merge patch. */
  patch(name: string, patch: object): Promise<SaleObject>;
  /**
   * Another spec for the sale as it was seen, with or without its approval. ABORTED when what was scheduled, its approval
   * or its phase has changed since: not for what else the operator writes into the status, many times a second in a sale.
   */
  replaceSpec(seen: SaleObject, wanted: SpecChange): Promise<SaleObject>;
}

export interface SpecChange {
  readonly spec: SaleObject['spec'];
  readonly approval: 'kept' | 'taken back';
}

const KIND = { group: 'ticketbottle.io', version: 'v1alpha1', plural: 'eventsales' } as const;

export function saleObjects(namespace: string, config: KubeConfig): SaleObjects {
  const api = config.makeApiClient(CustomObjectsApi);
  const there = { ...KIND, namespace };
  return {
    async list(organiserId) {
      const labelSelector = `${SALE_MARK.organiser}=${organiserId}`;
      const { items } = (await refused(api.listNamespacedCustomObject({ ...there, labelSelector }))) as {
        items: SaleObject[];
      };
      return items;
    },
    get: async (name) => (await refused(api.getNamespacedCustomObject({ ...there, name }))) as SaleObject,
    create: async (body) => (await refused(api.createNamespacedCustomObject({ ...there, body }))) as SaleObject,
    patch: async (name, body) =>
      (await refused(
        api.patchNamespacedCustomObject(
          { ...there, name, body },
          setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
        ),
      )) as SaleObject,
    replaceSpec: async (seen, wanted) =>
      (await refused(
        api.patchNamespacedCustomObject(
          { ...there, name: seen.metadata.name, body: specPatch(seen, wanted) },
          setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
        ),
      )) as SaleObject,
  };
}

/** The API server repeats a JSON patch by itself when another write came between, and its tests with it. */
function specPatch({ metadata, status }: SaleObject, { spec, approval }: SpecChange): object[] {
  const path = `/metadata/annotations/${SALE_MARK.approvedBy.replaceAll('/', '~1')}`;
  const approved = metadata.annotations?.[SALE_MARK.approvedBy];
  const still = (at: string, value: unknown) => ({ op: 'test', path: at, value: value ?? null });
  return [
    still('/metadata/generation', metadata.generation),
    metadata.annotations === undefined ? still('/metadata/annotations', null) : still(path, approved),
    status === undefined ? still('/status', null) : still('/status/phase', status.phase),
    { op: 'replace', path: '/spec', value: spec },
    ...(approved === undefined || approval === 'kept' ? [] : [{ op: 'remove', path }]),
  ];
}

/** The file's current context, or the pod's own service account. */
export function kubeConfig(file: string | undefined): KubeConfig {
  const config = new KubeConfig();
  if (file === undefined) config.loadFromCluster();
  else config.loadFromFile(file);
  return config;
}

async function refused<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw refusalOf(error);
  }
}
