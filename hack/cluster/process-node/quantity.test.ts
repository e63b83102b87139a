import assert from 'node:assert/strict';
import { parseQuantity } from './quantity.ts';

describe('a quantity', () => {
  it('is a number with a decimal or binary unit', () => {
    const cases = { '100m': 0.1, '2': 2, '1Gi': 2 ** 30, '1.5k': 1_500, '1e3': 1_000, '64Mi': 64 * 2 ** 20 };
    for (const [text, value] of Object.entries(cases)) assert.equal(parseQuantity(text), value);
  });
  it('is nothing else', () => {
    for (const text of ['', 'many', '1X', 'Gi']) assert.throws(() => parseQuantity(text), RangeError);
  });
});
