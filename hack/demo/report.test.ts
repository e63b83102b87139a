import assert from 'node:assert/strict';
import { percentile } from './report.ts';

describe('percentile', () => {
  it('is a value of the sample', () => {
    assert.equal(percentile([5, 1, 3], 0.5), 3);
    assert.equal(percentile([5, 1, 3], 0.99), 5);
    assert.equal(percentile([], 0.5), null);
  });
});
