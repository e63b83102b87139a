import type { Measured } from '../benchmark.ts';
import { type Cluster, GROUP } from '../load/api-cluster.ts';
import { closedLoop } from '../load/closed-loop.ts';
import { createSales, saleBodies } from './sales.ts';

const CALLERS = 16;

/**
 * What the API server itself can do: server-side applies of a status of the same size to as many sales, from one process that
 * does nothing else.
 */
export async function limitRound(
  cluster: Cluster,
  wish: { readonly root: string; readonly namespace: string; readonly sales: number; readonly writes: number },
): Promise<Measured> {
  const { namespace, sales, writes } = wish;
  await cluster.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const bodies = saleBodies(wish.root, namespace, sales, Date.now() + 30 * 86_400_000);
  await createSales(cluster, namespace, bodies);
  const apply = async (number: number) => {
    const name = `sale-${number % sales}`;
    const body = {
      apiVersion: 'ticketbottle.io/v1alpha1',
      kind: 'EventSale',
      metadata: { name, namespace },
      status: statusNumber(number),
    };
    const query = 'fieldManager=limit&force=true';
    const path = `${GROUP}/namespaces/${namespace}/eventsales/${name}/status?${query}`;
    await cluster.call('PATCH', path, body, 'application/apply-patch+yaml');
  };
  const load = await closedLoop({ concurrency: CALLERS, calls: writes, call: apply });
  return {
    figures: { perSecond: load.perSecond, seconds: load.seconds },
    work: { backlog: sales, writesPerSale: writes / sales },
  };
}

function statusNumber(number: number): object {
  const at = new Date(Date.now() + number).toISOString();
  const service = (name: string) => ({
    service: name,
    replicas: 2,
    loadRps: number,
    reason: `2 by utilisation (${number} rps at 1000 per replica, target 0.6)`,
    capped: false,
    have: 0,
  });
  const condition = (type: string) => ({
    type,
    status: 'False',
    reason: 'Scheduled',
    message: `scheduled: prescaling starts at ${at}`,
    observedGeneration: 1,
    lastTransitionTime: at,
  });
  return {
    observedGeneration: 1,
    phase: 'Pending',
    conditions: ['Prescaled', 'Armed', 'Open', 'ScheduleAccepted', 'Ready'].map(condition),
    phases: [{ phase: 'Pending', at }],
    schedule: { prescaleAt: at, preQueueAt: at, armAt: at, opensAt: at, closesAt: at, scaleDownAt: at },
    capacityPlan: ['gateway', 'user', 'payment', 'event', 'inventory', 'order', 'waitroom'].map(service),
    replicas: { want: 14, have: 0 },
  };
}
