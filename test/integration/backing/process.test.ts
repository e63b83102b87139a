import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const MAIN = 'hack/backing/main.ts';

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, 'run', '--json', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
}

async function firstLine(child: ChildProcess): Promise<{ redis: { port: number } }> {
  assert.ok(child.stdout);
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error('it ended without a line');
}

async function untilClosed(port: number): Promise<void> {
  for (let left = 100; left > 0; left--) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (!open) return;
    await sleep(100);
  }
  assert.fail(`port ${port} is still open`);
}

describe('hack/backing run', function () {
  this.timeout(120_000);

  it('ends with its standard input, and its servers with it', async () => {
    const child = start(['--which', 'redis']);
    const { redis } = await firstLine(child);
    child.stdin?.end();
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    await untilClosed(redis.port);
  });

  it('leaves no server behind when it is killed, and starts again on the same folder', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'backing-test-'));
    try {
      const child = start(['--which', 'postgres,redis', '--dir', dir]);
      const { redis } = await firstLine(child);
      child.kill('SIGKILL');
      await untilClosed(redis.port);
      const again = start(['--which', 'postgres,redis', '--dir', dir]);
      await firstLine(again);
      again.kill('SIGTERM');
      assert.equal((await once(again, 'exit'))[0], 0);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('names the process that has taken a port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const child = start(['--which', 'redis', '--port', `redis=${port}`]);
    const stderr = (async () => {
      let text = '';
      for await (const chunk of child.stderr ?? []) text += chunk;
      return text;
    })();
    const [code] = await once(child, 'exit');
    server.close();
    assert.equal(code, 1);
    assert.match(
      await stderr,
      new RegExp(`Port ${port} .* redis, is taken by process ${process.pid} .*--port redis=PORT`),
    );
  });
});
