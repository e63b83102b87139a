/**
 * Constants of the capacity model: what one buyer costs each service, and how much head-room is kept. Where nothing else is
 * said a figure counts the calls of this project's own purchase; it is an assumption until a traced sale replaces it.
 */
export const MODEL = {
  /** Requests of one joining buyer at the gateway and at the waitroom: join, open the stream. */
  requestsPerJoin: 2,
  /** claim 1 + list classes 2 + reserve tries 1.3, at the admission rate. */
  gatewayPerAdmission: 4.3,
  /** order 1 + pay 1 + status polls 10 + downloads 2, at the checkout rate. */
  gatewayPerCheckout: 14,
  waitroomPerAdmission: 1,
  /** A buyer inside sends one heartbeat in this many seconds. */
  heartbeatSeconds: 30,
  inventoryPerAdmission: 3.3,
  orderPerCheckout: 13,
  /** pay 1 + webhook 1 x 1.2 duplicates. */
  paymentPerCheckout: 2.2,
  providerPerCheckout: 1,
  reserveTries: 1.3,
  connectionsPerBuyer: 1.2,
  /** Mean time a buyer holds a slot (published checkouts: 4 to 5 minutes with reading), and the fastest a buyer can be. */
  slotSeconds: 180,
  fastSlotSeconds: 30,
  ticketsPerOrder: 2,
  /** Paid orders per admission; ordinary shops see 0.3, on-sales more. Decides about time, never about capacity. */
  paidShare: 0.6,
  /** Replicas beyond the load: load + beta * sqrt(load) (Halfin-Whitt; 2 is Netflix's for its most critical tier). */
  beta: 2,
  /** Published on-sales: 5 to 90 visitors per ticket. */
  assumedBuyersPerTicket: 20,
  /** 0.016 page requests per second and person at the peak of a published test sale; a club night may reach 0.1. */
  assumedPeakJoinShare: 0.02,
  clampPeakJoinShare: 0.1,
  /** Share of the default that is believed when a service's capacity was never measured. */
  unknownCapacityShare: 0.5,
  staleProfileDays: 30,
  tickBytes: 150,
  dynamodbWritesPerCheckout: 8,
  temporalActionsPerCheckout: 10,
  storeMargin: 1.25,
  /** Calls of the webhook handler per checkout, duplicates included, and how long one takes. */
  webhooksPerCheckout: 1.2,
  webhookSeconds: 0.3,
  /** Share of provisioned environments that shall be busy at the peak. */
  functionUtilisation: 0.7,
  /** Redis memory of one buyer in the room: about twice what `npm run bench -- waitroom` measures. */
  redisBytesPerBuyer: 800,
  smallestBalancerReservation: 50,
  /** What stands without asking, where AWS and Temporal Cloud run these: beyond it somebody must raise it by hand. */
  temporalCloudActionsPerSecond: 500,
  serverlessCacheCommandsPerSecond: 30_000,
  standardControlPlanePods: 1_000,
  mailsPerSecond: 14,
  /** Within which all tickets shall be mailed. */
  mailSeconds: 900,
} as const;

/** p95 of how long each thing takes to come up, in seconds; replaced by measurements after the first sale. */
export const LEAD_SECONDS = { nodes: 300, pullAndStart: 60, loadBalancer: 60, warmUp: 60 } as const;
export const LEAD_PARALLEL_SECONDS = {
  elasticacheMinimum: 3600,
  balancerReservation: 10_800,
  dynamodbWarmThroughput: 3600,
  controlPlaneTier: 1800,
} as const;

/**
 * Utilisation target: after one of `zones` is lost, the rest run at 95 % of their proven capacity. Rounded down to 0.01.
 */
export function utilisationTarget(zones: number): number {
  if (zones <= 1) return 0.6;
  return Math.floor((95 * (zones - 1)) / zones) / 100;
}

/**
 * Lead that a prescale needs, in seconds: 1.5 x the slowest item used, plus 20 minutes, up to the next five minutes.
 * `measuredSeconds`: how long earlier sales took to be ready (p95). It can only make the lead longer: a sale that found its
 * nodes warm says nothing about one that does not.
 */
export function leadSeconds(
  slow: readonly (keyof typeof LEAD_PARALLEL_SECONDS)[],
  provisionedConcurrency = 0,
  measuredSeconds = 0,
): number {
  const margin = 20 * 60;
  const step = 5 * 60;
  const work = Math.max(workSeconds(slow, provisionedConcurrency), 1.5 * measuredSeconds);
  return Math.ceil((work + margin) / step) * step;
}

/** 1.5 x the slowest item, without the margin. */
export function workSeconds(slow: readonly (keyof typeof LEAD_PARALLEL_SECONDS)[], provisionedConcurrency = 0): number {
  const pods = Object.values(LEAD_SECONDS).reduce((sum, seconds) => sum + seconds, 0);
  const functions = provisionedConcurrency > 0 ? 120 + provisionedConcurrency / 100 : 0;
  return 1.5 * Math.max(pods, functions, ...slow.map((item) => LEAD_PARALLEL_SECONDS[item]));
}
