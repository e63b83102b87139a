import { SERVICES, type ServiceName } from '#proto/names.ts';
import { MODEL } from './capacity-model.ts';

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

/** Load that sales bring to each service. */
export interface Load {
  readonly rps: Readonly<Partial<Record<ServiceName, number>>>;
  readonly streams: number;
  /** Buyers in the room at once, at most; keys of each stand in Redis. */
  readonly buyers?: number;
  /** Checkouts per second at their peak: what stores and functions behind the services get. */
  readonly checkouts?: number;
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
  const sum = (pick: (load: Load) => number | undefined) => loads.reduce((all, load) => all + (pick(load) ?? 0), 0);
  return {
    rps,
    streams: sum((load) => load.streams),
    buyers: sum((load) => load.buyers),
    checkouts: sum((load) => load.checkouts),
  };
}

/** Why nothing can be planned for this demand, as words for machines. */
export function demandErrors(demand: Demand, maxBuyers = 50_000_000): string[] {
  const errors: string[] = [];
  const buyers = demand.expectedBuyers;
  if (buyers !== undefined && !(buyers > 0 && buyers <= maxBuyers)) errors.push('DemandOutOfRange');
  if (!(demand.tickets > 0)) errors.push('NoTickets');
  if (!(demand.maxConcurrentCheckouts > 0)) errors.push('NoCheckoutSlots');
  if (!(demand.admissionsPerMinute > 0)) errors.push('NoAdmissions');
  if (!(demand.checkoutTtlSeconds >= 60)) errors.push('CheckoutTtlTooShort');
  return errors;
}

/** Buyers and joins per second, assumed where the sale says nothing; each assumption is a warning. */
export function assumedDemand(demand: Demand, warnings: string[]): { buyers: number; joins: number } {
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

/** What this demand asks of each service: the table of docs/eventsale.md. */
export function ownLoad(demand: Demand, buyers: number, joins: number): Load {
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
    buyers,
    checkouts: l,
  };
}
