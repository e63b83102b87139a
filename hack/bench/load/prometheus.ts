/** Samples of a /metrics page by their full name with labels, as written there. */
export type Samples = ReadonlyMap<string, number>;

export async function scrape(opsUrl: string): Promise<Samples> {
  const text = await (await fetch(`${opsUrl}/metrics`)).text();
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const cut = line.lastIndexOf(' ');
    samples.set(line.slice(0, cut), Number(line.slice(cut + 1)));
  }
  return samples;
}

/**
 * The quantile `q` of what was observed between two scrapes, all label sets together, in the metric's unit. Linear within
 * its bucket, as promQL's histogram_quantile does; the bound of the last finite bucket when it lies above. NaN: nothing
 * was observed.
 */
export function histogramQuantile(before: Samples, after: Samples, name: string, q: number): number {
  const buckets = new Map<number, number>();
  for (const [key, value] of after) {
    if (!key.startsWith(`${name}_bucket{`)) continue;
    const le = /le="([^"]+)"/.exec(key)?.[1] ?? '';
    const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
    buckets.set(bound, (buckets.get(bound) ?? 0) + value - (before.get(key) ?? 0));
  }
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (total === 0) return Number.NaN;
  let [lower, below] = [0, 0];
  for (const [bound, count] of sorted) {
    if (count >= q * total) {
      if (!Number.isFinite(bound)) return lower;
      return lower + ((bound - lower) * (q * total - below)) / Math.max(1, count - below);
    }
    [lower, below] = [bound, count];
  }
  return lower;
}
