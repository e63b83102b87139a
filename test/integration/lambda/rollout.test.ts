import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeAlarmsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { createAlarms } from '#operator/external/alarms.ts';
import type { DesiredFunction } from '#operator/external/lambda-desired.ts';
import { desiredAlarms } from '#operator/platform/alarms.ts';
import { aPlatform } from '#operator/platform/testing/a-platform.ts';
import { FUNCTIONS, type FunctionName } from '#proto/names.ts';
import { type FiveFunctions, fiveFunctions } from './five-functions.ts';
import { apply, bundleOf, desiredFunction, onlyWithTraffic, type Rolled } from './function-stage.ts';

/** The local endpoint's queues hand out a batch about once a second. */
const QUEUE_PACE_MS = 1_000;

/** One step was taken, at `weight` percent of the traffic; then version 1 had all of it again. */
function assertTakenBack({ live, path, rejected }: Rolled, weight: number, why: RegExp): void {
  const [step = '', after] = path.slice(-2);
  assert.equal(path.filter((state) => state.includes('@')).length, 1, path.join(' '));
  assert.match(step, new RegExp(`^1\\+\\d+@${weight}$`), path.join(' '));
  assert.deepEqual([after, live], ['1', '1'], path.join(' '));
  assert.match(rejected?.why ?? '', why);
}

