import type { Change } from './adapter.ts';
import { canonicalJson } from './canonical-json.ts';
import type { CanaryHealth } from './lambda-canary.ts';
import {
  configurationOf,
  type DesiredFunction,
  type FunctionConfiguration,
  fingerprint,
  OWNER_TAG,
} from './lambda-desired.ts';
import { type AliasTraffic, lookAgainMs, nextShift, retreat } from './lambda-rollout.ts';
import type { RolloutAlarm } from './rollout-alarms.ts';
import { SALE_HOLD_TAG } from './sale-hold.ts';

export interface ObservedVersion {
  readonly version: string;
  /** Of its code and configuration, whoever published it. */
  readonly fingerprint: string;
  /** What two versions must have in common for AWS to split traffic between them; undefined: unknown, which is tried. */
  readonly splitKey?: string | undefined;
}

export interface Provisioning {
  readonly status: string;
  readonly reason: string | undefined;
  /** When it was last asked for or changed, Unix ms; undefined when unknown, which counts as long ago. */
  readonly changedAtMs: number | undefined;
}

export interface ObservedFunction {
  readonly arn: string;
  /** As AWS names it: Pending, Active, Inactive, Failed, and newer ones that need nothing from us. */
  readonly state: string;
  readonly stateReason: string | undefined;
  readonly lastUpdate: 'Successful' | 'InProgress' | 'Failed';
  readonly lastUpdateReason: string | undefined;
  readonly revisionId: string | undefined;
  readonly codeSha256: string;
  readonly configuration: FunctionConfiguration;
  readonly tags: Readonly<Record<string, string>>;
  readonly reservedConcurrency: number | undefined;
  readonly provisionedConcurrency: number | undefined;
  /** How AWS gets on with it; undefined when none was asked for. */
  readonly provisioning?: Provisioning | undefined;
  /** Published versions, oldest first. */
  readonly versions: readonly ObservedVersion[];
  /** Versions that other people's aliases name: AWS does not let go of them. */
  readonly namedElsewhere?: readonly string[];
  readonly alias: AliasTraffic | undefined;
  /** Changes with every change of the alias; an update names the one it was decided on. */
  readonly aliasRevisionId?: string | undefined;
  /** Of the candidate that the alias has, since its traffic last changed. */
  readonly health?: CanaryHealth | undefined;
  /** Those that the rollout minds. */
  readonly alarms?: readonly RolloutAlarm[];
}

/** `atMs`: when this was seen, so that the diff needs no clock. */
export interface ObservedFunctions {
  readonly atMs: number;
  readonly functions: ReadonlyMap<string, ObservedFunction>;
}

export type FunctionStep =
  | { readonly kind: 'create' }
  | { readonly kind: 'code'; readonly revisionId: string | undefined }
  | { readonly kind: 'configuration'; readonly revisionId: string | undefined }
  | { readonly kind: 'tags'; readonly arn: string }
  | { readonly kind: 'publish' }
  /** Call the version before anybody else does, and note in the alias how that went. */
  | {
      readonly kind: 'check';
      readonly version: string;
      readonly alias: AliasTraffic;
      readonly revisionId: string | undefined;
    }
  | {
      readonly kind: 'shift';
      readonly traffic: AliasTraffic;
      readonly exists: boolean;
      /** Brings traffic back to what serves already, or where a person pinned it: allowed when nothing else is. */
      readonly retreats: boolean;
      readonly revisionId: string | undefined;
    }
  | { readonly kind: 'reserve' }
  | { readonly kind: 'provision' }
  | { readonly kind: 'prune'; readonly version: string }
  | { readonly kind: 'wait'; readonly forMs: number }
  /** The new version was taken back; the old one serves. */
  | { readonly kind: 'rejected'; readonly version: string }
  /** Only a person can help. */
  | { readonly kind: 'stuck' };

export interface FunctionChange extends Change {
  readonly step: FunctionStep;
  readonly desired: DesiredFunction;
}

/** Old versions kept beside the ones in use, for going back by hand. */
const KEEP_VERSIONS = 3;
/** How soon to look again at something that AWS is busy with. */
const BUSY_MS = 2_000;
/** Provisioned concurrency that AWS could not give is asked for again after so long. */
const ASK_AGAIN_MS = 60_000;

/**
 * What may be done to the functions now. Code and configuration never change together, and nothing is asked while AWS is
 * busy (it answers ResourceConflictException): so this is called again after each round until it is empty.
 */
export function diffFunctions(desired: readonly DesiredFunction[], observed: ObservedFunctions): FunctionChange[] {
  return desired.flatMap((one) => diffFunction(one, observed.functions.get(one.name), observed.atMs));
}

