import { setTimeout as sleep } from 'node:timers/promises';
import { startBacking } from '#runtime/local/backing.ts';
import type { BenchContext, Measured } from '../benchmark.ts';
import type { Cluster } from '../load/api-cluster.ts';
import { cpuSecondsOf, residentMegabytes } from '../load/process-cost.ts';
import { until } from '../load/until.ts';
import { quantile } from '../statistics.ts';
import { childrenIn, workOf } from './children.ts';
import { type RunningOperator, reconcileSeconds } from './contender.ts';
import { startSimulatedCluster } from './nodes.ts';
import { create, type Named, prepare, STORES, watchReady } from './platforms.ts';

const LATE_MS = { full: 900_000, short: 120_000 };
const QUIET_MS = 2_000;

/** So many platforms come, all at once, to an operator that waits for them; then it is started again. With a cluster and stores of their own. */
export async function platformsRound(
  context: BenchContext,
  wish: {
    readonly platforms: readonly Named[];
    start(cluster: Cluster): Promise<RunningOperator>;
  },
): Promise<Measured> {
  const { platforms, start } = wish;
  const count = platforms.length;
  const lateMs = context.short ? LATE_MS.short : LATE_MS.full;
  // Those who do not use them have them beside them all the same.
  await using stores = await startBacking({ which: STORES });
  await using cluster = await startSimulatedCluster();
  await prepare(cluster, platforms, stores);
  let operator = await start(cluster);
  try {
    const { pid } = operator.program;
    const [before, cpu, samples] = [await writesOnceQuiet(cluster), cpuSecondsOf(pid), await operator.samples()];
    const watch = watchReady(cluster);
    const started = performance.now();
    const sent = await create(cluster, platforms, stores);
    await watch.all(count, lateMs);
    await watch.stop();
    const seconds = (Math.max(...watch.ready.values()) - started) / 1000;
    const latencies = [...sent].map(([namespace, at]) => ((watch.ready.get(namespace) ?? Number.NaN) - at) / 1000);
    const written = await writesOnceQuiet(cluster);
    const [cpuAfter, samplesAfter] = [cpuSecondsOf(pid), await operator.samples()];
    const figures = {
      seconds,
      perMinute: (60 * count) / seconds,
      latencyP50: quantile(latencies, 0.5),
      latencyP99: quantile(latencies, 0.99),
      reconcileP50: 1000 * reconcileSeconds(samples, samplesAfter, 0.5),
      reconcileP99: 1000 * reconcileSeconds(samples, samplesAfter, 0.99),
      writesPerPlatform: (written - before - count) / count,
      cpuMs: (1000 * (cpuAfter - cpu)) / count,
      rssMegabytes: residentMegabytes(pid),
    };
    const work = workOf(await childrenIn(cluster), count);

    await operator.program.stop();
    context.say('starting it again');
    const beforeRestart = await writesOnceQuiet(cluster);
    const restarted = performance.now();
    operator = await start(cluster);
    await until('every platform looked at', async () => (await looked(operator)) >= count, { withinMs: lateMs });
    const restartSeconds = (performance.now() - restarted) / 1000;
    const restartWrites = (await writesOnceQuiet(cluster)) - beforeRestart;
    return { figures: { ...figures, restartSeconds, restartWrites }, work: { platforms: count, children: work } };
  } finally {
    await operator.program.stop('SIGKILL');
  }
}

async function looked({ samples }: RunningOperator): Promise<number> {
  let total = 0;
  for (const [key, value] of await samples())
    if (key.startsWith('controller_runtime_reconcile_total') && key.includes('controller="platform"')) total += value;
  return total;
}

/** Writes that only an operator makes: every apply, and what is done to platforms and Secrets. Counted by the API server. */
async function writesOnceQuiet(cluster: Cluster): Promise<number> {
  for (let before = await writes(cluster); ; ) {
    await sleep(QUIET_MS);
    const now = await writes(cluster);
    if (now === before) return now;
    before = now;
  }
}

async function writes(cluster: Cluster): Promise<number> {
  let total = 0;
  for (const line of (await cluster.text('/metrics')).split('\n')) {
    const own = /resource="(ticketbottleplatforms|secrets)"/.test(line) && /verb="(POST|PUT|PATCH|DELETE)"/.test(line);
    if (line.startsWith('apiserver_request_total{') && (own || line.includes('verb="APPLY"')))
      total += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return total;
}
