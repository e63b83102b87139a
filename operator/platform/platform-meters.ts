import { Gauge, type Registry } from '#runtime/metrics.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';

type BackupLine = NonNullable<NonNullable<TicketBottlePlatform['status']>['backups']>[number];

/**
 * `ticketbottle_platform_condition{namespace,platform,type,reason}`: 1 when the condition is True, 0 when it is not. Read from
 * the cache when scraped, so every replica of the operator says the same: take the maximum.
 */
export function platformMeters(registry: Registry, list: () => readonly TicketBottlePlatform[]): void {
  const name = 'ticketbottle_platform_condition';
  if (registry.getSingleMetric(name) !== undefined) return;
  backupMeters(registry, list);
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

/** `status.backups` in numbers; the age of a backup is the scraper's time minus the timestamp. */
function backupMeters(registry: Registry, list: () => readonly TicketBottlePlatform[]): void {
  const labelNames = ['namespace', 'platform', 'store'];
  const gauge = (name: string, help: string, read: (line: BackupLine) => number | undefined) =>
    new Gauge({
      ...{ name, help, labelNames, registers: [registry] },
      collect() {
        this.reset();
        for (const { metadata, status } of list())
          for (const line of status?.backups ?? []) {
            const value = read(line);
            if (value === undefined) continue;
            this.set({ namespace: metadata.namespace, platform: metadata.name, store: line.store }, value);
          }
      },
    });
  gauge('ticketbottle_backup_overdue', '1 while a store is not backed up as spec.backup declares', ({ overdue }) =>
    overdue ? 1 : 0,
  );
  gauge('ticketbottle_backup_last_timestamp_seconds', 'The newest backup that can be restored', ({ lastAt }) =>
    lastAt === undefined ? undefined : Date.parse(lastAt) / 1000,
  );
}
