import { setTimeout as sleep } from 'node:timers/promises';
import { fromTimestamp } from '#runtime/timestamp.ts';
import { median } from '../statistics.ts';
import type { WaitroomBench } from './room.ts';

/** Ms from the instant at which Redis made a tick to the instant at which each watcher had it. One clock: one machine. */
export async function watchTicks({ client }: WaitroomBench, eventId: string, watchers: number, forMs: number) {
  const delaysMs: number[] = [];
  const ticks = new Set<string>();
  const stop = new AbortController();
  let ready = 0;
  let listening = false;
  const watch = async () => {
    let first = true;
    try {
      for await (const tick of client.watch({ eventId }, { signal: stop.signal })) {
        const heardAt = Date.now();
        // The first one is read on arrival, not said to everybody.
        if (first) ready++;
        else if (listening) {
          delaysMs.push(heardAt - (fromTimestamp(tick.serverTime, 'server_time') ?? Number.NaN));
          ticks.add(String(tick.seq));
        }
        first = false;
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  };
  const watching = Promise.all(Array.from({ length: watchers }, watch));
  while (ready < watchers) await Promise.race([sleep(50), watching]);
  listening = true;
  await Promise.race([sleep(forMs), watching]);
  // A slow machine gets the time it needs for one tick to each; how late it came is what is measured.
  for (let extra = 0; delaysMs.length < watchers && extra < 30_000; extra += 100) await sleep(100);
  stop.abort();
  await watching;
  if (delaysMs.length < watchers) throw new Error(`${watchers} watchers heard ${delaysMs.length} ticks in ${forMs} ms`);
  return { delaysMs, ticks: ticks.size };
}

/**
 * Median time that Redis spends on one script of the room, while it admits and says ticks and nobody calls. From the slow log
 * with a bound of zero: a mean would hold the moments in which Redis was not on a processor.
 */
export async function tickCost({ redis, client }: WaitroomBench, eventId: string, forMs: number) {
  const served = async () => Number((await client.getTick({ eventId })).tick?.served);
  const before = await served();
  await redis.config('SET', 'slowlog-max-len', '10000');
  await redis.config('SET', 'slowlog-log-slower-than', '0');
  await redis.slowlog('RESET');
  await sleep(forMs);
  const entries = (await redis.slowlog('GET', -1)) as unknown as [unknown, unknown, usec: number, args: string[]][];
  await redis.config('SET', 'slowlog-log-slower-than', '-1');
  const scripts = entries.filter(([, , , args]) => args[0]?.toLowerCase() === 'evalsha').map(([, , usec]) => usec);
  const { tick } = await client.getTick({ eventId });
  const state = tick?.state ?? '';
  if (state !== 'ROOM_STATE_OPEN' || Number(tick?.served) <= before)
    throw new Error(`the room did not admit: ${state}`);
  return { microseconds: median(scripts), perSecond: scripts.length / (forMs / 1000), state };
}
