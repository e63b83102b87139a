import type { KubeObject } from './resource.ts';

/**
 * Field managers that own the field at `path` (`['spec', 'minReplicas']`), as managedFields tell. Only for objects whose
 * resource keeps managedFields (HPA), or that came straight from the client. List items are not addressable.
 */
export function fieldOwners(object: KubeObject, path: readonly string[]): string[] {
  const owners = (object.metadata.managedFields ?? [])
    .filter((entry) => entry.manager !== undefined && owns(entry.fieldsV1, path))
    .map((entry) => entry.manager ?? '');
  return [...new Set(owners)];
}

function owns(fields: Record<string, unknown> | undefined, path: readonly string[]): boolean {
  let node: unknown = fields;
  for (const name of path) {
    if (typeof node !== 'object' || node === null) return false;
    node = (node as Record<string, unknown>)[`f:${name}`];
    if (node === undefined) return false;
  }
  return true;
}
