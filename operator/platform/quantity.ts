const UNIT: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A Kubernetes quantity such as 250m, 1.5 or 512Mi as a number of its base unit; undefined for what is none. */
export function parseQuantity(text: string | number): number | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/.exec(String(text));
  if (match === null) return undefined;
  const [, digits = '0', unit = '', exponent = '0'] = match;
  return Number(digits) * (UNIT[unit] ?? 1) * 10 ** Number(exponent);
}

/** Whether one quantity is no more than another; what is absent or no quantity is judged elsewhere. */
export function isAtMost(one: string | number | undefined, two: string | number | undefined): boolean {
  const [less, more] = [one, two].map((each) => (each === undefined ? undefined : parseQuantity(each)));
  return less === undefined || more === undefined || less <= more * (1 + 1e-12);
}
