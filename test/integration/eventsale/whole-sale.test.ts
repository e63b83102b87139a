import assert from 'node:assert/strict';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { eventIdOf, ticketClassId } from '#operator/eventsale/identity.ts';
import { type Hpa, isHeld } from '#operator/eventsale/prescale/hpa-floors.ts';
import { connectTicketing, type Ticketing } from '#operator/external/ticketing.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { EVENT_SALE, HPA, PLATFORM } from '#operator/kube/resource.ts';
import { FUNCTIONS, redisKey, SERVICES, TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { startOpsServer } from '#runtime/ops-server.ts';
import { Readiness } from '#runtime/readiness.ts';
import type { Redis } from '#runtime/redis.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { OrderTable } from '#services/order/store/order-table.ts';
import { clientOf, eventually, makeNamespace, sharedApiServer } from '../kube/api-fixture.ts';
import { dashboardOf } from '../monitoring/answers.ts';
import { startPrometheus } from '../monitoring/prometheus.ts';
import { connectRedis } from '../services-front/servers.ts';
import { installKinds, makePlatform, makeSale, ROOT, reportReplicas, startOperator } from './operator-fixture.ts';
import { type RealServices, startRealServices } from './real-services.ts';

const OPENS_IN_MS = 60_000;

describe('a whole sale: real API server, real services, doors that open by themselves', function () {
  this.timeout(240_000);
  let client: KubeClient;
  let services: RealServices;
  let ticketing: Ticketing;
  let namespace: string;
  let operator: ReturnType<typeof startOperator>;
  let sale: EventSale;
  let eventId: string;
  let opensAt: number;
  let redis: Redis;

  before(async () => {
    const server = await sharedApiServer();
    client = clientOf(server);
    services = await startRealServices();
    ticketing = connectTicketing({
      root: ROOT,
      log: silentLogger(),
      clock: systemClock,
      metrics: new Registry(),
      addressOf: services.addressOf,
    });
    await installKinds(client);
    namespace = await makeNamespace(client);
    redis = connectRedis(services.redisAddress);
    await makePlatform(client, namespace, services);
    await reportReplicas(client, namespace, 4);
    await reportPlatformReady();
    operator = startOperator(clientOf(server), namespace, { addressOf: (_, service) => services.addressOf(service) });
    opensAt = Date.now() + OPENS_IN_MS;
    sale = await makeSale(client, namespace, 'tonight', (spec) => {
      spec['ticketClasses'] = [
        { name: 'GA', quantity: 3, price: { amountMinor: 800_000, currency: 'VND' }, maxPerOrder: 3 },
      ];
      spec['schedule'] = {
        preQueueAt: new Date(opensAt - 40_000).toISOString(),
        opensAt: new Date(opensAt).toISOString(),
        closesAt: new Date(opensAt + 3_600_000).toISOString(),
        timeZone: 'Asia/Ho_Chi_Minh',
        cooldown: '15s',
      };
      spec['capacity'] = { gateway: { minReplicas: 2 }, order: { minReplicas: 2 } };
    });
    eventId = eventIdOf(sale);
  });
  after(async () => {
    await operator?.stop();
    ticketing?.close();
    redis?.disconnect();
    await services?.[Symbol.asyncDispose]();
    await client?.close();
  });

  /** The platform controller's part of the status; it does not run here. */
  async function reportPlatformReady(): Promise<void> {
    const status = {
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'AsSpecified',
          message: '',
          lastTransitionTime: new Date().toISOString(),
        },
      ],
      topics: Object.values(TOPIC).map((name) => ({ name, partitions: 3, ready: true })),
      functions: FUNCTIONS.map((name) => ({ name, liveVersion: '1', state: 'Active' })),
    };
    await client.mergePatch(PLATFORM, namespace, 'ticketbottle', { status }, { subresource: 'status' });
  }

  const read = async () => {
    const one = await client.get<EventSale>(EVENT_SALE, namespace, 'tonight');
    assert.ok(one);
    return one;
  };
  const inPhase = (phase: string, ms: number) =>
    eventually(async () => {
      const one = await read();
      return one.status?.phase === phase && one;
    }, ms).catch(async (error: unknown) => {
      const { status } = await read();
      throw new Error(`never ${phase}: ${JSON.stringify(status, null, 1)}`, { cause: error });
    });
  const condition = (one: EventSale, type: string) => one.status?.conditions?.find((each) => each.type === type);
  /** A confirmed order of the stock; what the order service does between reserve and confirm is tested elsewhere. */
  async function sell(userId: string, quantity: number): Promise<string> {
    const orderId = crypto.randomUUID();
    const lines = [{ ticketClassId: ticketClassId(eventId, 'GA'), quantity }];
    const expireTime = toTimestamp(Date.now() + 600_000);
    await ticketing.inventory.reserve({ orderId, eventId, userId, lines, expireTime, rehearsal: false });
    await ticketing.inventory.confirm({ orderId });
    return orderId;
  }
  const roomState = async () => (await ticketing.waitroom.getTick({ eventId })).tick?.state;

  it('prescales, rehearses and is armed well before the opening', async () => {
    const armed = await inPhase('Armed', 45_000);
    const phases = (armed.status?.phases ?? []).map((entry) => entry.phase);
    assert.deepEqual(phases, ['Prescaling', 'Ready', 'Armed']);
    assert.deepEqual(
      (armed.status?.prescale ?? []).filter((line) => !line.ready),
      [],
    );
    assert.equal(condition(armed, 'Rehearsed')?.status, 'True');
    assert.equal(condition(armed, 'Armed')?.status, 'True');
    assert.equal(condition(armed, 'Ready')?.status, 'True');
    assert.ok(armed.status?.rehearsal?.passedAt);
    const hpa = await client.get<Hpa>(HPA, namespace, 'ticketbottle-order');
    assert.equal(hpa?.spec.minReplicas, 2);
  });

  it('lets buyers take places before the opening and nobody in', async () => {
    await eventually(async () => Date.now() > opensAt - 39_000, 60_000);
    await ticketing.waitroom.join({ eventId, userId: 'early-bird' });
    assert.equal(await roomState(), 'ROOM_STATE_PRE_QUEUE');
    await assert.rejects(ticketing.waitroom.claim({ eventId, userId: 'early-bird' }));
  });

  it('opens at its instant without the operator, which learns of it later', async () => {
    await operator.stop();
    await systemClock.sleep(Math.max(0, opensAt - Date.now() - 300));
    let claimedAt = 0;
    await eventually(async () => {
      try {
        await ticketing.waitroom.claim({ eventId, userId: 'early-bird' });
        claimedAt = Date.now();
        return true;
      } catch (error) {
        assert.ok(error instanceof ServiceError);
        return false;
      }
    }, 5_000);
    assert.ok(claimedAt >= opensAt && claimedAt < opensAt + 2_000, `${claimedAt - opensAt} ms after opensAt`);
    operator = startOperator(
      clientOf(await sharedApiServer()),
      namespace,
      { addressOf: (_, service) => services.addressOf(service) },
      6,
    );
    const open = await inPhase('Open', 15_000);
    const report = await eventually(async () => {
      const found = (await read()).status?.report;
      return found?.openSkewMs !== undefined && found;
    });
    assert.ok((report.openSkewMs ?? -1) >= 0 && (report.openSkewMs ?? 0) < 2_000, JSON.stringify(report));
    assert.ok((report.readyMarginSeconds ?? 0) > 20, JSON.stringify(report));
    assert.equal(condition(open, 'Open')?.status, 'True');
  });

  it('tells the dashboard of operators how punctual it was', async () => {
    await using ops = await startOpsServer({ port: 0, readiness: new Readiness(), metrics: operator.metrics });
    await using prometheus = await startPrometheus({ targets: [{ url: `http://127.0.0.1:${ops.port}` }] });
    const { panels } = dashboardOf({ namespace, name: 'ticketbottle' }, 'operator');
    const questions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const punctual = questions.filter((expr) => /eventsale_|clock_offset/.test(expr));
    assert.equal(punctual.length, 3);
    const answers = () => Promise.all(punctual.map((expr) => prometheus.ask(expr, { toS: Date.now() / 1000 })));
    await eventually(async () => (await answers()).every(([one]) => Number.isFinite(one?.values[0]?.[1])), 10_000);
  });

  const edit = (spec: object) => client.mergePatch(EVENT_SALE, namespace, 'tonight', { spec });
  const gate = () => redis.hgetall(redisKey.gate(eventId));
  const classesOf = (quantity: number) => ({
    ticketClasses: [{ name: 'GA', quantity, price: { amountMinor: 800_000, currency: 'VND' }, maxPerOrder: 2 }],
  });

  it('follows edits of an open sale: rate, slots, quantity up and down, pause with a message, extension', async () => {
    await edit({ waitroom: { admissionsPerMinute: 120, maxConcurrentCheckouts: 25 } });
    await eventually(async () => {
      const fields = await gate();
      return fields['admissionsPerMinute'] === '120' && fields['maxConcurrentCheckouts'] === '25';
    }, 15_000);
    await edit(classesOf(6));
    await eventually(async () => (await read()).status?.total === 6, 15_000);
    await edit(classesOf(3));
    await eventually(async () => (await read()).status?.total === 3, 15_000);
    await edit({ waitroom: { paused: true, message: 'back at nine' } });
    const paused = await eventually(async () => {
      const { tick } = await ticketing.waitroom.getTick({ eventId });
      return tick?.state === 'ROOM_STATE_PAUSED' && tick;
    }, 15_000);
    assert.equal(paused.message, 'back at nine');
    await edit({ waitroom: { paused: false, message: null } });
    await eventually(async () => (await roomState()) === 'ROOM_STATE_OPEN', 15_000);
    const closesAt = opensAt + 7_200_000;
    await edit({ schedule: { closesAt: new Date(closesAt).toISOString() } });
    await eventually(async () => (await gate())['closesAtMs'] === String(closesAt), 15_000);
    assert.equal((await gate())['opensAtMs'], String(opensAt));
  });

  it('writes its status at most every three seconds while figures change all the time', async () => {
    const writes = () => operator.client.calls.total({ verb: 'apply', resource: EVENT_SALE });
    const before = writes();
    const until = performance.now() + 15_000;
    for (let buyer = 0; performance.now() < until; buyer++) {
      await ticketing.waitroom.join({ eventId, userId: `crowd-${buyer}` });
      await systemClock.sleep(100);
    }
    const count = writes() - before;
    assert.ok(count >= 1 && count <= 7, `${count} writes in 15 s`);
  });

  it('taken over from a region that was lost, lets nobody in until stock that paid orders lost is theirs again', async () => {
    const serving = (term: number) =>
      client.mergePatch(
        PLATFORM,
        namespace,
        'ticketbottle',
        { status: { region: { serving: true, term } } },
        { subresource: 'status' },
      );
    await serving(1);
    await client.mergePatch(PLATFORM, namespace, 'ticketbottle', { spec: { region: { failover: {} } } });
    await eventually(async () => (await gate())['regionTerm'] === '1', 30_000);
    // Tickets that the shared orders table knows, and of which nothing reached this region's inventory.
    const orderId = await paidOrder();
    const goOn = services.freeze('order');
    try {
      await serving(2);
      await eventually(async () => {
        const fields = await gate();
        return fields['regionTerm'] === '2' && fields['paused'] === '1';
      }, 30_000);
      assert.equal((await read()).status?.phase, 'Open');
    } finally {
      goOn();
    }
    await eventually(async () => (await gate())['paused'] === '0', 30_000);
    const { classes } = await ticketing.inventory.listTicketClasses({ eventId, includeRehearsal: false });
    assert.equal(classes[0]?.sold, 1);
    await eventually(async () => (await read()).status?.sold === 1, 15_000);
    assert.equal(condition(await read(), 'LedgerBalanced')?.status, 'True');
    await ticketing.orders.refundOrder({ orderId, reason: 'GIVEN_BACK' });
    await eventually(async () => (await read()).status?.sold === 0, 30_000);
  });

  /** As another region's order service wrote it down. */
  async function paidOrder(): Promise<string> {
    const { endpoint, region, accessKeyId, secretAccessKey } = services.aws;
    const credentials = { accessKeyId, secretAccessKey };
    const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
    const table = new OrderTable({ dynamo, table: 'ticketbottle-orders', clock: systemClock });
    const id = crypto.randomUUID();
    const line = { ticketClassId: ticketClassId(eventId, 'GA'), className: 'GA', quantity: 1 };
    const free = { amountMinor: 0n, currency: 'VND' };
    await table.create({
      ...{ id, code: 'TB23456789', eventId, userId: crypto.randomUUID(), email: 'a@example.test', fullName: 'An' },
      ...{ language: 'vi', lines: [{ ...line, unitPrice: free }], total: free, state: 'PENDING', failureReason: '' },
      ...{ provider: 'payos', paymentUrl: '', returnUrl: '', holdExpireTimeMs: Date.now(), tickets: [] },
      ...{ createTimeMs: Date.now(), updateTimeMs: Date.now(), rehearsal: false },
    });
    const ticket = { id: crypto.randomUUID(), ticketClassId: line.ticketClassId, className: 'GA', qrPayload: 'TB1' };
    await table.issue(id, [ticket], { topic: TOPIC.orderPaid, orderId: id, initiated: undefined });
    dynamo.destroy();
    return id;
  }

  it('is SoldOut when every ticket is sold, tells the room, and takes both back when stock returns', async () => {
    const returned = await sell('returns', 1);
    await sell('keeps', 2);
    const soldOut = await inPhase('SoldOut', 15_000);
    assert.equal(soldOut.status?.sold, 3);
    // Sold tickets are not taken back by an edit.
    await edit(classesOf(2));
    const refused = await eventually(async () => {
      const one = condition(await read(), 'InventoryLoaded');
      return one?.reason === 'EditRefused' && one;
    }, 15_000);
    assert.match(refused.message, /"GA".quantity 2 is below 3 sold \+ 0 held; 3 stand: set it to 3 or more/);
    await edit(classesOf(3));
    await eventually(async () => (await roomState()) === 'ROOM_STATE_SOLD_OUT');
    await ticketing.inventory.return({ orderId: returned });
    await inPhase('Open', 15_000);
    await eventually(async () => (await roomState()) === 'ROOM_STATE_OPEN');
  });

  it('closes, gives the floors back and is ScaledDown after selling out for good', async () => {
    await sell('last', 1);
    const done = await inPhase('ScaledDown', 60_000);
    const phases = (done.status?.phases ?? []).map((entry) => entry.phase);
    assert.deepEqual(phases.slice(-4), ['Open', 'SoldOut', 'Closed', 'ScaledDown']);
    for (const service of SERVICES) {
      const hpa = await client.get<Hpa>(HPA, namespace, `ticketbottle-${service}`);
      assert.equal(hpa?.spec.minReplicas, 1);
      assert.equal(hpa !== undefined && isHeld(hpa), false);
    }
    assert.equal(condition(done, 'LedgerBalanced')?.status, 'True');
    assert.deepEqual(done.status?.ledger, {
      ...{ oversold: 0, paidWithoutTicket: 0, ticketWithoutPayment: 0, ticketWithoutStock: 0 },
    });
    assert.equal(done.status?.prescale, undefined);
    assert.equal(done.status?.replicas, undefined);
  });

  it('reads the books of a sale that is over when it is asked to, and tells of tickets that nothing is left for', async () => {
    await paidOrder();
    const annotations = { 'ticketbottle.io/read-books': new Date().toISOString() };
    await client.mergePatch(EVENT_SALE, namespace, 'tonight', { metadata: { annotations } });
    const told = await eventually(async () => {
      const one = await read();
      return condition(one, 'LedgerBalanced')?.status === 'False' && one;
    }, 30_000);
    assert.equal(told.status?.ledger?.ticketWithoutStock, 1);
    assert.match(
      condition(told, 'LedgerBalanced')?.message ?? '',
      /^1 orders with tickets but without stock: .*LedgerImbalanced/,
    );
    assert.equal(told.status?.phase, 'ScaledDown');
  });
});
