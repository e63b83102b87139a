import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'undici';

export interface SeenWebhook {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
  /** By Date.now(). */
  readonly atMs: number;
}

/** Stands for API Gateway: hands every call to one of the webhook programs in turn, and remembers it. */
export class WebhookFront {
  readonly seen: SeenWebhook[] = [];
  /** While true, nobody is reached. */
  down = false;
  readonly #targets: readonly string[];
  readonly #agent = new Agent({ connections: 64 });
  readonly #server = createServer((incoming, response) => void this.#handle(incoming, response));
  #next = 0;

  constructor(targets: readonly string[]) {
    this.#targets = targets;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', 1024, resolve));
  }

  /** One call to a program, straight to the n-th when given. Status 0: no answer. */
  async send(
    { method, path, body }: Omit<SeenWebhook, 'atMs'>,
    target?: number,
  ): Promise<{ status: number; text: string }> {
    const base = this.#targets[(target ?? this.#next++) % this.#targets.length] ?? '';
    try {
      const answer = await request(`${base}${path}`, {
        method: method === 'GET' ? 'GET' : 'POST',
        ...(method === 'GET' ? {} : { body, headers: { 'content-type': 'application/json' } }),
        dispatcher: this.#agent,
        headersTimeout: 20_000,
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      return { status: 0, text: String(error) };
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#agent.destroy();
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if (this.down) return void incoming.socket.destroy();
    const call = { method: incoming.method ?? '', path: incoming.url ?? '', body: Buffer.concat(chunks).toString() };
    this.seen.push({ ...call, atMs: Date.now() });
    const { status, text } = await this.send(call);
    response.writeHead(status === 0 ? 502 : status, { 'content-type': 'application/json' }).end(text);
  }
}
