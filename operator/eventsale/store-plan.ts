import type { CapacityInput } from './capacity-input.ts';
import { MODEL } from './capacity-model.ts';
import type { Load } from './demand.ts';

export interface StorePlan {
  readonly store:
    | 'load-balancer'
    | 'dynamodb'
    | 'temporal'
    | 'webhooks'
    | 'redis'
    | 'redis-throughput'
    | 'control-plane'
    | 'mail';
  readonly unit: string;
  readonly need: number;
  readonly action: 'none' | 'raise' | 'quota';
}

/**
 * Environments of the webhook handler to keep warm: n = peak / 0.7, for this sale and those that overlap. A fraction of one
 * is one: the first payment of a sale shall not wait for a cold start.
 */
export function webhookEnvironments(stores: readonly StorePlan[]): number {
  return stores.find((store) => store.store === 'webhooks')?.need ?? 0;
}

export interface StoreDemand {
  readonly buyers: number;
  readonly joins: number;
  readonly checkouts: number;
  /** Calls of the waiting room, each of which is a script or a read in Redis. */
  readonly waitroomRps: number;
  /** Replicas of all services while the sale holds its capacity. */
  readonly pods: number;
  readonly tickets: number;
}

/** What stands behind the services: what it must carry, and whether something has to be done about it. */
export function planStores(
  own: StoreDemand,
  limits: CapacityInput['limits'],
  others: Load,
  warnings: string[],
): StorePlan[] {
  const { buyers, joins } = own;
  const allBuyers = buyers + (others.buyers ?? 0);
  // Stores are shared by all sales of the platform.
  const checkouts = own.checkouts + (others.checkouts ?? 0);
  const streams = allBuyers * MODEL.connectionsPerBuyer;
  const tickGigabytesPerHour = (streams * MODEL.tickBytes * 3600) / 1e9;
  const balancer = Math.ceil(Math.max(joins / 25, streams / 3000, tickGigabytesPerHour));
  const writes = Math.ceil(MODEL.dynamodbWritesPerCheckout * checkouts);
  const actions = Math.ceil(MODEL.temporalActionsPerCheckout * checkouts);
  const webhooks = MODEL.webhooksPerCheckout * checkouts * MODEL.webhookSeconds;
  const warm = limits.dynamodbWritesPerSecond ?? 4000;
  const quota = limits.temporalActionsPerSecond ?? MODEL.temporalCloudActionsPerSecond;
  // What the limit is, is only known where the platform says so.
  if (limits.temporalActionsPerSecond !== undefined && actions > quota) warnings.push('QuotaTooLow:temporal');
  const commands = Math.ceil(own.waitroomRps + (others.rps.waitroom ?? 0));
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
    {
      store: 'webhooks',
      unit: 'warm environments',
      need: Math.ceil(webhooks / MODEL.functionUtilisation - 1e-9),
      action: 'raise',
    },
    {
      store: 'redis',
      unit: 'MB',
      need: Math.ceil((allBuyers * MODEL.redisBytesPerBuyer * MODEL.storeMargin) / 1e6),
      action: 'none',
    },
    {
      store: 'redis-throughput',
      unit: 'commands/s',
      need: commands,
      action: MODEL.storeMargin * commands > MODEL.serverlessCacheCommandsPerSecond ? 'raise' : 'none',
    },
    {
      store: 'control-plane',
      unit: 'pods',
      need: own.pods,
      action: own.pods > MODEL.standardControlPlanePods ? 'raise' : 'none',
    },
    {
      store: 'mail',
      unit: 'mails/s',
      need: Math.ceil(checkouts),
      // Mails may queue up a little; buyers begin to ask after a quarter of an hour.
      action: own.tickets / MODEL.ticketsPerOrder > MODEL.mailsPerSecond * MODEL.mailSeconds ? 'quota' : 'none',
    },
  ];
}
