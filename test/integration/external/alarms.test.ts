import assert from 'node:assert/strict';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { createAlarms } from '#operator/external/alarms.ts';
import { desiredAlarms } from '#operator/platform/alarms.ts';
import { aPlatform } from '#operator/platform/testing/a-platform.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { eventually } from '../kube/api-fixture.ts';

describe('CloudWatch alarms', function () {
  this.timeout(120_000);
  const signal = new AbortController().signal;
  const desired = desiredAlarms(aPlatform());
  const first = desired.alarms.find(({ name }) => name.endsWith('pdf-generator-faults'));
  let backing: Backing<'aws'>;
  let client: CloudWatchClient;

  before(async () => {
    backing = await startBacking({ which: ['aws'] });
    const { endpoint, region, accessKeyId, secretAccessKey } = backing.aws;
    client = new CloudWatchClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  });
  after(async () => {
    client?.destroy();
    await backing?.stop();
  });

  const pending = async () => {
    const adapter = createAlarms(client);
    return adapter.diff(desired, await adapter.observe(desired, signal));
  };

  it('are made once: then nothing differs', async () => {
    const changes = await pending();
    assert.equal(changes.length, desired.alarms.length);
    await createAlarms(client).apply(changes, signal);
    assert.deepEqual(await pending(), []);
  });

  it('are put back when somebody silences one', async () => {
    await client.send(new DisableAlarmActionsCommand({ AlarmNames: [first?.name ?? ''] }));
    const changes = await pending();
    assert.deepEqual(
      changes.map(({ target, reason }) => [target, reason]),
      [[`alarm ${first?.name}`, 'on is false instead of true']],
    );
    await createAlarms(client).apply(changes, signal);
    assert.deepEqual(await pending(), []);
  });

  it('go off when a function fails too often, and not below', async () => {
    assert.ok(first);
    const stateAfter = async (failed: number) => {
      const Dimensions = Object.entries(first.dimensions).map(([Name, Value]) => ({ Name, Value }));
      const now = Date.now();
      for (const minute of [0, 1, 2, 3])
        await client.send(
          new PutMetricDataCommand({
            Namespace: first.namespace,
            MetricData: Array.from({ length: 100 }, (_, call) => ({
              ...{ MetricName: first.metric, Dimensions, Value: call < failed ? 1 : 0 },
              Timestamp: new Date(now - minute * 60_000),
            })),
          }),
        );
      const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ AlarmNames: [first.name] }));
      return MetricAlarms?.[0]?.StateValue;
    };
    assert.equal(await stateAfter(4), 'OK');
    await eventually(async () => (await stateAfter(60)) === 'ALARM', 30_000);
  });

  it('go away, also when some are gone already', async () => {
    await createAlarms(client).remove(desired, signal);
    await createAlarms(client).remove(desired, signal);
    assert.equal((await pending()).length, desired.alarms.length);
  });
});
