import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AWS_ACCESS_KEY_ID,
  AWS_REGION,
  AWS_SECRET_ACCESS_KEY,
  awsFrontServer,
  ministackServer,
} from './backing/aws.ts';
import { dynamodbLocalServer } from './backing/dynamodb-local.ts';
import { kafkaServers } from './backing/kafka.ts';
import { installParts } from './backing/parts.ts';
import { POSTGRES_PASSWORD, POSTGRES_USER, postgresServer } from './backing/postgres.ts';
import { PROVIDER_KEYS, type ProviderKeys, providersServer } from './backing/providers.ts';
import { redisServer } from './backing/redis.ts';
import type { BackingServer, Parts, Place } from './backing/server.ts';
import { temporalServers } from './backing/temporal.ts';
import { localLayout } from './layout.ts';
import { requirePortFree } from './preflight.ts';
import { Daemons } from './process.ts';
import { identify } from './process-identity.ts';

/**
 * Servers that can be asked for. `aws` is the whole AWS endpoint: ministack behind our front. `providers` is the simulator
 * of the payment providers (hack/providers); all others are the real thing.
 */
export const BACKING_NAMES = ['postgres', 'redis', 'kafka', 'temporal', 'aws', 'providers', 'dynamodb-local'] as const;
export type BackingName = (typeof BACKING_NAMES)[number];

/** What programs need to know to use each of them. */
export interface BackingAddresses {
  /** `url` names the database `postgres`; the user is superuser. */
  readonly postgres: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly url: string;
  };
  readonly redis: { readonly host: string; readonly port: number; readonly address: string };
  readonly kafka: { readonly brokers: readonly string[] };
  readonly temporal: { readonly address: string; readonly uiUrl: string };
  readonly aws: {
    readonly endpoint: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** Mails that SES accepted: `{messages: [...]}` with full text and html. */
    readonly mailboxUrl: string;
  };
  /** `url` is the base of both providers' APIs and of the buyers' side. */
  readonly providers: { readonly url: string } & ProviderKeys;
  readonly 'dynamodb-local': { readonly endpoint: string };
}

/** TCP ports of all servers. */
export interface BackingPorts {
  readonly postgres: number;
  readonly redis: number;
  readonly kafka: number;
  readonly kafkaController: number;
  readonly temporal: number;
  readonly temporalHttp: number;
  readonly temporalMetrics: number;
  readonly temporalUi: number;
  readonly aws: number;
  readonly awsBehind: number;
  readonly providers: number;
  readonly dynamodbLocal: number;
}

/** The ports inside the cluster's network namespace. */
export const LOCAL_PORTS: BackingPorts = {
  postgres: 5432,
  redis: 6379,
  kafka: 9092,
  kafkaController: 9093,
  temporal: 7233,
  temporalHttp: 7243,
  temporalMetrics: 7244,
  temporalUi: 8233,
  aws: 4566,
  awsBehind: 4567,
  providers: 8600,
  dynamodbLocal: 8000,
};

export function backingAddresses(host: string, ports: BackingPorts): BackingAddresses {
  const { postgres, redis, kafka, temporal, temporalUi, aws, providers, dynamodbLocal } = ports;
  return {
    postgres: {
      host,
      port: postgres,
      user: POSTGRES_USER,
      password: POSTGRES_PASSWORD,
      url: `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@${host}:${postgres}/postgres`,
    },
    redis: { host, port: redis, address: `${host}:${redis}` },
    kafka: { brokers: [`${host}:${kafka}`] },
    temporal: { address: `${host}:${temporal}`, uiUrl: `http://${host}:${temporalUi}` },
    aws: {
      endpoint: `http://${host}:${aws}`,
      region: AWS_REGION,
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      mailboxUrl: `http://${host}:${aws}/_ministack/ses/messages`,
    },
    providers: { url: `http://${host}:${providers}`, ...PROVIDER_KEYS },
    'dynamodb-local': { endpoint: `http://${host}:${dynamodbLocal}` },
  };
}

