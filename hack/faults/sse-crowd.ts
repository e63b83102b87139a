import { randomUUID } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import type { Finding } from './audit.ts';
import { pause, until } from './fault.ts';
import type { Front } from './front.ts';

const JOINING_AT_ONCE = 20;
/** Starting a gateway and letting everybody in again takes as long as the machine likes. */
const PATIENCE_MS = 120_000;

interface Listener {
  readonly token: string;
  readonly number: number;
  /** When its stream was opened last, and when it heard a tick last. */
  openedAt: number;
  heardAt: number;
  lastEventId: string;
  retryMs: number;
}

/** People who have joined a room and hold a stream of server-sent events each, which they open again as it told them to. */
export class SseCrowd {
  readonly findings: Finding[] = [];
  /** Streams that ended, or were refused. */
  broken = 0;
  readonly #url: string;
  readonly #listeners: readonly Listener[];
  readonly #ended = new AbortController();

  private constructor(url: string, listeners: readonly Listener[]) {
    this.#url = url;
    this.#listeners = listeners;
    for (const listener of listeners) void this.#follow(listener);
  }

  static async open(front: Front, eventId: string, count: number): Promise<SseCrowd> {
    const url = `${front.url}/api/v1/events/${eventId}/waitroom`;
    const join = async (): Promise<Listener> => {
      const token = await front.accessTo(randomUUID());
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${url}/join`, { method: 'POST', headers });
      if (!answer.ok) throw new Error(`join was answered ${answer.status}: ${await answer.text()}`);
      const { number } = (await answer.json()) as { number: number };
      return { token, number, openedAt: 0, heardAt: 0, lastEventId: '', retryMs: 1_000 };
    };
    const listeners: Listener[] = [];
    while (listeners.length < count) {
      const some = Math.min(JOINING_AT_ONCE, count - listeners.length);
      listeners.push(...(await Promise.all(Array.from({ length: some }, join))));
    }
    return new SseCrowd(url, listeners);
  }

  get size(): number {
    return this.#listeners.length;
  }

  /** Until everybody has heard a tick after `since`, on whatever stream; how long after it the last one did, in ms. */
  async allHeard(since: number): Promise<number> {
    return await this.#last('everybody hears ticks', since, ({ heardAt }) => heardAt);
  }

  /** The same, on streams that were opened after `since`. */
  async allBack(since: number): Promise<number> {
    return await this.#last('all streams are back', since, ({ openedAt, heardAt }) => (openedAt > since ? heardAt : 0));
  }

  end(): void {
    this.#ended.abort();
  }

  async #last(what: string, since: number, at: (listener: Listener) => number): Promise<number> {
    await until(what, async () => this.#listeners.every((one) => at(one) > since), PATIENCE_MS);
    return Math.max(...this.#listeners.map(at)) - since;
  }

  async #follow(listener: Listener): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.#listen(listener).catch(() => {
        // As a browser that was refused.
        listener.retryMs = 1_000 + Math.random() * 2_000;
      });
      if (signal.aborted) return;
      this.broken++;
      await pause(listener.retryMs);
    }
  }

  async #listen(listener: Listener): Promise<void> {
    const headers = {
      authorization: `Bearer ${listener.token}`,
      ...(listener.lastEventId === '' ? {} : { 'last-event-id': listener.lastEventId }),
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${this.#url}/stream`, { headers, agent: false, signal: this.#ended.signal }, resolve).once('error', reject);
    });
    if (response.statusCode !== 200) {
      response.destroy();
      throw new Error(`refused with ${response.statusCode}`);
    }
    listener.openedAt = performance.now();
    response.setEncoding('utf8');
    let text = '';
    for await (const chunk of response) {
      text += chunk;
      const frames = text.split('\n\n');
      text = frames.pop() ?? '';
      for (const frame of frames) this.#hear(listener, frame);
    }
  }

  #hear(listener: Listener, frame: string): void {
    const fields = new Map(frame.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
    const retry = fields.get('retry');
    if (retry !== undefined) listener.retryMs = Number(retry);
    const event = fields.get('event');
    if (event === 'tick') {
      listener.heardAt = performance.now();
      listener.lastEventId = fields.get('id') ?? '';
    }
    if (event === 'place') {
      const { number } = JSON.parse(fields.get('data') ?? '{}') as { number?: number };
      if (number !== listener.number) this.#found('violated', 'I7', `number ${listener.number} came back as ${number}`);
    }
    if (event === 'void') this.#found('lost', 'I8', `number ${listener.number} was told that it is lost`);
  }

  #found(kind: Finding['kind'], invariant: string, detail: string): void {
    this.findings.push({ kind, invariant, detail });
  }
}
