import assert from 'node:assert/strict';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import type { SaleContent__Output } from '#proto/gen/ticketbottle/event/v1/SaleContent.ts';
import { systemClock } from '#runtime/clock.ts';
import { type ErrorCode, ServiceError } from '#runtime/errors.ts';
import type { CallContext } from '#runtime/grpc-types.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { saleObjects } from '#services/event/sale-objects.ts';
import { organisersSales, type SaleService } from '#services/event/sales.ts';
import { apply, collection, documents, type Guarded, guardedApiServer, NAMESPACE, sampleSale } from './api-fixture.ts';

const ACCOUNT = 'ticketbottle-event';
const MERGE = 'application/merge-patch+json';
const at = '2027-01-10T03:00:00Z';
const ctx = {} as CallContext;
/** What orders of any event said of themselves. */
const MINUTE = {
  ...{ minute: new Date(0), ordersCreated: 0, ordersPaid: 0, tickets: 0, revenueMinor: '0', currency: 'VND' },
  ...{ ordersRefunded: 1, ticketsRefunded: 2, refundedMinor: '1600000' },
};
const TOTALS = {
  ...{ ordersPaid: 20, tickets: 40, revenueMinor: '32000000', currency: 'VND' },
  ...{ ordersRefunded: 1, ticketsRefunded: 2, refundedMinor: '1600000' },
};