export function diffFunction(
  desired: DesiredFunction,
  found: ObservedFunction | undefined,
  nowMs: number,
): FunctionChange[] {
  const change = changeOf(desired);
  const changes = changesOf(desired, found, nowMs, change);
  const candidate = found?.alias?.candidate;
  const moves = changes.some(({ action, step }) => action === 'wait' || (step.kind === 'shift' && step.retreats));
  if (candidate === undefined || changes.length === 0 || moves) return changes;
  // They may be held back or refused; a version that has traffic meanwhile is looked at all the same.
  const reason = `live: version ${candidate.version} keeps ${candidate.weightPercent}% until then`;
  return [...changes, change('wait', { kind: 'wait', forMs: lookAgainMs(desired.intervalMs) }, reason)];
}

const changeOf =
  (desired: DesiredFunction) =>
  (action: Change['action'], step: FunctionStep, reason: string): FunctionChange => ({
    target: `function ${desired.name}`,
    action,
    reason,
    step,
    desired,
  });

function changesOf(
  desired: DesiredFunction,
  found: ObservedFunction | undefined,
  nowMs: number,
  change: ReturnType<typeof changeOf>,
): FunctionChange[] {
  if (found === undefined) return [change('create', { kind: 'create' }, 'does not exist')];
  const owner = found.tags[OWNER_TAG];
  if (owner !== undefined && owner !== desired.owner)
    return [change('wait', { kind: 'stuck' }, `belongs to platform ${owner}: rename one of the two platforms`)];
  if (found.state === 'Pending') return [change('wait', { kind: 'wait', forMs: BUSY_MS }, 'is being created')];
  if (found.lastUpdate === 'InProgress') return [change('wait', { kind: 'wait', forMs: BUSY_MS }, 'is being updated')];

  const pinIsThere = found.versions.some(({ version }) => version === desired.pin);
  const handOver = handOverOf(desired, found);
  if (handOver !== undefined)
    return [change(handOver.step.kind === 'wait' ? 'wait' : 'update', handOver.step, handOver.reason)];
  // First of all: the rest may be held back by a freeze or be refused for ever, and meanwhile callers suffer.
  if (found.alias !== undefined) {
    const plan = pinIsThere ? desired : { ...desired, pin: undefined };
    const back = retreat(found.alias, plan, found.health, found.alarms);
    if (back !== undefined) return [change('update', shiftStep(desired, found, back.traffic), `live: ${back.reason}`)];
  }
  if (found.codeSha256 !== desired.bundle.codeSha256)
    return [change('update', { kind: 'code', revisionId: found.revisionId }, 'code differs')];
  const wrong = differingFields(configurationOf(desired), found.configuration);
  if (wrong.length > 0)
    return [change('update', { kind: 'configuration', revisionId: found.revisionId }, `${wrong.join(', ')} changed`)];
  if (found.state === 'Failed' || found.lastUpdate === 'Failed')
    return [change('wait', { kind: 'stuck' }, `AWS says: ${found.stateReason ?? found.lastUpdateReason ?? 'failed'}`)];

  const changes: FunctionChange[] = [];
  if (Object.entries(tagsOf(desired)).some(([name, value]) => found.tags[name] !== value))
    changes.push(
      change('update', { kind: 'tags', arn: found.arn }, owner === undefined ? 'is taken over' : 'tags differ'),
    );
  // While a sale holds more, both values are its own; it gives back what was before, and then ours are compared again.
  const heldBySale = found.tags[SALE_HOLD_TAG] !== undefined;
  if (!heldBySale && found.reservedConcurrency !== desired.reservedConcurrency) {
    const reason = `reserved concurrency ${found.reservedConcurrency ?? 'none'}, want ${desired.reservedConcurrency ?? 'none'}`;
    changes.push(change('update', { kind: 'reserve' }, reason));
  }
  const target = targetOf(desired, found);
  if (target === undefined) return [...changes, change('create', { kind: 'publish' }, 'publish a new version')];
  if (desired.pin !== undefined && !pinIsThere)
    return [...changes, change('wait', { kind: 'stuck' }, `is pinned to version ${desired.pin}, which does not exist`)];

  const plan = { ...desired, target, unsplittable: whyUnsplittable(found, target) };
  const shift = nextShift(found.alias, plan, nowMs, found.health, found.alarms);
  switch (shift.kind) {
    case 'set': {
      const step = shiftStep(desired, found, shift.traffic);
      return [...changes, change(step.exists ? 'update' : 'create', step, `live: ${shift.reason}`)];
    }
    case 'check': {
      if (found.alias === undefined) return changes;
      const revisionId = found.aliasRevisionId;
      const step = { kind: 'check', version: shift.version, alias: found.alias, revisionId } as const;
      return [...changes, change('update', step, `live: try out version ${shift.version}`)];
    }
    case 'wait':
      return [...changes, change('wait', { kind: 'wait', forMs: shift.forMs }, `live: ${shift.reason}`)];
    case 'rejected': {
      const reason = `live: version ${shift.version} was taken back (${shift.why}); version ${found.alias?.version} serves. Change the function, or set rollout.promoteVersion: "${shift.version}"`;
      changes.push(change('wait', { kind: 'rejected', version: shift.version }, reason));
      break;
    }
    case 'settled':
  }
  if (!heldBySale && (found.provisionedConcurrency ?? 0) !== (desired.provisionedConcurrency ?? 0)) {
    const reason = `provisioned concurrency ${found.provisionedConcurrency ?? 0}, want ${desired.provisionedConcurrency ?? 0}`;
    changes.push(change('update', { kind: 'provision' }, reason));
  } else if (found.provisioning?.status === 'FAILED') {
    const reason = `AWS could not provision it: ${found.provisioning.reason ?? 'no reason given'}`;
    const due = nowMs - (found.provisioning.changedAtMs ?? 0) >= ASK_AGAIN_MS;
    changes.push(due ? change('update', { kind: 'provision' }, reason) : change('wait', { kind: 'stuck' }, reason));
  }
  // The target stays too: were it gone, it would be published once more and rolled out once more.
  const inUse = new Set([found.alias?.version, target, desired.pin, ...(found.namedElsewhere ?? [])]);
  const idle = found.versions.filter(({ version }) => !inUse.has(version));
  for (const { version } of idle.slice(0, Math.max(0, idle.length - KEEP_VERSIONS)))
    changes.push(change('delete', { kind: 'prune', version }, `version ${version} is not used any more`));
  return changes;
}

