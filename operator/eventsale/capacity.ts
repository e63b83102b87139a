import { SERVICES, type ServiceName } from '#proto/names.ts';
import { DEFAULT_CAPACITY, leadSeconds, MODEL, utilisationTarget, workSeconds } from './capacity-model.ts';

/** What the sale declares, in plain numbers. */
export interface Demand {
  readonly expectedBuyers?: number | undefined;
  readonly peakJoinsPerSecond?: number | undefined;
  readonly tickets: number;
  /** Share of all tickets in the largest class, 0..1: its row is the hot one. */
  readonly biggestClassShare: number;
  readonly maxConcurrentCheckouts: number;
  readonly admissionsPerMinute: number;
  readonly checkoutTtlSeconds: number;
  /** Lead the sale asks for; undefined when the plan may choose. */
  readonly prescaleLeadSeconds?: number | undefined;
}

/** Measured capacity of one replica; what is missing counts as half of the default. */
export interface ReplicaCapacity {
  readonly requestsPerSecond?: number | undefined;
  readonly streams?: number | undefined;
  readonly hotRowPerSecond?: number | undefined;
  readonly ageDays?: number | undefined;
}

/** Load that sales bring to each service. */
export interface Load {
  readonly rps: Readonly<Partial<Record<ServiceName, number>>>;
  readonly streams: number;
}

export interface CapacityInput {
  readonly demand: Demand;
  readonly profile: Readonly<Partial<Record<ServiceName, ReplicaCapacity>>>;
  readonly limits: {
    readonly minReplicas?: Readonly<Partial<Record<ServiceName, number>>>;
    readonly maxReplicas?: Readonly<Partial<Record<ServiceName, number>>>;
    readonly providerTps?: number | undefined;
    readonly maxBuyers?: number | undefined;
    readonly temporalActionsPerSecond?: number | undefined;
    readonly dynamodbWritesPerSecond?: number | undefined;
  };
  /** Load of other sales of the platform whose windows overlap, those with explicit floors left out per service. */
  readonly others: Load;
  /** Sum of the explicit floors of those other sales. */
  readonly otherFloors?: Readonly<Partial<Record<ServiceName, number>>>;
  /** Explicit floors of this sale; they win over the plan. */
  readonly floors?: Readonly<Partial<Record<ServiceName, number>>>;
  readonly zones: number;
}

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

export interface StorePlan {
  readonly store: 'load-balancer' | 'dynamodb' | 'temporal';
  readonly unit: string;
  readonly need: number;
  readonly action: 'none' | 'raise' | 'quota';
}

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
  const has = (service: ServiceName) => usableRps(service, input, u, services) - (input.others.rps[service] ?? 0);
  const safe = safeAdmissions(input, admissions, checkouts, has, u);
  if (safe.limitedBy !== undefined) warnings.push(`AdmissionLimitedBy:${safe.limitedBy}`);

  const front = frontTier(input, load, joins, services, u);
  const stores = planStores(buyers, joins, checkouts, limits, warnings);
  const slow = stores.some((store) => store.action === 'raise' && store.store === 'dynamodb')
    ? (['dynamodbWarmThroughput'] as const)
    : [];
  const lead = leadSeconds(slow);
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

/** Own load of a sale, before any cap: what it adds to the plans of sales that overlap. */
export function saleLoad(demand: Demand): Load {
  const { buyers, joins } = assumedDemand(demand, []);
  return ownLoad(demand, buyers, joins);
}

export function addLoads(loads: readonly Load[]): Load {
  const rps: Partial<Record<ServiceName, number>> = {};
  for (const load of loads)
    for (const service of SERVICES) rps[service] = (rps[service] ?? 0) + (load.rps[service] ?? 0);
  return { rps, streams: loads.reduce((sum, load) => sum + load.streams, 0) };
}

function demandErrors(demand: Demand, maxBuyers = 50_000_000): string[] {
  const errors: string[] = [];
  const buyers = demand.expectedBuyers;
  if (buyers !== undefined && !(buyers > 0 && buyers <= maxBuyers)) errors.push('DemandOutOfRange');
  if (!(demand.tickets > 0)) errors.push('NoTickets');
  if (!(demand.maxConcurrentCheckouts > 0)) errors.push('NoCheckoutSlots');
  if (!(demand.admissionsPerMinute > 0)) errors.push('NoAdmissions');
  if (!(demand.checkoutTtlSeconds >= 60)) errors.push('CheckoutTtlTooShort');
  return errors;
}

