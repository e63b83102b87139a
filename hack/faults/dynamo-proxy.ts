import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'undici';

/** `throttle`: refused as DynamoDB refuses a hot partition. `lost-answer`: done, and the connection breaks. */
export type DynamoFault = 'throttle' | 'lost-answer';

/** Stands before the orders table and misbehaves on request. */
export class DynamoProxy {
  /** Chance of each fault for writes, 0 to 1. */
  readonly chance: Record<DynamoFault, number> = { throttle: 0, 'lost-answer': 0 };
  /** Set: no call is answered before it resolves. */
  hold: Promise<void> | undefined;
  readonly hits: Record<DynamoFault, number> = { throttle: 0, 'lost-answer': 0 };
  readonly #agent = new Agent({ connections: 64 });
  readonly #server = createServer((incoming, response) => void this.#handle(incoming, response));
  #target = '';

  async listen(target: string, port: number): Promise<string> {
    this.#target = target;
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', 1024, resolve));
    return `http://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#agent.destroy();
  }

  #hits(fault: DynamoFault, write: boolean): boolean {
    if (!write || Math.random() >= this.chance[fault]) return false;
    this.hits[fault]++;
    return true;
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    await this.hold;
    const operation = String(incoming.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
    const write = /^(Put|Update|Delete|Transact|BatchWrite)/.test(operation);
    if (this.#hits('throttle', write)) {
      const body = JSON.stringify({
        __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
        message: 'The level of configured provisioned throughput for one partition was exceeded',
      });
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
      return;
    }
    try {
      const { connection: _, 'transfer-encoding': __, ...headers } = incoming.headers;
      const answer = await request(`${this.#target}${incoming.url}`, {
        method: 'POST',
        headers: headers as Record<string, string>,
        body: Buffer.concat(chunks),
        dispatcher: this.#agent,
      });
      const body = Buffer.from(await answer.body.arrayBuffer());
      if (this.#hits('lost-answer', write)) return void incoming.socket.destroy();
      const { connection, 'transfer-encoding': ___, 'keep-alive': ____, ...given } = answer.headers;
      response.writeHead(answer.statusCode, given as Record<string, string>).end(body);
    } catch {
      incoming.socket.destroy();
    }
  }
}
