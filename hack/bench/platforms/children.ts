import { type OwnedFields, ownedPart } from '#runtime/owned-part.ts';
import type { Cluster } from '../load/api-cluster.ts';

interface Owned {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly ownerReferences?: readonly { kind: string }[];
    readonly managedFields?: readonly {
      manager: string;
      operation: string;
      subresource?: string;
      fieldsV1: OwnedFields;
    }[];
  };
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly availableReplicas?: number };
}

const MANAGED = 'labelSelector=app.kubernetes.io/managed-by%3Dticketbottle-operator';

/** Every object that belongs to a platform, of whatever kind; with its kind, which lists leave out. */
export async function childrenIn(cluster: Cluster): Promise<Owned[]> {
  const found: Owned[] = [];
  for (const { root, plural, kind, apiVersion } of await namespacedKinds(cluster)) {
    const { items } = (await cluster.call('GET', `${root}/${plural}?${MANAGED}`)) as { items: Owned[] };
    for (const item of items)
      if ((item.metadata.ownerReferences ?? []).every((owner) => owner.kind === 'TicketBottlePlatform'))
        found.push({ ...item, apiVersion, kind });
  }
  return found;
}

/** `Deployment 7, Secret 12 ...` per platform; throws when a Deployment is not available or the platforms differ. */
export function workOf(children: readonly Owned[], platforms: number): string {
  const counts = new Map<string, number>();
  for (const { kind = '', metadata, spec, status } of children) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (kind === 'Deployment' && (status?.availableReplicas ?? 0) < (spec?.replicas ?? 1))
      throw new Error(`Deployment ${metadata.namespace}/${metadata.name} is not available`);
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, count]) => `${kind} ${count / platforms}`)
    .join(', ');
}

/** What `manager` wrote, and no field that a default or another did: what it would send to make the object again. */
export function writtenBy(manager: string, object: Owned): object {
  const own = (object.metadata.managedFields ?? []).filter(
    (one) => one.manager === manager && one.subresource === undefined,
  );
  const merged: Record<string, unknown> = Object.assign({}, ...own.map(({ fieldsV1 }) => ownedPart(object, fieldsV1)));
  const { labels, annotations } = (merged['metadata'] ?? {}) as Record<string, unknown>;
  const { name, namespace } = object.metadata;
  return {
    ...merged,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, namespace, labels, ...(annotations === undefined ? {} : { annotations }) },
  };
}

/** Kinds that can be applied, and where: `root/plural`, or `root/namespaces/NAMESPACE/plural`. */
export async function namespacedKinds(cluster: Cluster) {
  interface Resources {
    readonly resources: readonly { name: string; kind: string; namespaced: boolean; verbs: readonly string[] }[];
  }
  const { groups } = (await cluster.call('GET', '/apis')) as {
    groups: { preferredVersion: { groupVersion: string } }[];
  };
  const versions = ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const kinds: { root: string; plural: string; kind: string; apiVersion: string }[] = [];
  for (const apiVersion of versions) {
    const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
    const { resources } = (await cluster.call('GET', root)) as Resources;
    for (const { name, kind, namespaced, verbs } of resources)
      if (namespaced && verbs.includes('list') && verbs.includes('patch'))
        kinds.push({ root, plural: name, kind, apiVersion });
  }
  return kinds;
}
