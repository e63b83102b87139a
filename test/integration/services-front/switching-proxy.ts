import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** An address whose server behind can be exchanged, as a failover does it: every connection breaks, the next ones arrive there. */
export interface SwitchingProxy extends AsyncDisposable {
  readonly address: string;
  switchTo(port: number): void;
}

export async function startSwitchingProxy(firstPort: number): Promise<SwitchingProxy> {
  let port = firstPort;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const drop = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    switchTo(next) {
      port = next;
      drop();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      drop();
    },
  };
}
