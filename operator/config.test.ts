import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ConfigError } from '#runtime/config.ts';
import { readConfig } from './config.ts';

describe('operator configuration', () => {
  it('works from nothing, with the repository as root', () => {
    const config = readConfig({});
    assert.deepEqual(config.watchNamespaces, []);
    assert.equal(config.leaderElect, true);
    assert.equal(config.opsPort, 9090);
    assert.equal(config.root, join(import.meta.dirname, '..'));
    assert.equal(config.lambdaDir, join(config.root, 'lambda-bundles'));
  });

  it('reads namespaces as a list and finds bundles under the root given', () => {
    const config = readConfig({ WATCH_NAMESPACES: 'a, b', TICKETBOTTLE_ROOT: '/app', LEADER_ELECT: 'false' });
    assert.deepEqual(config.watchNamespaces, ['a', 'b']);
    assert.equal(config.lambdaDir, '/app/lambda-bundles');
    assert.equal(config.leaderElect, false);
  });

  it('names every problem at once', () => {
    assert.throws(
      () => readConfig({ LEADER_ELECT: 'perhaps', OPS_PORT: '99999' }),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.problems.length, 2);
        return true;
      },
    );
  });
});
