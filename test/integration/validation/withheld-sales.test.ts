import assert from 'node:assert/strict';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { EVENT_SALE, type KubeObject, NAMESPACE as NAMESPACES, PLATFORM } from '#operator/kube/resource.ts';
import { makePlatform, makeSale, startOperator } from '../eventsale/operator-fixture.ts';
import { clientOf, eventually } from '../kube/api-fixture.ts';
import { guardedApiServer, sampleSale } from './api-fixture.ts';

/** The real controller with everything but the API server away: these sales must not need any of it. */
describe('sales that may not begin', () => {
  const namespace = 'withheld';
  let client: KubeClient;
  let operator: { stop(): Promise<void> } | undefined;

  before(async function () {
    this.timeout(120_000);
    const { server } = await guardedApiServer();
    client = clientOf(server);
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await makePlatform(client, namespace, { redisAddress: '127.0.0.1:9', accessKey: '{}' });
    const organisers = { enabled: true, quota: { maxSales: 2 } };
    await client.mergePatch(PLATFORM, namespace, 'ticketbottle', { spec: { organisers } });
    operator = startOperator(clientOf(server), namespace, { addressOf: () => '127.0.0.1:9' });
  });
  after(async () => {
    await operator?.stop();
    await client?.close();
  });

  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
  const schedule = (opensIn: number, more: object = {}) => ({
    preQueueAt: inMs(opensIn - 60_000),
    opensAt: inMs(opensIn),
    closesAt: inMs(opensIn + 3_600_000),
    ...more,
  });
  const ready = (name: string, reason: string) =>
    eventually(async () => {
      const sale = await client.get<EventSale & KubeObject>(EVENT_SALE, namespace, name);
      const condition = sale?.status?.conditions?.find(({ type }) => type === 'Ready');
      return condition?.reason === reason && sale !== undefined
        ? { phase: sale.status?.phase, condition, sale }
        : undefined;
    }, 60_000);
  const organisersSale = async (name: string, opensIn: number, more: object = {}, organiser = 'o-1') => {
    const sale = sampleSale();
    sale.metadata = { name, namespace, labels: { 'ticketbottle.io/organiser': organiser } };
    sale.spec.schedule = schedule(opensIn, more);
    await client.apply(EVENT_SALE, sale as unknown as KubeObject, { fieldManager: 'test' });
  };

  it('waits for approval with nothing prepared, and goes on with it', async function () {
    this.timeout(120_000);
    await organisersSale('asks', 48 * 3_600_000);
    const pending = await ready('asks', 'ApprovalPending');
    assert.equal(pending.phase, 'PendingApproval');
    assert.equal(pending.condition.status, 'False');
    assert.match(
      pending.condition.message,
      /kubectl annotate eventsale -n withheld asks ticketbottle.io\/approved-by=/,
    );
    // Who is asked to approve sees for when.
    assert.equal(
      Date.parse(pending.sale.status?.schedule?.opensAt ?? ''),
      Date.parse(pending.sale.spec.schedule.opensAt),
    );
    assert.equal(pending.sale.status?.gate, undefined);
    assert.equal(pending.sale.status?.prescale, undefined);
    const annotations = { 'ticketbottle.io/approved-by': 'admin' };
    await client.mergePatch(EVENT_SALE, namespace, 'asks', { metadata: { annotations } });
    const approved = await ready('asks', 'Scheduled');
    assert.equal(approved.phase, 'Pending');
    assert.equal(approved.condition.status, 'True');
  });

  it('is Missed when nobody approved it in time', async function () {
    this.timeout(120_000);
    await organisersSale('forgotten', 20_000, { startDeadline: '1s' }, 'o-2');
    assert.equal((await ready('forgotten', 'ApprovalPending')).phase, 'PendingApproval');
    assert.equal((await ready('forgotten', 'Missed')).phase, 'Missed');
  });

  it('keeps to the quota of its organiser', async function () {
    this.timeout(120_000);
    for (const name of ['first', 'second', 'third']) await organisersSale(name, 48 * 3_600_000, {}, 'o-3');
    const third = await eventually(async () => {
      for (const name of ['first', 'second', 'third']) {
        const sale = await client.get<EventSale & KubeObject>(EVENT_SALE, namespace, name);
        const said = sale?.status?.conditions?.find(({ type }) => type === 'Stalled');
        if (said?.reason === 'QuotaExceeded') return said;
      }
      return undefined;
    }, 20_000);
    assert.match(third.message, /has 2 sales before this one and may have 2; delete one/);
  });

  it('leaves an event to the sale that came first', async function () {
    this.timeout(120_000);
    const id = '0b5f9f3e-6f0e-4b52-8a53-1d0f6b3e9a11';
    for (const name of ['elder', 'younger']) {
      await makeSale(client, namespace, name, (spec) => {
        spec['event'] = { ...(spec['event'] as object), id };
        spec['schedule'] = schedule(48 * 3_600_000);
      });
      // Age counts in seconds.
      await new Promise((done) => setTimeout(done, 1_100));
    }
    const { condition } = await ready('younger', 'ResourceConflict');
    assert.match(
      condition.message,
      /spec.event.id: EventSale elder sells the same event .*; set another event, or open after that/,
    );
    await ready('elder', 'Scheduled');
    await client.delete(EVENT_SALE, namespace, 'elder');
    await client.mergePatch(EVENT_SALE, namespace, 'elder', { metadata: { finalizers: null } }).catch(() => undefined);
    await client.mergePatch(EVENT_SALE, namespace, 'younger', {
      spec: { cooldown: null, demand: { expectedBuyers: 2001 } },
    });
    await ready('younger', 'Scheduled');
  });

  it('does not ask a platform for what it cannot give', async function () {
    this.timeout(120_000);
    await makeSale(client, namespace, 'greedy', (spec) => {
      spec['schedule'] = schedule(48 * 3_600_000);
      spec['capacity'] = { gateway: { minReplicas: 5 } };
      spec['ticketClasses'] = [{ name: 'GA', quantity: 10, price: { amountMinor: 500, currency: 'USD' } }];
    });
    const { condition } = await ready('greedy', 'InvalidSpec');
    assert.match(
      condition.message,
      /spec.ticketClasses: nobody can pay in USD, zalopay and payos take VND; set price.currency/,
    );
    assert.match(condition.message, /spec.capacity.gateway.minReplicas: 5 is more than the 4 .*; lower it, or raise/);
  });
});
