export interface Sample {
  /** Seconds since the soak began. */
  readonly at: number;
  readonly value: number;
}

/** Least-squares line through the samples: change per hour, and what that makes over the time sampled. */
export function trend(samples: readonly Sample[]): { perHour: number; over: number; mean: number } {
  const n = samples.length;
  if (n < 2) return { perHour: 0, over: 0, mean: samples[0]?.value ?? 0 };
  const meanAt = samples.reduce((sum, { at }) => sum + at, 0) / n;
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / n;
  let above = 0;
  let below = 0;
  for (const { at, value } of samples) {
    above += (at - meanAt) * (value - mean);
    below += (at - meanAt) ** 2;
  }
  const perSecond = below === 0 ? 0 : above / below;
  const span = (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0);
  return { perHour: perSecond * 3_600, over: perSecond * span, mean };
}

/** The least of each window: what a heap falls back to, without the garbage on top. */
export function floorOf(samples: readonly Sample[], windowSeconds: number): Sample[] {
  const floors = new Map<number, Sample>();
  for (const sample of samples) {
    const window = Math.floor(sample.at / windowSeconds);
    const known = floors.get(window);
    if (known === undefined || sample.value < known.value) floors.set(window, sample);
  }
  return [...floors.values()];
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
