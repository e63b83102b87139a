import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import type { DesiredSchedule } from '../external/backups/velero.ts';
import { labelsOf } from './names.ts';

/** The Velero Schedule of a platform's namespace. Pure; the CRD's defaults where the spec asks for none any more. */
export function desiredVeleroSchedule(platform: TicketBottlePlatform): DesiredSchedule {
  const { namespace, name } = platform.metadata;
  const { cluster } = platform.spec.backup ?? {};
  return {
    namespace: cluster?.namespace ?? 'velero',
    name: `ticketbottle-${namespace}-${name}`,
    labels: { ...labelsOf(platform, 'backup'), 'ticketbottle.io/namespace': namespace },
    cron: cluster?.schedule ?? '0 18 * * *',
    retentionDays: cluster?.retentionDays ?? 30,
    includes: namespace,
    storageLocation: cluster?.storageLocation,
  };
}
