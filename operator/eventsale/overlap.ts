import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { cannotBegin } from '#operator/api/sale-standing.ts';
import { SERVICES, type ServiceName } from '#proto/names.ts';
import { durationMs } from '#runtime/duration.ts';
import { type CapacityPlan, planCapacity } from './capacity.ts';
import type { CapacityInput } from './capacity-input.ts';
import { leadSeconds } from './capacity-model.ts';
import { type Demand, type Load, saleLoad } from './demand.ts';
import { saleTimes } from './schedule.ts';
import { webhookEnvironments } from './store-plan.ts';
import { validateSale } from './validate.ts';

/** The capacity plan of one sale, on top of what overlapping sales of the same platform need. */
export function capacityOf(
  sale: EventSale,
  platform: TicketBottlePlatform | undefined,
  overlapping: readonly EventSale[],
  zones: number,
  { nowMs, ...more }: Pick<CapacityInput, 'measuredReadySeconds' | 'readyReplicas'> & { readonly nowMs?: number } = {},
): CapacityPlan {
  return planCapacity({
    ...more,
    ...platformInput(platform, zones, nowMs),
    demand: demandOf(sale.spec),
    floors: explicitFloors(sale),
    others: addUp(overlapping),
    otherFloors: sumFloors(overlapping),
  });
}

/**
 * Replicas per service that these sales need together; no floor at all when there are none. What each of them plans for
 * itself comes to the same numbers, because loads add up in any order.
 */
export function floorsFor(
  platform: TicketBottlePlatform,
  sales: readonly EventSale[],
  zones: number,
): Partial<Record<ServiceName, number>> {
  const [first, ...rest] = sales;
  if (first === undefined) return {};
  const plan = capacityOf(first, platform, rest, zones);
  return Object.fromEntries(plan.services.map((line) => [line.service, line.replicas]));
}

/** Warm environments of the webhook handler that these sales need together. */
export function environmentsFor(platform: TicketBottlePlatform, sales: readonly EventSale[], zones: number): number {
  const [first, ...rest] = sales;
  return first === undefined ? 0 : webhookEnvironments(capacityOf(first, platform, rest, zones).stores);
}

/** Whether a sale needs its capacity now. */
export function needsCapacity(sale: EventSale, nowMs: number): boolean {
  const window = capacityWindow(sale);
  return window !== undefined && nowMs >= window.from && nowMs < window.until;
}

/** Unix ms; `until` is no longer of it. */
export interface CapacityWindow {
  readonly from: number;
  readonly until: number;
}

const AS_LONG_AS_IT_STANDS: CapacityWindow = { from: -Infinity, until: Infinity };

/**
 * When a sale needs its capacity, as it stands in the cache; undefined for never. Judged without trusting a status that may
 * be behind.
 */
export function capacityWindow(sale: EventSale): CapacityWindow | undefined {
  if (sale.metadata.deletionTimestamp !== undefined) return undefined;
  const window = windowOf(sale.spec);
  if (window === undefined) return undefined;
  const held = (sale.status?.prescale ?? []).length > 0;
  switch (sale.status?.phase) {
    case 'PendingApproval':
    case 'ScaledDown':
    case 'Missed':
    case 'Aborted':
      return undefined;
    case 'Suspended':
    case 'Standby':
    case 'Closed':
      return held ? AS_LONG_AS_IT_STANDS : undefined;
    case 'Pending':
    case undefined:
      return sale.spec.suspend || cannotBegin(sale) ? undefined : window;
    default:
      return AS_LONG_AS_IT_STANDS;
  }
}

const DAY_MS = 86_400_000;

/** By the spec as the cache holds it: a sale is looked at by those that overlap it at each of their passes. */
const windows = new WeakMap<EventSale['spec'], CapacityWindow | 'unsound'>();

/** Undefined for a spec that cannot be followed. */
function windowOf(spec: EventSale['spec']): CapacityWindow | undefined {
  let window = windows.get(spec);
  if (window === undefined) {
    window = validateSale(spec).length > 0 ? 'unsound' : scheduledWindow(spec);
    windows.set(spec, window);
  }
  return window === 'unsound' ? undefined : window;
}

function scheduledWindow(spec: EventSale['spec']): CapacityWindow {
  const { prescaleAt, closesAt } = saleTimes(spec, leadSeconds([]) * 1000);
  return { from: prescaleAt, until: closesAt };
}

export function demandOf(spec: EventSale['spec']): Demand {
  const tickets = spec.ticketClasses.reduce((sum, one) => sum + one.quantity, 0);
  const biggest = Math.max(...spec.ticketClasses.map((one) => one.quantity));
  return {
    expectedBuyers: spec.demand.expectedBuyers,
    peakJoinsPerSecond: spec.demand.peakJoinsPerSecond,
    tickets,
    biggestClassShare: biggest / tickets,
    maxConcurrentCheckouts: spec.waitroom.maxConcurrentCheckouts,
    admissionsPerMinute: spec.waitroom.admissionsPerMinute,
    checkoutTtlSeconds: durationMs(spec.waitroom.checkoutTTL) / 1000,
    prescaleLeadSeconds:
      spec.schedule.prescaleLead === 'Auto' ? undefined : durationMs(spec.schedule.prescaleLead) / 1000,
  };
}

function platformInput(
  platform: TicketBottlePlatform | undefined,
  zones: number,
  nowMs: number | undefined,
): Pick<CapacityInput, 'profile' | 'limits' | 'zones'> {
  const services = platform?.spec.services;
  const of = <V>(pick: (service: NonNullable<typeof services>[ServiceName]) => V) =>
    services === undefined ? {} : Object.fromEntries(SERVICES.map((name) => [name, pick(services[name])]));
  return {
    zones,
    profile: of(({ capacityPerReplica: { measuredAt, ...capacity } = {} }) => ({
      ...capacity,
      // Without a clock nothing is said to be old; it changes no number.
      ageDays: measuredAt === undefined || nowMs === undefined ? undefined : (nowMs - Date.parse(measuredAt)) / DAY_MS,
    })),
    limits: { minReplicas: of((service) => service.replicas.min), maxReplicas: of((service) => service.replicas.max) },
  };
}

function explicitFloors(sale: EventSale): Partial<Record<ServiceName, number>> {
  return Object.fromEntries(
    SERVICES.flatMap((service) => {
      const floor = sale.spec.capacity[service]?.minReplicas;
      return floor === undefined ? [] : [[service, floor]];
    }),
  );
}

/** Loads of sales per service, without those of services for which a sale named a floor of its own. */
function addUp(sales: readonly EventSale[]): Load {
  const rps: Partial<Record<ServiceName, number>> = {};
  let [streams, buyers, checkouts] = [0, 0, 0];
  for (const sale of sales) {
    const load = saleLoad(demandOf(sale.spec));
    buyers += load.buyers ?? 0;
    checkouts += load.checkouts ?? 0;
    for (const service of SERVICES) {
      if (sale.spec.capacity[service] !== undefined) continue;
      rps[service] = (rps[service] ?? 0) + (load.rps[service] ?? 0);
      if (service === 'gateway') streams += load.streams;
    }
  }
  return { rps, streams, buyers, checkouts };
}

function sumFloors(sales: readonly EventSale[]): Partial<Record<ServiceName, number>> {
  const sum: Partial<Record<ServiceName, number>> = {};
  for (const sale of sales)
    for (const [service, floor] of Object.entries(explicitFloors(sale)))
      sum[service as ServiceName] = (sum[service as ServiceName] ?? 0) + floor;
  return sum;
}
