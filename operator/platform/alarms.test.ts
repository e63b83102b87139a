import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { diffAlarms } from '../external/alarms.ts';
import { desiredAlarms } from './alarms.ts';
import { aPlatform } from './testing/a-platform.ts';

/** What an earlier spec may have had. */
const withoutReplicas = (names: readonly string[]) => names.filter((name) => !/-(replica|region)-/.test(name));

describe('desiredAlarms', () => {
  it('watches copies in other regions and readers, by the thresholds of the architecture, while there are any', () => {
    const platform = aPlatform((spec) => {
      const orders = { table: 'ticketbottle-orders', replicaRegions: ['ap-southeast-1', 'eu-west-1'] };
      Object.assign(spec, { orders, backup: { postgres: { rdsCluster: 'tickets' } } });
    });
    const ofReplicas = ({ alarms }: ReturnType<typeof desiredAlarms>) =>
      alarms
        .filter(({ name }) => /-replica-/.test(name))
        .map(({ name, metric, threshold, dimensions }) => [name, metric, threshold, Object.values(dimensions).at(-1)]);
    assert.deepEqual(ofReplicas(desiredAlarms(platform)), [
      ['ticketbottle-orders-replica-1-late', 'ReplicationLatency', 1_000, 'ap-southeast-1'],
      ['ticketbottle-orders-replica-2-late', 'ReplicationLatency', 1_000, 'eu-west-1'],
      ['ticketbottle-postgres-replica-late', 'AuroraReplicaLagMaximum', 100, 'tickets'],
    ]);
    const without = desiredAlarms(aPlatform());
    assert.deepEqual(ofReplicas(without), []);
    for (const [name] of ofReplicas(desiredAlarms(platform)))
      assert.ok(without.unwanted.includes(String(name)), String(name));
  });

  it('watches how far an Aurora cluster of a standby is behind the other region, by what a failover may lose', () => {
    const late = (role: string, failover: object | undefined, rdsCluster: string | undefined = 'tickets') => {
      const { alarms, unwanted } = desiredAlarms(
        aPlatform((spec) => {
          Object.assign(spec, { region: { name: 'ap-southeast-1', role, ...(failover && { failover }) } });
          if (rdsCluster !== '') Object.assign(spec, { backup: { postgres: { rdsCluster } } });
        }),
      );
      const name = 'ticketbottle-postgres-region-late';
      const alarm = alarms.find((one) => one.name === name);
      assert.equal(unwanted.includes(name), alarm === undefined);
      return alarm;
    };
    const alarm = late('Standby', { promotes: 'Provider', maxLag: '30s' });
    assert.deepEqual(
      [alarm?.metric, alarm?.statistic, alarm?.threshold, alarm?.dimensions, alarm?.missing],
      ['AuroraGlobalDBRPOLag', 'Maximum', 30_000, { DBClusterIdentifier: 'tickets' }, 'breaching'],
    );
    assert.match(
      alarm?.description ?? '',
      /tickets lacks more than 30s of .*, or does not follow it.*RegionLagging\.md$/,
    );
    // Where the operator promotes, it is no global database: what is not measured there says nothing.
    assert.equal(late('Standby', {})?.missing, undefined);
    assert.equal(late('Standby', {})?.threshold, 60_000);
    assert.equal(late('Active', { promotes: 'Provider' }), undefined);
    assert.equal(late('Standby', undefined), undefined);
    assert.equal(late('Standby', { promotes: 'Provider' }, ''), undefined);
  });

  it('watches every function, every dead-letter queue and the table, by the thresholds of the architecture', () => {
    const { alarms, unwanted } = desiredAlarms(aPlatform());
    assert.deepEqual(withoutReplicas(unwanted), []);
    const of = (suffix: string) => alarms.filter(({ name }) => name.endsWith(suffix));
    assert.equal(of('-errors').length, 5);
    for (const alarm of of('-errors')) assert.deepEqual([alarm.statistic, alarm.threshold], ['Average', 0.05]);
    assert.deepEqual(
      of('-slow').map(({ metric, statistic, threshold }) => [metric, statistic, threshold]),
      [['Duration', 'p99', 5_000]],
    );
    assert.equal(of('-dead-letters').length, 5);
    assert.deepEqual(
      of('-throttled').map(({ metric }) => metric),
      ['ReadThrottleEvents', 'WriteThrottleEvents'],
    );
  });

  it('watches what only one function knows of: the outbox, and what becomes of mails', () => {
    const { alarms } = desiredAlarms(aPlatform());
    const found = alarms
      .filter(({ name }) => /-(parked|stuck|bounces|complaints)$/.test(name))
      .map(({ name, metric, dimensions, threshold }) => [name, metric, Object.values(dimensions)[0], threshold]);
    assert.deepEqual(found, [
      ['ticketbottle-outbox-processor-parked', 'Parked', 'ticketbottle-outbox-processor', 0],
      ['ticketbottle-outbox-cleanup-parked', 'EventsParked', 'ticketbottle-outbox-cleanup', 0],
      ['ticketbottle-outbox-cleanup-stuck', 'EventsStuck', 'ticketbottle-outbox-cleanup', 0],
      ['ticketbottle-mail-bounces', 'Reputation.BounceRate', 'ticketbottle-mail', 0.05],
      ['ticketbottle-mail-complaints', 'Reputation.ComplaintRate', 'ticketbottle-mail', 0.001],
    ]);
  });

  it('takes away those of a function that is not ours any more, and all when they are switched off', () => {
    const without = desiredAlarms(
      aPlatform((spec) => {
        Object.assign(spec, { lambda: { functions: { 'pdf-generator': { managed: false } } } });
      }),
    );
    assert.deepEqual(
      withoutReplicas(without.unwanted).map((name) => name.replace(/^.*pdf-generator-/, '')),
      ['errors', 'faults', 'throttles', 'dead-letters'],
    );
    const off = desiredAlarms(
      aPlatform((spec) => Object.assign(spec, { observability: { alarms: { enabled: false } } })),
    );
    assert.equal(off.alarms.length, 0);
    assert.ok(off.unwanted.length > 20);
  });

  it('sends whoever is woken to a page that exists', () => {
    for (const { name, description } of desiredAlarms(aPlatform()).alarms) {
      const page = /[^/]+[.]md$/.exec(description)?.[0] ?? '';
      assert.ok(existsSync(join(import.meta.dirname, '../../docs/runbooks', page)), `${name}: ${page}`);
    }
  });

  it('says what is different, field by field', () => {
    const { alarms } = desiredAlarms(aPlatform());
    const [first] = alarms;
    assert.ok(first);
    const found = {
      AlarmName: first.name,
      AlarmDescription: first.description,
      Namespace: first.namespace,
      MetricName: first.metric,
      Dimensions: Object.entries(first.dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic: 'Average' as const,
      Threshold: 0.5,
      Period: 60,
      EvaluationPeriods: 3,
      AlarmActions: [],
      ActionsEnabled: true,
      TreatMissingData: 'notBreaching',
    };
    const [change, ...more] = diffAlarms({ alarms: [first], unwanted: [] }, new Map([[first.name, found]]));
    assert.deepEqual(more, []);
    assert.equal(change?.reason, 'threshold is 0.5 instead of 0.05');
  });
});
