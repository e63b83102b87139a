const FACTORS: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** A Kubernetes quantity such as `100m`, `1Gi` or `1e3` as a number. Throws RangeError for anything else. */
export function parseQuantity(text: string): number {
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]{0,2})$/.exec(text);
  const factor = FACTORS[match?.[2] ?? '?'];
  const value = Number(match?.[1]);
  if (factor === undefined || Number.isNaN(value)) throw new RangeError(`"${text}" is not a quantity`);
  return value * factor;
}
