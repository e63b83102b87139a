import type { EventSaleReason } from '../../api/conditions.ts';
import type { EventSale } from '../../api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { isMarked, PAUSED } from '../../api/platform-marks.ts';

/** Why nothing can be prepared on this platform, and what to do about it. */
export function blockedBy(
  sale: EventSale,
  platform: TicketBottlePlatform | undefined,
): { reason: EventSaleReason; message: string } | undefined {
  const { namespace } = sale.metadata;
  const { name } = sale.spec.platformRef;
  if (platform === undefined)
    return {
      reason: 'PlatformMissing',
      message: `there is no TicketBottlePlatform ${namespace}/${name}: create it, or mend spec.platformRef.name`,
    };
  const problem = platform.metadata.deletionTimestamp
    ? 'is being deleted'
    : platform.spec.suspend
      ? 'is suspended: set its spec.suspend to false'
      : isMarked(platform, PAUSED)
        ? `is paused: kubectl annotate tbp -n ${namespace} ${name} ${PAUSED}-`
        : platform.spec.region.role === 'Standby'
          ? 'is Standby: set its spec.region.role to Active, or sell in the other region'
          : platform.status?.region?.serving === false
            ? 'does not serve: its condition RegionReady says why'
            : undefined;
  return problem === undefined
    ? undefined
    : { reason: 'PlatformNotReady', message: `TicketBottlePlatform ${namespace}/${name} ${problem}` };
}
