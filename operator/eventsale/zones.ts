import { isForbidden } from '#operator/kube/api-error.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import type { KubeObject, Resource } from '#operator/kube/resource.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';

const NODE: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };
const ZONE_LABEL = 'topology.kubernetes.io/zone';
const REFRESH_MS = 10 * 60_000;
const RETRY_MS = 10_000;

/** How many zones the cluster's nodes stand in, asked every ten minutes, sooner after a failure; 1 where we may not ask. */
export function zoneCounter(deps: {
  client: KubeClient;
  clock: Clock;
  log: Logger;
}): (signal: AbortSignal) => Promise<number> {
  let known: { zones: number; until: number } | undefined;
  return async (signal) => {
    const now = deps.clock.monotonic();
    if (known !== undefined && now < known.until) return known.zones;
    let until = now + REFRESH_MS;
    let zones = known?.zones ?? 1;
    try {
      const nodes = await deps.client.list<KubeObject>(NODE, { signal });
      const named = nodes.map((node) => node.metadata.labels?.[ZONE_LABEL]).filter((zone) => zone !== undefined);
      // A node that names none stands in one of the others, as far as we know: one zone more would mean less head-room.
      zones = Math.max(1, new Set(named).size);
    } catch (error) {
      // A namespaced install has no right to read nodes: plan for one zone and say so in the log.
      if (!isForbidden(error)) until = now + RETRY_MS;
      deps.log.debug({ err: error }, 'nodes cannot be read; planning for the zones known so far');
    }
    known = { zones, until };
    return zones;
  };
}
