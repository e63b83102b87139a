import assert from 'node:assert/strict';
import { expand } from './expansion.ts';

describe('variables in commands', () => {
  it('are replaced when they are known, left alone when not, and escaped by a second dollar', () => {
    const variables = { A: 'one', B: '' };
    assert.equal(expand('$(A)-$(B)-$(C)-$$(A)-$A', variables), 'one--$(C)-$(A)-$A');
  });
});
