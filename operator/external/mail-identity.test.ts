import assert from 'node:assert/strict';
import { diffMailIdentity } from './mail-identity.ts';

describe('mail identity', () => {
  it('is made once, waited for, and left alone when verified', () => {
    const desired = { identity: 'tickets@example.test' };
    assert.deepEqual(
      diffMailIdentity(desired, { exists: false, verified: false }).map(({ action }) => action),
      ['create'],
    );
    assert.deepEqual(
      diffMailIdentity(desired, { exists: true, verified: false }).map(({ action }) => action),
      ['wait'],
    );
    assert.deepEqual(diffMailIdentity(desired, { exists: true, verified: true }), []);
  });
});
