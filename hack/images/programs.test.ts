import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { programsIn } from './programs.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('programs with an image', () => {
  it('are those whose images the workflow scans', () => {
    const { jobs } = parse(readFileSync(join(ROOT, '.github/workflows/ci.yaml'), 'utf8')) as {
      jobs: { scan: { strategy: { matrix: { name: string[] } } } };
    };
    assert.deepEqual(
      jobs.scan.strategy.matrix.name.toSorted(),
      programsIn(ROOT)
        .map(({ name }) => name)
        .toSorted(),
    );
  });
});
