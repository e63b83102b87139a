import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { WebSocketServer } from 'ws';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import { readLog } from './container-log.ts';
import type { ContainerPlace } from './container-process.ts';
import { serveExec } from './exec-socket.ts';
import type { KubeApi } from './kube-api.ts';
import type { PodManager } from './pod-manager.ts';
import { resourceMetrics } from './resource-metrics.ts';
import type { KubeletSettings } from './settings.ts';

export interface ServerDeps {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly log: Logger;
  readonly manager: PodManager;
  readonly settings: KubeletSettings;
}

const EXEC_PROTOCOL = 'v5.channel.k8s.io';
const ALLOWED_FOR_MS = 60_000;

/**
 * The endpoint that the API server calls for `kubectl logs` and `kubectl exec`, and metrics-server for its figures. A client
 * shows a certificate of the cluster's authority, and the API server says what that user may do, as with the real kubelet.
 */
export async function startKubeletServer(deps: ServerDeps): Promise<Server> {
  const { settings, log } = deps;
  const { ca, certificate, key, port } = settings.server;
  const server = createServer({
    ca: readFileSync(ca),
    cert: readFileSync(certificate),
    key: readFileSync(key),
    requestCert: true,
    rejectUnauthorized: true,
  });
  const mayCall = authorizer(deps);
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => EXEC_PROTOCOL });

  server.on('request', (request, response) => {
    handle(request, response).catch((error: unknown) => {
      log.error({ err: error, url: request.url }, 'a call failed');
      if (!response.headersSent) response.writeHead(500);
      response.end(error instanceof Error ? error.message : '');
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const [, verb = '', namespace = '', pod = '', container = ''] = url.pathname.split('/');
    if (!(await mayCall(request, verb))) return answer(response, 403, 'Forbidden');
    switch (verb) {
      case 'containerLogs':
        return await sendLog(deps.manager, { namespace, pod, container }, url.searchParams, response);
      case 'metrics':
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
        response.end(resourceMetrics(deps.manager.workers, deps.clock.now()));
        return;
      case 'pods': {
        const items = deps.manager.workers.map((worker) => worker.pod);
        return answer(response, 200, JSON.stringify({ kind: 'PodList', apiVersion: 'v1', items }));
      }
      case 'healthz':
        return answer(response, 200, 'ok');
      default:
        return answer(response, 404, `the process node does not serve ${url.pathname}`);
    }
  }

  server.on('upgrade', (request, socket, head) => {
    const refuse = (status: string) =>
      socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const [, verb = '', namespace = '', pod = '', container = ''] = url.pathname.split('/');
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
    mayCall(request, verb)
      .then((allowed) => {
        const place = deps.manager.find(namespace, pod)?.placeOf(container);
        if (!allowed) refuse('403 Forbidden');
        else if (verb !== 'exec') refuse('501 Not Implemented');
        else if (!protocols.includes(EXEC_PROTOCOL)) refuse('400 Bad Request');
        else if (place === undefined) refuse('404 Not Found');
        else exec(place);
      })
      .catch(() => refuse('500 Internal Server Error'));

    const exec = (place: ContainerPlace) => {
      const on = (name: string) => ['1', 'true'].includes(url.searchParams.get(name) ?? '');
      sockets.handleUpgrade(request, socket, head, (client) => {
        const command = url.searchParams.getAll('command');
        const streams = { stdin: on('input') || on('stdin'), stdout: on('output') || on('stdout') };
        const stderr = on('error') || on('stderr') || on('tty');
        serveExec(client, place, { command, ...streams, stderr }).catch((error: unknown) => {
          log.error({ err: error }, 'exec failed');
          client.close(1011);
        });
      });
    };
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: settings.node.address }, resolve);
  });
  return server;
}

/** Asks the API server whether the user of the client's certificate may do this to the node; remembers for a minute. */
function authorizer({ api, clock, settings }: ServerDeps) {
  const known = new Map<string, { readonly allowed: boolean; readonly until: number }>();
  return async (request: IncomingMessage, verb: string): Promise<boolean> => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    const user = textOf(subject?.CN);
    const groups = [subject?.O ?? []].flat();
    if (user === '') return false;
    if (verb === 'healthz') return true;
    const subresource = verb === 'metrics' ? 'metrics' : 'proxy';
    const method = request.method === 'GET' ? 'get' : 'create';
    const key = JSON.stringify([user, groups, subresource, method]);
    const held = known.get(key);
    if (held !== undefined && held.until > clock.now()) return held.allowed;
    const attributes = { verb: method, group: '', resource: 'nodes', subresource, name: settings.node.name };
    const review = await api.call<{ status: { allowed: boolean } }>(
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user, groups: [...groups, 'system:authenticated'], resourceAttributes: attributes },
      },
    );
    known.set(key, { allowed: review.status.allowed, until: clock.now() + ALLOWED_FOR_MS });
    return review.status.allowed;
  };
}

function textOf(value: string | string[] | undefined): string {
  return [value ?? ''].flat()[0] ?? '';
}

async function sendLog(
  manager: PodManager,
  which: { readonly namespace: string; readonly pod: string; readonly container: string },
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const { namespace, pod, container } = which;
  const log = manager.find(namespace, pod)?.logOf(container, query.get('previous') === 'true');
  if (log === undefined) {
    const what =
      query.get('previous') === 'true' ? `previous terminated container "${container}"` : `container "${container}"`;
    return answer(response, 400, `${what} in pod "${pod}" not found`);
  }
  const number = (name: string) => (query.get(name) === null ? undefined : Number(query.get(name)));
  const seconds = number('sinceSeconds');
  const since =
    seconds === undefined
      ? (query.get('sinceTime') ?? undefined)
      : new Date(Date.now() - seconds * 1_000).toISOString();
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  const wanted = {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    tailLines: number('tailLines'),
    since,
    limitBytes: number('limitBytes'),
  };
  for await (const text of readLog(log.path, wanted, log.alive, gone.signal)) {
    if (!response.write(text)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  response.end();
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': text.startsWith('{') ? 'application/json' : 'text/plain' });
  response.end(text);
}
