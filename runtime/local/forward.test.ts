import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Daemons } from './process.ts';
import { SetupError } from './setup-error.ts';

// The crossing of namespaces needs root and is tested in test/integration/cluster; here the sockets handed over.
describe('DaemonSpec.listen', () => {
  let home: string;
  let daemons: Daemons;
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'forward-'));
    daemons = new Daemons({ run: join(home, 'run'), logs: join(home, 'logs') });
  });
  after(async () => {
    await daemons.stopAll();
    rmSync(home, { recursive: true });
  });

  it('hands listening sockets to a daemon that outlives this process', async () => {
    const upstream = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const { port: upstreamPort } = upstream.address() as AddressInfo;
    const port = await freePort();
    const target = { host: '127.0.0.1', port: upstreamPort };
    const forwarder = join(import.meta.dirname, 'forwarder.ts');
    const spec = {
      name: 'f',
      command: process.execPath,
      args: [forwarder, JSON.stringify({ [port]: target })],
      listen: [port],
    };
    await daemons.start(spec);
    for (let i = 0; i < 3; i++) assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'hello');
    assert.equal(await daemons.start(spec), 'running');
    upstream.close();
  });

  it('names the process that holds a port it needs', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    await assert.rejects(
      daemons.start({ name: 'g', command: 'sleep', args: ['9'], listen: [port] }),
      (error: Error) => {
        assert.ok(error instanceof SetupError);
        assert.match(error.message, new RegExp(`Port ${port} .* is taken by process ${process.pid}`));
        return true;
      },
    );
    holder.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
