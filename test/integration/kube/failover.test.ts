import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { KubeClient } from '#operator/kube/client.ts';
import { EVENT_SALE, type KubeObject, LEASE } from '#operator/kube/resource.ts';
import { type ApiServer, installCrds, startApiServer } from '#runtime/local/apiserver.ts';
import { clientOf, eventually, makeNamespace } from './api-fixture.ts';
import { type OperatorProcess, startOperatorProcess } from './operator-process.ts';

type Lease = KubeObject & { spec: { holderIdentity: string; leaseTransitions: number } };
type Sale = KubeObject & { status?: { observedGeneration?: number } };

describe('two operators, and the leader is killed', function () {
  this.timeout(120_000);
  let server: ApiServer;
  let admin: KubeClient;
  let namespace: string;
  const processes: OperatorProcess[] = [];

  before(async () => {
    server = await startApiServer();
    await installCrds(server);
    admin = clientOf(server);
    namespace = await makeNamespace(admin);
  });
  after(async () => {
    for (const { child } of processes) if (child.exitCode === null) child.kill('SIGKILL');
    await admin?.close();
    await server?.stop();
  });

  const operator = async (name: string) => {
    const one = await startOperatorProcess({
      KUBECONFIG: server.kubeconfig,
      POD_NAME: name,
      POD_NAMESPACE: namespace,
    });
    processes.push(one);
    await eventually(async () => (await one.ops('/readyz'))?.status === 200, 30_000);
    return one;
  };
  const lease = () => admin.get<Lease>(LEASE, namespace, 'ticketbottle-operator');
  const holder = async () => (await lease())?.spec.holderIdentity.split('_')[0];
  const LEADS = /^leader_election_master_status\{[^}]*\} (\d)$/m;
  const CALLS = /^controller_runtime_reconcile_total\{[^}]*controller="eventsale"[^}]*result="success"[^}]*\} (\d+)$/m;
  const reconciled = async (name: string) => {
    const sale = await admin.get<Sale>(EVENT_SALE, namespace, name);
    return sale?.status?.observedGeneration === sale?.metadata.generation ? sale : undefined;
  };

  it('the follower waits with warm caches, takes over after SIGKILL with a higher fencing token, and works', async () => {
    const first = await operator('operator-a');
    await eventually(async () => (await holder()) === 'operator-a');
    const second = await operator('operator-b');
    await admin.create(EVENT_SALE, aSale(namespace, 'before'));
    await eventually(() => reconciled('before'), 30_000);
    assert.equal(await first.metric(LEADS), 1);
    assert.equal(await second.metric(LEADS), 0);
    assert.equal((await second.metric(CALLS)) ?? 0, 0, 'a follower reconciles nothing');

    const before = (await lease())?.spec.leaseTransitions ?? 0;
    first.child.kill('SIGKILL');
    const killedAt = performance.now();
    await once(first.child, 'exit');
    await admin.create(EVENT_SALE, aSale(namespace, 'after'));
    await eventually(async () => (await holder()) === 'operator-b', 30_000);
    const tookMs = performance.now() - killedAt;
    await eventually(() => reconciled('after'), 15_000);
    assert.ok(tookMs >= 9_000, `took over after ${tookMs} ms, while the lease still ran`);
    assert.ok(tookMs <= 20_000, `took ${tookMs} ms`);
    assert.ok(((await lease())?.spec.leaseTransitions ?? 0) > before);
    assert.equal(await second.metric(LEADS), 1);

    // And the one who stops in order leaves at once, with nobody in doubt.
    const third = await operator('operator-c');
    const stoppedAt = performance.now();
    second.child.kill('SIGTERM');
    await eventually(async () => (await holder()) === 'operator-c', 15_000);
    assert.ok(performance.now() - stoppedAt < 6_000);
    assert.equal(second.child.exitCode ?? (await once(second.child, 'exit'))[0], 0);
    const line = second.lines.findLast((text) => text.includes('"reconcileId"'));
    assert.match(line ?? '', /"controller":"(eventsale|platform)"/, 'logs of a reconcile carry its id and controller');
    third.child.kill('SIGTERM');
    await once(third.child, 'exit');
  });
});

function aSale(namespace: string, name: string): KubeObject {
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  return {
    apiVersion: 'ticketbottle.io/v1alpha1',
    kind: 'EventSale',
    metadata: { name, namespace },
    spec: {
      platformRef: { name: 'ticketbottle' },
      event: { name: 'Show', venue: { name: 'Hall' }, startsAt: at(80) },
      ticketClasses: [{ name: 'GA', quantity: 100, price: { amountMinor: 50_000, currency: 'VND' } }],
      schedule: { opensAt: at(48), closesAt: at(72) },
      waitroom: { maxConcurrentCheckouts: 10, admissionsPerMinute: 60 },
      demand: { expectedBuyers: 100, peakJoinsPerSecond: 5 },
    },
  } as KubeObject;
}
