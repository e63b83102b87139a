import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RegionLease } from '../../external/region-lease.ts';
import type { StreamPosition } from '../../external/region-stores.ts';
import { behindOf, nextRegionStep, type RegionFacts } from './promotion.ts';

const SELF = 'shop/tb@ap-southeast-1';
const NOW = 1_800_000_000_000;
const OTHER: RegionLease = { holder: 'shop/tb@us-east-1', term: 3, renewedMs: NOW - 90_000, released: false };
const MINE: RegionLease = { holder: SELF, term: 4, renewedMs: NOW - 5_000, released: false };
const at = (offset: bigint, stream = 'one') => ({ stream, offset });
const replica = (upToMs: number | undefined, position?: StreamPosition) => ({
  role: 'replica' as const,
  upToMs,
  position,
});
const primary = { role: 'primary' as const, upToMs: undefined, position: undefined };
const both = (state: ReturnType<typeof replica> | typeof primary | undefined) => [
  { name: 'Postgres', state },
  { name: 'Redis', state: state ?? primary },
];

const facts = (change: Partial<RegionFacts> = {}): RegionFacts => ({
  ...{ self: SELF, role: 'Active', nowMs: NOW, lease: OTHER, promotes: 'Operator' },
  ...{ leaseMs: 60_000, maxLagMs: 60_000, acceptLossOfTerm: undefined },
  stores: both(replica(OTHER.renewedMs)),
  ...change,
});
const refusal = (change: Partial<RegionFacts>) => JSON.stringify(nextRegionStep(facts(change)));

