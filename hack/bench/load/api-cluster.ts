import { Agent, request } from 'undici';
import { type ApiServer, installCrds, startApiServer } from '#runtime/local/apiserver.ts';

export const GROUP = '/apis/ticketbottle.io/v1alpha1';

/** A real API server with our kinds, and a client that belongs to none of those who are measured against it. */
export interface Cluster extends AsyncDisposable {
  readonly server: ApiServer;
  /** As `server.fetch`, on more connections. */
  call(method: 'GET' | 'POST' | 'PATCH', path: string, body?: object, contentType?: string): Promise<unknown>;
  /** Changes below a path as they come, those that are there first, and again whenever the server cut it. Ends with an error. */
  watch<T>(path: string, signal: AbortSignal): AsyncIterable<{ readonly type: string; readonly object: T }>;
  text(path: string): Promise<string>;
}

/** `args`: further arguments of kube-apiserver. */
export async function startCluster(connections = 16, args: readonly string[] = []): Promise<Cluster> {
  const server = await startApiServer({ args });
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
    async *watch(path, signal) {
      // The server ends the watch of who reads too slowly, which whoever measures on two cores does now and then.
      for (;;) {
        const { body } = await request(`${server.url}${path}?watch=true`, { dispatcher: agent, headers, signal });
        const decoder = new TextDecoder();
        let rest = '';
        for await (const chunk of body) {
          const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) yield JSON.parse(line);
        }
      }
    },
    text: (path) => text('GET', path),
    [Symbol.asyncDispose]: close,
  };
}