/** The servers behind one name, in the order in which they must start. `moreBrokers`: ports of Kafka brokers beside the first. */
export function backingServers(
  name: BackingName,
  parts: Parts,
  place: Omit<Place, 'dir'> & { readonly data: string },
  ports: BackingPorts,
  moreBrokers: readonly number[] = [],
): BackingServer[] {
  const at: Place = { ...place, dir: join(place.data, name) };
  switch (name) {
    case 'postgres':
      return [postgresServer(parts, at, ports.postgres)];
    case 'redis':
      return [redisServer(parts, at, ports.redis)];
    case 'kafka':
      return kafkaServers(parts, at, { brokers: [ports.kafka, ...moreBrokers], controller: ports.kafkaController });
    case 'temporal': {
      const { temporal: grpc, temporalHttp: http, temporalMetrics: metrics, temporalUi: ui } = ports;
      return temporalServers(parts, at, { grpc, http, metrics, ui });
    }
    case 'aws': {
      const both = { front: ports.aws, behind: ports.awsBehind };
      return [ministackServer(parts, at, both), awsFrontServer(parts, at, both)];
    }
    case 'providers':
      return [providersServer(parts, at, ports.providers)];
    case 'dynamodb-local':
      return [dynamodbLocalServer(parts, at, ports.dynamodbLocal)];
    default:
      return name satisfies never;
  }
}

/**
 * Prepares and starts one server, or finds it running. Its data is touched only while it does not run. Throws SetupError,
 * naming the process in the way, when a port is taken at the address `at`.
 */
export async function startServer(
  daemons: Daemons,
  server: BackingServer,
  signal?: AbortSignal,
  at = '127.0.0.1',
): Promise<'started' | 'running'> {
  const { name } = server.daemon;
  if (daemons.pidOf(name) === undefined) {
    await daemons.stop(name); // Orphans of one that died would hold its ports and data.
    const mend = at === '127.0.0.1' ? `--port ${name}=PORT` : 'TICKETBOTTLE_BLOCK=N (addresses 127.N.0.1)';
    for (const port of server.ports) await requirePortFree(port, name, mend, server.at ?? at);
    await server.prepare(signal);
  }
  return await daemons.start(server.daemon, signal);
}

export interface StartBackingOptions<N extends BackingName> {
  readonly which: readonly N[];
  /** Address to listen on and to give to clients; 127.0.0.1 unless said. */
  readonly host?: string;
  /** Free ports are chosen for those left out. */
  readonly ports?: Partial<BackingPorts>;
  /** One unless said. The servers are `kafka`, `kafka-2` and so on; the first is the controller. */
  readonly kafkaBrokers?: number;
  /** Keep data and logs here and leave them there; otherwise a temporary folder, removed at the end. */
  readonly dir?: string;
  /** Fsync and append-only files; off unless said, because tests want speed. */
  readonly durable?: boolean;
  /** Keep data over a restart of a server; as `durable` unless said. */
  readonly persistent?: boolean;
  readonly signal?: AbortSignal;
}

export type Backing<N extends BackingName = BackingName> = Pick<BackingAddresses, N> &
  AsyncDisposable & {
    /** Where the log of each server lies, and its data. */
    readonly dir: string;
    /** Pid of a running server; `ministack` and `aws` are two. */
    pidOf(name: string): number | undefined;
    /** Starts those of its servers that do not run, on the data that they find. */
    start(name: N): Promise<void>;
    /**
     * Sends the signal, waits for the end, and starts the server again on the data that it finds: after `meanwhile`, or so many
     * ms.
     */
    restart(name: N, signal: NodeJS.Signals, meanwhile?: number | (() => Promise<void>)): Promise<void>;
    /** Stops all of them; the same as disposing. */
    stop(): Promise<void>;
  };

/**
 * Starts real servers on loopback, for tests and tools: `await using backing = await startBacking({which: ['postgres']})`.
 * They end with `stop`, with disposal, or when this process dies, however it dies. In a namespace, call it from a process
 * that is inside. The first call on a machine downloads what is missing. Throws SetupError.
 */
