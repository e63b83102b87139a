import { Gauge, type Registry } from '#runtime/metrics.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';

/**
 * `ticketbottle_platform_condition{namespace,platform,type,reason}`: 1 when the condition is True, 0 when it is not. Read from
 * the cache when scraped, so every replica of the operator says the same: take the maximum.
 */
export function platformMeters(registry: Registry, list: () => readonly TicketBottlePlatform[]): void {
  const name = 'ticketbottle_platform_condition';
  if (registry.getSingleMetric(name) !== undefined) return;
  new Gauge({
    name,
    help: '1 while the condition is True',
    labelNames: ['namespace', 'platform', 'type', 'reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { metadata, status } of list()) {
        const { namespace, name: platform } = metadata;
        for (const { type, status: value, reason } of status?.conditions ?? [])
          this.set({ namespace, platform, type, reason }, value === 'True' ? 1 : 0);
      }
    },
  });
}
