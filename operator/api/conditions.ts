/**
 * Conditions of both kinds: types and reasons are closed unions, so that people may grep and machines may match.
 * `Ready` is the summary. `Reconciling` and `Stalled` are abnormal-true (kstatus): present only while they are true.
 */

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** What every kind has. */
export type SummaryConditionType = 'Ready' | 'Reconciling' | 'Stalled';

/** One concern of a platform each, in the order in which they are worked on. */
export const PLATFORM_CONCERNS = [
  'SecretsReady',
  'RegionReady',
  'DatabasesReady',
  'TopicsReady',
  'TemporalReady',
  'OrdersTableReady',
  'RedisReachable',
  'FunctionsReady',
  'TriggersReady',
  'AlarmsReady',
  'MigrationsReady',
  'WorkloadsReady',
  'RouteReady',
  'WebhookConfirmed',
  'MonitoringReady',
  'BackupsHealthy',
] as const;
export type PlatformConcern = (typeof PLATFORM_CONCERNS)[number];
export type PlatformConditionType = SummaryConditionType | PlatformConcern | 'Paused';

export type PlatformReason =
  /** The concern is as the spec says. */
  | 'AsSpecified'
  /** Work is under way and needs nobody. */
  | 'Progressing'
  /** A Secret that the spec names, or one of its keys, is missing. */
  | 'SecretMissing'
  /** An external system did not answer. */
  | 'Unreachable'
  /** An external system refused our identity or our permissions. */
  | 'AccessDenied'
  /** An external system refused what we asked. */
  | 'Refused'
  /** Something that must come first is not there yet. */
  | 'WaitingForDependency'
  /** A zip of a function is not in the operator's bundle folder. */
  | 'BundleMissing'
  /** A migration Job failed. */
  | 'MigrationFailed'
  /** A Deployment passed its progress deadline or its pods cannot start. */
  | 'RolloutStuck'
  /** A new version of a service or function did badly and was taken back; the one before it serves. */
  | 'RolledBack'
  /** What this platform wants belongs to somebody else: another platform, or whoever made it. */
  | 'ResourceConflict'
  /** adoptionPolicy AdoptOnly, and there is nothing to adopt. */
  | 'NotFound'
  /** Spec and reality differ and managementPolicy is Observe. */
  | 'Drifted'
  /** spec.suspend is true, or the annotation ticketbottle.io/paused. */
  | 'Suspended'
  /** Paused is False: the object is reconciled. */
  | 'NotPaused'
  /** spec.changeFreeze, or a sale between arming and closing, holds a change back. */
  | 'ChangeFrozen'
  /** region.role is Standby: the concern is off on purpose. */
  | 'Standby'
  /** Another region serves, so this one must not. */
  | 'Fenced'
  /** The stores of this region lack too much of what the other one wrote. */
  | 'Lagging'
  /** The object is being deleted. */
  | 'Deleting'
  /** The spec cannot be satisfied as it is written. */
  | 'InvalidSpec'
  /** As specified, but for topics with more partitions than the spec says: Kafka cannot take any away. */
  | 'PartitionsKept'
  /** Redis answers and may still lose places in the queue: the message says how and what to do. */
  | 'NotDurable'
  /** A store is not backed up as spec.backup declares: too long ago, not for long enough, or not at all. */
  | 'BackupOverdue'
  /** The concern does not apply to this spec. */
  | 'NotUsed'
  /** Anything else; the message carries the error. */
  | 'Failed';

export type EventSaleConditionType =
  | SummaryConditionType
  | 'PlatformReady'
  | 'PlanReady'
  | 'CapacityReady'
  | 'EventPublished'
  | 'InventoryLoaded'
  | 'WaitroomReady'
  | 'RehearsalPassed'
  | 'Rehearsed'
  | 'ScheduleAccepted'
  | 'Prescaled'
  | 'Armed'
  | 'Open'
  | 'ClockSynchronised'
  | 'LedgerBalanced';

