import { SERVICES, type ServiceName } from '#proto/names.ts';
import { frontTier, safeAdmissions, sellOutSeconds } from './admission-rate.ts';
import type { CapacityInput } from './capacity-input.ts';
import { leadSeconds, MODEL, utilisationTarget, workSeconds } from './capacity-model.ts';
import { assumedDemand, type Demand, demandErrors, type Load, ownLoad } from './demand.ts';
import { planService, type ServicePlan, usableRps } from './service-plan.ts';
import { planStores, type StorePlan, webhookEnvironments } from './store-plan.ts';

export interface CapacityPlan {
  readonly buyers: number;
  readonly peakJoinsPerSecond: number;
  readonly streams: number;
  readonly services: readonly ServicePlan[];
  readonly stores: readonly StorePlan[];
  readonly admission: {
    readonly declaredPerMinute: number;
    /** What the slots sustain: C / mean slot time. */
    readonly sustainablePerMinute: number;
    /** What the capacity carries; written into the gate. */
    readonly safePerMinute: number;
    readonly limitedBy?: string;
  };
  readonly sellOutSeconds: number;
  /** Joins per second that the front tier carries; undefined when it carries the peak. */
  readonly joinsAllowedPerSecond?: number;
  readonly leadSeconds: number;
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
  /** Own load, for the plans of overlapping sales. */
  readonly load: Load;
}

/** Turns declared demand into replicas, a safe admission rate and a time to sell out. No clock, no I/O. */
export function planCapacity(input: CapacityInput): CapacityPlan {
  const { demand, limits } = input;
  const warnings: string[] = [];
  const errors = demandErrors(demand, limits.maxBuyers);
  const u = utilisationTarget(input.zones);

  const { buyers, joins } = assumedDemand(demand, warnings);
  const admissions = demand.admissionsPerMinute / 60;
  const checkouts = Math.min(admissions, demand.maxConcurrentCheckouts / MODEL.fastSlotSeconds);
  const load = ownLoad(demand, buyers, joins);
  if (errors.length > 0) return refused(demand, buyers, joins, load, errors);

  if (demand.admissionsPerMinute * MODEL.slotSeconds > demand.maxConcurrentCheckouts * 60)
    warnings.push('AdmissionRateNotSustainable');
  if (2 * admissions * MODEL.slotSeconds < demand.maxConcurrentCheckouts) warnings.push('ConcurrencyNeverReached');

  const services = SERVICES.map((service) => planService(service, input, load, u, warnings));
  const standing = standingServices(services, input.readyReplicas);
  const has = (service: ServiceName) => {
    const usable = usableRps(service, input, u, standing);
    const [own, others] = [load.rps[service] ?? 0, input.others.rps[service] ?? 0];
    // Where all sales together want more than there is, each gets its share: what others leave over would be nothing for all.
    return Math.max(usable - others, own > 0 ? (usable * own) / (own + others) : 0);
  };
  const safe = safeAdmissions(input, admissions, checkouts, has, u, shareStanding(services, standing));
  if (safe.limitedBy !== undefined) warnings.push(`AdmissionLimitedBy:${safe.limitedBy}`);

  const front = frontTier(input, load, joins, services, u);
  const pods = services.reduce((sum, { replicas }) => sum + replicas, 0);
  const demanded = { buyers, joins, checkouts, waitroomRps: load.rps.waitroom ?? 0, pods, tickets: demand.tickets };
  const stores = planStores(demanded, limits, input.others, warnings);
  const slow = stores.some((store) => store.action === 'raise' && store.store === 'dynamodb')
    ? (['dynamodbWarmThroughput'] as const)
    : [];
  const lead = leadSeconds(slow, webhookEnvironments(stores), input.measuredReadySeconds);
  if (demand.prescaleLeadSeconds !== undefined && demand.prescaleLeadSeconds < workSeconds(slow))
    warnings.push('LeadTooShort');

  const sustainable = demand.maxConcurrentCheckouts / MODEL.slotSeconds;
  return {
    buyers,
    peakJoinsPerSecond: joins,
    streams: load.streams,
    services,
    stores,
    admission: {
      declaredPerMinute: demand.admissionsPerMinute,
      sustainablePerMinute: Math.floor(sustainable * 60),
      safePerMinute: Math.floor(safe.rate * 60 + 1e-6),
      ...(safe.limitedBy === undefined ? {} : { limitedBy: safe.limitedBy }),
    },
    sellOutSeconds: sellOutSeconds(demand, safe.rate, sustainable),
    ...(front === undefined ? {} : { joinsAllowedPerSecond: front }),
    leadSeconds: lead,
    warnings,
    errors: [],
    load,
  };
}

/**
 * The replicas that may be counted on. None ready counts as one: a gate that says 0 would let nobody in for ever if no
 * operator were left to correct it.
 */
function standingServices(planned: readonly ServicePlan[], ready: CapacityInput['readyReplicas'] = {}): ServicePlan[] {
  return planned.map((line) => ({
    ...line,
    replicas: Math.min(line.replicas, Math.max(1, ready[line.service] ?? line.replicas)),
  }));
}

/** Which part of its planned replicas a service has. */
function shareStanding(planned: readonly ServicePlan[], standing: readonly ServicePlan[]) {
  return (service: ServiceName): number => {
    const of = (lines: readonly ServicePlan[]) => lines.find((line) => line.service === service)?.replicas ?? 0;
    return of(planned) === 0 ? 1 : of(standing) / of(planned);
  };
}

function refused(demand: Demand, buyers: number, joins: number, load: Load, errors: string[]): CapacityPlan {
  return {
    buyers,
    peakJoinsPerSecond: joins,
    streams: load.streams,
    services: [],
    stores: [],
    admission: { declaredPerMinute: demand.admissionsPerMinute, sustainablePerMinute: 0, safePerMinute: 0 },
    sellOutSeconds: Number.POSITIVE_INFINITY,
    leadSeconds: leadSeconds([]),
    warnings: [],
    errors,
    load,
  };
}