function assumedDemand(demand: Demand, warnings: string[]): { buyers: number; joins: number } {
  const buyers = demand.expectedBuyers ?? MODEL.assumedBuyersPerTicket * demand.tickets;
  if (demand.expectedBuyers === undefined) warnings.push('DemandAssumed');
  if (demand.peakJoinsPerSecond === undefined) {
    warnings.push('PeakJoinsAssumed');
    return { buyers, joins: Math.ceil(MODEL.assumedPeakJoinShare * buyers) };
  }
  const ceiling = Math.ceil(MODEL.clampPeakJoinShare * buyers);
  if (demand.peakJoinsPerSecond > ceiling) warnings.push('PeakJoinsClamped');
  return { buyers, joins: Math.min(demand.peakJoinsPerSecond, ceiling) };
}

function ownLoad(demand: Demand, buyers: number, joins: number): Load {
  const a = demand.admissionsPerMinute / 60;
  const l = Math.min(a, demand.maxConcurrentCheckouts / MODEL.fastSlotSeconds);
  const arriving = MODEL.requestsPerJoin * joins;
  return {
    rps: {
      gateway: arriving + MODEL.gatewayPerAdmission * a + MODEL.gatewayPerCheckout * l,
      waitroom: arriving + MODEL.waitroomPerAdmission * a + demand.maxConcurrentCheckouts / MODEL.heartbeatSeconds,
      inventory: MODEL.inventoryPerAdmission * a,
      order: MODEL.orderPerCheckout * l,
      payment: MODEL.paymentPerCheckout * l,
    },
    streams: Math.ceil(buyers * MODEL.connectionsPerBuyer),
  };
}

/** Capacity of one replica: measured, or half of the default. Services off the hot path have none. */
function replicaCapacity(service: ServiceName, input: CapacityInput) {
  const fallback = DEFAULT_CAPACITY[service];
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

function planService(
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

function usableRps(service: ServiceName, input: CapacityInput, u: number, services: readonly ServicePlan[]): number {
  const replicas = services.find((plan) => plan.service === service)?.replicas ?? 0;
  return replicas * (replicaCapacity(service, input)?.rps ?? 0) * u;
}

/** The highest admission rate per second that the back tier carries. A service with an explicit floor never limits. */
function safeAdmissions(
  input: CapacityInput,
  admissions: number,
  checkouts: number,
  has: (service: ServiceName) => number,
  u: number,
): { rate: number; limitedBy?: string } {
  const limits: { by: string; rate: number }[] = [];
  const free = (service: ServiceName) => input.floors?.[service] === undefined;
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
function frontTier(
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

function planStores(
  buyers: number,
  joins: number,
  checkouts: number,
  limits: CapacityInput['limits'],
  warnings: string[],
): StorePlan[] {
  const streams = buyers * MODEL.connectionsPerBuyer;
  const tickGigabytesPerHour = (streams * MODEL.tickBytes * 3600) / 1e9;
  const balancer = Math.ceil(Math.max(joins / 25, streams / 3000, tickGigabytesPerHour));
  const writes = Math.ceil(MODEL.dynamodbWritesPerCheckout * checkouts);
  const actions = Math.ceil(MODEL.temporalActionsPerCheckout * checkouts);
  const warm = limits.dynamodbWritesPerSecond ?? 4000;
  const quota = limits.temporalActionsPerSecond ?? Number.POSITIVE_INFINITY;
  if (actions > quota) warnings.push('QuotaTooLow:temporal');
  return [
    {
      store: 'load-balancer',
      unit: 'capacity units',
      need: balancer,
      action: balancer < MODEL.smallestBalancerReservation ? 'none' : 'raise',
    },
    {
      store: 'dynamodb',
      unit: 'writes/s',
      need: writes,
      action: MODEL.storeMargin * writes > warm ? 'raise' : 'none',
    },
    { store: 'temporal', unit: 'actions/s', need: actions, action: actions > quota ? 'quota' : 'none' },
  ];
}

/** First as many as there are slots at the admission rate, the rest at what the slots sustain (Little's law). */
function sellOutSeconds(demand: Demand, rate: number, sustainable: number): number {
  if (rate <= 0) return Number.POSITIVE_INFINITY;
  const needed = demand.tickets / (MODEL.ticketsPerOrder * MODEL.paidShare);
  const burst = Math.min(demand.maxConcurrentCheckouts, needed);
  return burst / rate + (needed - burst) / Math.min(rate, sustainable);
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

/** Up to the next whole number, forgiving floating-point dust. */
function roundUp(value: number): number {
  return Math.ceil(value - 1e-9);
}
