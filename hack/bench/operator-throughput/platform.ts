import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Cluster, GROUP } from '../load/api-cluster.ts';

/** A platform that says what each replica carries. Suspended: its own controller shall have nothing to do here. */
export async function makeNamespace(cluster: Cluster, root: string, namespace: string): Promise<void> {
  await cluster.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const platform = parse(readFileSync(join(root, 'config/samples/platform.yaml'), 'utf8'));
  platform.metadata = { name: 'ticketbottle', namespace };
  platform.spec.suspend = true;
  const { gateway, waitroom, inventory, order, payment } = platform.spec.services;
  gateway.capacityPerReplica = { requestsPerSecond: 1500, streams: 20_000 };
  waitroom.capacityPerReplica = { requestsPerSecond: 3000 };
  inventory.capacityPerReplica = { requestsPerSecond: 1000, hotRowPerSecond: 950 };
  order.capacityPerReplica = { requestsPerSecond: 150 };
  payment.capacityPerReplica = { requestsPerSecond: 150 };
  // Room for every sale: a plan that is capped has more to tell, and an event more.
  for (const service of [gateway, waitroom, inventory, order, payment]) service.replicas = { min: 1, max: 100 };
  await cluster.call('POST', `${GROUP}/namespaces/${namespace}/ticketbottleplatforms`, platform);
}

/** A change of the platform that changes nothing for its sales, so that every one is looked at for nothing. */
export async function touchPlatform(cluster: Cluster, namespace: string, seconds: number): Promise<void> {
  const path = `${GROUP}/namespaces/${namespace}/ticketbottleplatforms/ticketbottle`;
  await cluster.call('PATCH', path, { spec: { driftInterval: `${300 + seconds}s` } }, 'application/merge-patch+json');
}

/** So that the standby need not wait for 15 s to pass: what is measured is the work that a new leader has. */
export async function expireLease(cluster: Cluster, namespace: string, lease: string): Promise<void> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${lease}`;
  await cluster.call('PATCH', path, { spec: { holderIdentity: '' } }, 'application/merge-patch+json');
}
