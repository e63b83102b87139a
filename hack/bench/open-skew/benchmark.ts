import type { BenchContext, Benchmark, Line, Measured, OpenBenchmark } from '../benchmark.ts';
import { startCluster } from '../load/api-cluster.ts';
import { openWaitroom } from '../waitroom/room.ts';
import { startCronOpener } from './cron-opener.ts';
import { oneMinute, POLL_MS, WAYS, type Way } from './round.ts';

/** Of each way and round: five rounds open 200 doors each way. */
const SALES = 40;

const bound = (side: Way, title: string): Line => ({
  id: side,
  title,
  unit: 'ms',
  better: 'lower',
  ours: { side, figure: 'p99' },
  target: { atMost: 50 },
});

const against = (side: Way, name: string, figure: 'p50' | 'p99'): Line => ({
  id: `against-${side}-${figure}`,
  title: `${figure} against ${name}`,
  unit: 'ms',
  better: 'lower',
  ours: { side: 'gate', figure },
  peer: { side, figure, name },
  sameWork: ['opened'],
});

export const benchmark: Benchmark = {
  name: 'open-skew',
  title:
    'From the announced instant to the first admission, by the clock of Redis, over sales with five buyers at each door.',
  lines: [
    bound('gate', 'doors armed by the operator, p99'),
    bound('gate-killed', 'the same after the operator was killed, p99'),
    against('cronjob', 'a CronJob', 'p50'),
    against('cronjob', 'a CronJob', 'p99'),
    against('polling', `a loop that looks every ${POLL_MS / 1000} s`, 'p50'),
    against('polling', `a loop that looks every ${POLL_MS / 1000} s`, 'p99'),
  ],
  open,
};

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  context.say('starting Redis, the waitroom, the API server and the CronJob controller');
  const bench = stack.use(await openWaitroom(context));
  const cluster = stack.use(await startCluster());
  const cron = stack.use(await startCronOpener(context.root, cluster, bench.redisAddress));
  const sales = context.short ? 10 : SALES;
  // All ways share the minute: whichever side is asked first lives through it for all.
  const minutes = new Map<number, Promise<Record<Way, Measured>>>();
  const minute = async (index: number) => {
    const known = minutes.get(index) ?? oneMinute({ context, cluster, bench, cron, sales }, index);
    minutes.set(index, known);
    return await known;
  };
  const owned = stack.move();
  return {
    sides: WAYS.map((name) => ({
      name,
      warmUp: async () => {},
      round: async (index) => (await minute(index))[name],
    })),
    conditions: {
      salesPerRoundAndWay: sales,
      cronjob: "Kubernetes' own controllers; its pod is a process started at once",
      polling: `every ${POLL_MS / 1000} s`,
    },
    versions: bench.versions,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
