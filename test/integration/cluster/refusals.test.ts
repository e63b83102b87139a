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

  it('of containers without root says to use sudo, processes, or a cluster of one’s own', async () => {
    const up = await cluster(['up', '--node', 'containerd'], { uid: 65534 });
    assert.equal(up.code, 1);
    assert.match(up.output, /✗ Containers cannot run here: this is not root; become root .*--node.*--context NAME\n$/s);
    const down = await cluster(['down'], { uid: 65534 });
    assert.equal(down.code, 1);
    assert.match(down.output, /^\n✗ This needs root.*type: sudo npm run cluster.*--context NAME\)\n$/s);
  });

  it('of a kind of node that there is not says which there are', async () => {
    const { code, output } = await cluster(['up', '--node', 'docker']);
    assert.equal(code, 1);
    assert.match(output, /There is no node "docker"; choose containerd or process/);
  });

  it('without Go, and without the Python that would bring it, says what to install', async () => {
    const programs = ['go', 'python3'].flatMap((name) => findCommand(name, process.env.PATH) ?? []);
    const hide = `${[...programs, '/usr/bin/python3'].map((path) => `mount --bind /dev/null '${path}'`).join(' && ')} && exec "$@"`;
    const args = ['--mount', 'sh', '-c', hide, 'sh', process.execPath, join(ROOT, 'hack/cluster/main.ts'), 'up'];
    const { code, output } = await command('unshare', args, {
      env: { XDG_CACHE_HOME: scratch, TICKETBOTTLE_HOME: join(scratch, 'home') },
    });
    assert.equal(code, 1);
    assert.match(output, /✗ Python 3\.11 or newer with pip is missing .*; type: sudo apt-get install -y python3/);
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
