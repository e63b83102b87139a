import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from './lock.ts';
import { DAEMON_MARK, Daemons } from './process.ts';
import { identify, isAlive, processesWithEnv } from './process-identity.ts';
import { SetupError } from './setup-error.ts';

describe('Daemons', () => {
  let home: string;
  let daemons: Daemons;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'daemons-'));
    daemons = new Daemons({ run: join(home, 'run'), logs: join(home, 'logs') });
  });

  afterEach(async () => {
    await daemons.stopAll();
    rmSync(home, { recursive: true });
  });

  const sleeper = (name: string) => ({ name, command: 'sleep', args: ['60'] });

  it('leaves a daemon alone that runs as specified, and restarts it when its arguments change', async () => {
    assert.equal(await daemons.start(sleeper('a')), 'started');
    const pid = daemons.pidOf('a');
    assert.equal(await daemons.start(sleeper('a')), 'running');
    assert.equal(daemons.pidOf('a'), pid);
    assert.equal(await daemons.start({ ...sleeper('a'), args: ['61'] }), 'started');
    assert.notEqual(daemons.pidOf('a'), pid);
  });

  it('finds and stops daemons that another Daemons object started, last started first', async () => {
    for (const name of ['first', 'second', 'third']) await daemons.start(sleeper(name));
    const later = new Daemons({ run: join(home, 'run'), logs: join(home, 'logs') });
    const stopped: string[] = [];
    await later.stopAll(undefined, (name) => stopped.push(name));
    assert.deepEqual(stopped, ['third', 'second', 'first']);
    assert.deepEqual(later.list(), []);
  });

  it('never signals a process that has only the recorded pid', async () => {
    const stranger = spawn('sleep', ['60']);
    const pid = stranger.pid ?? assert.fail('no pid');
    await daemons.start(sleeper('a'));
    const path = join(home, 'run', 'a.json');
    const record = JSON.parse(readFileSync(path, 'utf8'));
    process.kill(record.pid, 'SIGKILL');
    writeFileSync(path, JSON.stringify({ ...record, pid }));
    await daemons.stop('a');
    assert.notEqual(identify(pid), undefined, 'the stranger was ended');
    stranger.kill('SIGKILL');
  });

  it('ends children that outlive their daemon', async () => {
    await daemons.start({ name: 'parent', command: 'sh', args: ['-c', 'sleep 60 & sleep 61'] });
    const mark = join(home, 'run', 'parent');
    const pid = daemons.pidOf('parent') ?? assert.fail('not running');
    process.kill(pid, 'SIGKILL');
    await daemons.stop('parent');
    assert.deepEqual(processesWithEnv(DAEMON_MARK, mark), []);
  });

  it('says why a daemon that ends early did, with the end of its log', async () => {
    const broken = {
      name: 'broken',
      command: 'sh',
      args: ['-c', 'echo no such flag; exit 3'],
      ready: async () => false,
    };
    await assert.rejects(daemons.start(broken), (error: Error) => {
      assert.ok(error instanceof SetupError);
      assert.match(error.message, /broken ended before it was ready \(exit code 3\).*no such flag/s);
      return true;
    });
    assert.deepEqual(daemons.list(), []);
  });

  it('stops a daemon that is not ready in time', async () => {
    await assert.rejects(
      daemons.start({ ...sleeper('slow'), ready: async () => false, readyTimeoutMs: 300 }),
      /not ready after 0.3 s/,
    );
    assert.equal(daemons.pidOf('slow'), undefined);
  });

  it('kills what ignores its stop signal', async () => {
    await daemons.start({
      name: 'deaf',
      command: 'sh',
      args: ['-c', 'trap "" TERM; sleep 60; sleep 60'],
      stopGraceMs: 200,
    });
    const identity = identify(daemons.pidOf('deaf') ?? 0) ?? assert.fail('not running');
    await daemons.stop('deaf');
    assert.equal(isAlive(identity), false);
  });
});

describe('takeLock', () => {
  it('takes over the lock of a dead process and refuses that of a living one', () => {
    const home = mkdtempSync(join(tmpdir(), 'lock-'));
    const path = join(home, 'lock');
    writeFileSync(path, JSON.stringify({ pid: process.pid, startTicks: '1', bootId: 'before' }));
    const release = takeLock(path, 'The cluster');
    assert.throws(() => takeLock(path, 'The cluster'), new RegExp(`worked on by process ${process.pid}`));
    release();
    assert.equal(existsSync(path), false);
    rmSync(home, { recursive: true });
  });
});
