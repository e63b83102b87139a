import { Agent, request } from 'undici';
import { type ApiServer, installCrds, startApiServer } from '#runtime/local/apiserver.ts';

export const GROUP = '/apis/ticketbottle.io/v1alpha1';

/** A real API server with our kinds, and a client that belongs to none of those who are measured against it. */
export interface Cluster extends AsyncDisposable {
  readonly server: ApiServer;
  /** As `server.fetch`, on more connections. */
  call(method: 'GET' | 'POST' | 'PATCH', path: string, body?: object, contentType?: string): Promise<unknown>;
  /** A body that does not end: a watch. */
  stream(path: string, signal: AbortSignal): AsyncIterable<Buffer>;
  text(path: string): Promise<string>;
}

export async function startCluster(connections = 16): Promise<Cluster> {
  const server = await startApiServer();
  const agent = new Agent({ connect: { ca: server.ca }, connections, allowH2: false, bodyTimeout: 0 });
  const close = async () => {
    await agent.destroy();
    await server.stop();
  };
  try {
    await installCrds(server);
  } catch (error) {
    await close();
    throw error;
  }
  const headers = { authorization: `Bearer ${server.token}` };
  async function text(method: 'GET' | 'POST' | 'PATCH', path: string, body?: object, contentType = 'application/json') {
    const answer = await request(server.url + path, {
      dispatcher: agent,
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': contentType }) },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const said = await answer.body.text();
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${said.slice(0, 2000)}`);
    return said;
  }
  return {
    server,
    call: async (...args) => JSON.parse(await text(...args)),
    async *stream(path, signal) {
      const { body } = await request(server.url + path, { dispatcher: agent, headers, signal });
      yield* body;
    },
    text: (path) => text('GET', path),
    [Symbol.asyncDispose]: close,
  };
}
