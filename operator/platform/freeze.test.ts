import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EventSale } from '../api/eventsale.gen.ts';
import { driftIntervalMs, FREEZE_OVERRIDE, frozen } from './freeze.ts';
import { aPlatform } from './testing/a-platform.ts';

const OPENS = Date.UTC(2027, 2, 1, 12);
const MIN = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();

function aSale(opensAt = OPENS, status: EventSale['status'] = {}, platform = 'ticketbottle') {
  return {
    metadata: { name: 'gala', namespace: 'ticketbottle' },
    spec: {
      platformRef: { name: platform },
      schedule: { opensAt: iso(opensAt), closesAt: iso(opensAt + 60 * MIN) },
      waitroom: { checkoutTTL: '15m' },
    },
    status,
  } as unknown as EventSale;
}

const at = (minutes: number) => OPENS + minutes * MIN;
const common = aPlatform();
const isFrozen = (nowMs: number, ...sales: EventSale[]) => frozen(common, sales, nowMs).frozen;

describe('frozen', () => {
  it('is off without a wish for it', () => {
    assert.deepEqual(frozen(aPlatform(), [], OPENS), {
      frozen: false,
      reason: '',
      by: '',
      overridden: false,
      saleRunning: false,
      changesAt: undefined,
    });
  });

  it('is on while spec.changeFreeze is, and says how to end it', () => {
    const platform = aPlatform((spec) => Object.assign(spec, { changeFreeze: { enabled: true, reason: 'audit' } }));
    const { frozen: on, reason, by } = frozen(platform, [], OPENS);
    assert.equal(on, true);
    assert.equal(by, 'spec.changeFreeze');
    assert.match(reason, /audit; set changeFreeze.enabled to false/);
  });

  it('is on from the arming of a sale until the last checkout of its buyers', () => {
    assert.equal(isFrozen(at(-10) - 1, aSale()), false);
    assert.equal(isFrozen(at(-10), aSale()), true);
    assert.equal(isFrozen(at(75) - 1, aSale()), true);
    assert.equal(isFrozen(at(75), aSale()), false);
  });

  it('tells when the answer changes by itself', () => {
    assert.equal(frozen(aPlatform(), [aSale()], at(-60)).changesAt, at(-10));
    assert.equal(frozen(aPlatform(), [aSale()], at(0)).changesAt, at(75));
    assert.equal(frozen(aPlatform(), [aSale()], at(80)).changesAt, undefined);
  });

  it('counts what was armed, not what an edit asks for afterwards', () => {
    const armed = { schedule: { opensAt: iso(OPENS), closesAt: iso(at(60)), armAt: iso(at(-10)) } };
    const edited = aSale(OPENS + 24 * 60 * MIN, { phase: 'Open', ...armed });
    assert.equal(isFrozen(at(5), edited), true);
  });

  it('ends with a sale that is over before its time', () => {
    for (const phase of ['Closed', 'ScaledDown', 'Missed', 'Aborted'] as const)
      assert.equal(isFrozen(at(5), aSale(OPENS, { phase })), false, phase);
    for (const phase of ['Armed', 'Open', 'SoldOut', 'Closing', 'Held', 'Suspended'] as const)
      assert.equal(isFrozen(at(5), aSale(OPENS, { phase })), true, phase);
  });

  it('is not asked for by a sale that cannot begin, until somebody edits it', () => {
    const condition = { type: 'Stalled', status: 'True', reason: 'ResourceConflict', message: '' } as const;
    const conditions = [{ ...condition, lastTransitionTime: iso(0) }];
    const sale = aSale(OPENS, { phase: 'Pending', observedGeneration: 3, conditions });
    const edited = (generation: number) => ({ ...sale, metadata: { ...sale.metadata, generation } });
    assert.equal(isFrozen(at(5), edited(3)), false);
    assert.equal(isFrozen(at(5), edited(4)), true);
  });

  it('leaves out sales of other platforms', () => assert.equal(isFrozen(OPENS, aSale(OPENS, {}, 'other')), false));

  it('is lifted by an override that says who and why, and by nothing less', () => {
    const overriddenBy = (value: string) => {
      const platform = aPlatform();
      return frozen(
        { ...platform, metadata: { ...platform.metadata, annotations: { [FREEZE_OVERRIDE]: value } } },
        [aSale()],
        OPENS,
      );
    };
    const lifted = overriddenBy('linh@ops: refund bug, INC-7');
    assert.deepEqual([lifted.frozen, lifted.overridden, lifted.by], [false, true, 'linh@ops']);
    assert.match(lifted.reason, /EventSale gala: refund bug, INC-7/);
    for (const value of ['', 'true', 'linh:', ': because', 'linh: '])
      assert.equal(overriddenBy(value).frozen, true, JSON.stringify(value));
    assert.match(overriddenBy('true').reason, /is ignored: write it as "<who>: <reason>"/);
  });

  it('is frozen at an instant exactly when one of the sales is (property)', () => {
    const offsets = fc.array(fc.integer({ min: -500, max: 500 }), { maxLength: 5 });
    fc.assert(
      fc.property(offsets, fc.integer({ min: -600, max: 600 }), (sales, now) => {
        const all = sales.map((minutes) => aSale(at(minutes)));
        assert.equal(
          isFrozen(at(now), ...all),
          all.some((one) => isFrozen(at(now), one)),
        );
      }),
    );
  });
});

describe('driftIntervalMs', () => {
  const of = (driftInterval: string, saleRunning: boolean) =>
    driftIntervalMs(
      aPlatform((spec) => Object.assign(spec, { driftInterval })),
      { saleRunning },
    );

  it('is what the spec says, and at most half a minute while a sale is armed or running', () => {
    assert.deepEqual([of('5m', false), of('5m', true), of('10s', true)], [300_000, 30_000, 10_000]);
  });

  it('is five minutes where the spec says nothing of the kind, so that the platform can be told of it, and deleted', () => {
    assert.deepEqual([of('soon', false), of('soon', true)], [300_000, 30_000]);
  });
});
