import assert from 'node:assert/strict';
import { join } from 'node:path';
import { eventIdOf, rehearsalClassId } from '#operator/eventsale/identity.ts';
import { readFigures } from '#operator/eventsale/live-figures.ts';
import { publishEvent } from '#operator/eventsale/prescale/event.ts';
import { loadInventory } from '#operator/eventsale/prescale/inventory.ts';
import { isRehearsed, Rehearsals, rehearsalLine } from '#operator/eventsale/prescale/rehearsal.ts';
import { servingLine, warmUp } from '#operator/eventsale/prescale/warm-up.ts';
import { saleTimes } from '#operator/eventsale/schedule.ts';
import { aSale } from '#operator/eventsale/testing/sale-builder.ts';
import { rehearse } from '#operator/external/gateway-probe.ts';
import { createSaleGate } from '#operator/external/sale-gate.ts';
import { connectTicketing, type Ticketing } from '#operator/external/ticketing.ts';
import { systemClock } from '#runtime/clock.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { createRedis } from '#runtime/redis.ts';
import { type RealServices, startRealServices } from './real-services.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

describe('preparing and rehearsing a sale on the real services', function () {
  this.timeout(400_000);
  const signal = new AbortController().signal;
  const sale = aSale({
    schedule: {
      preQueueAt: new Date(Date.now() - 1_000).toISOString(),
      opensAt: new Date(Date.now() + 3_600_000).toISOString(),
      closesAt: new Date(Date.now() + 7_200_000).toISOString(),
    },
  });
  sale.metadata.uid = crypto.randomUUID();
  const eventId = eventIdOf(sale);
  let services: RealServices;
  let ticketing: Ticketing;
  const purchase = (attempt: string) => ({
    eventId,
    rehearsalClassId: rehearsalClassId(eventId),
    saleUid: sale.metadata.uid,
    passwordSecret: services.accessKey,
    attempt,
  });

  before(async () => {
    services = await startRealServices();
    ticketing = connectTicketing({
      root: ROOT,
      log: silentLogger(),
      clock: systemClock,
      metrics: new Registry(),
      addressOf: services.addressOf,
    });
  });
  after(async () => {
    ticketing?.close();
    await services?.[Symbol.asyncDispose]();
  });

  it('publishes the event and loads the stock, hidden class included; a second time changes nothing', async () => {
    const scope = { sale, eventId, times: saleTimes(sale.spec, 0), ticketing, signal };
    assert.deepEqual(await publishEvent(scope), {
      what: 'event',
      want: 'PUBLISHED',
      have: 'PUBLISHED',
      ready: true,
    });
    assert.deepEqual(await loadInventory(scope), {
      what: 'inventory',
      want: '2 classes, 100 tickets',
      have: '2 classes, 100 tickets',
      ready: true,
    });
    const { event: before } = await ticketing.events.getEvent({ eventId });
    assert.equal((await publishEvent(scope)).ready, true);
    const { event: after } = await ticketing.events.getEvent({ eventId });
    assert.deepEqual(after?.updateTime, before?.updateTime);
  });

  it('finds every service serving and warms the gateway with real reads', async () => {
    const redis = createRedis({ address: services.redisAddress, log: silentLogger() });
    const gate = createSaleGate(redis, systemClock);
    const desired = {
      eventId,
      saleUid: sale.metadata.uid,
      generation: 1,
      fencingToken: 1,
      preQueueAtMs: Date.now() - 1_000,
      opensAtMs: Date.parse(sale.spec.schedule.opensAt),
      closesAtMs: Date.parse(sale.spec.schedule.closesAt),
      armedAtMs: 0,
      paused: false,
      message: '',
      admissionsPerMinute: 600,
      maxConcurrentCheckouts: 10,
      maxQueueLength: 0,
      checkoutTtlMs: 600_000,
      claimWindowMs: 120_000,
      ordering: 'ShuffleThenFIFO' as const,
    };
    await gate.apply(gate.diff(desired, await gate.observe(desired, signal)), signal);
    redis.disconnect();
    const scope = { eventId, ticketing, gatewayReplicas: 1, signal };
    assert.deepEqual(await servingLine(scope), {
      what: 'serving',
      want: '6 services',
      have: '6 services',
      ready: true,
    });
    assert.deepEqual(await warmUp(scope), { what: 'warm-up', want: '30 reads', have: '30 reads', ready: true });
  });

  it('buys a ticket of the hidden class through the gateway and leaves no trace, again and again', async () => {
    for (const attempt of ['1', '2']) {
      const outcome = await rehearse({ ticketing, clock: systemClock }, purchase(attempt), signal);
      assert.ok(
        outcome.passed,
        JSON.stringify(outcome) + (outcome.passed ? '' : services.logOf('order').slice(-4_000)),
      );
    }
    const figures = await readFigures({ ticketing, eventId, withOrders: true, signal, onFailure: assert.fail });
    assert.equal(figures.stock?.sold, 0);
    assert.deepEqual(figures.orders, {
      pending: 0,
      paidWithoutTicket: 0,
      ticketWithoutPayment: 0,
      ticketWithoutStock: 0,
    });
    assert.deepEqual(figures.stockLedger, { oversold: 0, balanced: true });
    const { classes } = await ticketing.inventory.listTicketClasses({ eventId, includeRehearsal: true });
    assert.deepEqual(
      classes.map((one) => [one.reserved, one.sold]),
      classes.map(() => [0, 0]),
    );
  });

  it('makes three in a row and five at once, and leaves no trace', async () => {
    const steps: string[] = [];
    const stop = new AbortController();
    const rehearsals = new Rehearsals({ clock: systemClock, stop: stop.signal, onStep: (key) => steps.push(key) });
    const wish = { passes: 3, burst: 5 };
    const scope = { sale, eventId, ticketing, passwordSecret: services.accessKey };
    const before = await ticketing.orders.getSaleLedger({ eventId });
    rehearsals.start(scope, rehearsals.facts(sale, 0), wish, 'ns/sale');
    await rehearsals.settled();
    const facts = rehearsals.facts(sale, 0);
    assert.equal(isRehearsed(facts, wish), true, facts.lastError);
    assert.equal(facts.attempts, 4);
    assert.deepEqual(rehearsalLine(facts, wish), {
      what: 'rehearsal',
      want: '3 purchases in a row made and undone, then 5 at once',
      have: 'passed',
      ready: true,
    });
    // One step each, and the end.
    assert.equal(steps.length, 5);
    assert.deepEqual(await ticketing.orders.getSaleLedger({ eventId }), before);
    const { classes } = await ticketing.inventory.listTicketClasses({ eventId, includeRehearsal: true });
    assert.deepEqual(
      classes.map((one) => [one.reserved, one.sold]),
      classes.map(() => [0, 0]),
    );
  });

  it('fails at the step that is broken, and says which', async () => {
    const wrong = { ...purchase('3'), passwordSecret: 'another secret' };
    const outcome = await rehearse({ ticketing, clock: systemClock }, wrong, signal);
    assert.ok(!outcome.passed);
    assert.equal(outcome.step, 'account');
    assert.match(outcome.message, /POST \/auth\/signin answered 401/);
    await services.stop('payment', 'SIGKILL');
    const broken = await rehearse({ ticketing, clock: systemClock }, purchase('4'), AbortSignal.timeout(30_000));
    assert.ok(!broken.passed);
    assert.notEqual(broken.step, 'account');
  });
});
