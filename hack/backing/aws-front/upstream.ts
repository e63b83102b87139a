import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

/** Headers that belong to one connection, not to the message. */
const PER_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'expect', 'upgrade']);

/** ministack, as the front sees it. */
export class Upstream {
  readonly #base: URL;
  // Idle connections are dropped before the server would drop them under a request.
  readonly #agent = new Agent({ keepAlive: true, timeout: 2_000, maxSockets: 256 });

  constructor(base: URL) {
    this.#base = base;
  }

  /**
   * Passes a request on and its answer back, both streamed, with headers as they came (Host too: URLs in answers are made
   * from it). `path` replaces path and query, `headers` are added. Answers 502 when ministack cannot be reached.
   */
  async forward(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    path = incoming.url ?? '/',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const upstream = request({
      host: this.#base.hostname,
      port: this.#base.port,
      agent: this.#agent,
      method: incoming.method,
      path,
      headers: [...passedOn(incoming.rawHeaders), ...Object.entries(headers).flat()],
    });
    const gone = () => upstream.destroy();
    outgoing.once('close', gone);
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      upstream.once('response', resolve);
      upstream.once('error', reject);
    });
    answered.catch(() => {}); // Waited for below, after the body; until then a failure is not unhandled.
    try {
      await pipeline(incoming, upstream).catch(() => {}); // An early answer ends the body early; errors show in `answered`.
      const answer = await answered;
      outgoing.writeHead(answer.statusCode ?? 502, passedOn(answer.rawHeaders));
      await pipeline(answer, outgoing);
    } catch (error) {
      if (outgoing.headersSent) outgoing.destroy();
      else {
        outgoing.writeHead(502, { 'content-type': 'application/json', 'x-amzn-errortype': 'ServiceException' });
        outgoing.end(JSON.stringify({ message: `The local AWS endpoint is not there: ${(error as Error).message}` }));
      }
    } finally {
      outgoing.off('close', gone);
    }
  }

  /** A small GET on behalf of a caller, with the caller's credentials. Undefined unless it answers 200. */
  async get(path: string, authorization: string | undefined): Promise<unknown> {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await fetch(new URL(path, this.#base), { headers });
    const text = await response.text();
    return response.status === 200 ? JSON.parse(text) : undefined;
  }

  close(): void {
    this.#agent.destroy();
  }
}

function passedOn(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    if (!PER_CONNECTION.has(name.toLowerCase())) headers.push(name, raw[index + 1] ?? '');
  }
  return headers;
}
