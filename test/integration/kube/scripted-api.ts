import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type KubeClient } from '#operator/kube/client.ts';
import { connect } from '#operator/kube/connection.ts';
import { systemClock } from '#runtime/clock.ts';
import { Registry } from '#runtime/metrics.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/**
 * An HTTP server that answers request number n as the n-th entry says, and with the last entry from then on. For what a
 * healthy API server does not do on demand: 429, 410, resets, silence.
 */
export async function scriptedApi(answers: Answer[]) {
  const requests: { method: string; url: string; at: number }[] = [];
  const server = createServer(async (request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push({ method: request.method ?? '', url: request.url ?? '', at: performance.now() });
    let body = '';
    for await (const chunk of request) body += chunk;
    answer?.(request, response, body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-scripted-'));
  const kubeconfig = join(dir, 'kubeconfig');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 's', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 's', user: { token: 'secret' } }],
      contexts: [{ name: 's', context: { cluster: 's', user: 's' } }],
      'current-context': 's',
    }),
  );
  const metrics = new Registry();
  const client: KubeClient = createClient({
    connection: connect({ clock: systemClock, kubeconfig }),
    clock: systemClock,
    metrics,
  });
  const close = async () => {
    if (!open.delete(close)) return;
    await client.close();
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true });
  };
  open.add(close);
  return { client, metrics, requests, close };
}

const open = new Set<() => Promise<void>>();

// Also after a test that failed half-way: an open server would keep the run from ending.
afterEach(async () => {
  for (const close of open) await close();
});

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

export const reset: Answer = (request) => request.socket.destroy();

export function status(code: number, reason: string, headers: Record<string, string> = {}): Answer {
  return json(code, { kind: 'Status', status: 'Failure', code, reason, message: `scripted ${reason}` }, headers);
}
