import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { redisKey } from '#proto/names.ts';
import { goneNumbersKey, roomKeys, tickLockKey } from './room-keys.ts';
import { loadScripts } from './room-scripts.ts';

describe('keys of a room', () => {
  it('all carry the event as their hash tag, so that a script stays in one slot of a cluster', () => {
    const id = '01a2046b-d314-7812-ab52-1fa4f1da75c2';
    const keys = [
      ...roomKeys(id),
      goneNumbersKey(id),
      tickLockKey(id),
      redisKey.session(id, 'u'),
      redisKey.token(id, 'u'),
    ];
    for (const key of keys) assert.equal(/\{([^}]+)\}/.exec(key)?.[1], id, key);
    assert.equal(new Set(roomKeys(id)).size, 11);
  });

  it('are the only ones scripts touch: every name comes from KEYS', () => {
    const folder = join(import.meta.dirname, 'redis');
    for (const file of readdirSync(folder)) {
      const code = readFileSync(join(folder, file), 'utf8')
        .replaceAll(/--.*$/gm, '')
        .replaceAll("redis.call('INFO', 'server')", '');
      for (const [, key] of code.matchAll(/redis\.call\(\s*'[A-Z]+',\s*([^,)]+)/g)) {
        assert.match(key ?? '', /^(KEYS\[\w+\]|[A-Z_]+|key)$/, `${file}: ${key}`);
      }
    }
  });

  it('are declared by every script', () => {
    const scripts = loadScripts(join(import.meta.dirname, 'redis'));
    for (const { name, keyCount } of Object.values(scripts)) assert.ok(keyCount >= 11 && keyCount <= 13, name);
  });
});
