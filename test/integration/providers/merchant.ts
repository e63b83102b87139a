import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';

/**
 * The merchant's side, written a third time on purpose: tests must not sign with the code that they check.
 * Answers of the callback listener are taken from `answers`, the last one again and again.
 */
export const hmac = (key: string, text: string) => createHmac('sha256', key).update(text).digest('hex');

export interface Listener {
  readonly url: string;
  readonly received: { atMs: number; body: Record<string, unknown> }[];
  answers: { status: number; body: string }[];
  close(): void;
}

export async function listen(): Promise<Listener> {
  const received: Listener['received'] = [];
  const listener = { url: '', received, answers: [{ status: 200, body: '{}' }], close: () => {} };
  const server: Server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    received.push({ atMs: Date.now(), body: JSON.parse(text) });
    const answer = listener.answers.length > 1 ? listener.answers.shift() : listener.answers[0];
    response.writeHead(answer?.status ?? 500, { 'content-type': 'application/json' }).end(answer?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  listener.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/hook`;
  listener.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return listener;
}

export async function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const init = {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  };
  const response = await fetch(url, init);
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

export interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown>;
}

/** Waits until `ready` is true. Throws after ten seconds. */
export async function until(what: string, ready: () => boolean): Promise<void> {
  for (let left = 200; left > 0; left--) {
    if (ready()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not within 10 s`);
}
