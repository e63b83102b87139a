import assert from 'node:assert/strict';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { eventIdOf, ticketClassId } from '#operator/eventsale/identity.ts';
import { type Hpa, isFloored } from '#operator/eventsale/prescale/hpa-floors.ts';
import { connectTicketing, type Ticketing } from '#operator/external/ticketing.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { EVENT_SALE, HPA, PLATFORM } from '#operator/kube/resource.ts';
import { FUNCTIONS, SERVICES, TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { clientOf, eventually, makeNamespace, sharedApiServer } from '../kube/api-fixture.ts';
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

  it('is SoldOut when every ticket is sold, tells the room, and takes both back when stock returns', async () => {
    const returned = await sell('returns', 1);
    await sell('keeps', 2);
    const soldOut = await inPhase('SoldOut', 15_000);
    assert.equal(soldOut.status?.sold, 3);
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
      assert.equal(hpa !== undefined && isFloored(hpa), false);
    }
    assert.equal(condition(done, 'LedgerBalanced')?.status, 'True');
    assert.deepEqual(done.status?.ledger, { oversold: 0, paidWithoutTicket: 0, ticketWithoutPayment: 0 });
    assert.equal(done.status?.prescale, undefined);
  });
});
