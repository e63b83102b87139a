import { setTimeout as sleep } from 'node:timers/promises';
import type { Measured } from '../benchmark.ts';
import type { Cluster } from '../load/api-cluster.ts';
import { latencyFigures } from '../statistics.ts';
import type { Watcher } from './watcher.ts';

/** A new object so often: what a watcher may be late by, and no earlier than it can be told. */
const WRITE_EVERY_MS = 50;
const CUT_AFTER_MS = 6_000;
const CUT_WITHIN_MS = 10_000;
/** What has not come by then is counted as missed. */
const PATIENCE_MS = 40_000;

export interface CutsWish {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly watchers: readonly Watcher[];
  readonly forMs: number;
  /** Part of the names of the objects: unique to the round. */
  readonly prefix: string;
  readonly signal: AbortSignal;
}

/**
 * Creates objects without a pause while all watchers lose their connections at the same instants. Each object is told once at
 * most, so nothing hides behind a later version of itself: a watcher has seen all of them or has missed some.
 */
export async function cutsRound(wish: CutsWish): Promise<ReadonlyMap<string, Measured>> {
  const { watchers, forMs, signal } = wish;
  const end = Date.now() + forMs;
  const cuts: number[] = [];
  const cutting = (async () => {
    for (;;) {
      await sleep(CUT_AFTER_MS + Math.random() * (CUT_WITHIN_MS - CUT_AFTER_MS), undefined, { signal });
      // The last one leaves time to see its end.
      if (Date.now() > end - 1_000) return;
      cuts.push(Date.now());
      for (const watcher of watchers) watcher.cut();
    }
  })();
  const created = await writeUntil(wish, end);
  await cutting;
  const patience = Date.now() + PATIENCE_MS;
  const isMissing = (watcher: Watcher) => [...created.keys()].some((name) => !watcher.seen.has(name));
  while (Date.now() < patience && watchers.some(isMissing)) await sleep(250, undefined, { signal });
  return new Map(watchers.map((watcher) => [watcher.name, judgeWatcher(watcher, created, cuts)]));
}

/** Instants (Unix ms) at which each object was there. */
async function writeUntil({ cluster, namespace, prefix, signal }: CutsWish, end: number): Promise<Map<string, number>> {
  const created = new Map<string, number>();
  for (let number = 0; Date.now() < end; number++) {
    signal.throwIfAborted();
    const next = Date.now() + WRITE_EVERY_MS;
    const name = `${prefix}-${number}`;
    await cluster.call('POST', `/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name } });
    created.set(name, Date.now());
    await sleep(Math.max(0, next - Date.now()));
  }
  return created;
}

function judgeWatcher(watcher: Watcher, created: ReadonlyMap<string, number>, cuts: readonly number[]): Measured {
  const gaps = cuts.map((cut) => {
    // The first news after the loss of something that came after the loss.
    const after = [...created].flatMap(([name, at]) => (at > cut ? (watcher.seen.get(name) ?? []) : []));
    return after.length === 0 ? PATIENCE_MS : Math.max(0, Math.min(...after) - cut);
  });
  const late = [...created].flatMap(([name, at]) => {
    const seen = watcher.seen.get(name);
    return seen === undefined ? [] : [Math.max(0, seen - at)];
  });
  return {
    figures: {
      ...latencyFigures(gaps, 'gap'),
      ...latencyFigures(late, 'late'),
      missed: created.size - late.length,
      cuts: cuts.length,
    },
    work: { created: created.size, cuts: cuts.length },
    series: { gapMs: gaps },
  };
}