describe('nextRegionStep', () => {
  it('fences first, then promotes store by store, and serves last', () => {
    const half = [{ name: 'Postgres', state: primary }, both(replica(NOW))[1] as never];
    const serving = { ...MINE, renewedMs: NOW };
    assert.deepEqual(nextRegionStep(facts()), { kind: 'take-lease', next: serving });
    const mine = { lease: MINE };
    assert.deepEqual(nextRegionStep(facts({ lease: MINE })), { kind: 'promote', store: 'Postgres' });
    assert.deepEqual(nextRegionStep(facts({ ...mine, stores: half })), { kind: 'promote', store: 'Redis' });
    assert.deepEqual(nextRegionStep(facts({ ...mine, stores: both(primary) })), { kind: 'serve', next: serving });
  });

  it('needs nobody to give way before any region has served', () => {
    const step = nextRegionStep(facts({ lease: undefined, stores: both(primary) }));
    assert.deepEqual(step, { kind: 'take-lease', next: { ...MINE, term: 1, renewedMs: NOW } });
  });

  it('refuses to serve beside one that says that it serves', () => {
    assert.match(refusal({ lease: { ...OTHER, renewedMs: NOW - 59_000 } }), /Fenced.*us-east-1 serves/);
  });

  it('refuses to serve from stores of its own once another was promoted in its place, however silent that one is', () => {
    assert.match(refusal({ stores: both(primary) }), /Fenced.*Postgres and Redis of this region does not follow/);
    assert.equal(nextRegionStep(facts({ stores: both(primary), promotes: 'Provider' })).kind, 'take-lease');
  });

  it('goes back to a region that served before, once the other stepped down', () => {
    const lease = { ...OTHER, released: true };
    assert.equal(nextRegionStep(facts({ lease })).kind, 'take-lease');
  });

  it('lacks nothing of what one wrote that stepped down, and at most a minute of one that was cut off', () => {
    const upTo = (ms: number) => ({ stores: both(replica(OTHER.renewedMs - ms)) });
    assert.equal(nextRegionStep(facts(upTo(60_000))).kind, 'take-lease');
    assert.match(refusal(upTo(60_001)), /Lagging.*acceptDataLossOfTerm to 3/);
    assert.match(refusal({ ...upTo(1), lease: { ...OTHER, released: true } }), /Lagging/);
    assert.match(refusal({ stores: both(replica(undefined)) }), /Lagging/);
  });

  it('serves after one that stepped down once it has every byte of its stores, whatever the clocks say', () => {
    const lease = { ...OTHER, released: true, ends: { Postgres: at(100n), Redis: at(7n) } };
    const from = (postgres: StreamPosition | undefined, redis: StreamPosition) => [
      { name: 'Postgres', state: replica(NOW + 60_000, postgres) },
      { name: 'Redis', state: replica(NOW - 60_000, redis) },
    ];
    assert.equal(nextRegionStep(facts({ lease, stores: from(at(100n), at(8n)) })).kind, 'take-lease');
    assert.match(refusal({ lease, stores: from(at(99n), at(7n)) }), /Lagging.*Postgres may lack some/);
    assert.match(refusal({ lease, stores: from(at(100n), at(900n, 'another')) }), /Lagging.*Redis may lack some/);
    assert.match(refusal({ lease, stores: from(undefined, at(7n)) }), /Lagging.*Postgres/);
  });

  it('loses what is missing when told so for this term, and not for the next one', () => {
    const stores = both(replica(undefined));
    assert.equal(nextRegionStep(facts({ stores, acceptLossOfTerm: 3 })).kind, 'take-lease');
    assert.match(refusal({ stores, acceptLossOfTerm: 2 }), /Lagging/);
  });

  it('fences nobody while a store of its own does not answer', () => {
    assert.match(refusal({ stores: both(undefined) }), /Unreachable.*Postgres/);
  });

  it('leaves the promotion to the provider where that runs the stores', () => {
    assert.match(refusal({ lease: MINE, promotes: 'Provider' }), /WaitingForDependency/);
  });

  it('steps down when it is told to stand by, once', () => {
    const step = nextRegionStep(facts({ role: 'Standby', lease: MINE }));
    assert.deepEqual(step, { kind: 'step-down', lease: MINE });
    const released = { ...MINE, released: true };
    assert.equal(nextRegionStep(facts({ role: 'Standby', lease: released })).kind, 'stand-by');
    assert.equal(nextRegionStep(facts({ role: 'Standby' })).kind, 'stand-by');
  });

  it('never takes or keeps what another holds and may still use', () => {
    const arbitrary = fc.record({
      role: fc.constantFrom('Active' as const, 'Standby' as const),
      lease: fc.record({
        holder: fc.constantFrom(SELF, OTHER.holder),
        term: fc.integer({ min: 1, max: 5 }),
        renewedMs: fc.integer({ min: NOW - 120_000, max: NOW }),
        released: fc.boolean(),
      }),
      stores: fc.constantFrom(both(primary), both(replica(NOW)), both(replica(undefined)), both(undefined)),
      acceptLossOfTerm: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(arbitrary, (given) => {
        const step = nextRegionStep(facts(given));
        const { lease } = given;
        const held = lease.holder !== SELF && !lease.released && NOW - lease.renewedMs < 60_000;
        if (held || given.role === 'Standby') assert.ok(['refuse', 'stand-by', 'step-down'].includes(step.kind));
        if (step.kind === 'take-lease') assert.ok(step.next.term > lease.term);
        if (['promote', 'serve'].includes(step.kind)) assert.ok(lease.holder === SELF && !lease.released);
      }),
    );
  });
});

describe('behindOf', () => {
  const standby = (change: Partial<RegionFacts> = {}) =>
    behindOf(facts({ role: 'Standby', ...change })).map(({ ms }) => ms);

  it('says what each store of a standby lacks of what the active region wrote until it was last heard of', () => {
    assert.deepEqual(behindOf(facts({ role: 'Standby', stores: both(replica(OTHER.renewedMs - 61_000)) })), [
      { store: 'Postgres', ms: 61_000 },
      { store: 'Redis', ms: 61_000 },
    ]);
    assert.deepEqual(standby({ stores: both(replica(OTHER.renewedMs + 5_000)) }), [0, 0]);
  });

  it('is without end where a store follows nobody, cannot tell, or cannot be asked', () => {
    const none = Number.POSITIVE_INFINITY;
    for (const state of [primary, replica(undefined)]) assert.deepEqual(standby({ stores: both(state) }), [none, none]);
    assert.deepEqual(standby({ stores: both(undefined) }), [none, none]);
  });

  it('says nothing where nothing can be lost, or where a provider says it', () => {
    assert.deepEqual(behindOf(facts()), []);
    assert.deepEqual(standby({ lease: undefined }), []);
    assert.deepEqual(standby({ lease: { ...OTHER, released: true } }), []);
    assert.deepEqual(standby({ lease: MINE }), []);
    assert.deepEqual(standby({ promotes: 'Provider' }), []);
  });
});
