import { gauge, type Registry } from '#runtime/metrics.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import type { Behind } from './promotion.ts';

export interface RegionMeters {
  /** What the last look found; none where the platform is no standby that follows. */
  told(platform: Pick<TicketBottlePlatform, 'metadata'>, behind: readonly Behind[]): void;
}

const STORES = ['Postgres', 'Redis'];

/** Said by the operator that leads, and by no other. */
export function regionMeters(metrics: Registry): RegionMeters {
  const seconds = gauge(
    metrics,
    'ticketbottle_region_behind_seconds',
    'How much a store of a standby lacks of what the active region wrote',
    ['namespace', 'platform', 'store'],
  );
  return {
    told({ metadata: { namespace, name } }, behind) {
      for (const store of STORES) {
        const found = behind.find((one) => one.store === store);
        const labels = { namespace, platform: name, store };
        if (found === undefined) seconds.remove(labels);
        else seconds.set(labels, found.ms / 1000);
      }
    },
  };
}
