import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { parse } from 'yaml';

/** An answer of the API server with a status of 400 and above. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
  };
}

interface KubeConfig {
  readonly clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  readonly users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The API server, as one user of a kubeconfig. Only what a kubelet and a proxy need of a client. */
export class KubeApi {
  readonly #server: string;
  readonly #agent: Agent;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as KubeConfig;
    const cluster = clusters[0]?.cluster;
    const user = users[0]?.user;
    if (cluster === undefined || user === undefined) throw new Error(`${kubeconfig} names no cluster or no user`);
    const pem = (data: string) => Buffer.from(data, 'base64').toString();
    this.#server = cluster.server;
    this.#agent = new Agent({
      connect: {
        ca: pem(cluster['certificate-authority-data']),
        cert: pem(user['client-certificate-data']),
        key: pem(user['client-key-data']),
      },
      bodyTimeout: 0, // Watches are quiet for as long as nothing happens.
    });
  }

  /** One call. Throws ApiError, or what undici throws when there is no answer. */
  async call<T>(method: Method, path: string, body?: unknown, contentType = 'application/json'): Promise<T> {
    const response = await request(this.#server + path, {
      dispatcher: this.#agent,
      method,
      headers: body === undefined ? {} : { 'content-type': contentType },
      body: body === undefined ? null : JSON.stringify(body),
      headersTimeout: 30_000,
    });
    const text = await response.body.text();
    if (response.statusCode >= 400) throw new ApiError(messageOf(text), response.statusCode);
    return JSON.parse(text) as T;
  }

  async mergePatch<T>(path: string, body: unknown): Promise<T> {
    return await this.call<T>('PATCH', path, body, 'application/merge-patch+json');
  }

  /**
   * Lists and then watches, for ever, until the signal fires. `replace` gets all that is there, after every reconnection that
   * lost its place again; `set` and `remove` get changes.
   */
  async follow<T extends KubeObject>(
    path: string,
    query: Readonly<Record<string, string>>,
    sink: { replace(items: readonly T[]): void; set(item: T): void; remove(item: T): void },
    signal: AbortSignal,
    onError: (error: unknown) => void = () => {},
  ): Promise<void> {
    let version: string | undefined;
    while (!signal.aborted) {
      try {
        if (version === undefined) {
          const list = await this.call<{ items: T[]; metadata: { resourceVersion: string } }>(
            'GET',
            `${path}?${new URLSearchParams(query)}`,
          );
          sink.replace(list.items);
          version = list.metadata.resourceVersion;
        }
        version = await this.#watch(path, query, version, sink, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiError && error.status === 410) version = undefined;
        onError(error);
        await sleep(500);
      }
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  /** Returns the version to go on from, or undefined when it is too old to go on. */
  async #watch<T extends KubeObject>(
    path: string,
    query: Readonly<Record<string, string>>,
    from: string,
    sink: { set(item: T): void; remove(item: T): void },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const parameters = { ...query, watch: 'true', allowWatchBookmarks: 'true', resourceVersion: from };
    const response = await request(`${this.#server}${path}?${new URLSearchParams(parameters)}`, {
      dispatcher: this.#agent,
      signal,
      headersTimeout: 30_000,
    });
    if (response.statusCode >= 400) throw new ApiError(messageOf(await response.body.text()), response.statusCode);
    let version = from;
    let rest = '';
    response.body.setEncoding('utf8');
    for await (const chunk of response.body) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') continue;
        const { type, object } = JSON.parse(line) as { type: string; object: T };
        if (type === 'ERROR') return undefined;
        version = object.metadata.resourceVersion;
        if (type === 'ADDED' || type === 'MODIFIED') sink.set(object);
        else if (type === 'DELETED') sink.remove(object);
      }
    }
    return version;
  }
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
