import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judgeCanary, type VersionHealth } from './lambda-canary.ts';

const limits = { errorRate: 0.05, p90Ms: 1_000 };
const health = (invocations: number, errors = 0, p90Ms: number | undefined = 50): VersionHealth => ({
  invocations,
  errors,
  p90Ms: invocations === 0 ? undefined : p90Ms,
});
const verdict = (candidate: VersionHealth, live = health(1000)) => judgeCanary({ candidate, live }, limits).kind;

describe('judgeCanary', () => {
  it('finds nothing wrong where nobody called', () => assert.equal(verdict(health(0)), 'healthy'));

  it('does not take bad luck for a broken version', () => {
    assert.equal(verdict(health(20, 1)), 'healthy');
    assert.equal(verdict(health(2, 1)), 'broken');
    assert.equal(verdict(health(1000, 40)), 'healthy');
    assert.equal(verdict(health(1000, 80)), 'broken');
  });

  it('blames no candidate for what the live version suffers too', () => {
    assert.equal(verdict(health(50, 50), health(500, 480)), 'unclear');
    assert.equal(verdict(health(50, 0, 5_000), health(500, 0, 6_000)), 'unclear');
  });

  it('judges slowness by enough calls', () => {
    assert.equal(verdict(health(9, 0, 5_000)), 'healthy');
    assert.equal(verdict(health(10, 0, 5_000)), 'broken');
  });

  it('a version without errors is never blamed for errors, one that always fails is always seen', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (calls) => {
        assert.equal(verdict(health(calls)), 'healthy');
        assert.equal(verdict(health(calls, calls)), 'broken');
      }),
    );
  });
});
