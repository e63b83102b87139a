import { SERVICES, type ServiceName } from '#proto/names.ts';
import type { CapacityPlan } from './capacity.ts';
import type { SaleTimes } from './schedule.ts';

/** What a sale costs beyond what runs anyway, in replica-hours: people know what one of theirs costs. */
export interface CostEstimate {
  /** Replicas added while the sale holds its capacity. */
  readonly extraReplicas: number;
  /** Hours from prescaling to the end of the cooldown, if the sale runs to closesAt. */
  readonly hours: number;
  readonly extraReplicaHours: number;
  /** The same if everything is sold as fast as the plan says. */
  readonly ifSoldOutReplicaHours: number;
}

/** `without`: replicas that stand without this sale, by the platform's minimum and the needs of overlapping sales. */
export function estimateCost(
  plan: CapacityPlan,
  without: (service: ServiceName) => number,
  times: SaleTimes,
): CostEstimate {
  const extraReplicas = SERVICES.reduce((sum, service) => {
    const planned = plan.services.find((line) => line.service === service)?.replicas ?? 0;
    return sum + Math.max(0, planned - without(service));
  }, 0);
  const before = times.opensAt - times.prescaleAt;
  const whole = before + (times.closesAt - times.opensAt) + times.cooldownMs;
  // A sold-out sale cools down, then gives everything back.
  const short = before + Math.min(times.closesAt - times.opensAt, plan.sellOutSeconds * 1000) + times.cooldownMs;
  const hoursOf = (ms: number) => Math.round(ms / 36_000) / 100;
  return {
    extraReplicas,
    hours: hoursOf(whole),
    extraReplicaHours: Math.round((extraReplicas * whole) / 3_600_000),
    ifSoldOutReplicaHours: Math.round((extraReplicas * short) / 3_600_000),
  };
}
