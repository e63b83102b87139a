import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PayosStandIn extends AsyncDisposable {
  readonly url: string;
  /** Bodies and headers of confirmations, in order. */
  readonly confirmations: {
    webhookUrl: string;
    clientId: string | undefined;
    apiKey: string | undefined;
    answered: number;
  }[];
}

/** The one thing of PayOS that the operator calls: it tries the URL before it accepts it, as the real one does. */
export async function startPayosStandIn(): Promise<PayosStandIn> {
  const confirmations: PayosStandIn['confirmations'] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { webhookUrl } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { webhookUrl: string };
    const sample = await fetch(webhookUrl, {
      method: 'POST',
      body: JSON.stringify({ code: '00', data: { orderCode: 123 } }),
    });
    const header = (name: string) => request.headers[name]?.toString();
    confirmations.push({
      webhookUrl,
      clientId: header('x-client-id'),
      apiKey: header('x-api-key'),
      answered: sample.status,
    });
    response.writeHead(sample.ok ? 200 : 400, { 'content-type': 'application/json' });
    response.end(JSON.stringify(sample.ok ? { code: '00', desc: 'success' } : { code: '20', desc: 'webhook failed' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    confirmations,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
