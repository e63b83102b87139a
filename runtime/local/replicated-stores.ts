import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../log.ts';
import { createRedis, type Redis } from '../redis.ts';
import { baseBackup, prepareBackup } from './backing/postgres-backup.ts';
import { type Backing, startBacking } from './backing.ts';

/** Postgres and Redis of one region. */
export type RegionStores = Backing<'postgres' | 'redis'>;

export interface ReplicatedStores extends AsyncDisposable {
  readonly east: RegionStores;
  /** Follows the other one, until somebody promotes it. */
  readonly west: RegionStores;
}

/** The stores of two regions, with streaming replication and REPLICAOF between them. */
export async function startReplicatedStores(options: { readonly host?: string } = {}): Promise<ReplicatedStores> {
  const place = (name: string) => mkdtempSync(join(tmpdir(), `ticketbottle-${name}-${process.pid}-`));
  const start = (dir: string) => startBacking({ ...options, which: ['postgres', 'redis'], dir, persistent: true });
  await using stack = new AsyncDisposableStack();
  const dirs = { east: place('east'), west: place('west') };
  for (const dir of Object.values(dirs)) stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  const east = stack.use(await start(dirs.east));
  mkdirSync(join(dirs.west, 'data', 'postgres'), { recursive: true });
  await copyToFollow(east, dirs.west);
  const west = stack.use(await start(dirs.west));
  await followInRedis(west, east);
  const owned = stack.move();
  return { east, west, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Makes the stores of a region followers of the other's; what they had of their own is lost. */
export async function follow(follower: RegionStores, primary: RegionStores): Promise<void> {
  await follower.restart('postgres', 'SIGINT', () => copyToFollow(primary, follower.dir));
  await followInRedis(follower, primary);
}

const dataIn = (dir: string) => join(dir, 'data', 'postgres', 'data');

async function copyToFollow({ postgres, dir }: RegionStores, to: string): Promise<void> {
  await baseBackup(postgres.url, dataIn(dir), dataIn(to));
  const { host, port, user, password } = postgres;
  const primary = `host=${host} port=${port} user=${user} password=${password}`;
  await prepareBackup(dataIn(to), { kind: 'follow', primary });
}

async function followInRedis(follower: RegionStores, { redis: { host, port } }: RegionStores): Promise<void> {
  await inRedis(follower, (redis) => redis.call('REPLICAOF', host, String(port)));
}

export async function inRedis<T>({ redis }: RegionStores, use: (redis: Redis) => Promise<T>): Promise<T> {
  const client = createRedis({ address: redis.address, log: silentLogger(), commandTimeoutMs: 20_000 });
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}
