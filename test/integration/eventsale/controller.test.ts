import assert from 'node:assert/strict';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { eventIdOf } from '#operator/eventsale/identity.ts';
import type { Hpa } from '#operator/eventsale/prescale/hpa-floors.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { EVENT, EVENT_SALE, HPA, type KubeObject, PLATFORM } from '#operator/kube/resource.ts';
import { redisKey } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { createRedis, type Redis } from '#runtime/redis.ts';
import { clientOf, eventually, makeNamespace, sharedApiServer } from '../kube/api-fixture.ts';
import { refuse } from '../kube/refusal.ts';
import { rowOf } from '../kube/table.ts';
import {
  installKinds,
  makePlatform,
  makeSale as makeSaleIn,
  reportReplicas,
  startOperator,
} from './operator-fixture.ts';

describe('the EventSale controller on a real API server and real Redis, its services being away', function () {
  this.timeout(120_000);
  let client: KubeClient;
  let backing: Backing<'redis'>;
  let redis: Redis;
  let namespace: string;
  let operator: { client: KubeClient; stop: () => Promise<void> };

  before(async () => {
    const server = await sharedApiServer();
    client = clientOf(server);
    backing = await startBacking({ which: ['redis'] });
    redis = createRedis({ address: backing.redis.address, log: silentLogger() });
    await installKinds(client);
    namespace = await makeNamespace(client);
    await makePlatform(client, namespace, { redisAddress: backing.redis.address, accessKey: '{}' });
    // Nothing listens there: every service is away, as in the first seconds of a platform.
    operator = startOperator(clientOf(server), namespace, { addressOf: () => '127.0.0.1:9' });
  });
  after(async () => {
    await operator?.stop();
    redis?.disconnect();
    await backing?.stop();
    await client?.close();
  });

  const makeSale = (name: string, change: (spec: Record<string, unknown>) => void) =>
    makeSaleIn(client, namespace, name, change);
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
  const schedule = (opensIn: number, more: object = {}) => ({
    preQueueAt: inMs(Math.min(opensIn, 1_000)),
    opensAt: inMs(opensIn),
    closesAt: inMs(opensIn + 3_600_000),
    ...more,
  });
  const read = async (name: string) => {
    const sale = await client.get<EventSale>(EVENT_SALE, namespace, name);
    assert.ok(sale);
    return sale;
  };
  const inPhase = (name: string, phase: string) =>
    eventually(async () => {
      const sale = await read(name);
      return sale.status?.phase === phase && sale;
    }, 40_000);
  const floor = async (service: string) =>
    (await client.get<Hpa>(HPA, namespace, `ticketbottle-${service}`))?.spec.minReplicas;
  const condition = (sale: EventSale, type: string) => sale.status?.conditions?.find((one) => one.type === type);

  it('waits in Pending with a plan, and costs no call at all while it waits', async () => {
    await makeSale('later', (spec) => {
      spec['schedule'] = schedule(48 * 3_600_000, { preQueueAt: inMs(47 * 3_600_000) });
    });
    const sale = await inPhase('later', 'Pending');
    assert.equal(condition(sale, 'Ready')?.reason, 'Scheduled');
    assert.ok((sale.status?.capacityPlan ?? []).length === 7);
    assert.ok(sale.metadata.finalizers?.includes('ticketbottle.io/eventsale'));
    await systemClock.sleep(500);
    const writes = () =>
      operator.client.calls.total({ verb: 'apply' }) + operator.client.calls.total({ verb: 'patch' });
    const before = writes();
    await client.mergePatch(EVENT_SALE, namespace, 'later', { metadata: { annotations: { touched: 'yes' } } });
    await systemClock.sleep(1_000);
    assert.equal(writes(), before);
  });

  it('touches no sale of a platform that another operator looks after, and goes on once that one has left it', async () => {
    const status = (lease: string) =>
      client.mergePatch(
        PLATFORM,
        namespace,
        'ticketbottle',
        { status: { operator: { lease } } },
        { subresource: 'status' },
      );
    await status('other-system/ticketbottle-operator');
    await systemClock.sleep(500);
    await makeSale('theirs', (spec) => {
      spec['schedule'] = schedule(51 * 3_600_000, { preQueueAt: inMs(50 * 3_600_000) });
    });
    await systemClock.sleep(1_000);
    const sale = await read('theirs');
    assert.deepEqual([sale.status, sale.metadata.finalizers], [undefined, undefined]);
    await status('ticketbottle-system/ticketbottle-operator');
    await inPhase('theirs', 'Pending');
    await client.delete(EVENT_SALE, namespace, 'theirs');
  });

  it('shows in `kubectl get` when the doors open as the operator took it, and what the sale will want', async () => {
    const opensAt = new Date(Math.floor(Date.now() / 1000) * 1000 + 50 * 3_600_000);
    const inHanoi = new Date(opensAt.getTime() + 7 * 3_600_000).toISOString().replace('.000Z', '+07:00');
    await makeSale('listed', (spec) => {
      spec['schedule'] = { opensAt: inHanoi, closesAt: inMs(60 * 3_600_000), timeZone: 'Asia/Ho_Chi_Minh' };
    });
    const sale = await inPhase('listed', 'Pending');
    const row = await rowOf(await sharedApiServer(), { namespace, plural: 'eventsales', name: 'listed' });
    assert.deepEqual(
      [row['Name'], row['Phase'], row['Opens-At'], row['Ready']],
      ['listed', 'Pending', opensAt.toISOString(), 'True'],
      JSON.stringify(row),
    );
    assert.deepEqual([row['Want'], row['Have']], [sale.status?.replicas?.want, 0]);
    assert.ok(Number(row['Want']) >= 7);
    assert.match(String(row['Message']), /scheduled: prescaling starts at/);
    await client.delete(EVENT_SALE, namespace, 'listed');
  });

  it('raises floors and writes the gate at once for a sale in a hurry, and says what it waits for', async () => {
    const made = await makeSale('hurried', (spec) => {
      spec['schedule'] = schedule(600_000);
    });
    await inPhase('hurried', 'Prescaling');
    await eventually(async () => (await floor('gateway')) === 4 && (await floor('order')) === 4);
    const gate = await eventually(async () => {
      const found = await redis.hgetall(redisKey.gate(eventIdOf(made)));
      return found['opensAtMs'] !== undefined && found;
    });
    assert.equal(gate['opensAtMs'], String(Date.parse(made.spec.schedule.opensAt)));
    assert.equal(gate['armedAtMs'], '0');
    assert.equal(gate['fencingToken'], '5');
    const sale = await eventually(async () => {
      const one = await read('hurried');
      return one.status?.prescale?.some((line) => line.what === 'gate' && line.ready) && one;
    });
    const what = (sale.status?.prescale ?? []).map((line) => line.what);
    for (const line of [
      'platform',
      'kafka',
      'lambda',
      'floor/order',
      'replicas/order',
      'event',
      'inventory',
      'serving',
      'clock',
      'warm-up',
      'rehearsal',
      'gate',
    ])
      assert.ok(what.includes(line), `${line} is missing from ${what}`);
    assert.equal(condition(sale, 'Ready')?.status, 'False');
    assert.equal(condition(sale, 'Prescaled')?.status, 'False');
    assert.equal(condition(sale, 'Reconciling')?.status, 'True');
    assert.equal(condition(sale, 'ClockSynchronised')?.status, 'True');
    assert.equal(sale.status?.schedule?.opensAt, new Date(made.spec.schedule.opensAt).toISOString());
  });

  it('gives the floors back and closes the gate when the sale is deleted mid-way', async () => {
    const sale = await read('hurried');
    await client.delete(EVENT_SALE, namespace, 'hurried');
    // AWS does not answer here, so the sale stays, saying what it waits for; everything else goes back at once.
    const told = await eventually(async () => {
      const events = await client.list<KubeObject & { reason?: string; note?: string }>(EVENT, { namespace });
      return events.find((event) => event.reason === 'DeletionBlocked');
    });
    assert.match(told.note ?? '', /lambda\/webhooks could not be given back/);
    assert.match(told.note ?? '', /kubectl -n \S+ patch eventsale hurried/);
    assert.equal(await floor('gateway'), 1);
    assert.equal(await floor('order'), 1);
    const gate = await redis.hgetall(redisKey.gate(eventIdOf(sale)));
    assert.ok(Number(gate['closesAtMs']) <= Date.now());
    assert.ok(Number(gate['closesAtMs']) < Number(gate['opensAtMs']));
    await client.mergePatch(EVENT_SALE, namespace, 'hurried', { metadata: { finalizers: null } });
    await eventually(async () => (await client.get(EVENT_SALE, namespace, 'hurried')) === undefined);
  });

  it('holds an opening that is not ready in time, and says so as an event', async () => {
    const made = await makeSale('held', (spec) => {
      spec['schedule'] = schedule(33_000);
      spec['onNotReady'] = { policy: 'Hold', maxDelay: '5m' };
    });
    const sale = await inPhase('held', 'Held');
    const opensAt = Date.parse(made.spec.schedule.opensAt);
    assert.equal(sale.status?.decision?.verdict, 'Hold');
    assert.equal(Date.parse(sale.status?.gate?.opensAt ?? ''), opensAt + 300_000);
    const gate = await redis.hgetall(redisKey.gate(eventIdOf(made)));
    assert.equal(gate['opensAtMs'], String(opensAt + 300_000));
    await eventually(async () => {
      const events = await client.list<KubeObject & { reason?: string; regarding?: { name: string } }>(EVENT, {
        namespace,
      });
      return events.some((event) => event.reason === 'Held' && event.regarding?.name === 'held');
    });
    await client.delete(EVENT_SALE, namespace, 'held');
  });

  it('aborts when told to, shuts the gate and gives the floors back', async () => {
    const made = await makeSale('aborted', (spec) => {
      spec['schedule'] = schedule(31_500);
      spec['onNotReady'] = { policy: 'Abort' };
    });
    const sale = await inPhase('aborted', 'Aborted');
    assert.equal(condition(sale, 'Stalled')?.reason, 'Aborted');
    assert.match(condition(sale, 'Ready')?.message ?? '', /move spec.schedule.opensAt into the future/);
    // What was in the way is told although nobody looks at it any more; and what could not be given back, AWS being away.
    assert.match(sale.status?.decision?.reason ?? '', /^postgres, .* and \d+ more\. postgres: connect ECONNREFUSED/);
    await eventually(async () => (await floor('gateway')) === 1);
    await eventually(async () =>
      /what could not be given back yet is tried again: lambda\/webhooks: .*ECONNREFUSED/.test(
        condition(await read('aborted'), 'Ready')?.message ?? '',
      ),
    );
    const gate = await redis.hgetall(redisKey.gate(eventIdOf(made)));
    assert.ok(gate['closesAtMs'] === undefined || Number(gate['closesAtMs']) < Number(gate['opensAtMs']));
    await client.delete(EVENT_SALE, namespace, 'aborted');
  });

  it('is Missed when it is found too late, and scales nothing', async () => {
    await makeSale('missed', (spec) => {
      spec['schedule'] = schedule(-3_600_000, { preQueueAt: inMs(-3_700_000), closesAt: inMs(3_600_000) });
    });
    const sale = await inPhase('missed', 'Missed');
    assert.equal(condition(sale, 'Stalled')?.reason, 'Missed');
    assert.equal(await floor('gateway'), 1);
    await client.delete(EVENT_SALE, namespace, 'missed');
  });

  it('stalls on a spec that cannot be followed, naming field and mend, and goes on when it is mended', async () => {
    const future = schedule(48 * 3_600_000, { preQueueAt: inMs(47 * 3_600_000) });
    await makeSale('wrong', (spec) => {
      // A person in Tokyo wrote the hour, the zone is Hanoi's: no schema knows which of the two is meant.
      const opensAt = `${future.opensAt.slice(0, 19)}+09:00`;
      spec['schedule'] = { ...future, preQueueAt: undefined, opensAt, timeZone: 'Asia/Ho_Chi_Minh' };
    });
    const stalled = await eventually(async () => {
      const sale = await read('wrong');
      return condition(sale, 'Stalled') && sale;
    });
    assert.match(
      condition(stalled, 'Stalled')?.message ?? '',
      /spec.schedule.opensAt: has offset \+09:00, but Asia\/Ho_Chi_Minh is at \+07:00 then; write .*\+07:00/,
    );
    await makeSale('wrong', (spec) => {
      spec['schedule'] = { ...future, timeZone: 'Asia/Ho_Chi_Minh' };
    });
    await eventually(async () => condition(await read('wrong'), 'Stalled') === undefined);
  });

  it('says which platform is missing', async () => {
    await makeSale('orphan', (spec) => {
      spec['platformRef'] = { name: 'nowhere' };
      spec['schedule'] = schedule(600_000);
    });
    const sale = await inPhase('orphan', 'Prescaling');
    assert.equal(condition(sale, 'Ready')?.reason, 'PlatformMissing');
    assert.match(condition(sale, 'Ready')?.message ?? '', /create it, or mend spec.platformRef.name/);
  });

  /** A policy of the cluster that allows this namespace no more than two replicas of order. Returns how to lift it. */
  async function allowTwoOrders(): Promise<() => Promise<void>> {
    const three = { spec: { minReplicas: 3 } };
    return await refuse(
      client,
      {
        name: `two-orders.${namespace}.example`,
        namespace,
        rule: { apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['horizontalpodautoscalers'] },
        about: "object.metadata.name == 'ticketbottle-order'",
        unless: 'object.spec.?minReplicas.orValue(1) <= 2',
        message: 'two replicas of order must do',
      },
      () => client.mergePatch(HPA, namespace, 'ticketbottle-order', three, { dryRun: true }),
    );
  }

  /** AWS does not answer here, which would keep a deleted sale for minutes. */
  async function discard(name: string): Promise<void> {
    await client.delete(EVENT_SALE, namespace, name);
    await eventually(async () => (await floor('gateway')) === 1);
    await client.mergePatch(EVENT_SALE, namespace, name, { metadata: { finalizers: null } });
  }

  it('writes the gate all the same when a floor is refused, says which and why, and goes on once it is allowed', async () => {
    const lift = await allowTwoOrders();
    try {
      const made = await makeSale('refused-floor', (spec) => {
        spec['schedule'] = schedule(600_000);
      });
      const sale = await eventually(async () => {
        const one = await read('refused-floor');
        return one.status?.prescale?.some((line) => line.what === 'gate' && line.ready) && one;
      });
      const refused = sale.status?.prescale?.find((line) => line.what === 'floor/order');
      assert.equal(refused?.ready, false);
      assert.match(refused?.message ?? '', /two replicas of order must do/);
      assert.ok((await redis.hgetall(redisKey.gate(eventIdOf(made))))['opensAtMs']);
      // The other services have theirs.
      assert.equal(await floor('gateway'), 4);
    } finally {
      await lift();
    }
    await eventually(async () => (await floor('order')) === 4);
    await discard('refused-floor');
  });

  it('lets in only what ready replicas carry when it opens without being ready, and more as they come', async () => {
    await reportReplicas(client, namespace, 1);
    const made = await makeSale('short', (spec) => {
      spec['schedule'] = schedule(42_000);
      spec['onNotReady'] = { policy: 'OpenAnyway' };
      spec['waitroom'] = { admissionsPerMinute: 600, maxConcurrentCheckouts: 300 };
    });
    const rate = async () => Number((await redis.hgetall(redisKey.gate(eventIdOf(made))))['admissionsPerMinute']);
    // Until it is decided the plan counts: it may still be ready in time.
    await eventually(async () => (await rate()) === 600);
    // One replica of order: 75 x 0.6 / 13 checkouts a second.
    await eventually(async () => (await rate()) === 207, 40_000);
    const told = await eventually(async () => {
      const sale = await read('short');
      return sale.status?.admission?.safePerMinute === 207 && sale;
    });
    assert.equal(told.status?.decision?.verdict, 'OpenAnyway');
    assert.match(condition(told, 'Ready')?.message ?? '', /until every replica of order is ready fewer buyers/);
    await reportReplicas(client, namespace, 4);
    await eventually(async () => (await rate()) === 600);
    await eventually(async () => !condition(await read('short'), 'Ready')?.message?.includes('fewer buyers'));
  });

  it('stops an open sale and lets it go on, and ends it early', async () => {
    const opened = await inPhase('short', 'Open');
    const { status } = opened;
    // The doors are open, and behind them nobody serves.
    assert.equal(condition(opened, 'Ready')?.reason, 'WaitingForDependency');
    assert.match(
      condition(opened, 'Ready')?.message ?? '',
      /buyers are admitted; .*not ready: postgres, .*\. postgres: connect \S+ \S+; see spec.postgres and DatabasesReady/,
    );
    const gate = async () => await redis.hgetall(redisKey.gate(status?.eventId ?? ''));
    const edit = (spec: object) => client.mergePatch(EVENT_SALE, namespace, 'short', { spec });
    const held = await floor('gateway');
    await edit({ suspend: true, waitroom: { message: 'back at nine' } });
    const stopped = await inPhase('short', 'Suspended');
    assert.match(condition(stopped, 'Ready')?.message ?? '', /buyers inside may finish; set spec.suspend to false/);
    assert.deepEqual([(await gate())['paused'], (await gate())['message']], ['1', 'back at nine']);
    // Nothing was given back.
    assert.equal(await floor('gateway'), held);
    await edit({ suspend: false });
    await inPhase('short', 'Open');
    assert.deepEqual([(await gate())['paused'], (await gate())['message']], ['0', '']);
    const closesAt = inMs(1_000);
    await edit({ schedule: { closesAt } });
    const closing = await inPhase('short', 'Closing');
    assert.equal((await gate())['closesAtMs'], String(Date.parse(closesAt)));
    assert.equal((await gate())['opensAtMs'], String(Date.parse(status?.gate?.opensAt ?? '')));
    assert.match(condition(closing, 'Ready')?.message ?? '', /doors closed; buyers inside may finish until/);
    await discard('short');
  });

  it('refuses by CEL what the schema can know', async () => {
    await assert.rejects(
      makeSale('refused', (spec) => {
        spec['schedule'] = { ...schedule(600_000), closesAt: inMs(1_000) };
      }),
      /spec.schedule.closesAt: .*is not after opensAt; set it to a later instant/,
    );
  });
});
