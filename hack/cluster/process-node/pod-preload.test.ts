import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from '#runtime/local/command.ts';
import { POD_PLACE, type PodPlace } from './settings.ts';

/** What a program sees after the preload, in a Node process of its own. */
describe('a process of a pod', function () {
  this.timeout(20_000);
  let root: string;
  let place: PodPlace;

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'preload-'));
    mkdirSync(join(root, 'volume'));
    writeFileSync(join(root, 'volume', 'file'), 'of the volume');
    place = {
      ip: '127.77.3.4',
      hostname: 'pod-1',
      dns: { servers: ['127.0.0.1:9'], search: ['svc.test'], ndots: 5 },
      paths: [
        { path: '/mounted', at: join(root, 'volume') },
        { path: tmpdir(), at: join(root, 'volume') },
      ],
      real: [root],
      lowPortShift: 64_000,
    };
  });
  after(() => rmSync(root, { recursive: true }));

  const inPod = async (program: string): Promise<unknown> => {
    const preload = pathToFileURL(join(import.meta.dirname, 'pod-preload.ts')).href;
    const args = [`--import=${preload}`, '--input-type=module', '-e', program];
    const { stdout } = await run(process.execPath, args, { env: { [POD_PLACE]: JSON.stringify(place) } });
    return JSON.parse(stdout);
  };

  it('listens at its own address, wherever it wanted to, and calls itself there', async () => {
    const seen = await inPod(`
      import { createServer } from 'node:http';
      import { once } from 'node:events';
      const seen = [];
      for (const args of [[0], [0, '0.0.0.0'], [{ port: 0, host: '::' }], [0, 'localhost'], [0, '127.0.0.1']]) {
        const server = createServer((request, response) => response.end(request.socket.localAddress));
        server.listen(...args);
        await once(server, 'listening');
        const { address, port } = server.address();
        seen.push([address, await (await fetch('http://localhost:' + port)).text()]);
        server.close();
        server.closeAllConnections();
      }
      console.log(JSON.stringify(seen));`);
    assert.deepEqual(seen, Array(5).fill(['127.77.3.4', '127.77.3.4']));
  });

  it('has ports below 1024 higher up, on both ends', async () => {
    const seen = await inPod(`
      import { createServer, connect } from 'node:net';
      const server = createServer((socket) => { console.log(JSON.stringify(socket.localPort)); socket.end(); });
      server.listen(80, () => connect(80, '127.77.3.4').on('close', () => server.close()).resume());`);
    assert.equal(seen, 64_080);
  });

  it('reads mounted paths where they lie, and other paths as they are', async () => {
    const own = join(root, 'volume', 'file');
    const seen = await inPod(`
      import fs, { readFileSync, existsSync } from 'node:fs';
      import { readFile, readdir } from 'node:fs/promises';
      fs.writeFileSync('/mounted/new', 'written');
      console.log(JSON.stringify([
        readFileSync('/mounted/file', 'utf8'), await readFile('/mounted/../mounted/file', 'utf8'),
        existsSync('/mounted/no'), existsSync('/mountedly/file'), (await readdir('/mounted')).sort(),
        readFileSync(${JSON.stringify(own)}, 'utf8'), readFileSync(${JSON.stringify(join(tmpdir(), 'file'))}, 'utf8'),
      ]));`);
    assert.deepEqual(seen, [
      ...['of the volume', 'of the volume', false, false, ['file', 'new'], 'of the volume', 'of the volume'],
    ]);
    assert.equal(readFileSync(join(root, 'volume', 'new'), 'utf8'), 'written');
  });

  it('knows its own name and no other that its cluster does not know', async () => {
    const seen = await inPod(`
      import dns from 'node:dns';
      import { hostname } from 'node:os';
      import { promisify } from 'node:util';
      const failure = await dns.promises.lookup('elsewhere').catch((error) => error.code);
      const own = await promisify(dns.lookup)('pod-1');
      const all = await new Promise((resolve) => dns.lookup('127.0.0.1', { all: true }, (_, found) => resolve(found)));
      console.log(JSON.stringify([hostname(), own, all, failure, dns.getServers()]));`);
    assert.deepEqual(seen, [
      'pod-1',
      { address: '127.77.3.4', family: 4 },
      [{ address: '127.0.0.1', family: 4 }],
      'EAI_AGAIN',
      ['127.0.0.1:9'],
    ]);
  });
});
