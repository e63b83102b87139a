import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from '#runtime/log.ts';
import { type AliasRouting, chooseVersion, invokeTarget, namesAlias } from './alias-weights.ts';
import type { Pipes } from './pipes.ts';
import { answerPipesRequest, isPipesRequest } from './pipes-api.ts';
import type { Upstream } from './upstream.ts';

export interface FrontDeps {
  readonly upstream: Upstream;
  readonly pipes: Pipes;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/** The public AWS endpoint: everything goes to ministack untouched, except what ministack only stores. */
export function createFront(deps: FrontDeps): Server {
  const { upstream, pipes, log } = deps;
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://front');
    const method = request.method ?? 'GET';
    if (isPipesRequest(url)) {
      const { authorization } = request.headers;
      const answer = answerPipesRequest(pipes, { method, url, authorization, body: await text(request) });
      response.writeHead(answer.status, answer.headers).end(answer.body);
      return;
    }
    const { path, headers } = (await routed(deps, method, url, request)) ?? {};
    await upstream.forward(request, response, path, headers);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      log.error({ err: error, url: request.url }, 'request failed');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  // Uploads and long invocations must not be cut; the parties' own timeouts decide.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  return server;
}

/** Tells run-ministack.py by which alias a function was called, for its metrics. */
const ALIAS_HEADER = 'x-ticketbottle-alias';

/** Where an Invoke of an alias goes: when it has weights, to the version whose turn it is. Undefined for other requests. */
async function routed(
  deps: FrontDeps,
  method: string,
  url: URL,
  request: IncomingMessage,
): Promise<{ readonly path?: string; readonly headers: Readonly<Record<string, string>> } | undefined> {
  const target = invokeTarget(method, url);
  if (target === undefined || !namesAlias(target.qualifier)) return undefined;
  const { functionName, qualifier, operation } = target;
  const name = encodeURIComponent(functionName);
  const path = `/2015-03-31/functions/${name}/aliases/${encodeURIComponent(qualifier)}`;
  const alias = (await deps.upstream.get(path, request.headers.authorization)) as AliasRouting | undefined;
  const headers = { [ALIAS_HEADER]: qualifier };
  if (Object.keys(alias?.RoutingConfig?.AdditionalVersionWeights ?? {}).length === 0) return { headers };
  const version = chooseVersion(alias as AliasRouting, deps.random());
  const api = url.pathname.split('/')[1];
  return { path: `/${api}/functions/${name}/${operation}?Qualifier=${encodeURIComponent(version)}`, headers };
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
