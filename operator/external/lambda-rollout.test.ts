import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type AliasTraffic, nextShift, type RolloutPlan } from './lambda-rollout.ts';

const limits = { errorRate: 0.05, p90Ms: 1_000 };
const plan: RolloutPlan = { target: '7', steps: [10, 50, 100], intervalMs: 60_000, limits };
const fine = { invocations: 100, errors: 0, p90Ms: 20 };
const well = { candidate: fine, live: fine };
const badly = { candidate: { invocations: 100, errors: 60, p90Ms: 20 }, live: fine };
const half: AliasTraffic = {
  version: '6',
  candidate: { version: '7', weightPercent: 50 },
  changedAtMs: 0,
  checked: '7',
};

describe('nextShift', () => {
  it('points a new alias at the target at once: there is nobody to protect', () => {
    assert.deepEqual(nextShift(undefined, plan, 0), {
      kind: 'set',
      traffic: { version: '7' },
      reason: 'points nowhere, want version 7',
    });
  });

  it('goes step by step and waits between steps', () => {
    let alias: AliasTraffic = { version: '6', changedAtMs: 0, checked: '7' };
    const seen: (number | string)[] = [];
    for (let now = 1_000_000; now < 1_000_000 + 300_000; now += 30_000) {
      const shift = nextShift(alias, plan, now, well);
      if (shift.kind === 'set') {
        alias = { ...shift.traffic, changedAtMs: now };
        seen.push(alias.candidate?.weightPercent ?? 100);
      } else seen.push(shift.kind);
    }
    assert.deepEqual(seen.slice(0, 6), [10, 'wait', 50, 'wait', 100, 'settled']);
    assert.equal(alias.version, '7');
  });

  it('tries a version out before anybody gets it', () => {
    assert.deepEqual(nextShift({ version: '6' }, plan, 0), { kind: 'check', version: '7' });
  });

  it('starts over from the stable version when the target changes half way', () => {
    const shift = nextShift({ ...half, checked: '8' }, { ...plan, target: '8' }, 1);
    assert.ok(shift.kind === 'set');
    assert.deepEqual(shift.traffic, {
      version: '6',
      candidate: { version: '8', weightPercent: 10 },
      checked: '8',
    });
  });

  it('drops the candidate when the target is the stable version again', () => {
    const shift = nextShift(half, { ...plan, target: '6' }, 1);
    assert.ok(shift.kind === 'set');
    assert.equal(shift.traffic.version, '6');
    assert.equal(shift.traffic.candidate, undefined);
  });

  it('takes a version back as soon as it does badly, and leaves it back', () => {
    const shift = nextShift(half, plan, 1, badly);
    assert.ok(shift.kind === 'set');
    assert.deepEqual(shift.traffic, {
      version: '6',
      rejected: { version: '7', why: 'error rate 60% of 100 calls, limit 5%' },
    });
    const after = nextShift({ ...shift.traffic, changedAtMs: 1 }, plan, 1e9, well);
    assert.equal(after.kind, 'rejected');
    const next = nextShift({ ...shift.traffic, checked: '8' }, { ...plan, target: '8' }, 1e9, well);
    assert.ok(next.kind === 'set' && next.traffic.candidate?.version === '8');
  });

  it('does not go on while nothing is known, or while everybody fails', () => {
    assert.equal(nextShift(half, plan, 1e9).kind, 'wait');
    const all = nextShift(half, plan, 1e9, { candidate: badly.candidate, live: badly.candidate });
    assert.ok(all.kind === 'wait' && /the live version fails too/.test(all.reason));
    assert.equal(nextShift(half, plan, 1e9, well).kind, 'set');
    const unseen = { candidate: { invocations: 0, errors: 0, p90Ms: undefined }, live: fine };
    assert.equal(nextShift(half, plan, 9 * plan.intervalMs, unseen).kind, 'wait', 'others were called, it was not');
    assert.equal(nextShift(half, plan, 10 * plan.intervalMs, unseen).kind, 'set', 'but not for ever');
    const quiet = { candidate: unseen.candidate, live: unseen.candidate };
    assert.equal(nextShift(half, plan, plan.intervalMs, quiet).kind, 'set', 'nobody called anybody');
  });

  it('minds the alarms that it is told to: none may be on before, and one that goes off takes the version back', () => {
    const shift = (state: 'OK' | 'ALARM' | 'Unknown' | 'Missing', alias: AliasTraffic) =>
      nextShift(alias, plan, 1e9, well, [
        { what: 'alarm', name: 'quiet', state: 'OK' },
        { what: 'alarm', name: 'orders', state },
      ]);
    const before: AliasTraffic = { version: '6', checked: '7' };
    const waits = shift('ALARM', before);
    assert.ok(waits.kind === 'wait' && waits.forMs > 0);
    assert.equal(waits.reason, 'version 7 stays at 0%: alarm orders is on');
    const back = shift('ALARM', half);
    assert.ok(back.kind === 'set');
    assert.deepEqual(back.traffic, { version: '6', rejected: { version: '7', why: 'alarm orders went off' } });
    const missing = shift('Missing', half);
    assert.ok(missing.kind === 'wait' && /stays at 50%: alarm orders does not exist/.test(missing.reason));
    for (const state of ['OK', 'Unknown'] as const) assert.equal(shift(state, half).kind, 'set');
  });

  it('neither goes on nor back while a query is not answered, unless a person says so', () => {
    const deaf = [{ what: 'query', name: 'fails', state: 'Unanswered', why: 'no route' } as const];
    for (const alias of [half, { version: '6', checked: '7' }]) {
      const waits = nextShift(alias, plan, 1e9, well, deaf);
      assert.ok(waits.kind === 'wait');
      assert.match(
        waits.reason,
        /: query fails is not answered: no route\. rollout\.promoteVersion: "7" goes on without it$/,
      );
    }
    assert.equal(nextShift(half, { ...plan, promote: '7' }, 1e9, well, deaf).kind, 'set');
    const worse = nextShift(half, plan, 1e9, badly, deaf);
    assert.ok(worse.kind === 'set' && worse.traffic.rejected?.version === '7', 'CloudWatch is heard all the same');
  });

  it('does what a person says: promote, abort, pin', () => {
    const traffic = (change: Partial<RolloutPlan>, alias: AliasTraffic = half) => {
      const shift = nextShift(alias, { ...plan, ...change }, 1, well);
      return shift.kind === 'set' ? shift.traffic : shift.kind;
    };
    assert.deepEqual(traffic({ promote: '7' }), { version: '7' });
    assert.deepEqual(traffic({ promote: '7' }, { version: '6', rejected: { version: '7', why: 'x' } }), {
      version: '7',
    });
    assert.deepEqual(traffic({ abort: '7' }), { version: '6', rejected: { version: '7', why: 'aborted by spec' } });
    assert.deepEqual(traffic({ pin: '3' }), { version: '3', rejected: undefined });
    assert.equal(traffic({ pin: '3' }, { version: '3' }), 'settled');
    // Words about another version mean nothing now.
    assert.equal(traffic({ promote: '6', abort: '5' }), 'wait');
  });

  it('always arrives, never moves traffic back, and never skips a bake time', () => {
    const steps = fc
      .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 6 })
      .map((weights) => [...weights.sort((a, b) => a - b), 100]);
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 0, max: 600_000 }),
        fc.integer({ min: 1, max: 90_000 }),
        (weights, intervalMs, tick) => {
          let alias: AliasTraffic = { version: '1', changedAtMs: 0, checked: '2' };
          let weight = 0;
          let lastSet: number | undefined;
          for (let now = 0, rounds = 0; rounds < 20_000; rounds++) {
            const shift = nextShift(alias, { target: '2', steps: weights, intervalMs, limits }, now, well);
            if (shift.kind === 'settled') {
              assert.equal(alias.version, '2');
              return;
            }
            if (shift.kind === 'set') {
              const next = shift.traffic.version === '2' ? 100 : (shift.traffic.candidate?.weightPercent ?? 0);
              assert.ok(next > weight && weights.includes(next));
              if (lastSet !== undefined) assert.ok(now - lastSet >= intervalMs);
              weight = next;
              lastSet = now;
              alias = { ...shift.traffic, changedAtMs: now };
            } else assert.ok(shift.kind === 'wait' && shift.forMs > 0 && shift.forMs <= intervalMs);
            now += shift.kind === 'wait' ? Math.min(shift.forMs, Math.max(tick, intervalMs / 50)) : tick;
          }
          assert.fail('never settled');
        },
      ),
    );
  });
});
