import type { ServiceName } from '#proto/names.ts';
import type { CapacityInput } from './capacity-input.ts';
import { MODEL } from './capacity-model.ts';
import type { Demand, Load } from './demand.ts';
import { replicaCapacity, type ServicePlan, usableRps } from './service-plan.ts';

/**
 * The highest admission rate per second that the back tier carries. A service with an explicit floor carries what is declared
 * (whoever set it knows better), and less only as far as its replicas are not there.
 */
export function safeAdmissions(
  input: CapacityInput,
  admissions: number,
  checkouts: number,
  has: (service: ServiceName) => number,
  u: number,
  shareStanding: (service: ServiceName) => number = () => 1,
): { rate: number; limitedBy?: string } {
  const limits: { by: string; rate: number }[] = [];
  const free = (service: ServiceName) => input.floors?.[service] === undefined;
  for (const service of ['inventory', 'order', 'payment'] as const)
    if (!free(service)) limits.push({ by: service, rate: admissions * shareStanding(service) });
  if (free('inventory')) limits.push({ by: 'inventory', rate: has('inventory') / MODEL.inventoryPerAdmission });
  const hotRow = replicaCapacity('inventory', input)?.hotRow;
  if (hotRow !== undefined)
    limits.push({ by: 'hotRow', rate: (hotRow * u) / (MODEL.reserveTries * input.demand.biggestClassShare) });
  const behindCheckout = [
    { by: 'order', rate: free('order') ? has('order') / MODEL.orderPerCheckout : Number.POSITIVE_INFINITY },
    { by: 'payment', rate: free('payment') ? has('payment') / MODEL.paymentPerCheckout : Number.POSITIVE_INFINITY },
    { by: 'provider', rate: (input.limits.providerTps ?? Number.POSITIVE_INFINITY) / MODEL.providerPerCheckout },
  ];
  for (const limit of behindCheckout) if (limit.rate < checkouts * (1 - 1e-9)) limits.push(limit);
  let safe: { rate: number; limitedBy?: string } = { rate: admissions };
  for (const limit of limits)
    if (limit.rate < safe.rate * (1 - 1e-9)) safe = { rate: Math.max(0, limit.rate), limitedBy: limit.by };
  return safe;
}

/** A short front tier never lowers admissions: the rest of the joins are asked to come again. */
export function frontTier(
  input: CapacityInput,
  own: Load,
  joins: number,
  services: readonly ServicePlan[],
  u: number,
): number | undefined {
  if (!services.some((plan) => plan.service === 'gateway' && plan.capped)) return undefined;
  const behind = (own.rps.gateway ?? 0) - MODEL.requestsPerJoin * joins + (input.others.rps.gateway ?? 0);
  const allowed = Math.floor((usableRps('gateway', input, u, services) - behind) / MODEL.requestsPerJoin);
  return allowed < joins ? Math.max(0, allowed) : undefined;
}

/** First as many as there are slots at the admission rate, the rest at what the slots sustain (Little's law). */
export function sellOutSeconds(demand: Demand, rate: number, sustainable: number): number {
  if (rate <= 0) return Number.POSITIVE_INFINITY;
  const needed = demand.tickets / (MODEL.ticketsPerOrder * MODEL.paidShare);
  const burst = Math.min(demand.maxConcurrentCheckouts, needed);
  return burst / rate + (needed - burst) / Math.min(rate, sustainable);
}
