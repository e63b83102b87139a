/** Middle value; the mean of the two middle ones when there is an even number. Throws RangeError without values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('the median of nothing');
  return (upper + lower) / 2;
}

/** Nearest rank: the smallest value that at least the share `q` (0..1] of all values does not exceed. */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (values.length === 0) throw new RangeError('a quantile of nothing');
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] as number; // index within bounds
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** In the order of the rounds. */
  readonly values: readonly number[];
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), values };
}

/** `p50`, `p99` and `max` under the given prefix, for `Measured.figures`. */
export function latencyFigures(values: ArrayLike<number>, prefix = ''): Record<string, number> {
  const name = (what: string) => (prefix === '' ? what : `${prefix}${what.charAt(0).toUpperCase()}${what.slice(1)}`);
  return {
    [name('p50')]: quantile(values, 0.5),
    [name('p99')]: quantile(values, 0.99),
    [name('max')]: quantile(values, 1),
  };
}
