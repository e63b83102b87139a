import assert from 'node:assert/strict';
import { configurationOf, type DesiredFunction, fingerprint } from './lambda-desired.ts';
import { diffFunction, type ObservedFunction, type Provisioning } from './lambda-diff.ts';
import type { AliasTraffic } from './lambda-rollout.ts';

const desired: DesiredFunction = {
  name: 'p-email-sender',
  description: 'd',
  runtime: 'nodejs24.x',
  handler: 'index.handler',
  memoryMB: 256,
  timeoutSeconds: 30,
  roleArn: 'arn:aws:iam::1:role/p',
  env: { A: '1' },
  subnetIds: [],
  securityGroupIds: [],
  layers: [],
  deadLetterArn: undefined,
  bundle: { zip: new Uint8Array(), codeSha256: 'code1' },
  reservedConcurrency: 50,
  provisionedConcurrency: undefined,
  steps: [100],
  intervalMs: 0,
  limits: { errorRate: 0.05, p90Ms: 1_000 },
  owner: 'n/p',
  tags: {},
};

const settled: ObservedFunction = {
  arn: 'arn:f',
  state: 'Active',
  stateReason: undefined,
  lastUpdate: 'Successful',
  lastUpdateReason: undefined,
  revisionId: 'r',
  codeSha256: 'code1',
  configuration: configurationOf(desired),
  tags: { 'ticketbottle.io/platform': 'n/p' },
  reservedConcurrency: 50,
  provisionedConcurrency: undefined,
  versions: [{ version: '1', fingerprint: fingerprint(desired) }],
  alias: { version: '1' },
};

const kinds = (found: ObservedFunction | undefined, want = desired) =>
  diffFunction(want, found, 0).map(({ step }) => step.kind);