/** The real bundles run in the real order of things: traffic comes through API, queues and calls, the operator's adapter rolls. */
describe('rollouts of the five functions', function () {
  this.timeout(240_000);
  let world: FiveFunctions;
  const desired = new Map<FunctionName, DesiredFunction>();
  const wanted = (name: FunctionName, change: Partial<DesiredFunction> = {}): DesiredFunction => {
    const found = desired.get(name);
    assert.ok(found);
    return { ...found, ...change };
  };

  before(async () => {
    world = await fiveFunctions();
    for (const name of FUNCTIONS)
      desired.set(name, desiredFunction(`tb-${name}`, await bundleOf(name), { ...world.env[name] }));
    for (const name of FUNCTIONS) {
      const { live, path } = await world.stage.roll(wanted(name));
      assert.deepEqual([live, path], ['1', ['1']], 'the first version gets everything at once');
    }
    await world.connectQueue('tb-email-sender');
    await world.connectQueue('tb-pdf-generator');
  });
  after(() => world?.close());

  /** Traffic for as long as a rollout takes; then what it gave. */
  async function during<T>(
    rollout: Promise<Rolled>,
    traffic: () => Promise<T>,
    paceMs = 100,
  ): Promise<{ rolled: Rolled; given: T[] }> {
    let over = false;
    const rolled = rollout.finally(() => {
      over = true;
    });
    rolled.catch(() => {});
    const given: T[] = [];
    const work = async () => {
      while (!over) {
        given.push(await traffic());
        await sleep(paceMs);
      }
    };
    await Promise.all([work(), work()]);
    return { rolled: await rolled, given };
  }

  async function haveTickets(orderIds: readonly string[]): Promise<void> {
    for (const orderId of orderIds) {
      let bytes: number | undefined;
      for (let n = 0; n < 120 && bytes === undefined; n++) {
        bytes = await world.pdfBytes(orderId);
        if (bytes === undefined) await sleep(500);
      }
      assert.ok((bytes ?? 0) > 10_000, orderId);
    }
  }

  const nextVersion = async (name: FunctionName, mark: string) =>
    wanted(name, { env: { ...world.env[name], LOG_LEVEL: 'debug', MARK: mark } });

  it('payment-webhook-handler: a version that throws is taken back at its first step and no payment is lost', async () => {
    const url = await world.webhookUrl();
    await world.callBack(url, await world.payment());
    const broken = wanted('payment-webhook-handler', {
      bundle: await bundleOf('payment-webhook-handler', onlyWithTraffic("throw new TypeError('broken');")),
    });
    const { rolled, given } = await during(world.stage.roll(broken), async () =>
      world.callBack(url, await world.payment()),
    );
    assertTakenBack(rolled, 30, /error rate/);
    assert.ok(
      given.some((calls) => calls > 1),
      'the broken version did get traffic',
    );
    assert.deepEqual(await world.paid(), { paid: given.length + 1, waiting: 0 });
  });

  it('payment-webhook-handler: so is one that takes every genuine callback for forged, which Lambda calls no error', async () => {
    const url = await world.webhookUrl();
    const before = (await world.paid()).paid;
    // It reads ZaloPay's secret wrongly, as a slip in configuration would make it.
    const around = onlyWithTraffic(`
      const { data, mac, type } = JSON.parse(event.body);
      return await real({ ...event, body: JSON.stringify({ data, mac: mac.replace(/./g, '0'), type }) }, context);`);
    const broken = wanted('payment-webhook-handler', { bundle: await bundleOf('payment-webhook-handler', around) });
    const { rolled, given } = await during(world.stage.roll(broken), async () =>
      world.callBack(url, await world.payment()),
    );
    assertTakenBack(rolled, 30, /error rate/);
    assert.deepEqual(await world.paid(), { paid: before + given.length, waiting: 0 });
  });

  it('outbox-processor: a version that throws is taken back at its first step, and everything in the outbox is published', async () => {
    const broken = wanted('outbox-processor', {
      bundle: await bundleOf('outbox-processor', onlyWithTraffic("throw new Error('no broker in this version');")),
    });
    const { rolled } = await during(world.stage.roll(broken), () => world.call('tb-outbox-processor', 1));
    assertTakenBack(rolled, 30, /error rate/);
    assert.equal(await world.call('tb-outbox-processor', 1), 0);
    const { rows } = await world.pool.query('SELECT 1 FROM outbox WHERE published_time IS NULL');
    assert.equal(rows.length, 0);
  });

  it('outbox-cleanup: what waits too long and what was parked is told, and alarms go off', async () => {
    const { pool, stage } = world;
    const tidy = () => pool.query("DELETE FROM outbox WHERE id IN ('stuck', 'old'); DELETE FROM outbox_parked");
    await tidy();
    await pool.query(`INSERT INTO outbox (id, topic, key, type, value, shard, created_time, published_time)
      VALUES ('stuck', 't', 'k', 'x', '{}', 0, now() - interval '10 minutes', NULL),
             ('old', 't', 'k', 'x', '{}', 0, now() - interval '3 hours', now() - interval '2 hours')`);
    await pool.query(`INSERT INTO outbox_parked (id, topic, key, type, value, shard, created_time, reason)
      VALUES ('poison', 't', 'k', 'x', '{}', 0, now(), 'MESSAGE_TOO_LARGE')`);
    const platform = aPlatform();
    const { alarms } = desiredAlarms({ ...platform, metadata: { ...platform.metadata, name: 'tb' } });
    const own = alarms.filter(({ name }) => /outbox-cleanup-(parked|stuck)$/.test(name));
    await apply(createAlarms(stage.cloudWatch), { alarms: own, unwanted: [] });
    const call = { FunctionName: 'tb-outbox-cleanup', Qualifier: 'live', Payload: '{}' };
    const clean = async () => {
      const { Payload } = await stage.lambda.send(new InvokeCommand(call));
      return JSON.parse(Payload?.transformToString() ?? '');
    };
    assert.deepEqual(await clean(), { deleted: 1, stuck: 1, parked: 1 });
    const AlarmNames = own.map(({ name }) => name);
    // AWS looks at alarms every minute, this endpoint whenever a metric is put.
    const MetricData = [{ MetricName: 'Any', Value: 1 }];
    const states = async () => {
      await stage.cloudWatch.send(new PutMetricDataCommand({ Namespace: 'Any', MetricData }));
      const { MetricAlarms = [] } = await stage.cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames }));
      return MetricAlarms.map(({ StateValue }) => StateValue);
    };
    for (let n = 0; n < 40 && (await states()).join() !== 'ALARM,ALARM'; n++) {
      await sleep(250);
      // What is printed at the very end of a call, this endpoint reads with the next one.
      if (n % 8 === 7) assert.deepEqual(await clean(), { deleted: 0, stuck: 1, parked: 1 });
    }
    assert.deepEqual(await states(), ['ALARM', 'ALARM']);
    await tidy();
  });

  it('outbox-cleanup: a version that is too slow is taken back at its first step', async () => {
    const slow = wanted('outbox-cleanup', {
      bundle: await bundleOf(
        'outbox-cleanup',
        onlyWithTraffic(
          'await new Promise((resolve) => setTimeout(resolve, 3_000)); return await real(event, context);',
        ),
      ),
      steps: [50, 100],
      intervalMs: 60_000,
      limits: { errorRate: 0.05, p90Ms: 2_500 },
    });
    const { rolled } = await during(world.stage.roll(slow), () => world.call('tb-outbox-cleanup', 1));
    assertTakenBack(rolled, 50, /p90 \d+ ms, limit 2500 ms/);
  });

  it('email-sender: a version whose sender nobody verified fails each message, is taken back at its first step, and every buyer gets one mail', async () => {
    const broken = wanted('email-sender', { env: { ...world.env['email-sender'], MAIL_FROM: 'nobody@example.org' } });
    const { rolled, given } = await during(
      world.stage.roll(broken),
      () => world.order('tb-email-sender'),
      QUEUE_PACE_MS,
    );
    assertTakenBack(rolled, 30, /error rate/);
    for (let n = 0; n < 240; n++) {
      const mails = await world.mails();
      if (given.every((orderId) => mails.has(orderId))) break;
      await sleep(500);
    }
    const mails = await world.mails();
    const wrong = given.filter((orderId) => mails.get(orderId) !== 1);
    assert.deepEqual(
      wrong.map((orderId) => `${orderId} got ${mails.get(orderId) ?? 0}`),
      [],
    );
  });

  it('pdf-generator: a version that fails at real orders is taken back at its first step, and every order gets its tickets', async () => {
    const broken = wanted('pdf-generator', {
      bundle: await bundleOf('pdf-generator', onlyWithTraffic("throw new Error('no room for this name');")),
    });
    const { rolled, given } = await during(
      world.stage.roll(broken),
      () => world.order('tb-pdf-generator'),
      QUEUE_PACE_MS,
    );
    assertTakenBack(rolled, 30, /error rate/);
    await haveTickets(given);
  });

  it('pdf-generator: a version without its bucket never gets traffic', async () => {
    const broken = wanted('pdf-generator', { env: { ...world.env['pdf-generator'], TICKET_BUCKET: 'no-such-bucket' } });
    const { rolled, given } = await during(
      world.stage.roll(broken),
      () => world.order('tb-pdf-generator'),
      QUEUE_PACE_MS,
    );
    assert.deepEqual(rolled.path, ['1']);
    assert.match(rolled.rejected?.why ?? '', /its check failed/);
    await haveTickets(given);
  });

  it('so does one that cannot even be loaded', async () => {
    const broken = wanted('outbox-cleanup', { bundle: await bundleOf('outbox-cleanup', 'this is no JavaScript') });
    const rolled = await world.stage.roll(broken);
    assert.equal(rolled.live, '1');
    assert.match(rolled.rejected?.why ?? '', /its check failed/);
  });

  it('stays with what a person decides: promote, pin, and a version taken back by spec', async () => {
    const rejected = wanted('pdf-generator', {
      env: { ...world.env['pdf-generator'], TICKET_BUCKET: 'no-such-bucket' },
    });
    const seen = await world.stage.roll(rejected);
    const version = seen.rejected?.version ?? '';
    const promoted = await world.stage.roll({ ...rejected, promote: version });
    assert.equal(promoted.live, version);
    assert.equal((await world.stage.roll({ ...rejected, pin: '1' })).live, '1');
    const aborted = await world.stage.roll({ ...rejected, abort: version });
    assert.deepEqual([aborted.live, aborted.rejected?.version], ['1', version]);
    assert.equal((await world.stage.roll(wanted('pdf-generator'))).live, '1');
  });

  it('a good version of each goes to 100 %, step by step, under traffic', async () => {
    const url = await world.webhookUrl();
    const traffic: Record<FunctionName, () => Promise<unknown>> = {
      'payment-webhook-handler': async () => world.callBack(url, await world.payment()),
      'outbox-processor': () => world.call('tb-outbox-processor', 1),
      'outbox-cleanup': () => world.call('tb-outbox-cleanup', 1),
      'email-sender': () => world.order('tb-email-sender'),
      'pdf-generator': () => world.order('tb-pdf-generator'),
    };
    for (const name of FUNCTIONS) {
      const pace = name === 'email-sender' || name === 'pdf-generator' ? QUEUE_PACE_MS : 100;
      const { rolled } = await during(world.stage.roll(await nextVersion(name, 'good')), traffic[name], pace);
      const weights = rolled.path.map((state) => state.split('@')[1] ?? 'all');
      assert.deepEqual(weights.slice(-3), ['30', '60', 'all'], `${name}: ${rolled.path.join(' ')}`);
      assert.notEqual(rolled.live, '1');
    }
    assert.equal((await world.paid()).waiting, 0);
  });
});
