import { startControllers, startKwok, startScheduler, WORKLOAD_CONTROLLERS } from '#runtime/local/control-programs.ts';
import { type Cluster, startCluster } from '../load/api-cluster.ts';

const NODES = 12;
const ZONES = 3;
const ROOM = { cpu: '64', memory: '256Gi', pods: '1000' };

/** New nodes carry the taint not-ready until the last of these has seen them. */
const CONTROLLERS = [...WORKLOAD_CONTROLLERS, 'job-controller', 'node-lifecycle-controller'];

/** A whole control plane over nodes that kwok plays: pods are scheduled and get ready, Jobs end, nothing runs. */
export async function startSimulatedCluster(): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  // Every platform has Services with addresses of their own.
  const cluster = stack.use(await startCluster(16, ['--service-cluster-ip-range=10.96.0.0/16']));
  const programs = await Promise.all([
    startControllers(cluster.server, CONTROLLERS),
    startScheduler(cluster.server),
    startKwok(cluster.server),
  ]);
  for (const program of programs) stack.defer(() => program.stop());
  for (let node = 0; node < NODES; node++)
    await cluster.call('POST', '/api/v1/nodes', {
      metadata: { name: `node-${node}`, labels: { 'topology.kubernetes.io/zone': `zone-${node % ZONES}` } },
      status: { capacity: ROOM, allocatable: ROOM },
    });
  const owned = stack.move();
  return { ...cluster, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
