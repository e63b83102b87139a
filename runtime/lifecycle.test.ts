import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program in a process of its own and gives its lines, exit code, and a way to signal it. */
function run(start: string, options = '') {
  const here = import.meta.dirname;
  const source = `
    import { runProgram } from '${here}/lifecycle.ts';
    import { createLogger } from '${here}/log.ts';
    const say = (text: string) => process.stdout.write(text + '\\n');
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const keepAlive = setInterval(() => {}, 1000);
    runProgram({ name: 'probe', log: createLogger({ service: 'probe', destination: process.stderr }), ${options}
      start: async (stack, signal, program) => { ${start} } });`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  const exited = once(child, 'close');
  return {
    child,
    async until(text: string) {
      while (!out.includes(text)) {
        if (child.exitCode !== null) throw new Error(`exited before "${text}":\n${out}\n${err}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async end() {
      await exited;
      return { code: child.exitCode, lines: out.trim().split('\n'), err };
    },
  };
}

const ALL_STEPS = `
  stack.defer(() => say('store closed')); stack.defer(() => say('client closed'));
  program.flush(async () => say('flushed'));
  program.drain(async () => { await pause(50); say('drained'); });
  program.stopIntake(() => say('intake stopped'));
  program.readiness.onChange((ready) => say(ready ? 'ready' : 'not ready'));
  signal.addEventListener('abort', () => say('signal aborted'));
  setTimeout(() => say('up'), 50);`;

describe('lifecycle', () => {
  it('goes down in order on SIGTERM and leaves with 0', async () => {
    const program = run(ALL_STEPS);
    await program.until('up');
    program.child.kill('SIGTERM');
    const { code, lines } = await program.end();
    assert.deepEqual(lines, [
      'ready',
      'up',
      'not ready',
      'signal aborted',
      'intake stopped',
      'drained',
      'flushed',
      'client closed',
      'store closed',
    ]);
    assert.equal(code, 0);
  });

  it('ends also when its event loop no longer turns while it stops', async () => {
    const program = run(
      `program.drain(async () => { say('stuck'); for (;;); }); setTimeout(() => say('up'), 50);`,
      'shutdownMs: 500,',
    );
    await program.until('up');
    program.child.kill('SIGTERM');
    const { code } = await program.end();
    assert.deepEqual([code, program.child.signalCode], [null, 'SIGKILL']);
  });

  it('crashes loudly on a rejection nobody handled, but still closes its stores', async () => {
    const program = run(
      `stack.defer(() => say('store closed')); setTimeout(() => { void Promise.reject(new Error('lost promise')); }, 20);`,
    );
    const { code, lines, err } = await program.end();
    assert.equal(code, 1);
    assert.match(err, /"level":"fatal".*lost promise/);
    assert.deepEqual(lines, ['store closed']);
  });

  it('leaves with 1 when it cannot start, closing what it had opened', async () => {
    const { code, lines, err } = await run(
      `stack.defer(() => say('store closed')); throw new Error('no database');`,
    ).end();
    assert.equal(code, 1);
    assert.match(err, /could not start/);
    assert.deepEqual(lines, ['store closed']);
  });

  it('tells a drain that overran apart', async () => {
    const program = run(
      `program.drain(() => new Promise(() => {})); setTimeout(() => say('up'), 20);`,
      'shutdownMs: 200,',
    );
    await program.until('up');
    program.child.kill('SIGTERM');
    const { code, err } = await program.end();
    assert.equal(code, 3);
    assert.match(err, /overran/);
  });

  it('ends at once on a second signal', async () => {
    const program = run(
      `program.drain(() => { say('draining'); return new Promise(() => {}); }); setTimeout(() => say('up'), 20);`,
    );
    await program.until('up');
    program.child.kill('SIGTERM');
    await program.until('draining');
    program.child.kill('SIGTERM');
    assert.equal((await program.end()).code, 143);
  });
});
