import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { eventIdName, ID_NAMESPACE } from '#proto/names.ts';
import { uuidV5 } from '#runtime/ids.ts';
import { type Cluster, GROUP } from '../load/api-cluster.ts';

/** Creates under way at once, as a GitOps tool has them. */
const CREATORS = 10;

interface Sale {
  readonly metadata: { readonly name: string; readonly generation: number; readonly finalizers?: readonly string[] };
  readonly status?: {
    readonly phase?: string;
    readonly eventId?: string;
    readonly observedGeneration?: number;
    readonly conditions?: { lastTransitionTime?: string }[];
    readonly phases?: { at?: string }[];
    readonly capacityPlan?: readonly object[];
  };
}

const path = (namespace: string) => `${GROUP}/namespaces/${namespace}/eventsales`;

/** Bodies of so many sales of one platform, a month ahead, at times that no other round changes. */
export function saleBodies(root: string, namespace: string, count: number, firstOpening: number): object[] {
  const sample = parse(readFileSync(join(root, 'config/samples/eventsale.yaml'), 'utf8'));
  return Array.from({ length: count }, (_, number) => {
    const opensAt = firstOpening + number * 600_000;
    return {
      ...sample,
      metadata: { name: `sale-${number}`, namespace },
      spec: {
        ...sample.spec,
        schedule: {
          opensAt: new Date(opensAt).toISOString(),
          closesAt: new Date(opensAt + 7_200_000).toISOString(),
          prescaleLead: '30m',
          cooldown: '15m',
        },
      },
    };
  });
}

/** Creates them all; resolves with the instant (performance.now()) at which each was sent. */
export async function createSales(
  cluster: Cluster,
  namespace: string,
  bodies: readonly object[],
): Promise<Map<string, number>> {
  const sent = new Map<string, number>();
  let next = 0;
  const creator = async () => {
    for (let number = next++; number < bodies.length; number = next++) {
      const body = bodies[number] as { metadata: { name: string } };
      sent.set(body.metadata.name, performance.now());
      await cluster.call('POST', path(namespace), body);
    }
  };
  await Promise.all(Array.from({ length: CREATORS }, creator));
  return sent;
}

/** Sees every sale of a namespace come to its plan. */
export interface PlanWatch {
  /** Instants (performance.now()) at which the status of each was seen to be written. */
  readonly planned: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

export function watchPlans(cluster: Cluster, namespace: string): PlanWatch {
  const planned = new Map<string, number>();
  const stop = new AbortController();
  const watching = (async () => {
    for await (const { object } of cluster.watch<Sale>(path(namespace), stop.signal))
      if (isPlanned(object) && !planned.has(object.metadata.name)) planned.set(object.metadata.name, performance.now());
  })();
  watching.catch(() => {}); // Asked for below; a watch that breaks is found by who waits for its plans.
  return {
    planned,
    stop: async () => {
      stop.abort();
      await watching.catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    },
  };
}

function isPlanned({ metadata, status }: Sale): boolean {
  return (
    status?.phase === 'Pending' &&
    status.observedGeneration === metadata.generation &&
    (status.capacityPlan?.length ?? 0) === 7
  );
}

/**
 * What was done, as the API server holds it: one hash over finalizer and status of every sale, without the instants of writing.
 * Ids are checked against the rule instead, because they hold the namespace.
 */
export async function verifiedWork(cluster: Cluster, namespace: string): Promise<{ sales: number; status: string }> {
  const { items } = (await cluster.call('GET', path(namespace))) as { items: Sale[] };
  const hash = createHash('sha256');
  for (const sale of items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    const { name, finalizers } = sale.metadata;
    const named = { namespace, name };
    const expected = uuidV5(ID_NAMESPACE, eventIdName({ namespace, name: 'ticketbottle' }, named));
    if (!isPlanned(sale) || sale.status?.eventId !== expected) throw new Error(`${namespace}/${name} is not planned`);
    const { eventId: _checked, conditions = [], phases = [], ...status } = sale.status;
    const timeless = {
      finalizers,
      ...status,
      conditions: conditions.map(({ lastTransitionTime: _at, ...condition }) => condition),
      phases: phases.map(({ at: _at, ...phase }) => phase),
    };
    hash.update(sorted(timeless).replaceAll(namespace, 'NAMESPACE'));
  }
  return { sales: items.length, status: hash.digest('hex').slice(0, 12) };
}

/** JSON with its keys in order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