export async function startBacking<N extends BackingName>(options: StartBackingOptions<N>): Promise<Backing<N>> {
  const { which, signal } = options;
  const host = options.host ?? '127.0.0.1';
  const { parts } = await installParts({
    cache: localLayout(process.env).cache,
    path: process.env.PATH,
    kafka: wants(which, 'kafka'),
    dynamodbLocal: wants(which, 'dynamodb-local'),
    ...(signal === undefined ? {} : { signal }),
  });
  const dir = options.dir ?? temporaryDirectory();
  const daemons = new Daemons({ run: join(dir, 'run'), logs: join(dir, 'logs') });
  const ports = { ...(await freePorts()), ...options.ports };
  const moreBrokers = await choosePorts((options.kafkaBrokers ?? 1) - 1, new Set(Object.values(ports)));
  const durable = options.durable ?? false;
  const place = {
    data: join(dir, 'data'),
    host,
    bind: host,
    persistent: options.persistent ?? durable,
    durable,
    tiedToParent: true,
  };
  const start = async (name: N) => {
    for (const server of backingServers(name, parts, place, ports, moreBrokers))
      await startServer(daemons, server, signal, host);
  };
  const stop = async () => {
    await daemons.stopAll();
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  try {
    mkdirSync(place.data, { recursive: true });
    const started = await Promise.allSettled(which.map((name) => start(name)));
    for (const result of started) if (result.status === 'rejected') throw result.reason;
  } catch (error) {
    await stop();
    throw error;
  }
  // The caller's type asks for some of the addresses; those of servers that were not started lead nowhere.
  const addresses = Object.fromEntries(
    Object.entries({
      ...backingAddresses(host, ports),
      kafka: { brokers: [ports.kafka, ...moreBrokers].map((port) => `${host}:${port}`) },
    }).filter(([name]) => wants(which, name)),
  );
  const restart = async (name: N, how: NodeJS.Signals, meanwhile: number | (() => Promise<void>) = 0) => {
    const servers = backingServers(name, parts, place, ports, moreBrokers);
    for (const { daemon } of servers.toReversed()) {
      const pid = daemons.pidOf(daemon.name);
      if (pid !== undefined) process.kill(pid, how);
      while (daemons.pidOf(daemon.name) !== undefined) await sleep(20);
    }
    // A killed server with many threads lets its ports go a little after it counts as dead.
    for (const port of servers.flatMap(({ ports }) => ports))
      for (let tries = 0; tries < 500 && !(await isFree(port)); tries++) await sleep(20);
    await (typeof meanwhile === 'number' ? sleep(meanwhile) : meanwhile());
    await start(name);
  };
  return {
    ...(addresses as Pick<BackingAddresses, N>),
    ...{ dir, start, restart, stop, [Symbol.asyncDispose]: stop },
    pidOf: (name) => daemons.pidOf(name),
  };
}

function wants(which: readonly string[], name: string): boolean {
  return which.includes(name);
}

const PREFIX = 'ticketbottle-backing-';

/** A new folder named after this process; folders of processes that died without cleaning up go away. */
function temporaryDirectory(): string {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : Number.NaN;
    if (Number.isInteger(owner) && identify(owner) === undefined) {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    }
  }
  return mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

/** Ports below the range from which the kernel takes those of outgoing connections, so that none can slip in between. */
async function choosePorts(count: number, taken: Set<number>): Promise<number[]> {
  const chosen: number[] = [];
  while (chosen.length < count) {
    const port = 10_240 + Math.floor(Math.random() * 22_000);
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    chosen.push(port);
  }
  return chosen;
}

async function freePorts(): Promise<BackingPorts> {
  const names = Object.keys(LOCAL_PORTS) as (keyof BackingPorts)[];
  const chosen = await choosePorts(names.length, new Set());
  return Object.fromEntries(names.map((name, index) => [name, chosen[index] ?? 0])) as Record<
    keyof BackingPorts,
    number
  >;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
  await new Promise((resolve) => server.close(resolve));
  return free;
}
