import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '#runtime/local/command.ts';
import { findCommand } from '#runtime/local/preflight.ts';
import { cluster, command, livingPids, ROOT } from './test-cluster.ts';

/** Each machine that lacks something gets one sentence that says what and what to type, and nothing is left behind. */
describe('a start that cannot succeed', function () {
  this.timeout(60_000);
  let scratch: string;

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'refusal-'));
  });
  afterEach(() => {
    rmSync(scratch, { recursive: true, force: true });
    assert.deepEqual(livingPids(), []);
  });

  it('without root says to use sudo or a cluster of one’s own', async () => {
    for (const verb of ['up', 'down']) {
      const { code, output } = await cluster([verb], { uid: 65534 });
      assert.equal(code, 1);
      assert.match(output, /^\n✗ This needs root.*type: sudo npm run cluster.*--context NAME\)\n$/s);
    }
  });

  it('without Go says how to get it', async () => {
    const go = findCommand('go', process.env.PATH);
    assert.ok(go !== undefined, 'this test hides Go, so Go has to be there');
    const hide = `mount --bind /dev/null '${go}' && exec "$@"`;
    const args = ['--mount', 'sh', '-c', hide, 'sh', process.execPath, join(ROOT, 'hack/cluster/main.ts'), 'up'];
    const { code, output } = await command('unshare', args, {
      env: { XDG_CACHE_HOME: scratch, TICKETBOTTLE_HOME: join(scratch, 'home') },
    });
    assert.equal(code, 1);
    assert.match(output, /✗ Go 1\.26\.4 or newer is missing; it is needed once, to build Kubernetes; install it/);
  });

  it('on a full disk says how much is missing where', async () => {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', scratch]);
    try {
      const { code, output } = await cluster(['up'], { env: { TICKETBOTTLE_HOME: join(scratch, 'home') } });
      assert.equal(code, 1);
      assert.match(output, /home has 0\.0 GiB free and 3\.0 GiB are needed; .*TICKETBOTTLE_HOME=\/path/);
    } finally {
      await run('umount', [scratch]);
    }
  });

  it('with a setting that makes no sense says which', async () => {
    const { code, output } = await cluster(['up'], { env: { TICKETBOTTLE_API_PORT: 'many' } });
    assert.equal(code, 1);
    assert.match(output, /TICKETBOTTLE_API_PORT must be a port number, not "many"/);
  });
});
