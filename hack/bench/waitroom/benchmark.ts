import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { redisKey } from '#proto/names.ts';
import type { Redis } from '#runtime/redis.ts';
import type { BenchContext, Benchmark, Measured, OpenBenchmark, Side } from '../benchmark.ts';
import { closedLoop } from '../load/closed-loop.ts';
import { echoRound, startEcho } from '../load/echo-side.ts';
import { latencyFigures } from '../statistics.ts';
import { fillRoom } from './crowd.ts';
import { openRoom, openWaitroom, usedMemory, WAITROOM_PROTO, WAITROOM_SERVICE, type WaitroomBench } from './room.ts';
import { tickCost, watchTicks } from './ticks.ts';

const CALLERS = 200;
const CALLS = 8_000;
const SMALL = 10_000;
const LARGE = 1_000_000;
const WATCHERS = 200;
const PER_MINUTE = 600;

export const benchmark: Benchmark = {
  name: 'waitroom',
  title: `Joining through gRPC (${CALLERS} callers), the cost of a tick, and how soon buyers hear it.`,
  lines: [
    {
      id: 'joins',
      title: 'joins against a bare grpc-js echo of the same messages',
      unit: 'joins/s',
      better: 'higher',
      ours: { side: 'join', figure: 'perSecond' },
      peer: { side: 'echo', figure: 'perSecond', name: 'bare grpc-js echo' },
      sameWork: ['calls'],
      target: { atLeast: 0.7 },
    },
    {
      id: 'joins-incr',
      title: 'joins against Redis INCR, pipelines of 16',
      unit: 'joins/s',
      better: 'higher',
      ours: { side: 'join', figure: 'perSecond' },
      peer: { side: 'incr', figure: 'perSecond', name: 'INCR' },
      sameWork: ['calls'],
    },
    {
      id: 'tick-cost',
      title: `Redis time of one run of the room: ${LARGE.toLocaleString('en-US')} waiting against ${SMALL.toLocaleString('en-US')}`,
      unit: 'µs',
      better: 'lower',
      ours: { side: 'tick-large', figure: 'redisMicroseconds' },
      peer: { side: 'tick-small', figure: 'redisMicroseconds', name: 'small room' },
      sameWork: ['admissionsPerMinute', 'state'],
      target: { atMost: 1.2 },
    },
    {
      id: 'bytes',
      title: 'Redis memory per waiting buyer',
      unit: 'bytes',
      better: 'lower',
      ours: { side: 'join', figure: 'bytesPerBuyer' },
    },
    {
      id: 'seen-p99',
      title: `tick said until seen by ${WATCHERS} gRPC watchers, p99`,
      unit: 'ms',
      better: 'lower',
      ours: { side: 'tick-large', figure: 'seenP99' },
      target: { atMost: 100 },
    },
  ],
  open,
};

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  context.say('starting Redis, the waitroom and the echo');
  const bench = stack.use(await openWaitroom(context));
  const echo = await startEcho(context, {
    file: WAITROOM_PROTO,
    service: WAITROOM_SERVICE,
    method: 'Join',
    answer: joinAnswer(),
  });
  stack.defer(() => echo.stop());
  context.say(`filling a room with ${LARGE.toLocaleString('en-US')} buyers`);
  const [small, large] = [await filledRoom(bench, SMALL), await filledRoom(bench, LARGE)];
  const eventId = randomUUID();
  const request = () => ({ eventId, userId: randomUUID() });
  const sides: Side[] = [
    { name: 'join', round: () => joinRound(bench) },
    {
      name: 'echo',
      round: () => echoRound(echo.call, echo.program.pid, { concurrency: CALLERS, calls: CALLS, request }),
    },
    { name: 'incr', round: () => incrRound(bench.redis) },
    { name: 'tick-small', round: () => tickRound(bench, small) },
    { name: 'tick-large', round: () => tickRound(bench, large) },
  ];
  const owned = stack.move();
  return {
    sides,
    conditions: { callers: CALLERS, calls: CALLS, watchers: WATCHERS, admissionsPerMinute: PER_MINUTE, replicas: 1 },
    versions: bench.versions,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Another room each round, in its pre-queue: every call is another account. */
async function joinRound({ redis, join, client }: WaitroomBench): Promise<Measured> {
  const eventId = await openRoom(redis, { opensInMs: 3_600_000, admissionsPerMinute: PER_MINUTE, slots: 1 });
  await sleep(1_500); // until the service has taken it up: from then on it knows the tick of its answers
  const before = await usedMemory(redis);
  const numbers = new Set<number>();
  const load = await closedLoop({
    concurrency: CALLERS,
    calls: CALLS,
    call: async () => {
      const { number } = (await join({ eventId, userId: randomUUID() })) as { number: string };
      numbers.add(Number(number));
    },
  });
  const bytesPerBuyer = ((await usedMemory(redis)) - before) / CALLS;
  const room = await client.getRoom({ eventId });
  if (numbers.size !== CALLS || Math.max(...numbers) !== CALLS || Number(room.waiting) !== CALLS) {
    throw new Error(
      `${CALLS} accounts joined, ${numbers.size} numbers up to ${Math.max(...numbers)} were given, ${room.waiting} wait`,
    );
  }
  await redis.srem(redisKey.rooms(), eventId);
  return {
    figures: { perSecond: load.perSecond, ...latencyFigures(load.latencies), bytesPerBuyer },
    work: { calls: CALLS },
  };
}

async function incrRound(redis: Redis): Promise<Measured> {
  const key = `bench:${randomUUID()}`;
  const load = await closedLoop({
    concurrency: 4,
    calls: CALLS / 16,
    call: async () => {
      const pipeline = redis.pipeline();
      for (let i = 0; i < 16; i++) pipeline.incr(key);
      await pipeline.exec();
    },
  });
  const count = Number(await redis.getdel(key));
  return { figures: { perSecond: CALLS / load.seconds }, work: { calls: count } };
}

/** A room of that many, open, admitting at the same rate whatever its size; nobody claims. Nobody runs it yet. */
async function filledRoom(bench: WaitroomBench, buyers: number): Promise<string> {
  const { redis } = bench;
  const eventId = await openRoom(redis, { opensInMs: 0, admissionsPerMinute: PER_MINUTE, slots: 1_000_000 });
  await redis.srem(redisKey.rooms(), eventId);
  await fillRoom(bench, eventId, buyers);
  return eventId;
}

/** Only this room is run by the service during the round. */
async function tickRound(bench: WaitroomBench, eventId: string): Promise<Measured> {
  await bench.redis.sadd(redisKey.rooms(), eventId);
  await sleep(2_000);
  const seen = await watchTicks(bench, eventId, WATCHERS, 6_000);
  const cost = await tickCost(bench, eventId, 4_000);
  await bench.redis.srem(redisKey.rooms(), eventId);
  await sleep(1_500);
  return {
    figures: {
      redisMicroseconds: cost.microseconds,
      runsPerSecond: cost.perSecond,
      ...latencyFigures(seen.delaysMs, 'seen'),
      ticks: seen.ticks,
    },
    work: { admissionsPerMinute: PER_MINUTE, state: cost.state },
  };
}

function joinAnswer(): object {
  return {
    sessionId: randomUUID(),
    number: '123456',
    epoch: String(Date.now()),
    place: '0',
    rejoined: false,
    tick: {
      eventId: randomUUID(),
      epoch: String(Date.now()),
      seq: '1234',
      state: 'ROOM_STATE_PRE_QUEUE',
      served: '0',
      issued: '123456',
      ratePerSecond: 0,
      openTime: { seconds: '1790000000', nanos: 0 },
      shuffledCount: '0',
      seedCommitment: 'a'.repeat(64),
      serverTime: { seconds: '1790000000', nanos: 0 },
      nextTickMs: 1000,
    },
  };
}
