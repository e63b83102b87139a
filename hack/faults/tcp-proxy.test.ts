import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer } from 'node:net';
import { TcpProxy } from './tcp-proxy.ts';

describe('a proxy that is a bad link', () => {
  it('loses pieces for a while, and hands on every byte in order', async () => {
    const echo = createServer((socket) => void socket.pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const proxy = new TcpProxy({ oneWayMs: 1, loss: 0.3, retransmitMs: 4 });
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    await proxy.listen(`127.0.0.1:${(echo.address() as AddressInfo).port}`, port);
    const socket = connect(port, '127.0.0.1');
    try {
      const sent = Array.from({ length: 200 }, (_, n) => `${n} `);
      const back = new Promise<string>((resolve, reject) => {
        let text = '';
        socket.on('error', reject).on('data', (chunk) => {
          text += chunk;
          if (text.length === sent.join('').length) resolve(text);
        });
      });
      for (const piece of sent) {
        socket.write(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(await back, sent.join(''));
      assert.ok(proxy.lost > 0, 'nothing was lost');
    } finally {
      socket.destroy();
      await proxy.close();
      echo.close();
    }
  });
});
