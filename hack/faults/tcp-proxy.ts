import { connect, createServer, type Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';

/** What is wrong with a link, each way. */
export interface Impairment {
  readonly oneWayMs: number;
  /** Share of pieces that are lost on the way, from 0 to 1. */
  readonly loss: number;
  /** How long a sender waits before it sends again; twice as long each further time. */
  readonly retransmitMs: number;
}

/** An address that can be turned to another server, as a failover does: open connections break, new ones go to the new one. */
export class TcpProxy {
  /** Pieces that were lost and sent again. */
  lost = 0;
  readonly #impairment: Impairment | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((near) => this.#join(near));
  #target = { host: '127.0.0.1', port: 0 };

  constructor(impairment?: Impairment) {
    this.#impairment = impairment;
  }

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
      if (this.#impairment === undefined) one.pipe(other);
      else one.pipe(new LateBytes(this.#impairment, () => this.lost++)).pipe(other);
    }
  }
}

/** Hands on every piece late. What comes behind one that was lost waits for it, as TCP has it. */
class LateBytes extends Transform {
  readonly #impairment: Impairment;
  readonly #onLost: () => void;
  readonly #waiting: { readonly due: number; readonly piece: Buffer }[] = [];
  #lastDue = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended: TransformCallback | undefined;

  constructor(impairment: Impairment, onLost: () => void) {
    super();
    this.#impairment = impairment;
    this.#onLost = onLost;
  }

  override _transform(piece: Buffer, _encoding: string, taken: TransformCallback): void {
    const { oneWayMs, loss, retransmitMs } = this.#impairment;
    let due = performance.now() + oneWayMs;
    for (let timeout = retransmitMs; Math.random() < loss; timeout *= 2) {
      due += timeout;
      this.#onLost();
    }
    this.#lastDue = Math.max(this.#lastDue, due);
    this.#waiting.push({ due: this.#lastDue, piece });
    this.#release();
    taken();
  }

  override _flush(ended: TransformCallback): void {
    this.#ended = ended;
    this.#release();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    done(error);
  }

  #release(): void {
    clearTimeout(this.#timer);
    while (this.#waiting[0] !== undefined && this.#waiting[0].due <= performance.now())
      this.push(this.#waiting.shift()?.piece);
    const [next] = this.#waiting;
    if (next !== undefined) this.#timer = setTimeout(() => this.#release(), next.due - performance.now());
    else this.#ended?.();
  }
}
