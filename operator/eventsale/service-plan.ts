import type { ServiceName } from '#proto/names.ts';
import type { CapacityInput } from './capacity-input.ts';
import { MODEL } from './capacity-model.ts';
import { DEFAULT_CAPACITY } from './default-capacity.ts';
import type { Load } from './demand.ts';

export interface ServicePlan {
  readonly service: ServiceName;
  /** This sale's own load, requests per second, rounded up. */
  readonly loadRps: number;
  readonly byUtilisation: number;
  readonly byRoot: number;
  readonly byStreams: number;
  /** What the load asks for, before the cap. */
  readonly needed: number;
  readonly replicas: number;
  readonly capped: boolean;
  readonly reason: string;
}

/** Capacity of one replica: measured, or half of the default. Services off the hot path have none. */
export function replicaCapacity(service: ServiceName, input: CapacityInput) {
  const fallback = (input.defaults ?? DEFAULT_CAPACITY)[service];
  if (fallback === undefined) return undefined;
  const measured = input.profile[service];
  const half = (value: number | undefined) => (value === undefined ? undefined : value * MODEL.unknownCapacityShare);
  return {
    rps: measured?.requestsPerSecond ?? fallback.requestsPerSecond * MODEL.unknownCapacityShare,
    streams: measured?.streams ?? half(fallback.streams),
    hotRow: measured?.hotRowPerSecond ?? half(fallback.hotRowPerSecond),
    known: measured?.requestsPerSecond !== undefined,
    stale: (measured?.ageDays ?? 0) > MODEL.staleProfileDays,
  };
}

/** Replicas of one service: by utilisation, by square root, by streams, one per zone; an explicit floor wins. */
export function planService(
  service: ServiceName,
  input: CapacityInput,
  own: Load,
  u: number,
  warnings: string[],
): ServicePlan {
  const capacity = replicaCapacity(service, input);
  const ownRps = own.rps[service] ?? 0;
  const minimum = Math.max(input.zones, input.limits.minReplicas?.[service] ?? 1);
  const maximum = input.limits.maxReplicas?.[service] ?? Number.POSITIVE_INFINITY;
  const explicit = input.floors?.[service];
  const otherFloors = input.otherFloors?.[service] ?? 0;

  if (capacity !== undefined && explicit === undefined) {
    if (!capacity.known) warnings.push(`CapacityUnknown:${service}`);
    if (capacity.stale) warnings.push(`ProfileStale:${service}`);
  }
  const rps = (explicit === undefined ? ownRps : 0) + (input.others.rps[service] ?? 0);
  const streams = service === 'gateway' ? (explicit === undefined ? own.streams : 0) + input.others.streams : 0;
  const offered = capacity === undefined ? 0 : rps / capacity.rps;
  const byUtilisation = roundUp(offered / u);
  const byRoot = roundUp(offered + MODEL.beta * Math.sqrt(offered));
  const byStreams = capacity?.streams === undefined ? 0 : roundUp(streams / (capacity.streams * u));
  const planned = Math.max(byUtilisation, byRoot, byStreams);
  const added = planned + otherFloors + (explicit ?? 0);
  // An explicit floor wins even below one per zone; it only never goes below what other sales need.
  const needed = explicit === undefined ? Math.max(added, minimum) : Math.max(added, 1);
  const replicas = Math.min(needed, maximum);
  const capped = replicas < needed;
  if (capped) warnings.push(`CapHit:${service}`);
  if (explicit !== undefined && capacity !== undefined) {
    const wanted = roundUp(ownRps / capacity.rps / u);
    if (explicit < wanted) warnings.push(`FloorBelowPlan:${service}`);
  }
  return {
    service,
    loadRps: Math.ceil(ownRps),
    byUtilisation,
    byRoot,
    byStreams,
    needed,
    replicas,
    capped,
    reason: reasonOf({
      explicit,
      capacity,
      rps,
      u,
      byUtilisation,
      byRoot,
      byStreams,
      minimum,
      needed,
      maximum,
      otherFloors,
    }),
  };
}

function reasonOf(facts: {
  explicit: number | undefined;
  capacity: ReturnType<typeof replicaCapacity>;
  rps: number;
  u: number;
  byUtilisation: number;
  byRoot: number;
  byStreams: number;
  minimum: number;
  needed: number;
  maximum: number;
  otherFloors: number;
}): string {
  const cap = facts.needed > facts.maximum ? `; capped at ${facts.maximum} of ${facts.needed}` : '';
  if (facts.explicit !== undefined) {
    const others = facts.needed - facts.explicit;
    return `explicit floor ${facts.explicit}${others > 0 ? ` + ${others} for overlapping sales` : ''}${cap}`;
  }
  if (facts.capacity === undefined) return `not on the hot path: minimum ${facts.minimum}${cap}`;
  const load = `${Math.ceil(facts.rps)} rps at ${facts.capacity.rps} per replica, target ${facts.u}`;
  const highest = Math.max(facts.byUtilisation, facts.byRoot, facts.byStreams);
  const rule =
    facts.minimum >= highest + facts.otherFloors
      ? `minimum ${facts.minimum}`
      : facts.byStreams === highest
        ? `${facts.byStreams} by streams`
        : facts.byUtilisation === highest
          ? `${facts.byUtilisation} by utilisation`
          : `${facts.byRoot} by square root`;
  const floors = facts.otherFloors > 0 ? ` + ${facts.otherFloors} explicit of overlapping sales` : '';
  return `${rule}${floors} (${load})${cap}`;
}

/**
 * Requests per second that the planned replicas carry at the target utilisation, without those of overlapping sales that
 * named a floor of their own: where a cap leaves less than all of them asked for, each has its share.
 */
export function usableRps(
  service: ServiceName,
  input: CapacityInput,
  u: number,
  services: readonly ServicePlan[],
): number {
  const { replicas = 0, needed = 0 } = services.find((plan) => plan.service === service) ?? {};
  const reserved = input.otherFloors?.[service] ?? 0;
  const share = needed > reserved ? (needed - reserved) / needed : 0;
  return replicas * share * (replicaCapacity(service, input)?.rps ?? 0) * u;
}

/** Up to the next whole number, forgiving floating-point dust. */
function roundUp(value: number): number {
  return Math.ceil(value - 1e-9);
}