/**
 * When all traffic of an alias with provisioned concurrency moves to another version, AWS itself gives it weights: the version
 * before serves until the environments of the new one are ready. That is no candidate of ours, and ends by itself, unless the
 * new version cannot start; then traffic would stay where it is for ever. undefined: nothing of the kind, or nothing to wait for.
 * Source: Lambda developer guide, "Configuring provisioned concurrency for a function"; API reference, GetProvisionedConcurrencyConfig.
 */
function handOverOf(
  desired: DesiredFunction,
  found: ObservedFunction,
): { readonly step: FunctionStep; readonly reason: string } | undefined {
  const { alias, provisioning } = found;
  if (alias?.candidate === undefined || provisioning === undefined || desired.pin !== undefined) return undefined;
  if (alias.version !== targetOf(desired, found)) return undefined;
  const { version, candidate, rejected: _earlier, ...note } = alias;
  if (provisioning.status === 'IN_PROGRESS')
    return {
      step: { kind: 'wait', forMs: BUSY_MS },
      reason: `live: version ${candidate.version} serves until AWS has started ${found.provisionedConcurrency} environments of version ${version}`,
    };
  if (provisioning.status !== 'FAILED' || !/FUNCTION_ERROR/.test(provisioning.reason ?? '')) return undefined;
  const why = `AWS could not start its environments: ${provisioning.reason}`;
  const traffic = { ...note, version: candidate.version, rejected: { version, why } };
  return {
    step: { kind: 'shift', traffic, exists: true, retreats: true, revisionId: found.aliasRevisionId },
    reason: `live: take back version ${version}: ${why}`,
  };
}

function shiftStep(desired: DesiredFunction, found: ObservedFunction, traffic: AliasTraffic) {
  const retreats =
    traffic.version === desired.pin || (traffic.version === found.alias?.version && traffic.candidate === undefined);
  const exists = found.alias !== undefined;
  return { kind: 'shift', traffic, exists, retreats, revisionId: found.aliasRevisionId } as const;
}

/**
 * AWS refuses weights between versions with different roles or dead-letter queues.
 * Source: Lambda developer guide, "Implement Lambda canary deployments using a weighted alias".
 */
function whyUnsplittable({ alias, versions }: ObservedFunction, target: string): string | undefined {
  const keyOf = (wanted: string | undefined) => versions.find(({ version }) => version === wanted)?.splitKey;
  const [from, to] = [keyOf(alias?.version), keyOf(target)];
  return from === undefined || to === undefined || from === to
    ? undefined
    : 'all at once, because its role or dead-letter queue is another and AWS splits no traffic between such versions';
}

/** The published version that is what is wanted; undefined when there is none yet. */
export function targetOf(desired: DesiredFunction, found: ObservedFunction): string | undefined {
  const wanted = fingerprint(desired);
  return found.versions.findLast((version) => version.fingerprint === wanted)?.version;
}

export const tagsOf = (desired: DesiredFunction): Record<string, string> => ({
  ...desired.tags,
  [OWNER_TAG]: desired.owner,
});

function differingFields(want: FunctionConfiguration, have: FunctionConfiguration): string[] {
  return (Object.keys(want) as (keyof FunctionConfiguration)[]).filter(
    (key) => canonicalJson(want[key]) !== canonicalJson(have[key]),
  );
}
