import type { ArchivedRecord } from './archived-record.ts';

export interface ReplayPlan {
  /** Each message once, in the order in which keys must see them. */
  readonly records: readonly ArchivedRecord[];
  /** Copies beside them: pipes and Firehose deliver at least once. */
  readonly copies: number;
  /** Offsets that lie between those that are there: `partition 0: 17-19`. */
  readonly gaps: readonly string[];
}

/**
 * What a replay sends. Within a partition offsets decide, between partitions time does: a key that moved when partitions were
 * added keeps its order. Throws when one offset holds two messages: then the topic was made anew within this time.
 */
export function replayPlan(archived: readonly ArchivedRecord[]): ReplayPlan {
  const sorted = archived.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
  const gaps: string[] = [];
  const timed: { record: ArchivedRecord; time: number }[] = [];
  const ids = new Set<string>();
  let before: ArchivedRecord | undefined;
  let time = 0;
  for (const record of sorted) {
    const { partition, offset } = record;
    if (before?.partition !== partition) time = 0;
    else if (before.offset === offset) {
      if (before.id === record.id) continue;
      const times = [before, record].map(({ timestamp }) => new Date(timestamp).toISOString()).join(' and ');
      throw new Error(
        `offset ${offset} of partition ${partition} holds two messages (${times}): the topic was made anew between them; ` +
          'replay the time before and the time after one by one, with --from and --to',
      );
    } else if (offset > before.offset + 1)
      gaps.push(`partition ${partition}: ${before.offset + 1}-${offset - 1}`.replace(/(\d+)-\1$/, '$1'));
    before = record;
    // Clocks of producers differ a little: time never goes back within a partition.
    time = Math.max(time, record.timestamp);
    if (ids.has(record.id)) continue;
    ids.add(record.id);
    timed.push({ record, time });
  }
  const records = timed.toSorted((a, b) => a.time - b.time).map(({ record }) => record);
  return { records, copies: archived.length - records.length, gaps };
}
