import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { BenchContext } from '../benchmark.ts';
import { until } from '../load/until.ts';
import { type LocalPlatform, NAMESPACE } from './local-platform.ts';

/** The doors open so long after the sale was declared. */
const OPENS_IN_MS = 90_000;

export interface HeldSale {
  readonly name: string;
  /** From its creation until every line was proved. */
  readonly readySeconds: number;
  readonly gatewayFloor: number;
}

interface Sale {
  readonly metadata: { readonly creationTimestamp: string };
  readonly status?: {
    readonly phase?: string;
    readonly phases?: readonly { readonly phase: string; readonly at: string }[];
    readonly capacityPlan?: readonly { readonly service: string; readonly replicas: number }[];
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  };
}

/** Declares so many requests per second as demand, and resolves when the doors have opened. */
export async function holdSale(
  context: BenchContext,
  platform: LocalPlatform,
  { name, perSecond }: { readonly name: string; readonly perSecond: number },
): Promise<HeldSale> {
  const sample = parse(readFileSync(join(context.root, 'config/samples/eventsale.yaml'), 'utf8'));
  const opensAt = Date.now() + OPENS_IN_MS;
  const iso = (ms: number) => new Date(ms).toISOString();
  await platform.kubectl(['create', '-f', '-'], {
    ...sample,
    metadata: { name, namespace: NAMESPACE },
    spec: {
      ...sample.spec,
      schedule: {
        preQueueAt: iso(Date.now() - 1_000),
        opensAt: iso(opensAt),
        closesAt: iso(opensAt + 600_000),
        prescaleLead: '10m',
        cooldown: '1s',
      },
      ...demandOf(perSecond, sample.spec.waitroom),
      onNotReady: { policy: 'Hold', maxDelay: '5m' },
    },
  });
  let last: Sale | undefined;
  const open = async () => {
    last = await platform.json<Sale>(['get', 'eventsale', name]);
    return last.status?.phase === 'Open';
  };
  await until('the doors open', open, { withinMs: 480_000, everyMs: 1_000 }).catch((error: unknown) => {
    const ready = last?.status?.conditions?.find(({ type }) => type === 'Ready');
    throw new Error(`${error instanceof Error ? error.message : error}: ${last?.status?.phase}, ${ready?.message}`);
  });
  const readyAt = last?.status?.phases?.find(({ phase }) => phase === 'Ready')?.at;
  const floor = last?.status?.capacityPlan?.find(({ service }) => service === 'gateway')?.replicas;
  if (last === undefined || readyAt === undefined || floor === undefined) throw new Error(`${name} was never Ready`);
  return {
    name,
    readySeconds: (Date.parse(readyAt) - Date.parse(last.metadata.creationTimestamp)) / 1000,
    gatewayFloor: floor,
  };
}

/**
 * The demand whose load on the gateway is so many requests per second by the table of docs/eventsale.md: 2 J + 4.3 a + 14 l
 * with one admission and one checkout per second. Only the gateway gets this load, so only it is to be raised.
 */
function demandOf(perSecond: number, waitroom: object): object {
  const joins = Math.ceil((perSecond - 4.3 - 14) / 2);
  const one = { minReplicas: 1 };
  return {
    waitroom: { ...waitroom, admissionsPerMinute: 60, maxConcurrentCheckouts: 30 },
    demand: { peakJoinsPerSecond: joins, expectedBuyers: joins * 20 },
    capacity: { waitroom: one, inventory: one, order: one, payment: one, user: one, event: one },
  };
}

export async function endSale(platform: LocalPlatform, name: string): Promise<void> {
  await platform.kubectl(['delete', 'eventsale', name, '--timeout=120s']);
}
