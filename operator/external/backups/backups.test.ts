import assert from 'node:assert/strict';
import { archivedEvents } from './archived-events.ts';
import { clusterBackups } from './rds.ts';
import { tableBackups } from './table.ts';
import { clusterObjects, type DesiredSchedule, diffSchedule, type ObservedSchedule } from './velero.ts';

const NOW = Date.UTC(2027, 0, 10, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('backups of the orders table', () => {
  const want = { table: 'orders', retentionDays: 35 };
  const good = { recovery: 'on', restorableUntil: NOW - 5 * MINUTE, recoveryDays: undefined } as const;
  const problems = (found: Parameters<typeof tableBackups>[1]) => tableBackups(want, found, NOW).problems.join();

  it('are fine when every moment but the last few can be restored', () => assert.equal(problems(good), ''));
  it('are missed when they are off', () =>
    assert.match(problems({ ...good, recovery: 'off' }), /set spec\.orders\.pointInTimeRecovery to true/));
  it('are missed when they reach back too little', () =>
    assert.match(problems({ ...good, recoveryDays: 7 }), /for 7 days instead of 35/));
  it('are missed when they stand still', () =>
    assert.match(problems({ ...good, restorableUntil: NOW - 16 * MINUTE }), /within the last 15m/));
});

describe('backups of a cluster', () => {
  const want = {
    ...{ cluster: 'shop', retentionDays: 7, window: undefined, copyRegion: undefined },
    ...{ maxAge: '26h', maxAgeMs: 26 * HOUR, maxLag: '15m', maxLagMs: 15 * MINUTE },
  };
  const cluster = { retentionDays: 35, window: '03:00-04:00', restorableUntil: NOW };
  const problems = (lastSnapshot: number | undefined) =>
    clusterBackups(want, { cluster, lastSnapshot, lastCopy: undefined }, NOW).problems.length;

  it('may be kept for longer, at any time of the day, and are late after maxAge', () => {
    assert.equal(problems(NOW - 26 * HOUR), 0);
    assert.equal(problems(NOW - 26 * HOUR - 1), 1);
    assert.equal(problems(undefined), 1);
  });
});

describe('the archive of events', () => {
  it('names the topics that are behind, never a time', () => {
    const want = { bucket: 'tickets', topics: ['a', 'b'], maxLag: '15m', maxLagMs: 15 * MINUTE };
    const found = archivedEvents(want, { lastObject: NOW, behind: ['b'], failed: false });
    assert.match(found.problems.join(), /^records of b are not in bucket tickets 15m after/);
  });
});

describe('a Velero Schedule', () => {
  const want: DesiredSchedule = {
    ...{ namespace: 'velero', name: 'ticketbottle-shop-tb', labels: {}, cron: '0 18 * * *', retentionDays: 30 },
    ...{ includes: 'shop', storageLocation: undefined },
  };
  const template = { includedNamespaces: ['shop'], ttl: '720h0m0s', snapshotVolumes: false };
  const metadata = { name: want.name, namespace: 'velero', creationTimestamp: new Date(NOW - HOUR).toISOString() };
  const observed = (spec: object = {}): ObservedSchedule => ({
    schedule: { metadata, spec: { schedule: '0 18 * * *', paused: false, template, ...spec } },
    ...{ lastCompleted: undefined, lastFailed: undefined },
  });

  it('is made, and mended where somebody changed it', () => {
    assert.deepEqual(
      diffSchedule(want, { ...observed(), schedule: undefined }).map(({ action }) => action),
      ['create'],
    );
    assert.deepEqual(diffSchedule(want, observed()), []);
    assert.match(diffSchedule(want, observed({ paused: true }))[0]?.reason ?? '', /^is paused$/);
    const shorter = observed({ template: { ...template, ttl: '24h0m0s' } });
    assert.match(diffSchedule(want, shorter)[0]?.reason ?? '', /^has ttl "24h0m0s" instead of "720h0m0s"$/);
  });

  it('keeps what others set beside ours', () =>
    assert.deepEqual(diffSchedule(want, observed({ template: { ...template, hooks: {} } })), []));

  it('has a day for its first Backup, and then must have one', () => {
    const late = { ...want, maxAge: '26h', maxAgeMs: 26 * HOUR };
    assert.deepEqual(clusterObjects(late, observed(), NOW).problems, []);
    assert.match(clusterObjects(late, observed(), NOW + 26 * HOUR).problems.join(), /no completed Backup/);
  });
});
