import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ConcurrencyStep, diffConcurrency, type ObservedConcurrency } from './sale-concurrency.ts';
import { formatBefore, parseBefore } from './sale-hold.ts';

const plain: ObservedConcurrency = {
  arn: 'arn:function',
  hasAlias: true,
  shifting: false,
  provisioned: undefined,
  available: 0,
  status: undefined,
  statusReason: undefined,
  reserved: 100,
  before: undefined,
};
const steps = (environments: number, found: Partial<ObservedConcurrency>) =>
  diffConcurrency({ functionName: 'f', environments }, { ...plain, ...found }).map(({ step }) => step);

/** What AWS does with a step; provisioned environments are ready at once here. */
function carriedOut(found: ObservedConcurrency, step: ConcurrencyStep): ObservedConcurrency {
  switch (step.kind) {
    case 'record':
      return { ...found, before: parseBefore(formatBefore(step.before)) };
    case 'forget':
      return { ...found, before: undefined };
    case 'reserve':
      assert.ok(
        (step.value ?? Number.POSITIVE_INFINITY) >= (found.provisioned ?? 0),
        'AWS refuses reserved < provisioned',
      );
      return { ...found, reserved: step.value };
    case 'provision':
      assert.ok(
        (step.value ?? 0) <= (found.reserved ?? Number.POSITIVE_INFINITY),
        'AWS refuses provisioned > reserved',
      );
      return {
        ...found,
        provisioned: step.value,
        available: step.value ?? 0,
        status: step.value === undefined ? undefined : 'READY',
      };
    case 'wait':
      return found;
  }
}

describe('concurrency held by sales', () => {
  it('writes down what was before it changes anything', () => {
    assert.deepEqual(
      steps(20, {}).map(({ kind }) => kind),
      ['record', 'provision'],
    );
    assert.deepEqual(steps(200, {}), [
      { kind: 'record', arn: 'arn:function', before: { provisioned: undefined, reserved: 100 } },
      { kind: 'reserve', value: 200 },
      { kind: 'provision', value: 200 },
    ]);
  });

  it('never takes away what the platform itself keeps warm, and never reserves where nothing was reserved', () => {
    const kept = { provisioned: 50, available: 50, status: 'READY' };
    assert.deepEqual(steps(20, kept), []);
    assert.deepEqual(
      steps(20, { reserved: undefined }).map(({ kind }) => kind),
      ['record', 'provision'],
    );
  });

  it('is ready only when every environment is', () => {
    const before = { provisioned: undefined, reserved: 100 };
    assert.deepEqual(steps(20, { provisioned: 20, available: 7, status: 'IN_PROGRESS', before }), [{ kind: 'wait' }]);
    assert.deepEqual(steps(20, { provisioned: 20, available: 20, status: 'READY', before }), []);
  });

  it('waits for a shift of traffic, and for a function that has no live version', () => {
    assert.deepEqual(steps(20, { shifting: true }), [{ kind: 'wait' }]);
    assert.deepEqual(steps(20, { hasAlias: false }), [{ kind: 'wait' }]);
    assert.deepEqual(steps(0, { arn: undefined }), []);
  });

  it('gives back exactly what was, whatever sales came and went and wherever an operator died', () => {
    const value = fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined });
    const passes = fc.array(
      fc.record({ environments: fc.integer({ min: 0, max: 400 }), diesAfter: fc.integer({ min: 0, max: 5 }) }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(value, value, passes, (provisioned, extra, story) => {
        // A valid start: reserved is nothing, or at least what is provisioned.
        const reserved = extra === undefined ? undefined : (provisioned ?? 0) + extra;
        const start = { ...plain, provisioned, reserved, available: provisioned ?? 0, status: 'READY' };
        let world: ObservedConcurrency = start;
        for (const { environments, diesAfter } of story)
          for (const { step } of diffConcurrency({ functionName: 'f', environments }, world).slice(0, diesAfter))
            world = carriedOut(world, step);
        for (const { step } of diffConcurrency({ functionName: 'f', environments: 0 }, world))
          world = carriedOut(world, step);
        assert.deepEqual(
          [world.provisioned, world.reserved, world.before],
          [start.provisioned, start.reserved, undefined],
        );
        assert.deepEqual(diffConcurrency({ functionName: 'f', environments: 0 }, world), []);
      }),
      { numRuns: 500 },
    );
  });
});
