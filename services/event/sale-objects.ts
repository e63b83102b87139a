import { CustomObjectsApi, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { SALE_MARK } from '#proto/names.ts';
import type { SaleObject } from './sale-object.ts';
import { refusalOf } from './sale-refusal.ts';

/** The EventSales of one namespace; every failure is a ServiceError in plain words. */
export interface SaleObjects {
  list(organiserId: string): Promise<readonly SaleObject[]>;
  get(name: string): Promise<SaleObject>;
  create(sale: SaleObject): Promise<SaleObject>;
  /** JSON merge patch; with a resourceVersion in it, ABORTED when the object has changed since. */
  patch(name: string, patch: object): Promise<SaleObject>;
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
  };
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
