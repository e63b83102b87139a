import assert from 'node:assert/strict';
import { diffRedis, type ObservedRedis } from './redis.ts';

const good: ObservedRedis = {
  version: '7.2.4',
  role: 'master',
  maxMemory: 0,
  maxMemoryPolicy: 'noeviction',
  pingMs: 1,
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

  it('wants no eviction, but only where memory has a limit at all', () => {
    assert.deepEqual(reasons({ maxMemory: 0, maxMemoryPolicy: 'allkeys-lru' }), []);
    assert.match(reasons({ maxMemory: 1e9, maxMemoryPolicy: 'volatile-lru' })[0] ?? '', /noeviction/);
  });
});
