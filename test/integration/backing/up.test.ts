import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, run } from '#runtime/local/command.ts';
import { deleteNetns, runInNetns } from '#runtime/local/netns.ts';

const NODE_IP = '10.89.0.1';

describe('hack/backing up', function () {
  this.timeout(400_000);
  const netns = `tb-backing-${process.pid}`;
  let root: string;
  let home: string;

  before(function () {
    if (process.getuid?.() !== 0) return this.skip(); // Namespaces need root.
    root = mkdtempSync(join(tmpdir(), 'backing-up-'));
    home = join(root, 'home');
  });
  after(async () => {
    if (root === undefined) return;
    await backing('down');
    await deleteNetns(netns);
    rmSync(root, { recursive: true, force: true });
  });

  const backing = (...args: string[]) =>
    run(process.execPath, ['hack/backing/main.ts', ...args], {
      env: { TICKETBOTTLE_HOME: home, TICKETBOTTLE_NETNS: netns },
    });
  const status = async () => {
    const { stdout } = await backing('status', '--json').catch((error: unknown) => {
      if (error instanceof CommandError) return error; // Exit code 1: not all of them run.
      throw error;
    });
    return JSON.parse(stdout) as { up: boolean; daemons: { name: string; pid: number; running: boolean }[] };
  };
  /** A request from inside the namespace to the node's address, as a pod would make it. */
  const inside = async (url: string) => {
    const program = `const r = await fetch(${JSON.stringify(url)}); console.log(r.status)`;
    const { stdout } = await runInNetns(netns, process.execPath, ['--input-type=module', '-e', program]);
    return Number(stdout);
  };

  it('brings all of them up inside the namespace and reports its steps', async () => {
    const report = join(root, 'report.json');
    await backing('up', '--report', report);
    const steps = JSON.parse(readFileSync(report, 'utf8')) as { step: string; cached: boolean }[];
    const names = steps.map(({ step }) => step).sort();
    assert.deepEqual(names, [
      'aws',
      'download the backing servers',
      'kafka',
      'postgres',
      'providers',
      'redis',
      'temporal',
    ]);
    assert.equal((await status()).up, true);
    assert.equal(await inside(`http://${NODE_IP}:4566/_ministack/health`), 200);
    assert.equal(await inside(`http://${NODE_IP}:8233`), 200);
    assert.equal(await inside(`http://${NODE_IP}:8600/simulator/payments`), 200);
    // From out here nothing of it is to be had (some networks answer for every address, though not with this).
    const outside = await fetch(`http://${NODE_IP}:8600/simulator/payments`, { signal: AbortSignal.timeout(1_000) })
      .then(({ status }) => status)
      .catch(() => undefined);
    assert.notEqual(outside, 200);
  });

  it('mends what was killed and leaves the rest running', async () => {
    const pids = async () => new Map((await status()).daemons.map(({ name, pid }) => [name, pid]));
    const old = await pids();
    for (const name of ['postgres', 'aws']) process.kill(old.get(name) ?? 0, 'SIGKILL');
    const until = performance.now() + 10_000;
    while ((await status()).up) assert.ok(performance.now() < until);
    await backing('up');
    const now = await pids();
    assert.equal((await status()).up, true);
    const changed = [...now].filter(([name, pid]) => old.get(name) !== pid).map(([name]) => name);
    assert.deepEqual(changed.sort(), ['aws', 'postgres']);
  });

  it('goes down without a trace', async () => {
    await backing('down');
    const { up, daemons } = await status();
    assert.deepEqual([up, daemons], [false, []]);
    assert.equal(existsSync(join(home, 'data', 'postgres')), false);
  });
});
