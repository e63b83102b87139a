import assert from 'node:assert/strict';
import { AwsClientCache } from './aws-access.ts';

describe('AWS clients of platforms', () => {
  const here = { region: 'eu-central-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  const there = { ...here, region: 'us-east-1' };

  it('are shared by those that reach AWS in the same way, and by no other', () => {
    const cache = new AwsClientCache();
    const clients = cache.of('one', here);
    assert.equal(cache.of('one', { ...here }), clients);
    assert.equal(cache.of('two', here), clients);
    assert.notEqual(cache.of('three', there), clients);
    assert.notEqual(cache.of('four', { ...here, credentials: { accessKeyId: 'a', secretAccessKey: 'c' } }), clients);
  });

  it('stay while one platform uses them', () => {
    const cache = new AwsClientCache();
    const clients = cache.of('one', here);
    cache.of('two', here);
    cache.forget('one');
    assert.equal(cache.of('two', here), clients);
    assert.notEqual(cache.of('two', there), clients);
    assert.notEqual(cache.of('one', here), clients, 'the last user has left');
    cache.forget('never seen');
  });
});
