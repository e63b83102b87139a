/** What CloudWatch says of one version behind the alias, since its traffic last changed. */
export interface VersionHealth {
  readonly invocations: number;
  /** Invocations that failed: those that threw, and those that say themselves that they could not do their work. */
  readonly errors: number;
  /** Undefined without invocations. */
  readonly p90Ms: number | undefined;
}

export interface CanaryHealth {
  readonly candidate: VersionHealth;
  readonly live: VersionHealth;
}

export interface CanaryLimits {
  /** Share of failing invocations that is still tolerable, 0 to 1. */
  readonly errorRate: number;
  readonly p90Ms: number;
}

export type Verdict =
  | { readonly kind: 'healthy' }
  | { readonly kind: 'broken'; readonly why: string }
  /** Something is wrong, but the live version suffers from it too: neither go on nor blame the candidate. */
  | { readonly kind: 'unclear'; readonly why: string };

/** A single slow call (a cold start, a lock) says nothing about a version; so it is the 90th percentile, and of enough calls. */
const CALLS_FOR_LATENCY = 10;

/**
 * Judges a candidate by what real traffic made of it. Pure. An error rate counts only as far as it cannot be bad luck: the
 * lower end of its confidence interval must be above the limit, so that one error in twenty calls is no verdict but one in
 * two is.
 */
export function judgeCanary({ candidate, live }: CanaryHealth, limits: CanaryLimits): Verdict {
  const rate = rateOf(candidate);
  if (lowerBound(candidate) > limits.errorRate) {
    const said = `error rate ${percent(rate)} of ${candidate.invocations} calls, limit ${percent(limits.errorRate)}`;
    return rateOf(live) >= rate / 2 && lowerBound(live) > limits.errorRate
      ? { kind: 'unclear', why: `${said}, but the live version fails too (${percent(rateOf(live))})` }
      : { kind: 'broken', why: said };
  }
  const { p90Ms } = candidate;
  if (p90Ms !== undefined && candidate.invocations >= CALLS_FOR_LATENCY && p90Ms > limits.p90Ms) {
    const said = `p90 ${Math.round(p90Ms)} ms, limit ${limits.p90Ms} ms`;
    return (live.p90Ms ?? 0) > limits.p90Ms && live.invocations >= CALLS_FOR_LATENCY
      ? { kind: 'unclear', why: `${said}, but the live version is slow too (${Math.round(live.p90Ms ?? 0)} ms)` }
      : { kind: 'broken', why: said };
  }
  return { kind: 'healthy' };
}

const rateOf = ({ invocations, errors }: VersionHealth): number =>
  invocations === 0 ? 0 : Math.min(1, errors / invocations);

/** Wilson's lower bound of the error rate, one-sided 90 %. */
function lowerBound(health: VersionHealth): number {
  const n = health.invocations;
  if (n === 0) return 0;
  const z = 1.2816;
  const p = rateOf(health);
  const centre = p + (z * z) / (2 * n);
  const spread = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return Math.max(0, (centre - spread) / (1 + (z * z) / n));
}

const percent = (share: number): string => `${Number((share * 100).toFixed(1))}%`;
