import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { ManualClock } from '../clock.ts';
import { SecretCache } from './secret-cache.ts';

describe('SecretCache', () => {
  let clock: ManualClock;
  let asked: number;
  let answer: () => Promise<{ SecretString?: string }>;
  let cache: SecretCache;
  beforeEach(() => {
    clock = new ManualClock();
    asked = 0;
    answer = async () => ({ SecretString: '{"url":"one"}' });
    const client = {
      send: async () => {
        asked += 1;
        return await answer();
      },
    };
    cache = new SecretCache(client as unknown as ConstructorParameters<typeof SecretCache>[0], clock, 60_000);
  });

  it('asks once for what many want at once, and again only when it is old', async () => {
    await Promise.all([cache.read('db'), cache.read('db'), cache.read('db')]);
    await clock.advance(59_999);
    assert.deepEqual(await cache.read('db'), { url: 'one' });
    assert.equal(asked, 1);
    answer = async () => ({ SecretString: '{"url":"two"}' });
    await clock.advance(1);
    assert.deepEqual(await cache.read('db'), { url: 'two' });
    assert.equal(asked, 2);
  });

  it('does not remember a failure', async () => {
    answer = async () => {
      throw new Error('throttled');
    };
    await assert.rejects(cache.read('db'), /throttled/);
    answer = async () => ({ SecretString: '{"url":"one"}' });
    assert.deepEqual(await cache.read('db'), { url: 'one' });
  });

  it('names a secret that is no JSON object, and never shows what is in it', async () => {
    for (const [text, why] of [
      ['s3cret', 'is not JSON'],
      ['"s3cret"', 'is not a JSON object'],
      ['null', 'is not a JSON object'],
    ] as const) {
      answer = async () => ({ SecretString: text });
      await assert.rejects(cache.read('db'), (error: Error) => {
        assert.equal(error.message, `secret db ${why}`);
        assert.doesNotMatch(inspect(error), /s3cret/);
        return true;
      });
    }
  });
});
