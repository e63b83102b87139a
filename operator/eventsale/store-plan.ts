import type { CapacityInput } from './capacity-input.ts';
import { MODEL } from './capacity-model.ts';
import type { Load } from './demand.ts';

export interface StorePlan {
  readonly store: 'load-balancer' | 'dynamodb' | 'temporal' | 'webhooks' | 'redis';
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

/** What stands behind the services: what it must carry, and whether something has to be done about it. */
export function planStores(
  own: { readonly buyers: number; readonly joins: number; readonly checkouts: number },
  limits: CapacityInput['limits'],
  others: Load,
  warnings: string[],
): StorePlan[] {
  const { buyers, joins } = own;
  const allBuyers = buyers + (others.buyers ?? 0);
  // Stores are shared by all sales of the platform.
  const checkouts = own.checkouts + (others.checkouts ?? 0);
  const streams = buyers * MODEL.connectionsPerBuyer;
  const tickGigabytesPerHour = (streams * MODEL.tickBytes * 3600) / 1e9;
  const balancer = Math.ceil(Math.max(joins / 25, streams / 3000, tickGigabytesPerHour));
  const writes = Math.ceil(MODEL.dynamodbWritesPerCheckout * checkouts);
  const actions = Math.ceil(MODEL.temporalActionsPerCheckout * checkouts);
  const webhooks = MODEL.webhooksPerCheckout * checkouts * MODEL.webhookSeconds;
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
  ];
}
