import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP forwarder on loopback whose connections can be broken or silenced: for drills with the network between two programs. */
export interface CuttableProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections open now. */
  readonly open: number;
  /** Resets every open connection; returns how many there were. New ones work. */
  cut(): number;
  /** Forwards nothing from now on, in either direction, and tells nobody: connections stay open, new ones too. */
  silence(): void;
  /** As `silence`, but new connections work: what a lost NAT entry does. */
  silenceOpen(): void;
  /** Ends the silence of `silence`; bytes held back go on their way. */
  resume(): void;
}

export async function startCuttableProxy(target: { host: string; port: number }): Promise<CuttableProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let silent = false;

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ ...target, noDelay: true });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
    }
    if (silent) hush(pair);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const proxy: CuttableProxy = {
    port: (server.address() as AddressInfo).port,
    get open() {
      return pairs.size;
    },
    cut() {
      const cut = pairs.size;
      for (const [client, upstream] of pairs) {
        client.resetAndDestroy();
        upstream.destroy();
      }
      pairs.clear();
      return cut;
    },
    silence() {
      silent = true;
      proxy.silenceOpen();
    },
    silenceOpen() {
      for (const pair of pairs) hush(pair);
    },
    resume() {
      silent = false;
      for (const [client, upstream] of pairs) {
        client.pipe(upstream);
        upstream.pipe(client);
      }
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      proxy.cut();
      await closed;
    },
  };
  return proxy;
}

/** Unread bytes stay in the buffers of the kernel, as on a path that drops packets. */
function hush([client, upstream]: readonly [Socket, Socket]): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.unpipe(to);
    from.pause();
  }
}
