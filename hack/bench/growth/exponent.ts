export interface Point {
  /** How much data there is. */
  readonly size: number;
  /** What one unit of work costs then. */
  readonly cost: number;
}

/**
 * The k of cost ~ size^k by least squares over logarithms: 0 costs the same however much there is, 1 doubles with the data.
 * Throws RangeError when two different sizes are missing or a cost is not above zero.
 */
export function fittedExponent(points: readonly Point[]): number {
  if (points.some(({ size, cost }) => !(size > 0 && cost > 0))) throw new RangeError('sizes and costs are above zero');
  const [x, y] = [points.map(({ size }) => Math.log(size)), points.map(({ cost }) => Math.log(cost))];
  const mean = (all: readonly number[]) => all.reduce((sum, value) => sum + value, 0) / all.length;
  const [mx, my] = [mean(x), mean(y)];
  const spread = x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  if (!(spread > 0)) throw new RangeError('an exponent needs two different sizes');
  return x.reduce((sum, value, index) => sum + (value - mx) * ((y[index] ?? my) - my), 0) / spread;
}
