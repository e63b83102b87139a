import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { conditionOf, PLATFORM_CONCERNS, type PlatformConcern, type PlatformReason } from '../api/conditions.ts';
import { Report } from './pass.ts';
import { failedStatus, startingStatus, statusOf, summaryOf, transitions } from './status.ts';
import { aPlatform } from './testing/a-platform.ts';

const T0 = Date.UTC(2027, 0, 1);

function reportWith(problems: Partial<Record<PlatformConcern, PlatformReason>>): Report {
  const report = new Report(60_000);
  for (const type of PLATFORM_CONCERNS) {
    const reason = problems[type];
    report.say(type, reason === undefined ? 'True' : 'False', reason ?? 'AsSpecified', `about ${type}`);
  }
  return report;
}

describe('failedStatus', () => {
  it('says where the log of this operator is', () => {
    const { conditions } = failedStatus(aPlatform(), undefined, 'no luck', { nowMs: T0, operatorNamespace: 'ops' });
    assert.match(conditionOf(conditions, 'Ready')?.message ?? '', /^no luck\. .*kubectl logs -n ops deploy\//);
  });
});

describe('summaryOf', () => {
  it('is ready when every concern is', () => assert.equal(summaryOf(reportWith({})).state, 'ready'));

  it('is ready although a backup is late, which is told all the same', () => {
    const report = reportWith({ BackupsHealthy: 'BackupOverdue' });
    assert.equal(summaryOf(report).state, 'ready');
    const { conditions } = statusOf(aPlatform(), report, undefined, T0);
    assert.equal(conditionOf(conditions, 'BackupsHealthy')?.status, 'False');
  });

  it('names the cause and not what waits for it', () => {
    const summary = summaryOf(
      reportWith({
        WorkloadsReady: 'WaitingForDependency',
        DatabasesReady: 'Unreachable',
        MigrationsReady: 'WaitingForDependency',
      }),
    );
    assert.equal(summary.state, 'reconciling');
    assert.equal(summary.reason, 'Unreachable');
    assert.match(
      summary.message,
      /^DatabasesReady: about DatabasesReady \(and 2 more not ready: MigrationsReady, WorkloadsReady\)$/,
    );
  });

  it('is stalled by what only a person can change, whatever else is going on', () => {
    const summary = summaryOf(reportWith({ TopicsReady: 'Progressing', MigrationsReady: 'MigrationFailed' }));
    assert.deepEqual([summary.state, summary.reason], ['stalled', 'MigrationFailed']);
  });

  it('is stalled by what was refused for good, and not by what AWS may take a minute later', () => {
    assert.equal(summaryOf(reportWith({ WorkloadsReady: 'Refused' })).state, 'stalled');
    assert.equal(summaryOf(reportWith({ TopicsReady: 'Refused' })).state, 'stalled');
    assert.equal(summaryOf(reportWith({ FunctionsReady: 'Refused' })).state, 'reconciling');
  });

  it('is held, not busy, while a freeze or Observe keeps things as they are', () => {
    const summary = summaryOf(reportWith({ FunctionsReady: 'ChangeFrozen', TriggersReady: 'WaitingForDependency' }));
    assert.deepEqual([summary.state, summary.reason], ['held', 'ChangeFrozen']);
  });

  it('says what is wrong with the spec before anything else', () => {
    const report = new Report(60_000);
    report.invalid = ['spec.x is wrong'];
    assert.deepEqual(summaryOf(report), { state: 'stalled', reason: 'InvalidSpec', message: 'spec.x is wrong' });
  });
});

describe('statusOf', () => {
  it('publishes no address where another region serves, and no empty map either, which the API server refuses', () => {
    const report = reportWith({});
    assert.notEqual(statusOf(aPlatform(), report, undefined, T0).endpoints?.gateway, undefined);
    report.region = { serving: false };
    assert.equal('endpoints' in statusOf(aPlatform(), report, undefined, T0), false);
    report.webhookUrl = 'https://hooks.example.com';
    assert.deepEqual(statusOf(aPlatform(), report, undefined, T0).endpoints, { webhook: report.webhookUrl });
  });

  it('is the same for the same facts at another time, so that it need not be written again', () => {
    const platform = aPlatform();
    const first = statusOf(platform, reportWith({ TopicsReady: 'Unreachable' }), undefined, T0);
    const second = statusOf(platform, reportWith({ TopicsReady: 'Unreachable' }), first, T0 + 3_600_000);
    assert.deepEqual(second, first);
    assert.deepEqual(transitions(first, second), []);
  });

  it('tells a transition once', () => {
    const platform = aPlatform();
    const broken = statusOf(platform, reportWith({ TopicsReady: 'Unreachable' }), undefined, T0);
    const mended = statusOf(platform, reportWith({}), broken, T0);
    assert.deepEqual(
      transitions(broken, mended)
        .map(({ type, status }) => `${type} ${status}`)
        .sort(),
      ['Ready True', 'TopicsReady True'],
    );
  });
});

describe('startingStatus', () => {
  it('is never ready for tools that follow kstatus: a new spec is being looked at', () => {
    const platform = { ...aPlatform(), metadata: { ...aPlatform().metadata, generation: 7 } };
    const ready = statusOf(aPlatform(), reportWith({}), undefined, T0);
    const started = startingStatus(platform, ready, T0);
    assert.equal(started.observedGeneration, 7);
    assert.equal(conditionOf(started.conditions, 'Reconciling')?.status, 'True');
    assert.equal(conditionOf(startingStatus(platform, undefined, T0).conditions, 'Ready')?.status, 'Unknown');
  });
});

describe('summaryOf an object that only looks', () => {
  it('never says that work is under way', () => {
    for (const reason of ['Progressing', 'WaitingForDependency'] as const)
      assert.deepEqual(
        [summaryOf(reportWith({ MigrationsReady: reason }), true)].map(({ state, reason: said }) => [state, said]),
        [['held', 'Drifted']],
      );
    assert.equal(summaryOf(reportWith({ TopicsReady: 'Unreachable' }), true).state, 'reconciling');
  });
});

describe('reasons', () => {
  const root = join(import.meta.dirname, '../..');
  const union = /export type PlatformReason =([\s\S]*?);\n/.exec(
    readFileSync(join(root, 'operator/api/conditions.ts'), 'utf8'),
  );
  const reasons = [...(union?.[1] ?? '').matchAll(/\| '(\w+)'/g)].map(([, reason]) => reason ?? '');
  const section = readFileSync(join(root, 'docs/platform.md'), 'utf8').split('## Reasons')[1]?.split('\n## ')[0] ?? '';
  const rows = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, reason]) => reason ?? '');

  it('are a closed set, and docs/platform.md says for each who acts and what to do', () => {
    assert.ok(reasons.length > 15);
    assert.deepEqual(rows.sort(), reasons.sort());
  });
});
