import { isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { apiVersion, type KubeObject, type Resource } from '../../kube/resource.ts';
import type { Adapter, Change } from '../adapter.ts';
import { canonicalJson } from '../canonical-json.ts';
import { type BackupState, isOlder } from './backup-state.ts';

/** Velero's own kinds. Read by polling: a watch of a kind that is not installed would fail for ever. */
export const VELERO_SCHEDULE: Resource = {
  ...{ group: 'velero.io', version: 'v1', plural: 'schedules', kind: 'Schedule', namespaced: true },
};
export const VELERO_BACKUP: Resource = {
  ...{ group: 'velero.io', version: 'v1', plural: 'backups', kind: 'Backup', namespaced: true },
};

/** The objects of one namespace, backed up on a schedule. */
export interface DesiredSchedule {
  /** Of Velero. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly cron: string;
  readonly retentionDays: number;
  /** What is backed up. */
  readonly includes: string;
  readonly storageLocation: string | undefined;
}

interface VeleroSchedule extends KubeObject {
  readonly spec?: {
    readonly schedule?: string;
    readonly paused?: boolean;
    readonly template?: Readonly<Record<string, unknown>>;
  };
  readonly status?: { readonly phase?: string; readonly validationErrors?: readonly string[] };
}

interface VeleroBackup extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly startTimestamp?: string;
    readonly completionTimestamp?: string;
  };
}

export interface ObservedSchedule {
  readonly schedule: VeleroSchedule | undefined;
  readonly lastCompleted: number | undefined;
  /** Name and phase of the newest one that ended, when that end was not a good one. */
  readonly lastFailed: { readonly name: string; readonly phase: string } | undefined;
}

export interface ScheduleChange extends Change {
  readonly desired: DesiredSchedule;
}

/** The API server has no such kind. */
export class VeleroMissing extends Error {
  override readonly name = 'VeleroMissing';
}

const FIELD_MANAGER = 'ticketbottle-operator';
const OF_SCHEDULE = 'velero.io/schedule-name';

/** A Schedule that Velero makes Backups by. The data of stores is not in them: stores have backups of their own. */
export function createVeleroSchedule(client: KubeClient): Adapter<DesiredSchedule, ObservedSchedule, ScheduleChange> {
  return {
    async observe({ namespace, name }, signal) {
      try {
        const labelSelector = `${OF_SCHEDULE}=${name}`;
        const backups = await client.list<VeleroBackup>(VELERO_BACKUP, { namespace, labelSelector, signal });
        const schedule = await client.get<VeleroSchedule>(VELERO_SCHEDULE, namespace, name, { signal });
        return { schedule, ...outcomes(backups) };
      } catch (error) {
        if (!isNotFound(error)) throw error;
        throw new VeleroMissing(
          'this cluster has no Schedule velero.io/v1: install Velero, or remove spec.backup.cluster and back up Secrets and manifests another way',
          { cause: error },
        );
      }
    },
    diff: diffSchedule,
    async apply(changes, signal) {
      for (const { desired } of changes)
        await client.apply(VELERO_SCHEDULE, scheduleObject(desired), {
          fieldManager: FIELD_MANAGER,
          force: true,
          signal,
        });
    },
    /** Backups that were made stay until their time is over. */
    async remove({ namespace, name }, signal) {
      await client.delete(VELERO_SCHEDULE, namespace, name, { signal });
    },
  };
}

export function diffSchedule(desired: DesiredSchedule, { schedule }: ObservedSchedule): ScheduleChange[] {
  const target = `Velero Schedule ${desired.namespace}/${desired.name}`;
  if (schedule === undefined) return [{ target, action: 'create', reason: 'does not exist', desired }];
  const { schedule: cron, paused, template } = specOf(desired);
  const reasons: string[] = [];
  if (schedule.spec?.schedule !== cron) reasons.push(`runs at ${schedule.spec?.schedule} instead of ${cron}`);
  if (schedule.spec?.paused === true && !paused) reasons.push('is paused');
  for (const [field, value] of Object.entries(template)) {
    const found = schedule.spec?.template?.[field];
    if (canonicalJson(found ?? null) !== canonicalJson(value))
      reasons.push(`has ${field} ${canonicalJson(found ?? null)} instead of ${canonicalJson(value)}`);
  }
  return reasons.length === 0 ? [] : [{ target, action: 'update', reason: reasons.join(', '), desired }];
}

function specOf({ cron, retentionDays, includes, storageLocation }: DesiredSchedule) {
  return {
    schedule: cron,
    paused: false,
    template: {
      includedNamespaces: [includes],
      ttl: `${retentionDays * 24}h0m0s`,
      // Nothing of ours keeps data in a volume.
      snapshotVolumes: false,
      ...(storageLocation === undefined ? {} : { storageLocation }),
    },
  };
}

const scheduleObject = (desired: DesiredSchedule): VeleroSchedule => ({
  apiVersion: apiVersion(VELERO_SCHEDULE),
  kind: VELERO_SCHEDULE.kind,
  metadata: { name: desired.name, namespace: desired.namespace, labels: { ...desired.labels } },
  spec: specOf(desired),
});

const BAD_ENDS: ReadonlySet<string> = new Set(['Failed', 'PartiallyFailed', 'FailedValidation']);

function outcomes(backups: readonly VeleroBackup[]): Omit<ObservedSchedule, 'schedule'> {
  const at = ({ metadata, status }: VeleroBackup) =>
    Date.parse(status?.startTimestamp ?? metadata.creationTimestamp ?? '');
  const ended = backups
    .filter(({ status }) => status?.phase === 'Completed' || BAD_ENDS.has(status?.phase ?? ''))
    .sort((a, b) => at(a) - at(b));
  const completed = ended.filter(({ status }) => status?.phase === 'Completed').at(-1);
  const last = ended.at(-1);
  const phase = last?.status?.phase ?? '';
  return {
    lastCompleted: completed === undefined ? undefined : at(completed),
    lastFailed: last === undefined || !BAD_ENDS.has(phase) ? undefined : { name: last.metadata.name, phase },
  };
}

/** A new Schedule has until `maxAge` after its creation to make its first Backup. */
export function clusterObjects(
  want: DesiredSchedule & { readonly maxAge: string; readonly maxAgeMs: number },
  { schedule, lastCompleted, lastFailed }: ObservedSchedule,
  nowMs: number,
): BackupState {
  const { namespace, name } = want;
  const how = `Velero Schedule ${namespace}/${name}`;
  const problems: string[] = [];
  const { phase, validationErrors = [] } = schedule?.status ?? {};
  if (phase === 'FailedValidation')
    problems.push(
      `Velero refuses Schedule ${namespace}/${name}: ${validationErrors.join('; ')}. Correct spec.backup.cluster`,
    );
  if (lastFailed !== undefined)
    problems.push(
      `Backup ${namespace}/${lastFailed.name} is ${lastFailed.phase}: velero backup logs ${lastFailed.name} -n ${namespace}`,
    );
  const since = lastCompleted ?? Date.parse(schedule?.metadata.creationTimestamp ?? '');
  if (schedule !== undefined && isOlder(Number.isNaN(since) ? undefined : since, want.maxAgeMs, nowMs))
    problems.push(
      `Velero has no completed Backup of Schedule ${namespace}/${name} younger than ${want.maxAge}: velero schedule describe ${name} -n ${namespace}`,
    );
  return { how, lastAt: lastCompleted, problems };
}
