import { DescribeTableCommand, type DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import type { Adapter, Change } from './adapter.ts';
import { absent } from './aws-errors.ts';

/** Writes per second that a table and each of its indexes shall take at once, margin included. */
export interface DesiredThroughput {
  readonly table: string;
  readonly writesPerSecond: number;
}

export interface WarmValue {
  /** Undefined where the endpoint does not tell. */
  readonly writes: number | undefined;
  readonly reads: number | undefined;
  readonly active: boolean;
}

export interface ObservedThroughput {
  readonly exists: boolean;
  readonly onDemand: boolean;
  readonly active: boolean;
  readonly table: WarmValue;
  readonly indexes: ReadonlyMap<string, WarmValue>;
}

export interface ThroughputChange extends Change {
  readonly step:
    | { readonly kind: 'raise'; readonly table: boolean; readonly indexes: readonly string[] }
    | { readonly kind: 'wait' };
  readonly desired: DesiredThroughput;
  readonly reads: number;
}

export type WarmThroughput = Adapter<DesiredThroughput, ObservedThroughput, ThroughputChange>;

/** What a new on-demand table takes; reads are not what a sale is short of, but both must be named. */
const DEFAULT_READS = 12_000;

/**
 * Warm throughput of an on-demand table: asked for only where the need is above what it has, because **it cannot be lowered
 * again** and costs once. `remove` therefore does nothing.
 */
export function createWarmThroughput(client: DynamoDBClient): WarmThroughput {
  return {
    observe: ({ table }, signal) => observe(client, table, signal),
    diff: diffThroughput,
    async apply(changes, abortSignal) {
      for (const { step, desired, reads } of changes) {
        if (step.kind === 'wait') continue;
        const WarmThroughput = { WriteUnitsPerSecond: desired.writesPerSecond, ReadUnitsPerSecond: reads };
        const input = {
          TableName: desired.table,
          ...(step.table ? { WarmThroughput } : {}),
          ...(step.indexes.length === 0
            ? {}
            : {
                GlobalSecondaryIndexUpdates: step.indexes.map((IndexName) => ({
                  Update: { IndexName, WarmThroughput },
                })),
              }),
        };
        await client.send(new UpdateTableCommand(input), { abortSignal });
      }
    },
    async remove() {},
  };
}

export function diffThroughput(desired: DesiredThroughput, found: ObservedThroughput): ThroughputChange[] {
  const reads = Math.max(DEFAULT_READS, found.table.reads ?? 0);
  const change = (action: Change['action'], step: ThroughputChange['step'], reason: string): ThroughputChange => ({
    target: `table ${desired.table}`,
    action,
    reason,
    step,
    desired,
    reads,
  });
  if (!found.exists)
    return [change('wait', { kind: 'wait' }, 'does not exist yet: see OrdersTableReady of the platform')];
  if (!found.onDemand)
    return [change('wait', { kind: 'wait' }, 'is not on demand: set its billing mode to PAY_PER_REQUEST')];
  const short = ({ writes }: WarmValue) => writes !== undefined && writes < desired.writesPerSecond;
  const indexes = [...found.indexes].filter(([, value]) => short(value)).map(([name]) => name);
  const table = short(found.table);
  const busy = !found.active || !found.table.active || [...found.indexes.values()].some((value) => !value.active);
  if (busy) return [change('wait', { kind: 'wait' }, 'is being changed by AWS')];
  if (!table && indexes.length === 0) return [];
  const reason = `warm for ${found.table.writes} writes/s, want ${desired.writesPerSecond}; this cannot be lowered again`;
  return [change('update', { kind: 'raise', table, indexes }, reason)];
}

async function observe(client: DynamoDBClient, name: string, abortSignal: AbortSignal): Promise<ObservedThroughput> {
  const found = await absent(client.send(new DescribeTableCommand({ TableName: name }), { abortSignal }));
  const table = found?.Table;
  return {
    exists: table !== undefined,
    onDemand: table?.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST',
    active: table?.TableStatus === 'ACTIVE',
    table: warmValue(table?.WarmThroughput),
    indexes: new Map(
      (table?.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName ?? '', warmValue(index.WarmThroughput)]),
    ),
  };
}

function warmValue(
  warm:
    | {
        readonly ReadUnitsPerSecond?: number | undefined;
        readonly WriteUnitsPerSecond?: number | undefined;
        readonly Status?: string | undefined;
      }
    | undefined,
): WarmValue {
  return {
    // No table of AWS is warm for nothing: an endpoint that says 0 does not know the setting.
    writes: warm?.WriteUnitsPerSecond || undefined,
    reads: warm?.ReadUnitsPerSecond || undefined,
    active: warm?.Status === undefined || warm.Status === 'ACTIVE',
  };
}
