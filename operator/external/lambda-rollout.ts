import { type CanaryHealth, type CanaryLimits, judgeCanary } from './lambda-canary.ts';
import type { RolloutAlarm } from './rollout-alarms.ts';

/** Where the traffic of an alias goes: all to `version`, except `weightPercent` to the candidate. Kept in the alias itself. */
export interface AliasTraffic {
  readonly version: string;
  readonly candidate?: { readonly version: string; readonly weightPercent: number } | undefined;
  /** When the traffic last changed, Unix ms; undefined when unknown, which counts as long ago. */
  readonly changedAtMs?: number | undefined;
  /** The version that last passed its check. */
  readonly checked?: string | undefined;
  /** The version that was last taken back, and why. It gets no traffic again unless somebody promotes it. */
  readonly rejected?: { readonly version: string; readonly why: string } | undefined;
}

export interface RolloutPlan {
  /** The version that shall get everything in the end. */
  readonly target: string;
  /** Percent on the target after each step, rising, the last one 100. */
  readonly steps: readonly number[];
  /** How long a step bakes before the next. */
  readonly intervalMs: number;
  readonly limits: CanaryLimits;
  /** Everything to this version, and no rollout, while it is said. */
  readonly pin?: string | undefined;
  /** This version goes to 100% at once, checked or not, rejected or not. */
  readonly promote?: string | undefined;
  /** This version is taken back. */
  readonly abort?: string | undefined;
  /** Why traffic cannot be split between the version that serves and the target; then all of it moves at once. */
  readonly unsplittable?: string | undefined;
}

export type Shift =
  | { readonly kind: 'settled' }
  | { readonly kind: 'wait'; readonly forMs: number; readonly reason: string }
  /** Try the version out before anybody gets it. */
  | { readonly kind: 'check'; readonly version: string }
  | { readonly kind: 'set'; readonly traffic: AliasTraffic; readonly reason: string }
  /** The target was taken back; only a new version or a person can go on. */
  | { readonly kind: 'rejected'; readonly version: string; readonly why: string };

/**
 * The next move of the alias, from what it is now. Level-based: an operator that slept through three steps goes on with the
 * one that is due, one that was killed between two of them repeats nothing, and a new target while another is on its way
 * starts over from the stable version. `health` is of the candidate, since its traffic last changed; `alarms` are those that
 * the plan minds, as they are now.
 */