export type EventSaleReason =
  | 'AsSpecified'
  | 'Progressing'
  | 'Scheduled'
  | 'InvalidSpec'
  | 'PlatformMissing'
  | 'PlatformNotReady'
  /** The other region serves, or nobody does: this one touches nothing. */
  | 'PlatformStandby'
  | 'CapReached'
  | 'WaitingForReplicas'
  | 'WaitingForDependency'
  | 'Unreachable'
  | 'Refused'
  | 'RehearsalFailed'
  | 'NotReadyInTime'
  | 'Fenced'
  | 'ClockSkewed'
  | 'Armed'
  | 'Open'
  | 'SoldOut'
  | 'Closed'
  | 'ScaledDown'
  | 'Held'
  | 'Missed'
  | 'Aborted'
  | 'Closing'
  | 'EditRefused'
  | 'Disabled'
  | 'ResourceConflict'
  /** An organiser's sale that nobody approved yet. */
  | 'ApprovalPending'
  /** An organiser has more sales or tickets than the platform allows one of them. */
  | 'QuotaExceeded'
  | 'Suspended'
  | 'Imbalanced'
  | 'Deleting'
  | 'Failed';

/** As stored in `status.conditions`; times are RFC 3339. */
export interface Condition<T extends string = string, R extends string = string> {
  readonly type: T;
  readonly status: ConditionStatus;
  readonly reason: R;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

/** A condition before it is put beside its predecessor. */
export interface ConditionInput<T extends string = string, R extends string = string> {
  readonly type: T;
  readonly status: ConditionStatus;
  readonly reason: R;
  /** For people: what is, and what to do next. Never a time, a counter or anything else that changes by itself. */
  readonly message: string;
  readonly observedGeneration?: number;
}

export type PlatformCondition = ConditionInput<PlatformConditionType, PlatformReason>;
export type EventSaleCondition = ConditionInput<EventSaleConditionType, EventSaleReason>;

/**
 * The conditions with `input` put in: in place of its type when present, else at the end. `lastTransitionTime` moves only
 * when the status does. Returns a new list; `nowMs` is Unix time in ms.
 */
export function setCondition<C extends Condition>(
  conditions: readonly C[],
  input: ConditionInput,
  nowMs: number,
): Condition[] {
  const previous = conditions.find((condition) => condition.type === input.type);
  const next: Condition = {
    type: input.type,
    status: input.status,
    reason: input.reason,
    message: input.message.slice(0, MAX_MESSAGE),
    ...(input.observedGeneration === undefined ? {} : { observedGeneration: input.observedGeneration }),
    lastTransitionTime:
      previous !== undefined && previous.status === input.status ? previous.lastTransitionTime : rfc3339(nowMs),
  };
  return previous === undefined
    ? [...conditions, next]
    : conditions.map((condition) => (condition.type === input.type ? next : condition));
}

/** The conditions without the named type. */
export function removeCondition<C extends Condition>(conditions: readonly C[], type: string): C[] {
  return conditions.filter((condition) => condition.type !== type);
}

export function conditionOf<C extends Condition>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditionOf(conditions, type)?.status === 'True';
}

/**
 * What the summary of an object says. `stalled`: nothing will change until somebody edits something. `held`: differs from the
 * spec because we were told to leave it so; nothing is wrong and nothing is under way.
 */
export interface Summary<R extends string> {
  readonly state: 'ready' | 'reconciling' | 'stalled' | 'held';
  readonly reason: R;
  readonly message: string;
}

/**
 * The kstatus trio put in: Ready always, Reconciling and Stalled only while true. `status.observedGeneration` is the
 * caller's to set in the same write, or tools take an old summary for the new spec's.
 */
export function setSummary<R extends string>(
  conditions: readonly Condition[],
  summary: Summary<R>,
  generation: number,
  nowMs: number,
): Condition[] {
  const { state, reason, message } = summary;
  const common = { reason, message, observedGeneration: generation };
  let next = setCondition(
    conditions,
    { type: 'Ready', status: state === 'ready' ? 'True' : 'False', ...common },
    nowMs,
  );
  for (const [type, when] of [
    ['Reconciling', 'reconciling'],
    ['Stalled', 'stalled'],
  ] as const) {
    next =
      state === when ? setCondition(next, { type, status: 'True', ...common }, nowMs) : removeCondition(next, type);
  }
  return next;
}

/** The CRD's limit of a message. */
const MAX_MESSAGE = 32768;

/** Seconds are what the API server keeps of condition times. */
function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
