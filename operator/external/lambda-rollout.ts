/** Where the traffic of an alias goes: all to `version`, except `weightPercent` to the candidate. */
export interface AliasTraffic {
  readonly version: string;
  readonly candidate?: { readonly version: string; readonly weightPercent: number } | undefined;
  /** When the traffic last changed, Unix ms; undefined when unknown, which counts as long ago. */
  readonly changedAtMs?: number | undefined;
}

export interface RolloutPlan {
  /** The version that shall get everything in the end. */
  readonly target: string;
  /** Percent on the target after each step, rising, the last one 100. */
  readonly steps: readonly number[];
  /** How long a step bakes before the next. */
  readonly intervalMs: number;
}

export type Shift =
  | { readonly kind: 'settled' }
  | { readonly kind: 'wait'; readonly forMs: number }
  | { readonly kind: 'set'; readonly traffic: AliasTraffic; readonly reason: string };

/**
 * The next move of the alias, from what it is now. Level-based: an operator that slept through three steps goes on with the
 * one that is due, and a new target while another is on its way starts over from the stable version.
 */
export function nextShift(alias: AliasTraffic | undefined, plan: RolloutPlan, nowMs: number): Shift {
  const { target, steps, intervalMs } = plan;
  if (alias === undefined)
    return { kind: 'set', traffic: { version: target }, reason: `points nowhere, want version ${target}` };
  if (alias.version === target)
    return alias.candidate === undefined
      ? { kind: 'settled' }
      : { kind: 'set', traffic: { version: target }, reason: `drop candidate ${alias.candidate.version}` };

  const current = alias.candidate?.version === target ? alias.candidate.weightPercent : 0;
  if (current > 0) {
    const elapsed = alias.changedAtMs === undefined ? intervalMs : nowMs - alias.changedAtMs;
    if (elapsed < intervalMs) return { kind: 'wait', forMs: intervalMs - elapsed };
  }
  const next = steps.find((percent) => percent > current) ?? 100;
  const reason = `version ${target} from ${current}% to ${next}%`;
  if (next >= 100) return { kind: 'set', traffic: { version: target }, reason };
  return {
    kind: 'set',
    traffic: { version: alias.version, candidate: { version: target, weightPercent: next } },
    reason,
  };
}
