import { isForbidden } from '#operator/kube/api-error.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import type { KubeObject, Resource } from '#operator/kube/resource.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import { type Placement, type Spot, type Taint, takes } from './placement.ts';

const NODE: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };
const ZONE_LABEL = 'topology.kubernetes.io/zone';
const REFRESH_MS = 10 * 60_000;
const RETRY_MS = 10_000;

/** Taints that Kubernetes itself puts on a node that is not well: a zone that fails is still one of those planned with. */
const PASSING = /^node\.kubernetes\.io\/(?!unschedulable$)/;

interface Node extends KubeObject {
  spec?: { unschedulable?: boolean; taints?: Taint[] };
}

export type ZoneCounter = (placement: Placement | undefined, signal: AbortSignal) => Promise<number>;

/**
 * In how many zones such pods may run, judged by the nodes that would take them; asked every ten minutes, sooner after a failure; 1
 * where we may not ask.
 */
export function zoneCounter(deps: { client: KubeClient; clock: Clock; log: Logger }): ZoneCounter {
  let known: { nodes: readonly (Spot & { readonly zone: string })[]; until: number } | undefined;
  return async (placement = {}, signal) => {
    const now = deps.clock.monotonic();
    if (known === undefined || now >= known.until) {
      let until = now + REFRESH_MS;
      let nodes = known?.nodes ?? [];
      try {
        nodes = spotsOf(await deps.client.list<Node>(NODE, { signal }));
      } catch (error) {
        // A namespaced install has no right to read nodes: plan for one zone and say so in the log.
        if (!isForbidden(error)) until = now + RETRY_MS;
        deps.log.debug({ err: error }, 'nodes cannot be read; planning for the zones known so far');
      }
      known = { nodes, until };
    }
    const zones = known.nodes.filter((node) => takes(node, placement)).map(({ zone }) => zone);
    return Math.max(1, new Set(zones).size);
  };
}

/** Nodes that pods may be put on. One that names no zone stands in one of the others, as far as we know: one more would mean less head-room. */
function spotsOf(nodes: readonly Node[]): (Spot & { readonly zone: string })[] {
  return nodes.flatMap(({ metadata: { labels = {} }, spec }) => {
    const zone = labels[ZONE_LABEL];
    if (zone === undefined || spec?.unschedulable === true) return [];
    return [{ zone, labels, taints: (spec?.taints ?? []).filter(({ key }) => !PASSING.test(key)) }];
  });
}
