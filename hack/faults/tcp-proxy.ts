import { connect, createServer, type Socket } from 'node:net';

/** An address that can be turned to another server, as a failover does: open connections break, new ones go to the new one. */
export class TcpProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((near) => this.#join(near));
  #target = { host: '127.0.0.1', port: 0 };

  async listen(target: string, port: number): Promise<string> {
    this.turn(target);
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `127.0.0.1:${port}`;
  }

  turn(target: string): void {
    const [host = '', port = ''] = target.split(':');
    this.#target = { host, port: Number(port) };
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(near: Socket): void {
    const far = connect(this.#target);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
