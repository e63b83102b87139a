import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { isLive } from './sale-facts.ts';
import { isTakenOver } from './takeover.ts';
import { type RegionStep, RegionsWorld } from './testing/regions-world.ts';
import { aSale } from './testing/sale-builder.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const T = Date.UTC(2027, 0, 10, 3, 0, 0);

function specOf(rest: Partial<EventSale['spec']> = {}): EventSale['spec'] {
  const at = (ms: number) => new Date(T + ms).toISOString();
  const schedule = { preQueueAt: at(-30 * MINUTE), opensAt: at(0), closesAt: at(2 * HOUR) };
  return aSale({ schedule, ...rest }).spec;
}

/** A sale of which everything is ready when it must be, at this time before (or after) its opening. */
function saleAt(offset: number, spec = specOf()): RegionsWorld {
  const world = new RegionsWorld(spec, T - 2 * HOUR);
  world.play({ do: 'ready', value: true });
  while (world.now < T + offset) world.play({ do: 'wait', ms: Math.min(MINUTE, T + offset - world.now) });
  return world;
}
const phases = ({ sides }: RegionsWorld) => [sides.east.record.phase, sides.west.record.phase];

describe('a sale that goes from one region to another', () => {
  it('stands by where the platform does, without a decision and without capacity', () => {
    const world = saleAt(MINUTE);
    assert.deepEqual(phases(world), ['Open', 'Standby']);
    assert.equal(world.sides.west.record.decision, undefined);
    assert.equal(world.sides.west.capacityHeld, false);
  });

  it('goes on open, with the same opening; the region that lost it gives its capacity back', () => {
    const world = saleAt(20 * MINUTE);
    world.play({ do: 'turn' });
    assert.deepEqual(phases(world), ['Standby', 'Open']);
    assert.deepEqual([world.sides.east.capacityHeld, world.sides.west.capacityHeld], [false, true]);
    assert.equal(world.gate?.opensAtMs, T);
    assert.equal(world.gate?.memory?.term, 2);
    world.play({ do: 'turn' });
    assert.deepEqual(phases(world), ['Open', 'Standby']);
  });

  it('opens at the announced instant when it changed hands after arming, though the manifest there is older', () => {
    const world = saleAt(-2 * HOUR + MINUTE);
    world.play({ do: 'edit', region: 'west', opensInMs: 60 * MINUTE });
    while (world.now < T - 5 * MINUTE) world.play({ do: 'wait', ms: MINUTE });
    assert.equal(world.gate?.memory?.decided, 'Open');
    world.play({ do: 'turn' });
    assert.equal(world.gate?.opensAtMs, T);
    assert.match(world.plan('west', true).refusedEdit ?? '', /was edited after arming and 2027-01-10T03:00:00Z stands/);
    world.play({ do: 'wait', ms: 5 * MINUTE });
    assert.deepEqual(phases(world), ['Standby', 'Open']);
  });

  it('keeps to a hold that was begun in the other region', () => {
    const world = saleAt(-30 * MINUTE);
    world.play({ do: 'ready', value: false });
    while (world.now < T - 9 * MINUTE) world.play({ do: 'wait', ms: MINUTE });
    assert.equal(world.sides.east.record.phase, 'Held');
    world.play({ do: 'turn' });
    assert.deepEqual(phases(world), ['Standby', 'Held']);
    assert.equal(world.gate?.opensAtMs, T + 2 * MINUTE);
    world.play({ do: 'ready', value: true });
    assert.equal(world.gate?.opensAtMs, T);
  });

  it('is not opened again after it was called off, or shut, in the other region', () => {
    const calledOff = saleAt(-30 * MINUTE, specOf({ onNotReady: { policy: 'Abort', maxDelay: '2m' } }));
    calledOff.play({ do: 'ready', value: false });
    while (calledOff.now < T - 9 * MINUTE) calledOff.play({ do: 'wait', ms: MINUTE });
    calledOff.play({ do: 'ready', value: true });
    calledOff.play({ do: 'turn' });
    assert.deepEqual(phases(calledOff), ['Standby', 'Aborted']);

    const soldOut = saleAt(MINUTE);
    soldOut.play({ do: 'sell', sold: 100 });
    for (let pass = 0; pass < 20; pass++) soldOut.play({ do: 'wait', ms: MINUTE });
    assert.equal(soldOut.sides.east.record.phase, 'ScaledDown');
    soldOut.play({ do: 'turn' });
    soldOut.play({ do: 'sell', sold: 99 });
    assert.equal(soldOut.sides.west.record.phase, 'ScaledDown');
    assert.ok((soldOut.gate?.closesAtMs ?? 0) < T + HOUR);
  });

  it('ends in the region where it is, and gives back there what was raised there', () => {
    const world = saleAt(20 * MINUTE);
    world.play({ do: 'turn' });
    world.leaveAlone();
    assert.deepEqual(phases(world), ['Standby', 'ScaledDown']);
    assert.deepEqual([world.sides.east.capacityHeld, world.sides.west.capacityHeld], [false, false]);
  });
});

