import type { RegionLease } from '../../external/region-lease.ts';
import { reaches, type StoreRole } from '../../external/region-stores.ts';

/** What is known before anything is decided about the role of this region. */
export interface RegionFacts {
  /** `namespace/platform@region`. */
  readonly self: string;
  readonly role: 'Active' | 'Standby';
  readonly nowMs: number;
  readonly lease: RegionLease | undefined;
  /** `state` is undefined when it could not be asked. */
  readonly stores: readonly { readonly name: string; readonly state: StoreRole | undefined }[];
  /** Whether promoting them is ours to do, or the provider's who runs them. */
  readonly promotes: 'Operator' | 'Provider';
  /** A holder that was silent for so long does not serve any more, as far as anybody can know. */
  readonly leaseMs: number;
  /** The most that may be missing of what the other side wrote. */
  readonly maxLagMs: number;
  /** Somebody says that what is missing of what was written under this term may be lost. */
  readonly acceptLossOfTerm: number | undefined;
}

export type RegionStep =
  /** Says in the shared table that this region serves from now on, and so that no other may. */
  | { readonly kind: 'take-lease'; readonly next: RegionLease }
  | { readonly kind: 'promote'; readonly store: string }
  | { readonly kind: 'serve'; readonly next: RegionLease }
  /** Was the active one: takes no writes any more, then says so, and where its stores ended. */
  | { readonly kind: 'step-down'; readonly lease: RegionLease }
  | { readonly kind: 'stand-by' }
  /** Serving would be wrong. */
  | {
      readonly kind: 'refuse';
      readonly reason: 'Fenced' | 'Lagging' | 'Unreachable' | 'WaitingForDependency';
      readonly why: string;
    };

/**
 * The next step of a region on its way to its role. Nothing is remembered between two looks: lease and stores say how far it
 * came, so a promotion goes on after a crash at any point. In order: the other side fenced (the lease), stores promoted, and
 * only then serving.
 */
export function nextRegionStep(facts: RegionFacts): RegionStep {
  const { self, role, nowMs, lease, stores } = facts;
  const mine = lease?.holder === self;
  if (role === 'Standby') return mine && !lease.released ? { kind: 'step-down', lease } : { kind: 'stand-by' };
  const refused = mine && !lease.released ? undefined : (foreignLease(facts) ?? unknownStore(facts) ?? missing(facts));
  if (refused !== undefined) return refused;
  const term = (lease?.term ?? 0) + (mine && !lease.released ? 0 : 1);
  const next = { holder: self, term, renewedMs: nowMs, released: false };
  if (!mine || lease.released) return { kind: 'take-lease', next };
  // What is promoted already stays so, whatever does not answer now: pods find out for themselves.
  const replica = stores.find(({ state }) => state?.role === 'replica');
  if (replica === undefined) return { kind: 'serve', next };
  if (facts.promotes === 'Operator') return { kind: 'promote', store: replica.name };
  return {
    kind: 'refuse',
    reason: 'WaitingForDependency',
    why: `${replica.name} still follows the other region and spec.region.failover.promotes is Provider: promote it there (docs/runbooks/region-failover.md)`,
  };
}

/** Somebody else serves, or did until it fell silent. */
function foreignLease({ self, nowMs, lease, leaseMs }: RegionFacts): RegionStep | undefined {
  if (lease === undefined || lease.released || lease.holder === self || nowMs - lease.renewedMs >= leaseMs)
    return undefined;
  return {
    kind: 'refuse',
    reason: 'Fenced',
    why: `${lease.holder} serves (term ${lease.term}), and two regions must not sell at once. Set its spec.region.role to Standby; if it cannot be reached, it may be replaced ${leaseMs / 1_000} s after it was last heard of`,
  };
}

/** Before the fence, while there is still a choice. */
function unknownStore({ stores }: RegionFacts): RegionStep | undefined {
  const silent = stores.filter(({ state }) => state === undefined).map(({ name }) => name);
  if (silent.length === 0) return undefined;
  return { kind: 'refuse', reason: 'Unreachable', why: `${silent.join(' and ')} of this region does not answer` };
}

/** What another region wrote until it was last heard of and is not here. */
function missing(facts: RegionFacts): RegionStep | undefined {
  const { self, lease, stores, maxLagMs, acceptLossOfTerm, promotes } = facts;
  if (lease !== undefined && acceptLossOfTerm === lease.term) return undefined;
  const accept =
    lease === undefined ? '' : `; or, to lose it, set spec.region.failover.acceptDataLossOfTerm to ${lease.term}`;
  // A provider promotes first, and then this is how it should be.
  const apart = stores.filter(({ state }) => state?.role === 'primary').map(({ name }) => name);
  if (lease !== undefined && lease.holder !== self && promotes === 'Operator' && apart.length > 0)
    return {
      kind: 'refuse',
      reason: 'Fenced',
      why: `${apart.join(' and ')} of this region does not follow the other one, so what ${lease.holder} wrote under term ${lease.term} is not here. Set spec.region.role to Standby, let the stores follow the other side, and promote this one afterwards${accept}`,
    };
  // Who stepped down writes nothing more, so nothing need be lost.
  const allowedMs = lease?.released === true ? 0 : maxLagMs;
  const late = stores.filter(({ name, state }) => {
    if (state?.role !== 'replica') return false;
    const end = lease?.released === true ? lease.ends?.[name] : undefined;
    if (end !== undefined) return !reaches(state.position, end);
    return lease === undefined || state.upToMs === undefined || lease.renewedMs - state.upToMs > allowedMs;
  });
  if (late.length === 0) return undefined;
  const names = late.map(({ name }) => name).join(' and ');
  return {
    kind: 'refuse',
    reason: 'Lagging',
    why: `${names} may lack ${allowedMs === 0 ? 'some' : `more than ${allowedMs / 1_000} s`} of what the other region wrote: wait until it has caught up${accept}`,
  };
}

/** How much a store of a standby lacks of what the active region wrote; Infinity where it does not follow, or cannot tell. */
export interface Behind {
  readonly store: string;
  readonly ms: number;
}

/**
 * What would be lost if the active region were lost now. A provider's stores say it themselves, in metrics of theirs; and where
 * nobody serves, nothing is written that could be lost.
 */
export function behindOf({ self, role, lease, stores, promotes }: RegionFacts): Behind[] {
  if (role !== 'Standby' || promotes !== 'Operator') return [];
  if (lease === undefined || lease.released || lease.holder === self) return [];
  return stores.map(({ name, state }) => {
    const upToMs = state?.role === 'replica' ? state.upToMs : undefined;
    return { store: name, ms: upToMs === undefined ? Number.POSITIVE_INFINITY : Math.max(0, lease.renewedMs - upToMs) };
  });
}
