import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchContext, Benchmark, Measured, OpenBenchmark, Side } from '../benchmark.ts';
import { type RunningProgram, startProgram } from '../load/program.ts';
import { latencyFigures } from '../statistics.ts';
import { type Front, openFront } from './front.ts';
import { Listeners } from './listeners.ts';

const STREAMS = 10_000;
const LISTEN_MS = 8_000;
/** What the waitroom says to ten thousand: a tick every half second, of about this size. */
const INTERVAL_MS = 500;
const TICK_BYTES = 420;

export const benchmark: Benchmark = {
  name: 'sse',
  title: `${STREAMS.toLocaleString('en-US')} buyers with an open stream each on one gateway process.`,
  lines: [
    {
      id: 'tick-p99',
      title: 'tick made in Redis until every buyer has it, p99',
      unit: 'ms',
      better: 'lower',
      ours: { side: 'gateway', figure: 'p99' },
      target: { atMost: 500 },
    },
    {
      id: 'tick-p99-bare',
      title: 'the same against bare node:http streams that write one buffer to all',
      unit: 'ms',
      better: 'lower',
      ours: { side: 'gateway', figure: 'p99' },
      peer: { side: 'bare', figure: 'p99', name: 'bare node:http' },
      sameWork: ['streams'],
    },
    {
      id: 'open',
      title: 'streams opened per second, each with its token verified and its place looked up',
      unit: 'streams/s',
      better: 'higher',
      ours: { side: 'gateway', figure: 'openedPerSecond' },
      peer: { side: 'bare', figure: 'openedPerSecond', name: 'bare node:http' },
      sameWork: ['streams'],
    },
    {
      id: 'storm',
      title: 'kill -9 of the gateway until all streams are open again',
      unit: 's',
      better: 'lower',
      ours: { side: 'gateway', figure: 'stormSeconds' },
      target: { atMost: 60 },
    },
  ],
  open,
};

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  context.say('starting Redis, waitroom and gateway');
  const front = stack.use(await openFront(context, STREAMS));
  const bare = stack.use(
    await startProgram({
      root: context.root,
      file: 'hack/bench/sse/bare-sse.ts',
      args: [String(INTERVAL_MS), String(TICK_BYTES)],
      ready: async (output) => /port \d+/.test(output),
    }),
  );
  const sides: Side[] = [
    {
      name: 'gateway',
      warmUp: async () => void (await gatewayRound(front, false)),
      round: () => gatewayRound(front, true),
    },
    { name: 'bare', round: () => bareRound(bare) },
  ];
  const owned = stack.move();
  return {
    sides,
    conditions: { streams: STREAMS, listenSeconds: LISTEN_MS / 1000, gateways: 1, waitrooms: 1 },
    versions: front.versions,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function gatewayRound(front: Front, storm: boolean): Promise<Measured> {
  const listeners = new Listeners({
    port: front.port,
    count: STREAMS,
    path: () => `/api/v1/events/${front.eventId}/waitroom/stream`,
    headers: (index) => ({ authorization: `Bearer ${front.token(index)}` }),
  });
  try {
    const held = await hold(listeners);
    if (!storm) return held;
    const before = listeners.returned;
    const startedAt = performance.now();
    await front.killGateway();
    while (listeners.returned - before < STREAMS || listeners.open < STREAMS) {
      if (performance.now() - startedAt > 180_000) {
        throw new Error(`after three minutes ${listeners.open} of ${STREAMS} streams were open again`);
      }
      await sleep(50);
    }
    const stormSeconds = (performance.now() - startedAt) / 1000;
    return { figures: { ...held.figures, stormSeconds, refusedInStorm: listeners.refused }, work: held.work };
  } finally {
    listeners.close();
    await sleep(1_000);
  }
}

async function bareRound(bare: RunningProgram): Promise<Measured> {
  const port = Number(/port (\d+)/.exec(bare.output())?.[1]);
  const listeners = new Listeners({ port, count: STREAMS, path: () => '/', headers: () => ({}) });
  try {
    return await hold(listeners);
  } finally {
    listeners.close();
    await sleep(1_000);
  }
}

/** Opens all streams, listens, and checks that each of them heard about every tick. */
async function hold(listeners: Listeners): Promise<Measured> {
  const startedAt = performance.now();
  await listeners.openAll();
  const openedPerSecond = STREAMS / ((performance.now() - startedAt) / 1000);
  await sleep(2_000);
  listeners.delays = [];
  await sleep(LISTEN_MS);
  const delays = listeners.delays;
  if (listeners.open !== STREAMS) throw new Error(`${listeners.open} of ${STREAMS} streams stayed open`);
  const perStream = delays.length / STREAMS;
  if (perStream < LISTEN_MS / INTERVAL_MS / 4)
    throw new Error(`a stream heard only ${perStream} ticks in ${LISTEN_MS} ms`);
  return {
    figures: { ...latencyFigures(delays), ticksPerStream: perStream, openedPerSecond },
    work: { streams: listeners.open },
  };
}
