import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchContext, Measured } from '../benchmark.ts';
import type { Cluster } from '../load/api-cluster.ts';
import { cpuSecondsOf, residentMegabytes } from '../load/process-cost.ts';
import { histogramQuantile } from '../load/prometheus.ts';
import { until } from '../load/until.ts';
import { quantile } from '../statistics.ts';
import type { Contender, RunningOperator } from './contender.ts';
import { expireLease, makeNamespace, touchPlatform } from './platform.ts';
import { requestsSoFar } from './requests.ts';
import { createSales, saleBodies, verifiedWork, watchPlans } from './sales.ts';

export interface Setting {
  readonly context: BenchContext;
  readonly cluster: Cluster;
  readonly contender: Contender;
  readonly sizes: Readonly<Record<Size, number>>;
  readonly firstOpening: number;
  readonly index: number;
}

/** Everything besides the first coming of the sales is done at the largest. */
export const SIZES = ['Small', 'Medium', 'Large'] as const;
export type Size = (typeof SIZES)[number];

const LATE_MS = 300_000;
const QUIET_MS = 300;
/** Memory is what is left once the work is done. */
const SETTLED_MS = 5_000;
/** Writes that one sale needs: finalizer, status, event. */
export const WRITES_PER_SALE = 3;

/** One operator at every size, then its restart, its successor and its backlog at the largest. */
export async function operatorRound(setting: Setting): Promise<Measured> {
  const figures: Record<string, number> = {};
  const work: Record<string, string | number> = {};
  const { Small: small, Large: large } = setting.sizes;
  for (const size of SIZES) {
    await using live = await liveRun(setting, setting.sizes[size]);
    for (const [name, value] of Object.entries(live.figures)) figures[`${name}${size}`] = value;
    work[`work${size}`] = live.work;
    if (size === 'Large') Object.assign(figures, await afterwards(setting, live, large));
  }
  const growth = (figures['rssMegabytesLarge'] ?? 0) - (figures['rssMegabytesSmall'] ?? 0);
  figures['rssPerThousand'] = (growth / (large - small)) * 1000;
  const backlog = await backlogRun(setting, large);
  return { figures: { ...figures, ...backlog.figures }, work: { ...work, ...backlog.work } };
}

interface LiveRun extends AsyncDisposable {
  readonly namespace: string;
  readonly figures: Record<string, number>;
  readonly work: string;
  readonly operator: RunningOperator;
}

/** The operator runs, the sales come. */
async function liveRun(setting: Setting, size: number): Promise<LiveRun> {
  const { cluster, contender, context } = setting;
  const namespace = `${contender.name}-${size}-${setting.index + 1}`;
  await makeNamespace(cluster, context.root, namespace);
  const operator = await contender.start(namespace, 'first');
  try {
    await until('the operator leads', operator.leads, { withinMs: 60_000 });
    const watch = watchPlans(cluster, namespace);
    const pid = operator.program.pid;
    // What it writes about the platform and its own leading is not the sales'.
    const requests = await quiet(cluster);
    const [cpu, samples] = [cpuSecondsOf(pid), await operator.samples()];
    const bodies = saleBodies(context.root, namespace, size, setting.firstOpening);
    const started = performance.now();
    const sent = await createSales(cluster, namespace, bodies);
    await until(`${size} plans`, () => watch.planned.size === size, { withinMs: LATE_MS });
    const seconds = (Math.max(...watch.planned.values()) - started) / 1000;
    await watch.stop();
    const after = await allWritten(cluster, requests.writes + size + WRITES_PER_SALE * size);
    const latencies = [...sent].map(([name, at]) => (watch.planned.get(name) ?? Number.NaN) - at);
    const reconcile = (q: number, now: typeof samples) =>
      1000 * histogramQuantile(samples, now, 'controller_runtime_reconcile_time_seconds', q);
    const samplesAfter = await operator.samples();
    const cpuMs = ((cpuSecondsOf(pid) - cpu) * 1000) / size;
    const { sales, status } = await verifiedWork(cluster, namespace);
    await sleep(SETTLED_MS);
    return {
      namespace,
      operator,
      figures: {
        perSecond: size / seconds,
        latencyP50: quantile(latencies, 0.5),
        latencyP99: quantile(latencies, 0.99),
        reconcileP50: reconcile(0.5, samplesAfter),
        reconcileP99: reconcile(0.99, samplesAfter),
        callsPerSale: (after.calls - requests.calls - size) / size,
        cpuMs,
        rssMegabytes: residentMegabytes(pid),
      },
      work: `${sales} ${status}`,
      [Symbol.asyncDispose]: () => operator.program.stop('SIGTERM'),
    };
  } catch (error) {
    await operator.program.stop('SIGKILL');
    throw error;
  }
}

