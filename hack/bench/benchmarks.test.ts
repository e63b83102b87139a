import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark } from './benchmark.ts';

const HERE = import.meta.dirname;

describe('every benchmark', () => {
  for (const name of readdirSync(HERE).filter((entry) => existsSync(join(HERE, entry, 'benchmark.ts')))) {
    it(`${name}: says what "the same work" is wherever it has a peer, before it has measured for minutes`, async () => {
      const { benchmark } = (await import(`./${name}/benchmark.ts`)) as { benchmark: Benchmark };
      assert.equal(benchmark.name, name);
      const vague = benchmark.lines.filter(({ peer, sameWork = [] }) => peer !== undefined && sameWork.length === 0);
      assert.deepEqual(
        vague.map(({ id }) => id),
        [],
      );
    });
  }
});
