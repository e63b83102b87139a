import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDockerfile } from './dockerfile.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('a Dockerfile, read for a node without images', () => {
  it('says how a service is run', () => {
    const text = readFileSync(join(ROOT, 'services/Dockerfile'), 'utf8');
    assert.deepEqual(readDockerfile(text, { SERVICE: 'order', VERSION: '1' }), {
      env: { NODE_ENV: 'production', TICKETBOTTLE_ROOT: '/app' },
      contentDir: '/app',
      workingDir: '/app/services/order',
      entrypoint: ['node', '--enable-source-maps', 'main.js'],
      command: [],
    });
  });

  it('says how the operator is run', () => {
    const { entrypoint, workingDir } = readDockerfile(readFileSync(join(ROOT, 'Dockerfile.operator'), 'utf8'), {});
    assert.equal(workingDir, '/app');
    const heap = ['--min-semi-space-size=8', '--max-semi-space-size=8', '--heap-growing-percent=10'];
    assert.deepEqual(entrypoint, ['node', '--enable-source-maps', ...heap, '/app/operator/main.js']);
  });
});
