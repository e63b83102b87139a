import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Readiness } from './readiness.ts';

export interface OpsServerOptions {
  /** OPS_PORT, 9090 by default in every program; 0 takes a free one. */
  readonly port: number;
  readonly host?: string;
  readonly readiness: Readiness;
  readonly metrics: Registry;
}

export interface OpsServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * `/livez` (the event loop turns), `/readyz` (503 with the failing checks as JSON), `/metrics`. It is opened first and
 * closed last, so that a program that hangs while draining can still be looked at.
 */
export async function startOpsServer({
  port,
  host = '0.0.0.0',
  readiness,
  metrics,
}: OpsServerOptions): Promise<OpsServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') return json(response, 405, { error: 'GET only' });
    if (path === '/livez') return json(response, 200, { live: true });
    if (path === '/readyz') {
      readiness.report().then(
        (report) => json(response, report.ready ? 200 : 503, report),
        () => json(response, 500, { error: 'the readiness report failed' }),
      );
      return;
    }
    if (path === '/metrics') {
      metrics.metrics().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        () => json(response, 500, { error: 'a metric failed to collect' }),
      );
      return;
    }
    json(response, 404, { error: 'ask for /livez, /readyz or /metrics' });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(`${JSON.stringify(body)}\n`);
}
