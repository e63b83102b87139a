import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ListenersOptions {
  readonly port: number;
  readonly count: number;
  /** Path of the n-th stream. */
  readonly path: (index: number) => string;
  readonly headers: (index: number) => Readonly<Record<string, string>>;
}

const SERVER_TIME = /"serverTime":"([^"]+)"/g;
/** Connections being made at the same time: a listen backlog is finite. */
const OPENING = 200;

/**
 * Buyers with an open stream each, on bare sockets, so that ten thousand of them weigh little beside the server under test.
 * They come back after a break as the stream's `retry` told them.
 */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #open = new Set<number>();
  readonly #sockets = new Map<number, Socket>();
  readonly #retryMs: number[] = [];
  #closed = false;
  /** Ms between the making of a tick and its arrival, one per listener and tick; cleared by whoever measures. */
  delays: number[] = [];
  /** Streams that came back after a break. */
  returned = 0;
  refused = 0;

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  /** Streams that are answered and open now. */
  get open(): number {
    return this.#open.size;
  }

  async openAll(): Promise<void> {
    let next = 0;
    const opener = async () => {
      for (let index = next++; index < this.#options.count; index = next++) await this.#connect(index);
    };
    await Promise.all(Array.from({ length: OPENING }, opener));
  }

  close(): void {
    this.#closed = true;
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  /** Resolves when the answer has begun; a refused one is tried again as a browser would. */
  async #connect(index: number): Promise<void> {
    while (!this.#closed && !(await this.#attempt(index)))
      await sleep(this.#retryMs[index] ?? 1_000 + Math.random() * 4_000);
  }

  #attempt(index: number): Promise<boolean> {
    const { port, path, headers } = this.#options;
    return new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      this.#sockets.set(index, socket);
      socket.setEncoding('latin1');
      const lines = Object.entries({ host: 'localhost', accept: 'text/event-stream', ...headers(index) });
      socket.write(`GET ${path(index)} HTTP/1.1\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`);
      let head = '';
      socket.on('data', (text: string) => {
        if (this.#open.has(index)) return this.#hear(text);
        head += text;
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!head.startsWith('HTTP/1.1 200')) {
          this.refused++;
          socket.destroy();
          return;
        }
        const retry = /^retry: (\d+)/m.exec(head);
        if (retry) this.#retryMs[index] = Number(retry[1]);
        this.#open.add(index);
        resolve(true);
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        if (!this.#open.delete(index)) return resolve(false);
        if (this.#closed) return;
        void sleep(this.#retryMs[index] ?? 3_000)
          .then(() => this.#connect(index))
          .then(() => {
            this.returned++;
          });
      });
    });
  }

  #hear(text: string): void {
    const now = Date.now();
    for (const [, time] of text.matchAll(SERVER_TIME)) this.delays.push(now - Date.parse(time ?? ''));
  }
}
