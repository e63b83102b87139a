import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type AliasTraffic, nextShift, type RolloutPlan } from './lambda-rollout.ts';

const plan: RolloutPlan = { target: '7', steps: [10, 50, 100], intervalMs: 60_000 };

describe('nextShift', () => {
  it('points a new alias at the target at once: there is nobody to protect', () => {
    assert.deepEqual(nextShift(undefined, plan, 0), {
      kind: 'set',
      traffic: { version: '7' },
      reason: 'points nowhere, want version 7',
    });
  });

  it('goes step by step and waits between steps', () => {
    let alias: AliasTraffic = { version: '6', changedAtMs: 0 };
    const seen: (number | string)[] = [];
    for (let now = 1_000_000; now < 1_000_000 + 300_000; now += 30_000) {
      const shift = nextShift(alias, plan, now);
      if (shift.kind === 'set') {
        alias = { ...shift.traffic, changedAtMs: now };
        seen.push(alias.candidate?.weightPercent ?? 100);
      } else seen.push(shift.kind);
    }
    assert.deepEqual(seen.slice(0, 6), [10, 'wait', 50, 'wait', 100, 'settled']);
    assert.equal(alias.version, '7');
  });

  it('starts over from the stable version when the target changes half way', () => {
    const half: AliasTraffic = { version: '6', candidate: { version: '7', weightPercent: 50 }, changedAtMs: 0 };
    const shift = nextShift(half, { ...plan, target: '8' }, 1);
    assert.ok(shift.kind === 'set');
    assert.deepEqual(shift.traffic, { version: '6', candidate: { version: '8', weightPercent: 10 } });
  });

  it('drops the candidate when the target is the stable version again', () => {
    const half: AliasTraffic = { version: '6', candidate: { version: '7', weightPercent: 50 }, changedAtMs: 0 };
    const shift = nextShift(half, { ...plan, target: '6' }, 1);
    assert.ok(shift.kind === 'set');
    assert.deepEqual(shift.traffic, { version: '6' });
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
          let alias: AliasTraffic = { version: '1', changedAtMs: 0 };
          let weight = 0;
          let lastSet: number | undefined;
          for (let now = 0, rounds = 0; rounds < 20_000; rounds++) {
            const shift = nextShift(alias, { target: '2', steps: weights, intervalMs }, now);
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
            } else assert.ok(shift.forMs > 0 && shift.forMs <= intervalMs);
            now += shift.kind === 'wait' ? Math.min(shift.forMs, Math.max(tick, intervalMs / 50)) : tick;
          }
          assert.fail('never settled');
        },
      ),
    );
  });
});
