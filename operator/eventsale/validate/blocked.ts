import type { EventSaleReason } from '../../api/conditions.ts';
import type { EventSale } from '../../api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { isMarked, PAUSED } from '../../api/platform-marks.ts';
import { whyStandby } from '../region.ts';

/** Why nothing can be prepared on this platform, and what to do about it. */
export function blockedBy(
  sale: EventSale,
  platform: TicketBottlePlatform | undefined,
): { reason: EventSaleReason; message: string; standby?: boolean } | undefined {
  const { namespace } = sale.metadata;
  const { name } = sale.spec.platformRef;
  if (platform === undefined)
    return {
      reason: 'PlatformMissing',
      message: `there is no TicketBottlePlatform ${namespace}/${name}: create it, or mend spec.platformRef.name`,
    };
  const standby = whyStandby(platform);
  if (standby !== undefined) return { reason: 'PlatformStandby', message: standby, standby: true };
  const problem = platform.metadata.deletionTimestamp
    ? 'is being deleted'
    : platform.spec.suspend
      ? 'is suspended: set its spec.suspend to false'
      : isMarked(platform, PAUSED)
        ? `is paused: kubectl annotate tbp -n ${namespace} ${name} ${PAUSED}-`
        : undefined;
  return problem === undefined
    ? undefined
    : { reason: 'PlatformNotReady', message: `TicketBottlePlatform ${namespace}/${name} ${problem}` };
}
