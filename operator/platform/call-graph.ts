import type { ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';

/** Who calls whom. Addresses in the environment and network policies both come from here, so they cannot disagree. */
export const CALLS: Readonly<Record<ServiceName, readonly ServiceName[]>> = {
  gateway: ['user', 'event', 'inventory', 'order', 'waitroom'],
  order: ['inventory', 'payment', 'event', 'waitroom'],
  user: [],
  event: [],
  inventory: [],
  payment: [],
  waitroom: [],
};

/** Services that the operator itself calls while it prepares, watches and rehearses a sale. */
export const OPERATOR_CALLS: readonly ServiceName[] = ['event', 'inventory', 'order', 'waitroom', 'gateway'];

export type StoreName = 'postgres' | 'redis' | 'kafka' | 'temporal' | 'dynamodb' | 's3' | 'ses' | 'providers';

/** The stores and outside systems that a service talks to. */
export const STORES: Readonly<Record<ServiceName, readonly StoreName[]>> = {
  gateway: ['redis', 's3'],
  user: ['postgres', 'ses'],
  event: ['postgres', 'kafka'],
  inventory: ['postgres', 'kafka'],
  order: ['kafka', 'temporal', 'dynamodb'],
  payment: ['postgres', 'kafka', 'providers'],
  waitroom: ['redis', 'kafka'],
};

/** The event service acts for organisers, where they may schedule sales; nobody else talks to the Kubernetes API. */
export function callsKubernetes(platform: TicketBottlePlatform, service: ServiceName): boolean {
  return service === 'event' && platform.spec.organisers.enabled;
}

export function callersOf(service: ServiceName): ServiceName[] {
  return (Object.keys(CALLS) as ServiceName[]).filter((caller) => CALLS[caller].includes(service));
}

/**
 * The order in which new versions roll out, callees before their callers, so that no caller ever meets a callee older than
 * itself: every service of a group may go once all groups before it have arrived.
 */
export function rolloutGroups(): ServiceName[][] {
  const groups: ServiceName[][] = [];
  const depth = (service: ServiceName): number => 1 + Math.max(-1, ...CALLS[service].map(depth));
  for (const service of Object.keys(CALLS) as ServiceName[]) {
    const group = depth(service);
    for (let at = groups.length; at <= group; at++) groups.push([]);
    groups[group]?.push(service);
  }
  return groups;
}