describe('a gate', () => {
  it('is taken over where it stands under an older term of the lease, and where there is a lease at all', () => {
    const gate = (term: number) => ({
      ...{ opensAtMs: T, closesAtMs: T + HOUR, armedAtMs: T, paused: false },
      memory: { region: 'east', term, preQueueAtMs: T, announcedAtMs: T },
    });
    assert.equal(isTakenOver(gate(1), 2), true);
    assert.equal(isTakenOver(gate(2), 2), false);
    assert.equal(isTakenOver(gate(0), 2), false);
    assert.equal(isTakenOver({ ...gate(1), memory: undefined }, 0), false);
    assert.equal(isTakenOver(null, 2), false);
  });
});

describe('whatever happens to two regions', function () {
  this.timeout(120_000);
  const always = <const D extends string>(name: D) => fc.record({ do: fc.constant(name) });
  const step: fc.Arbitrary<RegionStep> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: HOUR / 2 }) }),
    },
    { weight: 3, arbitrary: always('turn') },
    { weight: 2, arbitrary: always('crash') },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('ready' as const), value: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('sell' as const), sold: fc.constantFrom(0, 99, 100) }) },
  );
  const edit = fc.record({
    do: fc.constant('edit' as const),
    region: fc.constantFrom('east' as const, 'west' as const),
    opensInMs: fc.integer({ min: -HOUR, max: 4 * HOUR }),
  });
  const story = (steps: fc.Arbitrary<RegionStep>) =>
    fc.record({
      policy: fc.constantFrom('Hold' as const, 'OpenAnyway' as const, 'Abort' as const),
      before: fc.integer({ min: -HOUR, max: 3 * HOUR }),
      steps: fc.array(steps, { maxLength: 40 }),
    });
  type Tale = { policy: 'Hold' | 'OpenAnyway' | 'Abort'; before: number; steps: readonly RegionStep[] };
  const tell = ({ policy, before, steps }: Tale, seen: (world: RegionsWorld) => void = () => {}) => {
    const world = new RegionsWorld(specOf({ onNotReady: { policy, maxDelay: '2m' } }), T - before);
    for (const one of steps) {
      world.play(one);
      seen(world);
    }
    return world;
  };
  const edits = story(fc.oneof({ weight: 5, arbitrary: step }, { weight: 1, arbitrary: edit }));

  it('a region that stands by touches no gate, and an opening that was is never moved', () => {
    fc.assert(
      fc.property(edits, (tale) => assert.deepEqual(tell(tale).trespasses, [])),
      { numRuns: 300 },
    );
  });

  it('capacity is held where the sale is, and nowhere else', () => {
    fc.assert(
      fc.property(edits, (tale) => {
        tell(tale, (world) => assert.equal(world.sides[world.other].capacityHeld, false));
      }),
      { numRuns: 200 },
    );
  });

  it('without edits no gate opens before the announced instant, and one that was shut stays shut', () => {
    fc.assert(
      fc.property(story(step), (tale) => {
        const { gates } = tell(tale);
        let shutAt: number | undefined;
        for (const { gate, at } of gates) {
          assert.ok(gate.opensAtMs >= T, `opens at ${gate.opensAtMs - T}`);
          if (shutAt !== undefined) assert.ok(gate.closesAtMs <= at || !isLive(gate), 'opened again');
          if (gate.memory?.closedAtMs !== undefined) shutAt ??= at;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('left alone it ends where it is, and everything is given back', () => {
    fc.assert(
      fc.property(edits, (tale) => {
        const world = tell(tale);
        world.leaveAlone();
        assert.equal(world.sides[world.serving].record.phase, 'ScaledDown');
        assert.deepEqual([world.sides.east.capacityHeld, world.sides.west.capacityHeld], [false, false]);
      }),
      { numRuns: 100 },
    );
  });
});
