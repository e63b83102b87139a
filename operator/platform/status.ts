import {
  type Condition,
  conditionOf,
  PLATFORM_CONCERNS,
  type PlatformCondition,
  type PlatformReason,
  removeCondition,
  type Summary,
  setCondition,
  setSummary,
} from '../api/conditions.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { PAUSED } from '../api/platform-marks.ts';
import { publicUrl } from './environment.ts';
import type { PlatformStatus, Report } from './pass.ts';
import type { Wishes } from './wishes.ts';

/** Reasons that nothing but a change of a spec, a Secret or the outside ends. */
const STALLED: ReadonlySet<PlatformReason> = new Set([
  'InvalidSpec',
  'MigrationFailed',
  'RolloutStuck',
  'RolledBack',
  'ResourceConflict',
  'NotFound',
  'AccessDenied',
]);

/** AWS and PayOS also refuse what they take a minute later; the API server, Kafka and a table do not. */
const REFUSES_FOR_A_WHILE: ReadonlySet<string> = new Set(['FunctionsReady', 'TriggersReady', 'WebhookConfirmed']);

const isStalled = ({ type, reason }: PlatformCondition): boolean =>
  STALLED.has(reason) || (reason === 'Refused' && !REFUSES_FOR_A_WHILE.has(type));

/** Told, and no reason to hold a sale up. */
const ADVISORY: ReadonlySet<string> = new Set(['BackupsHealthy']);

/** Reasons that say that we hold still because we were told to. */
const HELD: ReadonlySet<PlatformReason> = new Set(['ChangeFrozen', 'Drifted']);

/** The status that a finished pass amounts to. Pure; `previous` is what is stored now. */
export function statusOf(
  platform: TicketBottlePlatform,
  report: Report,
  previous: PlatformStatus | undefined,
  nowMs: number,
  wishes?: Wishes,
): PlatformStatus {
  const { generation } = platform.metadata;
  let conditions: Condition[] = [...(previous?.conditions ?? [])];
  for (const type of PLATFORM_CONCERNS) {
    const said = report.conditions.get(type);
    if (said !== undefined) conditions = setCondition(conditions, { ...said, observedGeneration: generation }, nowMs);
  }
  conditions = setCondition(
    conditions,
    {
      type: 'Paused',
      status: 'False',
      reason: 'NotPaused',
      message: 'Reconciled as usual; spec.suspend would pause that',
      observedGeneration: generation,
    },
    nowMs,
  );
  conditions = setSummary(
    conditions,
    summaryOf(report, platform.spec.managementPolicy === 'Observe'),
    generation,
    nowMs,
  );
  return {
    observedGeneration: generation,
    conditions,
    version: platform.spec.version,
    servicesReady: servicesReady(report),
    services: report.services,
    topics: report.topics,
    databases: report.databases,
    functions: report.functions,
    ...(report.backups.length === 0 ? {} : { backups: report.backups }),
    wishes: wishes?.toStore() ?? [],
    ...endpointsOf(platform, report),
    ...(report.region === undefined ? {} : { region: report.region }),
    plan: report.plan.map(({ target, action, reason }) => ({ target, action, reason })),
  };
}

/**
 * Where another region serves, this one's gateway is not the address to go to. Left out when there is nothing: of a map that
 * was there and is applied empty the API server makes null, and then it refuses the whole status.
 */
function endpointsOf(
  platform: TicketBottlePlatform,
  { region, webhookUrl }: Report,
): Pick<PlatformStatus, 'endpoints'> {
  const endpoints = {
    ...(region?.serving === false ? {} : { gateway: publicUrl(platform) }),
    ...(webhookUrl === undefined ? {} : { webhook: webhookUrl }),
  };
  return Object.keys(endpoints).length === 0 ? {} : { endpoints };
}

/** `6/7`: services that run what they should, of those that are ours. */
function servicesReady({ services }: Report): string {
  const ours = services.filter(({ state }) => state !== 'Unmanaged');
  return `${ours.filter(({ state }) => state === 'Ready' || state === 'Standby').length}/${ours.length}`;
}

/** Ready when every concern is; else what the first one that is not says, the worst kind first. */
export function summaryOf(report: Report, observeOnly = false): Summary<PlatformReason> {
  if (report.invalid.length > 0) return { state: 'stalled', reason: 'InvalidSpec', message: report.invalid.join('. ') };
  if (report.problem !== undefined) return { state: 'stalled', ...report.problem };
  const open = PLATFORM_CONCERNS.flatMap((type): PlatformCondition[] => {
    const said = report.conditions.get(type);
    return said === undefined || said.status === 'True' || ADVISORY.has(type) ? [] : [said];
  });
  const stalled = open.find(isStalled);
  const busy = open.find(({ reason }) => reason !== 'WaitingForDependency' && !HELD.has(reason));
  const first = stalled ?? busy ?? open.find(({ reason }) => HELD.has(reason)) ?? open[0];
  if (first === undefined) return { state: 'ready', reason: 'AsSpecified', message: 'Everything is as specified' };
  const others = open.length - 1;
  const more =
    others === 0
      ? ''
      : ` (and ${others} more not ready: ${open
          .filter((one) => one !== first)
          .map(({ type }) => type)
          .join(', ')})`;
  const message = `${first.type}: ${first.message}${more}`;
  // Only looking, nothing is under way, so nothing will arrive either.
  if (observeOnly && ['Progressing', 'WaitingForDependency'].includes(first.reason))
    return { state: 'held', reason: 'Drifted', message };
  const state = stalled !== undefined ? 'stalled' : HELD.has(first.reason) ? 'held' : 'reconciling';
  return { state, reason: first.reason, message };
}

