import { callerOf } from './caller.ts';
import { invalid, type PipeDefinition, PipesError } from './pipe-definition.ts';
import type { Pipes } from './pipes.ts';

export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** True for requests of the EventBridge Pipes API (REST, 2015-10-07), which ministack would take but not act on. */
export function isPipesRequest(url: URL): boolean {
  const path = decodeURIComponent(url.pathname);
  return path === '/v1/pipes' || path.startsWith('/v1/pipes/') || path.startsWith('/tags/arn:aws:pipes:');
}

/** Answers one request of the Pipes API. */
export function answerPipesRequest(pipes: Pipes, request: ApiRequest): ApiAnswer {
  try {
    return json(200, route(pipes, request));
  } catch (error) {
    if (!(error instanceof PipesError)) throw error;
    return json(error.status, { message: error.message }, { 'x-amzn-errortype': error.code });
  }
}

function route(pipes: Pipes, { method, url, authorization, body }: ApiRequest): object {
  const segments = url.pathname.split('/').slice(1).map(decodeURIComponent);
  const query = url.searchParams;
  if (segments[0] === 'tags') {
    const arn = segments.slice(1).join('/');
    if (method === 'GET') return { tags: pipes.get(arn).Tags };
    if (method === 'POST') pipes.tag(arn, (parse(body).tags ?? {}) as Record<string, string>, []);
    if (method === 'DELETE') pipes.tag(arn, {}, query.getAll('tagKeys'));
    return {};
  }
  const { account, region } = callerOf(authorization);
  const prefix = `arn:aws:pipes:${region}:${account}:pipe/`;
  const [, , name, action] = segments;
  if (name === undefined || name === '') return list(pipes.list(`${prefix}${query.get('NamePrefix') ?? ''}`), query);
  const arn = prefix + name;
  switch (`${method} ${action ?? ''}`.trim()) {
    case 'POST':
      return lifecycle(pipes.create(name, parse(body), authorization));
    case 'GET':
      return pipes.get(arn);
    case 'PUT':
      return lifecycle(pipes.update(arn, parse(body)));
    case 'DELETE':
      return { ...lifecycle(pipes.delete(arn)), DesiredState: 'DELETED', CurrentState: 'DELETING' };
    case 'POST start':
      return lifecycle(pipes.update(arn, { DesiredState: 'RUNNING' }));
    case 'POST stop':
      return lifecycle(pipes.update(arn, { DesiredState: 'STOPPED' }));
    default:
      throw invalid(`No operation ${method} ${url.pathname}`);
  }
}

/** Pages are named by the first pipe of the next one. */
function list(pipes: readonly PipeDefinition[], query: URLSearchParams): object {
  const wanted = pipes.filter(
    (pipe) =>
      (query.get('DesiredState') ?? pipe.DesiredState) === pipe.DesiredState &&
      (query.get('CurrentState') ?? pipe.CurrentState) === pipe.CurrentState &&
      pipe.Source.startsWith(query.get('SourcePrefix') ?? '') &&
      pipe.Target.startsWith(query.get('TargetPrefix') ?? '') &&
      pipe.Name >= (query.get('NextToken') ?? ''),
  );
  const limit = Number(query.get('Limit') ?? '100');
  const next = wanted[limit];
  const summaries = wanted.slice(0, limit).map((pipe) => {
    const { Source, Target, StateReason } = pipe;
    return { ...lifecycle(pipe), Source, Target, StateReason };
  });
  return { Pipes: summaries, ...(next === undefined ? {} : { NextToken: next.Name }) };
}

function lifecycle(pipe: PipeDefinition) {
  const { Arn, Name, DesiredState, CurrentState, CreationTime, LastModifiedTime } = pipe;
  return { Arn, Name, DesiredState, CurrentState, CreationTime, LastModifiedTime };
}

function parse(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body === '' ? '{}' : body);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Answered below.
  }
  throw invalid('The request body is not a JSON object');
}

function json(status: number, value: object, headers: Record<string, string> = {}): ApiAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}