/** Events trail behind the statuses that they tell of. */
async function allWritten(cluster: Cluster, expectedWrites: number) {
  const now = await requestsSoFar(cluster);
  return now.writes >= expectedWrites ? now : await quiet(cluster);
}

/** Requests so far, once a while has passed without another. */
async function quiet(cluster: Cluster) {
  let before = await requestsSoFar(cluster);
  for (;;) {
    await sleep(QUIET_MS);
    const now = await requestsSoFar(cluster);
    if (now.calls === before.calls) return now;
    before = now;
  }
}

/** Looks that find nothing to do, a restart, and the death of the leader: all with everything already written. */
async function afterwards(setting: Setting, live: LiveRun, size: number): Promise<Record<string, number>> {
  const { cluster, contender } = setting;
  const { namespace, operator: first } = live;
  const figures: Record<string, number> = {};

  const looked = await first.reconciled();
  // The touch itself, and that ours says of the platform which generation it has seen, are no calls of a sale.
  const ofSales = { without: 'ticketbottleplatforms' };
  const beforeNoop = await requestsSoFar(cluster, ofSales);
  const started = performance.now();
  await touchPlatform(cluster, namespace, 1);
  await until('every sale looked at', async () => (await first.reconciled()) >= looked + size, { withinMs: LATE_MS });
  figures['noopPerSecond'] = size / ((performance.now() - started) / 1000);
  figures['noopCalls'] = (await requestsSoFar(cluster, ofSales)).calls - beforeNoop.calls;

  await first.program.stop('SIGTERM');
  const beforeRestart = await requestsSoFar(cluster);
  const restarted = performance.now();
  const second = await contender.start(namespace, 'second');
  let third: RunningOperator | undefined;
  try {
    await until('every sale looked at', async () => (await second.reconciled()) >= size, { withinMs: LATE_MS });
    figures['restartSeconds'] = (performance.now() - restarted) / 1000;
    figures['restartCalls'] = (await requestsSoFar(cluster)).calls - beforeRestart.calls;

    third = await contender.start(namespace, 'third');
    await second.program.stop('SIGKILL');
    const lost = performance.now();
    await expireLease(cluster, namespace, contender.lease);
    await until('the next one leads', third.leads, { withinMs: 60_000 });
    const leads = performance.now();
    await until('every sale looked at', async () => ((await third?.reconciled()) ?? 0) >= size, { withinMs: LATE_MS });
    figures['takeoverSeconds'] = (leads - lost) / 1000;
    figures['newLeaderSeconds'] = (performance.now() - leads) / 1000;
    return figures;
  } finally {
    await second.program.stop('SIGKILL');
    await third?.program.stop('SIGTERM');
  }
}

/** Everything is there before the operator is: how fast a backlog is worked off, from leading to the last status. */
async function backlogRun(setting: Setting, size: number) {
  const { cluster, contender, context, firstOpening } = setting;
  const namespace = `${contender.name}-backlog-${setting.index + 1}`;
  await makeNamespace(cluster, context.root, namespace);
  await createSales(cluster, namespace, saleBodies(context.root, namespace, size, firstOpening));
  const watch = watchPlans(cluster, namespace);
  const before = await requestsSoFar(cluster);
  const operator = await contender.start(namespace, 'first');
  try {
    await until('the operator leads', operator.leads, { withinMs: 60_000, everyMs: 10 });
    const leads = performance.now();
    await until(`${size} plans`, () => watch.planned.size === size, { withinMs: LATE_MS });
    const seconds = (Math.max(...watch.planned.values()) - leads) / 1000;
    await watch.stop();
    const after = await allWritten(cluster, before.writes + WRITES_PER_SALE * size);
    await verifiedWork(cluster, namespace);
    // Whole ones: what leading and the platform cost is not the sales'.
    const writesPerSale = Math.round((after.writes - before.writes) / size);
    return { figures: { backlogSeconds: seconds }, work: { backlog: size, writesPerSale } };
  } finally {
    await operator.program.stop('SIGTERM');
  }
}