/** Said before the first slow work on a new spec: tools must not take the old summary for the new spec's. */
export function startingStatus(
  platform: TicketBottlePlatform,
  previous: PlatformStatus | undefined,
  nowMs: number,
): PlatformStatus {
  const { generation } = platform.metadata;
  const known = conditionOf(previous?.conditions, 'Ready');
  const said = { reason: 'Progressing', message: 'The spec is being looked at', observedGeneration: generation };
  let conditions: Condition[] = removeCondition([...(previous?.conditions ?? [])], 'Stalled');
  conditions = setCondition(conditions, { type: 'Reconciling', status: 'True', ...said }, nowMs);
  // What worked goes on working while an edit is looked at, so Ready says Unknown only where nothing was known.
  if (known === undefined) conditions = setCondition(conditions, { type: 'Ready', status: 'Unknown', ...said }, nowMs);
  // States of services were about the spec before this one.
  const services = previous?.services?.map(({ state: _state, ...rest }) => rest);
  return {
    ...ownPart(previous),
    ...(services === undefined ? {} : { services }),
    observedGeneration: generation,
    conditions,
  };
}

/** A spec that cannot be read as this operator reads it: what was found before is left standing. */
export function unreadableStatus(
  platform: TicketBottlePlatform,
  previous: PlatformStatus | undefined,
  message: string,
  nowMs: number,
): PlatformStatus {
  const { generation } = platform.metadata;
  const summary = { state: 'stalled', reason: 'InvalidSpec', message } as const;
  const conditions = setSummary([...(previous?.conditions ?? [])], summary, generation, nowMs);
  return { ...ownPart(previous), observedGeneration: generation, conditions };
}

/** A reconcile that did not get through: tried again by itself, and visible meanwhile. */
export function failedStatus(
  platform: TicketBottlePlatform,
  previous: PlatformStatus | undefined,
  message: string,
  { nowMs, operatorNamespace }: { readonly nowMs: number; readonly operatorNamespace: string },
): PlatformStatus {
  const { generation } = platform.metadata;
  const summary = {
    state: 'reconciling',
    reason: 'Failed',
    message: `${message}. It is tried again; if it stays, see the operator's log: kubectl logs -n ${operatorNamespace} deploy/ticketbottle-operator`,
  } as const;
  const conditions = setSummary([...(previous?.conditions ?? [])], summary, generation, nowMs);
  return { ...ownPart(previous), observedGeneration: generation, conditions };
}

/** status.claims and status.operator have owners of their own. */
function ownPart(status: PlatformStatus | undefined): PlatformStatus {
  const { claims: _claims, operator: _operator, ...rest } = status ?? {};
  return rest;
}

/** Paused: what was true is left standing, and Paused says that nobody looks; the newest generation is not observed. */
export function pausedStatus(
  platform: TicketBottlePlatform,
  previous: PlatformStatus | undefined,
  nowMs: number,
): PlatformStatus {
  const { generation } = platform.metadata;
  const conditions = setCondition(
    removeCondition([...(previous?.conditions ?? [])], 'Reconciling'),
    {
      type: 'Paused',
      status: 'True',
      reason: 'Suspended',
      message: platform.spec.suspend
        ? 'spec.suspend is true: nothing is reconciled until it is false again'
        : `The annotation ${PAUSED} is "true": nothing is reconciled until it is removed: kubectl annotate tbp -n ${platform.metadata.namespace} ${platform.metadata.name} ${PAUSED}-`,
      observedGeneration: generation,
    },
    nowMs,
  );
  return { ...ownPart(previous), conditions };
}

/** While deletion waits for something outside. */
export function deletingStatus(
  platform: TicketBottlePlatform,
  previous: PlatformStatus | undefined,
  { message, stalled }: { readonly message: string; readonly stalled: boolean },
  nowMs: number,
): PlatformStatus {
  const { generation } = platform.metadata;
  const conditions = setSummary(
    [...(previous?.conditions ?? [])],
    { state: stalled ? 'stalled' : 'reconciling', reason: 'Deleting', message },
    generation,
    nowMs,
  );
  return { ...ownPart(previous), observedGeneration: generation, conditions };
}

/** Conditions whose status changed, for one event each. */
export function transitions(before: PlatformStatus | undefined, after: PlatformStatus): Condition[] {
  return (after.conditions ?? []).filter(
    (now) => conditionOf(before?.conditions, now.type)?.status !== now.status && now.type !== 'Reconciling',
  );
}
