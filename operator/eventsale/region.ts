import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import type { GateRegion } from '#operator/external/sale-gate.ts';
import { durationMs } from '#runtime/duration.ts';

/** Numbers that are left out when another region's last ones may be missing; each costs Redis a little. */
const MARGIN = { least: 1_000, most: 100_000 } as const;

/**
 * Why a platform sells nothing because of its region's role, and with it none of its sales touches anything; undefined where
 * it serves, or where that is not known yet.
 */
export function whyStandby({ metadata, spec, status }: TicketBottlePlatform): string | undefined {
  const name = `TicketBottlePlatform ${metadata.namespace}/${metadata.name}`;
  if (spec.region.role === 'Standby')
    return `${name} is Standby: the sale goes on here when its spec.region.role is set to Active`;
  if (status?.region?.serving === false) return `${name} does not serve: its condition RegionReady says why`;
  return undefined;
}

/** What `whyStandby` and the gate depend on; when it changes, every sale of the platform looks again. */
export function regionKey({ spec, status }: TicketBottlePlatform): string {
  return JSON.stringify([spec.region.role, status?.region?.serving, status?.region?.term]);
}

/**
 * This region's hold on a sale. Known by name, event (the gate's key holds it) and orders table, which are the same in all
 * regions; an object's uid, and its namespace, need not be. undefined without `failover`: then nobody else goes on with it.
 */
export function gateRegion(sale: EventSale, platform: TicketBottlePlatform | undefined): GateRegion | undefined {
  const { failover } = platform?.spec.region ?? {};
  if (platform === undefined || failover === undefined) return undefined;
  const { metadata, spec, status } = platform;
  const joins = sale.spec.demand.peakJoinsPerSecond ?? 0;
  const margin = Math.ceil((joins * durationMs(failover.maxLag)) / 1_000);
  return {
    sale: `${sale.metadata.name}@${spec.orders.table}`,
    name: `${metadata.namespace}/${metadata.name}@${spec.region.name}`,
    // Who is not known to serve inherits nothing.
    term: status?.region?.serving === true ? (status.region.term ?? 0) : 0,
    voidMargin: Math.min(MARGIN.most, Math.max(MARGIN.least, margin)),
  };
}
