import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { ServiceError } from '#runtime/errors.ts';
import { createPasswordHasher } from './password-hash.ts';

const hasher = createPasswordHasher({ concurrency: 2, maxWaiting: 10 });

describe('password hash', () => {
  it('accepts the password it was made of and no other', async () => {
    const phc = await hasher.hash('đúng mật khẩu');
    assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.equal(await hasher.verify('đúng mật khẩu', phc), true);
    assert.equal(await hasher.verify('đúng mật khẩu'.normalize('NFD'), phc), true);
    assert.equal(await hasher.verify('sai mật khẩu', phc), false);
    assert.notEqual(await hasher.hash('đúng mật khẩu'), phc);
  });

  it('verifies hashes of another cost, as after a change of the cost', async () => {
    const salt = Buffer.from('0123456789abcdef');
    const cost = { memory: 64, passes: 1, parallelism: 1, tagLength: 32 };
    const tag = argon2Sync('argon2id', { message: 'old', nonce: salt, ...cost });
    const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
    const phc = `$argon2id$v=19$m=64,t=1,p=1$${text(salt)}$${text(tag)}`;
    assert.equal(await hasher.verify('old', phc), true);
    assert.equal(await hasher.verify('new', phc), false);
  });

  it('works as hard for an account that does not exist, and refuses', async () => {
    const phc = await hasher.hash('x');
    const time = async (stored: string | undefined) => {
      const start = performance.now();
      for (let i = 0; i < 5; i++) assert.equal(await hasher.verify('wrong', stored), false);
      return performance.now() - start;
    };
    const known = await time(phc);
    const unknown = await time(undefined);
    assert.ok(unknown > known / 3 && unknown < known * 3, `${known} ms against ${unknown} ms`);
  });

  it('refuses callers beyond the line instead of letting everybody time out', async () => {
    const narrow = createPasswordHasher({ concurrency: 1, maxWaiting: 2 });
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => narrow.hash(String(n))));
    const refused = results.filter((result) => result.status === 'rejected');
    assert.equal(refused.length, 2);
    for (const { reason } of refused) assert.ok(reason instanceof ServiceError && reason.reason === 'BUSY');
    assert.match(await narrow.hash('after'), /^\$argon2id/);
  });
});
