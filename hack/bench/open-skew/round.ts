import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchContext, Measured } from '../benchmark.ts';
import type { Cluster } from '../load/api-cluster.ts';
import { latencyFigures } from '../statistics.ts';
import type { WaitroomBench } from '../waitroom/room.ts';
import { armSales } from './armed-sales.ts';
import type { CronOpener } from './cron-opener.ts';
import { joinAll, openDoors, type Room, shutRoom, skewsOf } from './rooms.ts';

export interface Stage {
  readonly context: BenchContext;
  readonly cluster: Cluster;
  readonly bench: WaitroomBench;
  readonly cron: CronOpener;
  /** Of each way to open. */
  readonly sales: number;
}

export const WAYS = ['gate', 'gate-killed', 'cronjob', 'polling'] as const;
export type Way = (typeof WAYS)[number];

/** KEDA's and Agones' default. */
export const POLL_MS = 30_000;
/** The minute's plan, in ms from the full minute. */
const PREPARE = -30_000;
const POLL_AT = 5_000;
const FIRST_GATES = 8_000;
const KILL_AT = 18_000;
const GATES_END = 28_000;

/**
 * One minute in which every way opens as many doors, at different seconds, so that none disturbs the other: CronJobs at the full
 * minute, for they know no other; a poll that finds what fell due in the half minute before it; then armed gates, and after
 * the operator was killed as many again.
 */
export async function oneMinute(stage: Stage, index: number): Promise<Record<Way, Measured>> {
  const { context, bench, cron, sales } = stage;
  const minute = Math.ceil((Date.now() - PREPARE) / 60_000) * 60_000;
  const until = (ms: number) => sleep(Math.max(0, minute + ms - Date.now()), undefined, { signal: context.signal });
  await until(PREPARE);
  const atMinute = await shutRooms(stage, () => minute);
  const polled = await shutRooms(stage, (share) => minute + POLL_AT - Math.round(POLL_MS * (1 - share)));
  await cron.schedule(`open-${index + 1}`, atMinute);
  const poll = until(POLL_AT).then(async () => await openDoors(bench.redis, due(polled)));
  poll.catch(() => {}); // Awaited below.

  const between = (from: number, to: number) =>
    Array.from({ length: sales }, (_, n) => minute + Math.round(from + ((n + Math.random()) * (to - from)) / sales));
  const instants = [...between(FIRST_GATES, KILL_AT - 500), ...between(KILL_AT + 500, GATES_END)];
  const namespace = `sales-${index + 2}`;
  const { rooms, operator } = await armSales(context, stage.cluster, bench, { namespace, opensAtMs: instants });
  try {
    if (Date.now() > minute - 2_000) throw new Error('this machine is too busy to arm the sales in time');
    await joinAll(bench, rooms);
    await poll;
    await cron.cancel(`open-${index + 1}`);
    await until(KILL_AT);
  } finally {
    await operator.stop('SIGKILL');
  }
  await until(GATES_END + 1_000);
  return {
    gate: await measured(stage, rooms.slice(0, sales)),
    'gate-killed': await measured(stage, rooms.slice(sales)),
    cronjob: await measured(stage, atMinute),
    polling: await measured(stage, polled),
  };
}

async function shutRooms({ bench, sales }: Stage, opensAt: (share: number) => number): Promise<Room[]> {
  const rooms: Room[] = [];
  for (let n = 0; n < sales; n++) rooms.push(await shutRoom(bench.redis, opensAt(n / sales)));
  await sleep(1_500); // Until the waitroom has taken them up.
  await joinAll(bench, rooms);
  return rooms;
}

function due(rooms: readonly Room[]): string[] {
  const now = Date.now();
  return rooms.filter(({ opensAtMs }) => opensAtMs <= now).map(({ eventId }) => eventId);
}

async function measured({ bench }: Stage, rooms: readonly Room[]): Promise<Measured> {
  const skews = await skewsOf(bench, rooms);
  return { figures: latencyFigures(skews), work: { opened: rooms.length }, series: { skewMs: skews } };
}
