import { KubeApiError } from '#operator/kube/api-error.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { type KubeObject, POD, type Resource } from '#operator/kube/resource.ts';
import type { ServiceName } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import { type Placement, type Spot, type Taint, takes } from '../placement.ts';
import type { PrescaleLine } from './line.ts';
import type { Deployment } from './workloads.ts';

const NODE: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };

/** Millicores and bytes. */
export interface Room {
  readonly cpu: number;
  readonly memory: number;
}

interface Requests {
  readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
}
interface Pod extends KubeObject {
  spec?: { nodeName?: string; containers?: Requests[] };
  status?: { phase?: string };
}
interface Node extends KubeObject {
  spec?: { unschedulable?: boolean; taints?: Taint[] };
  status?: { allocatable?: Record<string, string>; conditions?: { type: string; status: string }[] };
}

/** What the nodes have left on which such pods may run, as sums. */
export type FreeRoom = (placement: Placement, signal: AbortSignal) => Promise<Room>;

export interface NodeScope {
  readonly freeRoom: FreeRoom;
  readonly floors: Readonly<Partial<Record<ServiceName, number>>>;
  readonly deploymentOf: (service: ServiceName) => Deployment | undefined;
  readonly signal: AbortSignal;
}

/**
 * Whether the nodes have room for the replicas that are still missing: what an autoscaler of nodes has yet to bring. Looks
 * at sums only; the scheduler, not this, says whether a pod fits on a node. No call at all when nothing is missing.
 */
export async function nodesLine(scope: NodeScope): Promise<PrescaleLine> {
  const missing = missingRoom(scope);
  const line = { what: 'nodes', want: 'room for every replica' };
  if (missing.pods === 0) return { ...line, have: 'every replica has its place', ready: true };
  try {
    // All services of a platform are placed alike.
    const some = Object.keys(scope.floors).map((service) => scope.deploymentOf(service as ServiceName));
    const placement = some.find((one) => one !== undefined)?.spec.template?.spec ?? {};
    const free = await scope.freeRoom(placement, scope.signal);
    const fits = free.cpu >= missing.cpu && free.memory >= missing.memory;
    const have = `room for ${fits ? 'all' : 'some'} of ${missing.pods} more`;
    if (fits) return { ...line, have, ready: true };
    const message = `${missing.pods} pods ask for ${missing.cpu}m CPU and ${mebi(missing.memory)} Mi, nodes have ${Math.max(0, free.cpu)}m and ${mebi(Math.max(0, free.memory))} Mi free: add nodes, or wait for their autoscaler`;
    return { ...line, have, ready: false, message };
  } catch (error) {
    // An install into one namespace may not read nodes; the replicas' own lines still tell.
    if (error instanceof KubeApiError && error.status === 403)
      return { ...line, have: 'not ours to read', ready: true };
    throw error;
  }
}

function missingRoom({ floors, deploymentOf }: NodeScope): Room & { readonly pods: number } {
  let [pods, cpu, memory] = [0, 0, 0];
  for (const [service, want] of Object.entries(floors) as [ServiceName, number][]) {
    const deployment = deploymentOf(service);
    const count = Math.max(0, want - (deployment?.status?.readyReplicas ?? 0));
    const each = requestsOf(deployment?.spec.template?.spec?.containers);
    pods += count;
    cpu += count * each.cpu;
    memory += count * each.memory;
  }
  return { pods, cpu, memory };
}

/** Nodes come within minutes; every pod of the cluster is a lot to ask for each time that one of many sales looks. */
const FRESH_MS = 10_000;

/** Asks the cluster at most every ten seconds, for all sales together. */
export function freeRoomOf({ client, clock }: { client: KubeClient; clock: Clock }): FreeRoom {
  let known: { readonly nodes: Promise<readonly NodeRoom[]>; readonly at: number } | undefined;
  return async (placement, signal) => {
    if (known === undefined || clock.monotonic() - known.at >= FRESH_MS) {
      const nodes = roomByNode(client, signal);
      const asked = { nodes, at: clock.monotonic() };
      known = asked;
      nodes.catch(() => {
        if (known === asked) known = undefined;
      });
    }
    const nodes = await known.nodes;
    return nodes
      .filter((node) => takes(node, placement))
      .reduce((sum, { cpu, memory }) => ({ cpu: sum.cpu + cpu, memory: sum.memory + memory }), { cpu: 0, memory: 0 });
  };
}

type NodeRoom = Room & Spot;

async function roomByNode(client: KubeClient, signal: AbortSignal): Promise<readonly NodeRoom[]> {
  const [nodes, pods] = await Promise.all([
    client.list<Node>(NODE, { signal }),
    client.list<Pod>(POD, { signal, fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' }),
  ]);
  // Pods without a node are those that wait for the same room.
  const taken = new Map<string, Room>();
  for (const { spec } of pods) {
    if (spec?.nodeName === undefined) continue;
    const { cpu, memory } = requestsOf(spec.containers);
    const before = taken.get(spec.nodeName) ?? { cpu: 0, memory: 0 };
    taken.set(spec.nodeName, { cpu: before.cpu + cpu, memory: before.memory + memory });
  }
  return nodes.flatMap(({ metadata, spec, status }) => {
    const ready = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
    if (!ready || spec?.unschedulable === true) return [];
    const { cpu, memory } = taken.get(metadata.name) ?? { cpu: 0, memory: 0 };
    return {
      labels: metadata.labels ?? {},
      taints: spec?.taints ?? [],
      cpu: milli(status?.allocatable?.['cpu']) - cpu,
      memory: bytes(status?.allocatable?.['memory']) - memory,
    };
  });
}

function requestsOf(containers: readonly Requests[] | undefined): Room {
  return (containers ?? []).reduce(
    (sum, { resources }) => ({
      cpu: sum.cpu + milli(resources?.requests?.['cpu']),
      memory: sum.memory + bytes(resources?.requests?.['memory']),
    }),
    { cpu: 0, memory: 0 },
  );
}

/** `250m`, `2` or `0.5` in millicores. */
export function milli(text: string | undefined): number {
  if (text === undefined) return 0;
  return text.endsWith('m') ? Number(text.slice(0, -1)) : Number(text) * 1000;
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** `512Mi`, `1G` or `1048576` in bytes. */
export function bytes(text: string | undefined): number {
  const found = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text ?? '0');
  return found === null ? 0 : Number(found[1]) * (UNITS[found[2] ?? ''] ?? 0);
}

const mebi = (value: number) => Math.round(value / 2 ** 20);
