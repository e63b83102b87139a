import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'undici';

export interface AwsCall {
  readonly method: string;
  readonly path: string;
}

/** Stands before S3 and SES: `after` runs when a call was done and its caller has not been told. */
export class AwsProxy {
  after: (call: AwsCall) => Promise<void> = async () => {};
  readonly #agent = new Agent({ connections: 32 });
  readonly #server = createServer((incoming, response) => void this.#handle(incoming, response));
  #target = '';

  async listen(target: string, port: number): Promise<string> {
    this.#target = target;
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#agent.destroy();
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = 'GET', url: path = '/' } = incoming;
    const { connection: _, 'transfer-encoding': __, expect: ___, ...headers } = incoming.headers;
    try {
      const answer = await request(`${this.#target}${path}`, {
        method: method as 'GET',
        headers: headers as Record<string, string>,
        ...(['GET', 'HEAD'].includes(method) ? {} : { body: Buffer.concat(chunks) }),
        dispatcher: this.#agent,
      });
      const body = Buffer.from(await answer.body.arrayBuffer());
      if (answer.statusCode < 300) await this.after({ method, path });
      const { connection, 'transfer-encoding': ____, 'keep-alive': _____, ...given } = answer.headers;
      response.writeHead(answer.statusCode, given as Record<string, string>).end(body);
    } catch {
      incoming.socket.destroy();
    }
  }
}
