import assert from 'node:assert/strict';
import { diffRedis, type ObservedRedis, redisWarnings } from './redis.ts';

const good: ObservedRedis = {
  version: '7.2.4',
  role: 'master',
  maxMemory: 0,
  maxMemoryPolicy: 'noeviction',
  pingMs: 1,
  appendOnly: true,
  replicas: 0,
  cluster: undefined,
};
const reasons = (more: Partial<ObservedRedis>) =>
  diffRedis({ minVersion: '7.2' }, { ...good, ...more }).map(({ reason }) => reason);

describe('diff of Redis', () => {
  it('accepts the version asked for and newer ones, counted as numbers', () => {
    assert.deepEqual(reasons({}), []);
    assert.deepEqual(reasons({ version: '10.0.0' }), []);
    assert.match(reasons({ version: '6.2.14' })[0] ?? '', /older than 7.2/);
    assert.match(reasons({ version: '7.1.9' })[0] ?? '', /older than 7.2/);
  });

  it('wants the primary', () => {
    assert.match(reasons({ role: 'slave' })[0] ?? '', /primary endpoint/);
  });

  it('takes a cluster of one shard in good order, and no other', () => {
    assert.deepEqual(reasons({ cluster: { state: 'ok', shards: 1 } }), []);
    assert.match(reasons({ cluster: { state: 'fail', shards: 1 } })[0] ?? '', /cluster state is fail/);
    assert.match(reasons({ cluster: { state: 'ok', shards: 3 } })[0] ?? '', /3 shards.*use one shard/);
  });

  it('warns where a death of the server would lose the queue, and of a policy that sleeps', () => {
    assert.deepEqual(redisWarnings(good), []);
    assert.deepEqual(redisWarnings({ ...good, appendOnly: false, replicas: 1 }), []);
    assert.match(redisWarnings({ ...good, appendOnly: false })[0] ?? '', /Set appendonly yes, or add a replica/);
    assert.match(redisWarnings({ ...good, maxMemoryPolicy: 'allkeys-lru' })[0] ?? '', /set it to noeviction/);
  });

  it('wants no eviction, but only where memory has a limit at all', () => {
    assert.deepEqual(reasons({ maxMemory: 0, maxMemoryPolicy: 'allkeys-lru' }), []);
    assert.match(reasons({ maxMemory: 1e9, maxMemoryPolicy: 'volatile-lru' })[0] ?? '', /noeviction/);
  });
});