/** The event service's own code, with the token of its service account, against the real API server. */
describe('organisers schedule sales through the event service', () => {
  let api: Guarded;
  let service: SaleService;
  const cancelled: string[] = [];
  const path = collection(sampleSale());

  before(async function () {
    this.timeout(120_000);
    api = await guardedApiServer();
    for (const file of ['config/rbac/organiser-role.yaml', 'config/organisers/role-binding.yaml'])
      for (const object of documents(file)) await apply(api.ask, object);
    await apply(api.ask, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: ACCOUNT, namespace: NAMESPACE },
    });
    const issued = await api.ask('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${ACCOUNT}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3600 },
    });
    const { token } = issued.body.status as { token: string };
    const config = new KubeConfig();
    config.loadFromFile(join(api.server.dir, 'kubeconfig'));
    for (const user of config.users) Object.assign(user, { token });
    service = serviceWith(config);
    for (let tries = 0; tries < 200; tries++) {
      if (
        await service.listSales({ organiserId: 'nobody' }, ctx).then(
          () => true,
          () => false,
        )
      )
        break;
      await new Promise((done) => setTimeout(done, 25));
    }
  });
  afterEach(() => api.ask('DELETE', path));

  function serviceWith(config: KubeConfig, quota = { maxSales: 2, maxTickets: 1000 }): SaleService {
    const objects = saleObjects(NAMESPACE, config);
    return organisersSales({
      objects,
      minutesOf: async () => [MINUTE],
      totalsOf: async () => TOTALS,
      cancelEvent: async (eventId) => void cancelled.push(eventId),
      namespace: NAMESPACE,
      platform: 'ticketbottle',
      quota,
      clock: systemClock,
    });
  }

  const content = (over: Partial<SaleContent__Output> = {}): SaleContent__Output => ({
    eventName: 'Show của Đen',
    description: 'One night',
    venue: { name: 'Mỹ Đình', address: 'Lê Đức Thọ', city: 'Hà Nội', country: 'VN' },
    startTime: toTimestamp(Date.parse('2027-03-20T12:30:00Z')) as never,
    classes: [
      {
        name: 'GA',
        description: '',
        quantity: 400,
        price: { amountMinor: '800000', currency: 'VND' },
        maxPerOrder: 0,
        maxPerAccount: 0,
      },
    ],
    preQueueTime: null,
    openTime: toTimestamp(Date.parse(at)) as never,
    closeTime: toTimestamp(Date.parse('2027-01-10T05:00:00Z')) as never,
    timeZone: 'Asia/Ho_Chi_Minh',
    expectedBuyers: 2000,
    peakJoinsPerSecond: 100,
    ...over,
  });
  const schedule = async (requestId: string, over: Partial<SaleContent__Output> = {}, organiserId = 'o-1') => {
    const { sale } = await service.scheduleSale({ requestId, organiserId, content: content(over) }, ctx);
    assert.ok(sale);
    return { name: sale.name ?? '', etag: sale.etag ?? '', sale };
  };
  const report = (name: string, status: object) =>
    api.ask('PATCH', `${path}/${name}/status`, { status }, undefined, MERGE);
  const fails = async (call: Promise<unknown>, code: ErrorCode, says: RegExp) => {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ServiceError, `accepted, or not a ServiceError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, says);
    // Plain words: no names of policies, no Go types.
    assert.doesNotMatch(error.message, /ValidatingAdmissionPolicy|Invalid value|is forbidden|spec\.schedule/);
  };

  it('gives back what it was given, and the same sale for the same request', async () => {
    const { name, sale } = await schedule('r1');
    assert.match(name, /^show-cua-den-[0-9a-f]{10}$/);
    assert.equal((await schedule('r1')).name, name);
    assert.notEqual((await schedule('r2')).name, name);
    assert.deepEqual(sale.content, {
      ...content(),
      classes: [{ ...content().classes[0], maxPerOrder: 4 }],
    });
    const stored = await api.ask('GET', `${path}/${name}`);
    assert.equal(stored.body.metadata.labels?.['ticketbottle.io/organiser'], 'o-1');
    assert.equal(stored.body.spec.platformRef.name, 'ticketbottle');
    const { sales } = await service.listSales({ organiserId: 'o-1' }, ctx);
    assert.equal(sales?.length, 2);
  });

  it('says in plain words what is wrong with a sale', async () => {
    await fails(
      schedule('bad', { closeTime: toTimestamp(Date.parse(at)) as never }),
      'INVALID_ARGUMENT',
      /content.close_time: is not after content.open_time; set it to a later instant/,
    );
    await fails(
      schedule('bad', { timeZone: 'Hanoi' }),
      'INVALID_ARGUMENT',
      /content.time_zone: Hanoi is not an IANA time zone; write it like Asia\/Ho_Chi_Minh/,
    );
    await fails(schedule('bad', { classes: [] }), 'INVALID_ARGUMENT', /content.classes/);
    await fails(schedule('bad', { openTime: null }), 'INVALID_ARGUMENT', /content.open_time is missing/);
    const [ga] = content().classes;
    const dollars = { ...ga, name: 'VIP', price: { amountMinor: '1', currency: 'USD' } } as never;
    await fails(
      schedule('bad', { classes: [ga as never, dollars] }),
      'INVALID_ARGUMENT',
      /more than one currency; set price.currency/,
    );
    await fails(schedule('bad', {}, 'o 1, or everybody'), 'INVALID_ARGUMENT', /organiser_id/);
  });

  it('keeps organisers to their quota', async () => {
    await fails(
      schedule('big', { classes: [{ ...content().classes[0], quantity: 1001 } as never] }),
      'RESOURCE_EXHAUSTED',
      /would sell 1001 tickets at once and may sell 1000; offer fewer/,
    );
    const first = await schedule('r1');
    await schedule('r2');
    await fails(
      schedule('r3'),
      'RESOURCE_EXHAUSTED',
      /have 2 sales that are not over and may have 2; wait until one is over/,
    );
    await schedule('r3', {}, 'o-2');
    await report(first.name, { phase: 'ScaledDown' });
    await schedule('r3');
  });

  it('hides the sales of others', async () => {
    const { name } = await schedule('r1');
    await fails(service.getSale({ organiserId: 'o-2', name }, ctx), 'NOT_FOUND', /no such sale/);
    await fails(service.pauseSale({ organiserId: 'o-2', name, message: '' }, ctx), 'NOT_FOUND', /no such sale/);
    await fails(service.getSale({ organiserId: 'o-1', name: '../secrets/x' }, ctx), 'NOT_FOUND', /no such sale/);
    assert.deepEqual((await service.listSales({ organiserId: 'o-2' }, ctx)).sales, []);
  });

  it('gives an approval back when the content changes, and not when it pauses', async () => {
    const { name } = await schedule('r1');
    const annotations = { 'ticketbottle.io/approved-by': 'admin' };
    assert.equal(
      (await api.ask('PATCH', `${path}/${name}`, { metadata: { annotations } }, undefined, MERGE)).status,
      200,
    );
    const paused = await service.pauseSale({ organiserId: 'o-1', name, message: 'back at ten' }, ctx);
    assert.equal(paused.sale?.approvedBy, 'admin');
    assert.equal(paused.sale?.pauseMessage, 'back at ten');
    const resumed = await service.resumeSale({ organiserId: 'o-1', name }, ctx);
    assert.equal(resumed.sale?.paused, false);
    assert.equal(resumed.sale?.pauseMessage, '');
    const changed = await service.updateSale(
      {
        organiserId: 'o-1',
        name,
        etag: '',
        content: content({ description: '', expectedBuyers: 0, peakJoinsPerSecond: 0 }),
      },
      ctx,
    );
    assert.equal(changed.sale?.approvedBy, '');
    assert.equal(changed.sale?.content?.description, '');
    assert.equal(changed.sale?.content?.expectedBuyers, 0);
  });

  it('notices that somebody else changed the sale', async () => {
    const { name, etag } = await schedule('r1');
    await service.pauseSale({ organiserId: 'o-1', name, message: '' }, ctx);
    await fails(
      service.updateSale({ organiserId: 'o-1', name, etag, content: content() }, ctx),
      'ABORTED',
      /look at it again and repeat/,
    );
  });

  it('is not put off by what the operator says of a sale, only by another change or its approval', async () => {
    const { name, etag } = await schedule('r1');
    const organiserId = 'o-1';
    const change = (eventName: string, seen: string) =>
      service.updateSale({ organiserId, name, etag: seen, content: content({ eventName }) }, ctx);
    await report(name, { phase: 'PendingApproval', sold: 0 });
    const changed = await change('Another name', etag);
    assert.equal(changed.sale?.content?.eventName, 'Another name');
    await fails(change('Too late', etag), 'ABORTED', /look at it again and repeat/);
    const approved = { metadata: { annotations: { 'ticketbottle.io/approved-by': 'admin' } } };
    assert.equal((await api.ask('PATCH', `${path}/${name}`, approved, undefined, MERGE)).status, 200);
    await fails(change('Not what was approved', changed.sale?.etag ?? ''), 'ABORTED', /look at it again and repeat/);
    // The status is written as fast as the API server takes it: somebody always comes between reading and writing.
    const done = new AbortController();
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let sold = 1; !done.signal.aborted; sold++)
        await report(name, { phase: 'PendingApproval', sold: sold * 10 + writer });
    });
    try {
      for (let n = 0; n < 20; n++) {
        const seen = (await service.getSale({ organiserId, name }, ctx)).sale?.etag ?? '';
        assert.equal((await change(`Name ${n}`, seen)).sale?.content?.eventName, `Name ${n}`);
      }
    } finally {
      done.abort();
      await Promise.all(writers);
    }
  });

  it('takes away what a content leaves out, and keeps what organisers do not decide', async () => {
    const { name } = await schedule('r1');
    const byOps = { spec: { schedule: { prescaleLead: '45m' } } };
    assert.equal((await api.ask('PATCH', `${path}/${name}`, byOps, undefined, MERGE)).status, 200);
    const venue = { name: 'Mỹ Đình', address: '', city: '', country: '' };
    await service.updateSale({ organiserId: 'o-1', name, etag: '', content: content({ venue }) }, ctx);
    const { spec } = (await api.ask('GET', `${path}/${name}`)).body as {
      spec: { event: { venue: object }; schedule: { prescaleLead: string } };
    };
    assert.deepEqual(spec.event.venue, { name: 'Mỹ Đình' });
    assert.equal(spec.schedule.prescaleLead, '45m');
  });

  it('lets a running sale be paused, extended and closed, and nothing else', async () => {
    const { name } = await schedule('r1', {
      openTime: toTimestamp(Date.now() - 60_000) as never,
      closeTime: toTimestamp(Date.now() + 3_600_000) as never,
    });
    const organiserId = 'o-1';
    await fails(service.closeSale({ organiserId, name }, ctx), 'FAILED_PRECONDITION', /only an open sale is closed/);
    await report(name, {
      phase: 'Open',
      phases: [
        { phase: 'Prescaling', at },
        { phase: 'Open', at },
      ],
    });
    const now = (await service.getSale({ organiserId, name }, ctx)).sale?.content as SaleContent__Output;
    await service.pauseSale({ organiserId, name, message: 'soon' }, ctx);
    await service.resumeSale({ organiserId, name }, ctx);
    const later = toTimestamp(Date.now() + 7_200_000) as never;
    const longer = await service.updateSale(
      { organiserId, name, etag: '', content: { ...now, closeTime: later } },
      ctx,
    );
    assert.deepEqual(longer.sale?.content?.closeTime, later);
    await fails(
      service.updateSale({ organiserId, name, etag: '', content: { ...now, eventName: 'Other' } }, ctx),
      'FAILED_PRECONDITION',
      /only content.close_time may change/,
    );
    const closed = await service.closeSale({ organiserId, name }, ctx);
    const seconds = Number((closed.sale?.content?.closeTime as { seconds: unknown } | undefined)?.seconds);
    assert.ok(Math.abs(seconds * 1000 - Date.now()) < 5_000);
    await report(name, { phase: 'ScaledDown' });
    await fails(
      service.pauseSale({ organiserId, name, message: '' }, ctx),
      'FAILED_PRECONDITION',
      /this sale is over; schedule a new one/,
    );
  });

  it("cancels the event of the organiser's own sale, and ends the sale", async () => {
    const { name } = await schedule('c1', {
      openTime: toTimestamp(Date.now() - 60_000) as never,
      closeTime: toTimestamp(Date.now() + 3_600_000) as never,
    });
    const cancel = (organiserId: string) => service.cancelSaleEvent({ organiserId, name, reason: 'storm' }, ctx);
    await fails(cancel('o-1'), 'FAILED_PRECONDITION', /the sale is not prepared/);
    const eventId = 'b1f4a1a6-54f7-5d53-9c77-0d8cf6a7f001';
    await report(name, { phase: 'Open', eventId });
    await fails(cancel('o-2'), 'NOT_FOUND', /no such sale/);
    assert.deepEqual(cancelled, []);
    const { sale } = await cancel('o-1');
    assert.deepEqual(cancelled, [eventId]);
    const seconds = Number((sale?.content?.closeTime as { seconds: unknown } | undefined)?.seconds);
    assert.ok(Math.abs(seconds * 1000 - Date.now()) < 5_000);
    await report(name, { phase: 'Closed', eventId });
    await cancel('o-1');
    assert.deepEqual(cancelled, [eventId, eventId], 'also when the sale is over');
  });

  it('tells what was sold and what was given back, minute by minute and in all', async () => {
    const { name } = await schedule('h1');
    const history = (totalsOnly = false) => service.getSaleHistory({ organiserId: 'o-1', name, totalsOnly }, ctx);
    assert.deepEqual(await history(), { minutes: [] }, 'nothing can have been sold');
    await report(name, { phase: 'Open', eventId: 'b1f4a1a6-54f7-5d53-9c77-0d8cf6a7f001' });
    const money = (amountMinor: string) => ({ amountMinor, currency: 'VND' });
    const { minutes, totals } = await history();
    assert.deepEqual(minutes, [
      {
        ...{ startTime: toTimestamp(0), ordersCreated: 0, ordersPaid: 0, tickets: 0, revenue: money('0') },
        ...{ ordersRefunded: 1, ticketsRefunded: 2, refunded: money('1600000') },
      },
    ]);
    assert.deepEqual(totals, {
      gross: { orders: 20, tickets: 40, money: money('32000000') },
      refunded: { orders: 1, tickets: 2, money: money('1600000') },
      net: { orders: 19, tickets: 38, money: money('30400000') },
    });
    assert.deepEqual(await history(true), { minutes: [], totals });
    await fails(service.getSaleHistory({ organiserId: 'o-2', name, totalsOnly: true }, ctx), 'NOT_FOUND', /no such/);
  });

  it('leaves sales that are kept in Git alone', async () => {
    const sale = sampleSale();
    sale.metadata.labels = { 'ticketbottle.io/organiser': 'o-1', 'argocd.argoproj.io/instance': 'shop' };
    assert.equal((await api.ask('POST', path, sale)).status, 201);
    const { name } = sale.metadata;
    assert.equal((await service.getSale({ organiserId: 'o-1', name }, ctx)).sale?.readOnly, true);
    const readOnly = /kept in Git and read-only here/;
    await fails(service.pauseSale({ organiserId: 'o-1', name, message: '' }, ctx), 'FAILED_PRECONDITION', readOnly);
    const update = service.updateSale({ organiserId: 'o-1', name, etag: '', content: content() }, ctx);
    await fails(update, 'FAILED_PRECONDITION', readOnly);
  });

  it('says that it may not, in plain words, when its rights or the whole feature are missing', async () => {
    const config = new KubeConfig();
    config.loadFromFile(join(api.server.dir, 'kubeconfig'));
    for (const user of config.users) Object.assign(user, { impersonateUser: 'nobody' });
    await fails(
      serviceWith(config).listSales({ organiserId: 'o-1' }, ctx),
      'PERMISSION_DENIED',
      /ops apply config\/organisers/,
    );
    const off = organisersSales({
      objects: undefined,
      minutesOf: async () => [],
      totalsOf: async () => undefined,
      cancelEvent: async () => assert.fail('nobody may'),
      namespace: NAMESPACE,
      platform: 'p',
      quota: { maxSales: 1, maxTickets: 1 },
      clock: systemClock,
    });
    await fails(off.listSales({ organiserId: 'o-1' }, ctx), 'FAILED_PRECONDITION', /ops set spec.organisers.enabled/);
  });
});
