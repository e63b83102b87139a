import type { Change } from './adapter.ts';
import { canonicalJson } from './canonical-json.ts';
import { configurationOf, type DesiredFunction, type FunctionConfiguration, fingerprint } from './lambda-desired.ts';
import { type AliasTraffic, nextShift } from './lambda-rollout.ts';

export interface ObservedVersion {
  readonly version: string;
  /** From the description; undefined for versions that somebody else published. */
  readonly fingerprint: string | undefined;
}

export interface ObservedFunction {
  /** As AWS names it: Pending, Active, Inactive, Failed, and newer ones that need nothing from us. */
  readonly state: string;
  readonly stateReason: string | undefined;
  readonly lastUpdate: 'Successful' | 'InProgress' | 'Failed';
  readonly lastUpdateReason: string | undefined;
  readonly revisionId: string | undefined;
  readonly codeSha256: string;
  readonly configuration: FunctionConfiguration;
  readonly owner: string | undefined;
  readonly reservedConcurrency: number | undefined;
  readonly provisionedConcurrency: number | undefined;
  /** Published versions, oldest first. */
  readonly versions: readonly ObservedVersion[];
  readonly alias: AliasTraffic | undefined;
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
  | { readonly kind: 'publish'; readonly fingerprint: string }
  | { readonly kind: 'shift'; readonly traffic: AliasTraffic; readonly exists: boolean }
  | { readonly kind: 'reserve' }
  | { readonly kind: 'provision' }
  | { readonly kind: 'prune'; readonly version: string }
  | { readonly kind: 'wait'; readonly forMs: number }
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
  const change = (action: Change['action'], step: FunctionStep, reason: string): FunctionChange => ({
    target: `function ${desired.name}`,
    action,
    reason,
    step,
    desired,
  });
  if (found === undefined) return [change('create', { kind: 'create' }, 'does not exist')];
  if (found.owner !== undefined && found.owner !== desired.owner)
    return [change('wait', { kind: 'stuck' }, `belongs to platform ${found.owner}: rename one of the two platforms`)];
  if (found.state === 'Pending') return [change('wait', { kind: 'wait', forMs: BUSY_MS }, 'is being created')];
  if (found.lastUpdate === 'InProgress') return [change('wait', { kind: 'wait', forMs: BUSY_MS }, 'is being updated')];

  if (found.codeSha256 !== desired.bundle.codeSha256)
    return [change('update', { kind: 'code', revisionId: found.revisionId }, 'code differs')];
  const wrong = differingFields(configurationOf(desired), found.configuration);
  if (wrong.length > 0)
    return [change('update', { kind: 'configuration', revisionId: found.revisionId }, `${wrong.join(', ')} changed`)];
  if (found.state === 'Failed' || found.lastUpdate === 'Failed')
    return [change('wait', { kind: 'stuck' }, `AWS says: ${found.stateReason ?? found.lastUpdateReason ?? 'failed'}`)];

  const changes: FunctionChange[] = [];
  if (found.reservedConcurrency !== desired.reservedConcurrency) {
    const want = desired.reservedConcurrency ?? 'none';
    changes.push(
      change(
        'update',
        { kind: 'reserve' },
        `reserved concurrency ${found.reservedConcurrency ?? 'none'}, want ${want}`,
      ),
    );
  }

  const wanted = fingerprint(desired);
  const target = found.versions.findLast((version) => version.fingerprint === wanted)?.version;
  if (target === undefined)
    return [...changes, change('create', { kind: 'publish', fingerprint: wanted }, 'publish a new version')];

  const shift = nextShift(found.alias, { target, steps: desired.steps, intervalMs: desired.intervalMs }, nowMs);
  if (shift.kind === 'set') {
    const exists = found.alias !== undefined;
    return [
      ...changes,
      change(exists ? 'update' : 'create', { kind: 'shift', traffic: shift.traffic, exists }, `live: ${shift.reason}`),
    ];
  }
  if (shift.kind === 'wait')
    return [...changes, change('wait', { kind: 'wait', forMs: shift.forMs }, `live: version ${target} is baking`)];

  if ((found.provisionedConcurrency ?? 0) !== (desired.provisionedConcurrency ?? 0)) {
    const want = desired.provisionedConcurrency ?? 0;
    changes.push(
      change(
        'update',
        { kind: 'provision' },
        `provisioned concurrency ${found.provisionedConcurrency ?? 0}, want ${want}`,
      ),
    );
  }
  const idle = found.versions.filter(({ version }) => version !== found.alias?.version);
  for (const { version } of idle.slice(0, Math.max(0, idle.length - KEEP_VERSIONS)))
    changes.push(change('delete', { kind: 'prune', version }, `version ${version} is not used any more`));
  return changes;
}

function differingFields(want: FunctionConfiguration, have: FunctionConfiguration): string[] {
  return (Object.keys(want) as (keyof FunctionConfiguration)[]).filter(
    (key) => canonicalJson(want[key]) !== canonicalJson(have[key]),
  );
}