describe('diffFunction', () => {
  it('has nothing to do for a settled function', () => assert.deepEqual(kinds(settled), []));
  it('creates what is not there', () => assert.deepEqual(kinds(undefined), ['create']));

  it('asks nothing while AWS is busy: it would answer ResourceConflictException', () => {
    const different = { ...settled, codeSha256: 'code0', reservedConcurrency: 1, alias: undefined };
    assert.deepEqual(kinds({ ...different, state: 'Pending' }), ['wait']);
    assert.deepEqual(kinds({ ...different, lastUpdate: 'InProgress' }), ['wait']);
  });

  it('changes code and configuration one after the other, never together', () => {
    const found = { ...settled, codeSha256: 'code0', configuration: { ...settled.configuration, memoryMB: 128 } };
    assert.deepEqual(kinds(found), ['code']);
    assert.deepEqual(kinds({ ...found, codeSha256: 'code1' }), ['configuration']);
  });

  it('publishes a version only when no published one is the same', () => {
    const want = { ...desired, env: { A: '2' } };
    const changed = { ...settled, configuration: configurationOf(want) };
    assert.deepEqual(kinds(changed, want), ['publish']);
    const back = { ...changed, versions: [...settled.versions, { version: '2', fingerprint: fingerprint(want) }] };
    assert.deepEqual(kinds(back, want), ['check']);
    assert.deepEqual(kinds({ ...back, alias: { version: '1', checked: '2' } }, want), ['shift']);
  });

  describe('with provisioned concurrency', () => {
    const want = { ...desired, provisionedConcurrency: 5, steps: [30, 100] };
    const found = (provisioning: Partial<Provisioning>, alias: AliasTraffic): ObservedFunction => ({
      ...{ ...settled, provisionedConcurrency: 5, alias },
      provisioning: { status: 'READY', reason: undefined, changedAtMs: 0, ...provisioning },
      versions: [{ version: '0', fingerprint: 'before' }, ...settled.versions],
    });
    const handOver: AliasTraffic = { version: '1', candidate: { version: '0', weightPercent: 100 }, checked: '1' };
    const failed = { status: 'FAILED', reason: 'FUNCTION_ERROR_INIT_FAILURE' };

    it('lets AWS hand over: the version before serves until the new one has its environments', () => {
      const [change, ...others] = diffFunction(want, found({ status: 'IN_PROGRESS' }, handOver), 0);
      assert.deepEqual([change?.step.kind, others], ['wait', []]);
      assert.match(change?.reason ?? '', /version 0 serves until AWS has started 5 environments of version 1/);
      // Whatever the version before does: it is nobody's candidate.
      const bad = { invocations: 100, errors: 90, p90Ms: 1 };
      const health = { candidate: bad, live: { ...bad, errors: 0 } };
      assert.deepEqual(kinds({ ...found({ status: 'IN_PROGRESS' }, handOver), health }, want), ['wait']);
    });

    it('takes a version back whose environments cannot start, also during a freeze, and leaves it back', () => {
      const [change] = diffFunction(want, found(failed, handOver), 0);
      assert.ok(change?.step.kind === 'shift' && change.step.retreats);
      const { traffic } = change.step;
      assert.deepEqual([traffic.version, traffic.candidate, traffic.rejected?.version], ['0', undefined, '1']);
      assert.match(traffic.rejected?.why ?? '', /could not start its environments: FUNCTION_ERROR_INIT_FAILURE/);
      assert.deepEqual(kinds(found({}, traffic), want), ['rejected']);
    });

    it('does not blame a version for what the account cannot give: it serves without', () => {
      const short = { status: 'FAILED', reason: 'not enough concurrency in the account' };
      const [change] = diffFunction(want, found(short, handOver), 0);
      assert.ok(change?.step.kind === 'shift');
      assert.deepEqual([change.step.traffic.version, change.step.traffic.candidate], ['1', undefined]);
    });

    it('says what AWS could not provision, and asks again after a rest', () => {
      const short = { status: 'FAILED', reason: 'not enough concurrency in the account', changedAtMs: 1_000 };
      const at = (nowMs: number) => diffFunction(want, found(short, { version: '1' }), nowMs)[0];
      assert.deepEqual([at(30_000)?.step.kind, at(61_000)?.step.kind], ['stuck', 'provision']);
      assert.match(at(30_000)?.reason ?? '', /could not provision it: not enough concurrency/);
    });

    it('changes it only while no traffic is split, which AWS would refuse', () => {
      const candidate = { version: '1', weightPercent: 30 };
      const alias: AliasTraffic = { version: '0', candidate, checked: '1', changedAtMs: 0 };
      const more = { ...want, provisionedConcurrency: 9, intervalMs: 60_000 };
      assert.deepEqual(kinds(found({}, alias), more), ['wait']);
      assert.deepEqual(kinds(found({}, { version: '1' }), more), ['provision']);
    });
  });

  it('goes back to an earlier version instead of publishing it again', () => {
    const found: ObservedFunction = {
      ...settled,
      versions: [...settled.versions, { version: '2', fingerprint: 'other' }],
      alias: { version: '2', checked: '1' },
    };
    const [change] = diffFunction(desired, found, 0);
    assert.ok(change?.step.kind === 'shift');
    assert.equal(change.step.traffic.version, '1');
  });

  it('leaves a function of another platform alone, whatever differs', () => {
    assert.deepEqual(kinds({ ...settled, tags: { 'ticketbottle.io/platform': 'n/other' }, codeSha256: 'code0' }), [
      'stuck',
    ]);
  });

  it('tries again after a failed update when something is still to change, and asks for help when nothing is', () => {
    assert.deepEqual(kinds({ ...settled, lastUpdate: 'Failed', codeSha256: 'code0' }), ['code']);
    assert.deepEqual(kinds({ ...settled, lastUpdate: 'Failed', lastUpdateReason: 'no subnet' }), ['stuck']);
  });

  it('prunes old versions but keeps three beside the live one', () => {
    const older = ['1', '2', '3', '4', '5'].map((version) => ({ version, fingerprint: `old${version}` }));
    const found: ObservedFunction = {
      ...settled,
      versions: [...older, { version: '6', fingerprint: fingerprint(desired) }],
      alias: { version: '6' },
    };
    const pruned = diffFunction(desired, found, 0).map(({ step }) =>
      step.kind === 'prune' ? step.version : step.kind,
    );
    assert.deepEqual(pruned, ['1', '2']);
  });

  it('leaves versions that aliases of other people name: AWS does not let go of them, however often it is asked', () => {
    const older = ['1', '2', '3', '4', '5'].map((version) => ({ version, fingerprint: `old${version}` }));
    const found: ObservedFunction = {
      ...settled,
      versions: [...older, { version: '6', fingerprint: fingerprint(desired) }],
      namedElsewhere: ['1'],
      alias: { version: '6' },
    };
    const pruned = diffFunction(desired, found, 0).map(({ step }) => step.kind === 'prune' && step.version);
    assert.deepEqual(pruned, ['2']);
  });

  it('does not prune while traffic is moving', () => {
    const want = { ...desired, steps: [10, 100], intervalMs: 60_000 };
    const versions = ['1', '2', '3', '4', '5', '6'].map((version) => ({
      version,
      fingerprint: version === '6' ? fingerprint(want) : `old${version}`,
    }));
    const alias = { version: '5', candidate: { version: '6', weightPercent: 10 }, changedAtMs: 0, checked: '6' };
    assert.deepEqual(kinds({ ...settled, versions, alias }, want), ['wait']);
  });

  it('takes over a function that somebody else made, versions included', () => {
    assert.deepEqual(kinds({ ...settled, tags: {} }), ['tags']);
    assert.deepEqual(kinds({ ...settled, tags: {}, alias: undefined }), ['tags', 'shift']);
  });

  it('says that the new version was taken back, and keeps it, so that it is not published again', () => {
    const older = ['1', '2', '3', '4', '5'].map((version) => ({ version, fingerprint: `old${version}` }));
    const found: ObservedFunction = {
      ...settled,
      versions: [...older, { version: '6', fingerprint: fingerprint(desired) }],
      alias: { version: '5', rejected: { version: '6', why: 'error rate 40%' } },
    };
    const changes = diffFunction(desired, found, 0);
    assert.deepEqual(
      changes.map(({ step }) => step.kind),
      ['rejected', 'prune'],
    );
    assert.match(changes[0]?.reason ?? '', /version 6 was taken back \(error rate 40%\); version 5 serves/);
    assert.deepEqual(kinds(found, { ...desired, promote: '6' }), ['shift']);
  });

  it('goes back first, and does the rest afterwards: a freeze may hold that back, or AWS refuse it, for hours', () => {
    const fine = { invocations: 100, errors: 0, p90Ms: 20 };
    const found: ObservedFunction = {
      ...settled,
      codeSha256: 'code0',
      versions: [...settled.versions, { version: '2', fingerprint: 'x' }],
      alias: { version: '1', candidate: { version: '2', weightPercent: 20 }, changedAtMs: 0, checked: '2' },
      health: { candidate: fine, live: fine },
    };
    assert.deepEqual(kinds(found), ['code', 'wait'], 'the candidate is looked at again');
    const backFor = (own: Partial<ObservedFunction>, want = desired) => {
      const [{ step } = {}, ...rest] = diffFunction(want, { ...found, ...own }, 0);
      assert.deepEqual(rest, []);
      assert.ok(step?.kind === 'shift' && step.retreats);
      return step.traffic;
    };
    const rejected = (why: string) => ({ version: '1', rejected: { version: '2', why } });
    assert.deepEqual(
      backFor({ health: { candidate: { ...fine, errors: 60 }, live: fine } }),
      rejected('error rate 60% of 100 calls, limit 5%'),
    );
    assert.deepEqual(backFor({ alarms: [{ what: 'alarm', name: 'a', state: 'ALARM' }] }), rejected('alarm a went off'));
    assert.deepEqual(backFor({}, { ...desired, abort: '2' }), rejected('aborted by spec'));
    assert.equal(backFor({}, { ...desired, pin: '1' }).candidate, undefined);
    assert.equal(backFor({ alias: { version: '1' } }, { ...desired, pin: '2' }).version, '2');
  });

  it('moves all traffic at once to a version with another role or dead-letter queue, as AWS splits none there', () => {
    const want = { ...desired, steps: [10, 100], intervalMs: 60_000 };
    const first = (splitKey: string) => {
      const versions = [
        { version: '1', fingerprint: 'old', splitKey: 'role a' },
        { version: '2', fingerprint: fingerprint(want), splitKey },
      ];
      const [change] = diffFunction(want, { ...settled, versions, alias: { version: '1', checked: '2' } }, 0);
      assert.ok(change?.step.kind === 'shift');
      return { ...change.step.traffic, reason: change.reason };
    };
    const { version, candidate, reason } = first('role b');
    assert.deepEqual([version, candidate], ['2', undefined]);
    assert.match(reason, /from 0% to 100%: all at once, because its role/);
    assert.equal(first('role a').candidate?.weightPercent, 10);
  });

  it('expects no layers of an image, which AWS refuses there', () => {
    const want = { ...desired, bundle: { imageUri: 'i', codeSha256: 'code1' }, layers: ['arn:layer'] };
    const without = { ...want, layers: [] };
    const versions = [{ version: '1', fingerprint: fingerprint(without) }];
    assert.deepEqual(kinds({ ...settled, configuration: configurationOf(without), versions }, want), []);
  });

  it('goes to a pinned version at once and stays there, and refuses one that does not exist', () => {
    const pinned = { ...desired, pin: '1' };
    const versions = [...settled.versions, { version: '2', fingerprint: 'x' }];
    assert.deepEqual(kinds({ ...settled, versions, alias: { version: '2' } }, pinned), ['shift']);
    assert.deepEqual(kinds({ ...settled, versions }, pinned), []);
    assert.deepEqual(kinds(settled, { ...desired, pin: '9' }), ['stuck']);
  });
});