export function nextShift(
  alias: AliasTraffic | undefined,
  plan: RolloutPlan,
  nowMs: number,
  health?: CanaryHealth,
  alarms: readonly RolloutAlarm[] = [],
): Shift {
  const { target, steps, intervalMs, pin, unsplittable } = plan;
  if (alias === undefined)
    return pin === undefined
      ? set({ version: target }, `points nowhere, want version ${target}`)
      : set({ version: pin }, `pinned to version ${pin}`);
  const back = retreat(alias, plan, health, alarms);
  if (back !== undefined) return back;
  if (pin !== undefined) return { kind: 'settled' };
  const { version, candidate, checked, rejected } = alias;
  if (version === target)
    return candidate === undefined
      ? { kind: 'settled' }
      : set({ version, checked, rejected }, `drop candidate ${candidate.version}`);
  if (plan.promote === target) return set({ version: target }, `version ${target} promoted by spec`);

  if (rejected?.version === target)
    return candidate === undefined
      ? { kind: 'rejected', version: target, why: rejected.why }
      : takeBack(version, target, rejected.why);
  if (plan.abort === target) return takeBack(version, target, ABORTED);
  if (checked !== target) return { kind: 'check', version: target };

  const current = candidate?.version === target ? candidate.weightPercent : 0;
  const stays = (why: string): Shift => ({
    kind: 'wait',
    forMs: lookAgainMs(intervalMs),
    reason: `version ${target} stays at ${current}%: ${why}`,
  });
  // One that was on before the candidate got anything is not its fault.
  const ringing = ringingOf(alarms);
  if (ringing !== undefined) return stays(`${ringing.what} ${ringing.name} is on`);
  const unknown = alarms.find(({ state }) => state === 'Missing');
  if (unknown !== undefined) return stays(`${unknown.what} ${unknown.name} does not exist`);
  const unanswered = alarms.find(({ state }) => state === 'Unanswered');
  if (unanswered !== undefined)
    return stays(
      `${unanswered.what} ${unanswered.name} is not answered: ${unanswered.why}. rollout.promoteVersion: "${target}" goes on without it`,
    );
  if (current > 0) {
    const verdict = health === undefined ? undefined : judgeCanary(health, plan.limits);
    const elapsed = alias.changedAtMs === undefined ? intervalMs : nowMs - alias.changedAtMs;
    if (elapsed < intervalMs)
      return {
        kind: 'wait',
        forMs: Math.min(intervalMs - elapsed, lookAgainMs(intervalMs)),
        reason: `version ${target} is baking at ${current}%`,
      };
    // Without any health there is nothing to trust the version by.
    if (verdict?.kind !== 'healthy') return stays(verdict?.why ?? 'nothing is known about its health');
    // Others were called and it was not: chance, or metrics that are late. Not for ever, as some functions run once a day.
    const unproved = health?.candidate.invocations === 0 && health.live.invocations > 0;
    if (unproved && elapsed < UNPROVED_INTERVALS * intervalMs) return stays('nobody has called it yet');
  }
  const next = unsplittable === undefined ? (steps.find((percent) => percent > current) ?? 100) : 100;
  const reason = `version ${target} from ${current}% to ${next}%${unsplittable === undefined ? '' : `: ${unsplittable}`}`;
  if (next >= 100) return set({ version: target, checked }, reason);
  return set({ version, candidate: { version: target, weightPercent: next }, checked }, reason);
}

/**
 * The way back for what has traffic now, whatever the target is: to the pinned version, or from a candidate that does badly.
 * undefined when there is nothing to go back from.
 */
export function retreat(
  { version, candidate, rejected }: AliasTraffic,
  { pin, promote, abort, limits }: Pick<RolloutPlan, 'pin' | 'promote' | 'abort' | 'limits'>,
  health?: CanaryHealth,
  alarms: readonly RolloutAlarm[] = [],
): Extract<Shift, { kind: 'set' }> | undefined {
  if (pin !== undefined)
    return version === pin && candidate === undefined
      ? undefined
      : set({ version: pin, rejected }, `pinned to version ${pin}`);
  if (candidate === undefined || candidate.version === promote) return undefined;
  if (rejected?.version === candidate.version) return takeBack(version, candidate.version, rejected.why);
  if (abort === candidate.version) return takeBack(version, candidate.version, ABORTED);
  const ringing = ringingOf(alarms);
  if (ringing !== undefined) return takeBack(version, candidate.version, `${ringing.what} ${ringing.name} went off`);
  const verdict = health === undefined ? undefined : judgeCanary(health, limits);
  return verdict?.kind === 'broken' ? takeBack(version, candidate.version, verdict.why) : undefined;
}

const takeBack = (version: string, candidate: string, why: string) =>
  set({ version, rejected: { version: candidate, why } }, `take back version ${candidate}: ${why}`);

const ringingOf = (alarms: readonly RolloutAlarm[]) => alarms.find(({ state }) => state === 'ALARM');

const ABORTED = 'aborted by spec';

/** How soon to look at a candidate again: a quarter of its bake time, within limits. */
export const lookAgainMs = (intervalMs: number): number => Math.min(Math.max(intervalMs / 4, MIN_LOOK_MS), MAX_LOOK_MS);

const MIN_LOOK_MS = 500;
const MAX_LOOK_MS = 15_000;
/** How many bake times a candidate waits for its first call while the live version gets some. */
const UNPROVED_INTERVALS = 10;

const set = (traffic: AliasTraffic, reason: string) => ({ kind: 'set', traffic, reason }) as const;
