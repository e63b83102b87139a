import { createHash } from 'node:crypto';
import { type DispatcherOptions, KubeConfig } from '@kubernetes/client-node';
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from 'undici';
import type { Clock } from '#runtime/clock.ts';

/** How long credentials are kept before kubeconfig, token file or exec plugin is asked again. */
const CREDENTIALS_MS = 30_000;
/** Two calls without an answer in a row: the other connections may be black-holed too. */
const TIMEOUTS_BEFORE_REBUILD = 2;

/**
 * Where the API server is and how to get in. client-node reads kubeconfigs, service account files and exec plugins; its
 * own dispatchers are not used, because it opens a new TLS connection for every call.
 */
export interface Connection {
  readonly server: string;
  /** Headers that authenticate a request. */
  headers(): Promise<Record<string, string>>;
  /** For calls: HTTP/1.1 on a few connections that everyone shares. */
  calls(): Promise<Dispatcher>;
  /** For watches: HTTP/1.1, one socket each. */
  watches(): Promise<Dispatcher>;
  /** Forgets credentials after a 401. */
  forgetCredentials(): void;
  /** Counts calls without an answer; the second in a row opens new connections. */
  report(outcome: 'answered' | 'timed-out'): void;
  close(): Promise<void>;
}

/** Keeps what client-node would build a dispatcher from, instead of building one per call. */
class CapturingConfig extends KubeConfig {
  captured: DispatcherOptions = { type: 'none' };

  override createDispatcherOptions(
    ...args: Parameters<KubeConfig['createDispatcherOptions']>
  ): ReturnType<KubeConfig['createDispatcherOptions']> {
    this.captured = super.createDispatcherOptions(...args);
    return { type: 'none' };
  }
}

interface Credentials {
  readonly headers: Record<string, string>;
  readonly options: DispatcherOptions;
  /** Changes with the options. */
  readonly revision: string;
  readonly readAt: number;
}

interface Dispatchers {
  readonly revision: string;
  readonly calls: Dispatcher;
  readonly watches: Dispatcher;
}

export interface ConnectOptions {
  readonly clock: Clock;
  /** Path of a kubeconfig; without it the default one, or the service account inside a pod. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** Reads the configuration; no request is made yet. Throws when there is no cluster to talk to. */
export function connect({ clock, kubeconfig, context }: ConnectOptions): Connection {
  const config = new CapturingConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`no cluster in the kubeconfig for context "${config.getCurrentContext()}"`);

  let credentials: Credentials | undefined;
  let reading: Promise<Credentials> | undefined;
  let dispatchers: Dispatchers | undefined;
  let timeoutsInARow = 0;

  async function current(): Promise<Credentials> {
    if (credentials !== undefined && clock.monotonic() - credentials.readAt < CREDENTIALS_MS) return credentials;
    reading ??= readCredentials(config, clock).finally(() => {
      reading = undefined;
    });
    credentials = await reading;
    return credentials;
  }

  async function currentDispatchers(): Promise<Dispatchers> {
    const { options, revision } = await current();
    if (dispatchers?.revision === revision) return dispatchers;
    retire(dispatchers);
    dispatchers = { revision, calls: callDispatcher(options), watches: watchDispatcher(options) };
    return dispatchers;
  }

  return {
    server: cluster.server.replace(/\/+$/, ''),
    headers: async () => (await current()).headers,
    calls: async () => (await currentDispatchers()).calls,
    watches: async () => (await currentDispatchers()).watches,
    forgetCredentials: () => {
      credentials = undefined;
    },
    report: (outcome) => {
      timeoutsInARow = outcome === 'answered' ? 0 : timeoutsInARow + 1;
      if (timeoutsInARow < TIMEOUTS_BEFORE_REBUILD || dispatchers === undefined) return;
      timeoutsInARow = 0;
      const { calls, ...rest } = dispatchers;
      dispatchers = undefined;
      calls.destroy().catch(() => {});
      // Watches have an inactivity limit of their own; let them end by themselves.
      rest.watches.close().catch(() => {});
    },
    close: async () => {
      const last = dispatchers;
      dispatchers = undefined;
      await Promise.all([last?.calls.destroy(), last?.watches.destroy()]);
    },
  };
}

async function readCredentials(config: CapturingConfig, clock: Clock): Promise<Credentials> {
  const headers: Record<string, string> = {};
  // The only parts of a RequestContext that authentication touches.
  const context = {
    setHeaderParam: (name: string, value: string) => {
      headers[name.toLowerCase()] = value;
    },
    setDispatcher: () => {},
  } as unknown as Parameters<KubeConfig['applySecurityAuthentication']>[0];
  await config.applySecurityAuthentication(context);
  const options = config.captured;
  // Here and not for each call: it takes longer than all else that a call costs.
  return { headers, options, revision: hashOptions(options), readAt: clock.monotonic() };
}

function callDispatcher(options: DispatcherOptions): Dispatcher {
  // HTTP/1.1: a silent connection costs the one call on it, which ends it by its time limit. One HTTP/2 session would take
  // all calls with it, and undici sends no pings. A call takes 0.2 ms longer for it.
  return build(options, { allowH2: false, connections: 16, keepAliveTimeout: 60_000 });
}

function watchDispatcher(options: DispatcherOptions): Dispatcher {
  // bodyTimeout 0: the reflector has an inactivity limit that knows about bookmarks.
  return build(options, { allowH2: false, bodyTimeout: 0, keepAliveTimeout: 5_000 });
}

function build(options: DispatcherOptions, base: Agent.Options): Dispatcher {
  // client-node's TLS options are Node's with explicit undefined; undici wants those left out.
  const tls = (given: object) =>
    ({ ...given, keepAliveInitialDelay: 30_000, timeout: 5_000 }) as buildConnector.BuildOptions;
  switch (options.type) {
    case 'agent':
      return new Agent({ ...base, connect: tls(options.connect) });
    case 'none':
      return new Agent({ ...base, connect: tls({}) });
    case 'proxy':
      return new ProxyAgent({
        ...base,
        uri: options.uri,
        requestTls: tls(options.requestTls),
        connect: tls(options.connect),
      });
    case 'socks':
      throw new Error('a SOCKS proxy in the kubeconfig is not supported; use an HTTP proxy');
    default:
      throw new Error(`unknown dispatcher options ${JSON.stringify(options satisfies never)}`);
  }
}

function retire(old: Dispatchers | undefined): void {
  old?.calls.close().catch(() => {});
  old?.watches.close().catch(() => {});
}

function hashOptions(options: DispatcherOptions): string {
  const text = JSON.stringify(options, (_name, value: unknown) =>
    Buffer.isBuffer(value) ? value.toString('base64') : value,
  );
  return createHash('sha256').update(text).digest('hex');
}
