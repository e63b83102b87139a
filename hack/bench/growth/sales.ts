import type { BenchContext } from '../benchmark.ts';
import type { Cluster } from '../load/api-cluster.ts';
import { cpuSecondsOf } from '../load/process-cost.ts';
import { until } from '../load/until.ts';
import type { Contender } from '../operator-throughput/contender.ts';
import { makeNamespace, touchPlatform } from '../operator-throughput/platform.ts';
import { createSales, saleBodies, watchPlans } from '../operator-throughput/sales.ts';
import type { Point } from './exponent.ts';

/** Looks at all sales so often, so that even a few of them take measurable time. */
const LOOKS = 500;
const MOST_ROUNDS = 50;
const LATE_MS = 300_000;

/** CPU ms of the operator for one look at a sale that finds nothing to do, while so many sales share the platform. */
export async function lookCosts(
  context: BenchContext,
  cluster: Cluster,
  operator: Contender,
  { sizes, round }: { readonly sizes: readonly number[]; readonly round: number },
): Promise<Point[]> {
  const points: Point[] = [];
  for (const size of sizes) {
    const namespace = `growth-${round + 2}-${size}`;
    await makeNamespace(cluster, context.root, namespace);
    const running = await operator.start(namespace, 'first');
    try {
      const watch = watchPlans(cluster, namespace);
      await createSales(cluster, namespace, saleBodies(context.root, namespace, size, Date.now() + 30 * 86_400_000));
      await until(`${size} plans`, () => watch.planned.size === size, { withinMs: LATE_MS });
      await watch.stop();
      const times = Math.min(MOST_ROUNDS, Math.ceil(LOOKS / size));
      let cpu = cpuSecondsOf(running.program.pid);
      // The first half warms up.
      for (let time = 1; time <= 2 * times; time++) {
        const before = await running.reconciled();
        await touchPlatform(cluster, namespace, time);
        await until('every sale looked at', async () => (await running.reconciled()) >= before + size, {
          withinMs: LATE_MS,
        });
        if (time === times) cpu = cpuSecondsOf(running.program.pid);
      }
      points.push({ size, cost: ((cpuSecondsOf(running.program.pid) - cpu) * 1000) / (times * size) });
    } finally {
      await running.program.stop('SIGTERM');
    }
  }
  return points;
}
