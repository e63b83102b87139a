import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { run } from '../command.ts';
import { identify } from '../process-identity.ts';
import { type BackingServer, isolated, NOBODY, type Parts, type Place, reachable, SYSTEM_PATH } from './server.ts';

export const POSTGRES_USER = 'postgres';
/** Guards nothing but local data: the server listens on loopback or inside a namespace without an outside. */
export const POSTGRES_PASSWORD = 'ticketbottle-local';

/** PostgreSQL 18, superuser `postgres` with a password (scram) from every address it listens on. */
export function postgresServer(parts: Parts, place: Place, port: number): BackingServer {
  const data = join(place.dir, 'data');
  const settings = {
    listen_addresses: place.bind,
    unix_socket_directories: '',
    max_connections: 400,
    shared_buffers: '128MB',
    // Statements of all services are short; waiting transactions show up soon.
    idle_in_transaction_session_timeout: '60s',
    log_min_messages: 'warning',
    ...(place.durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return {
    ports: [port],
    async prepare(signal) {
      if (!existsSync(join(data, 'PG_VERSION'))) await initialise(parts, place.dir, data, signal);
      removeDeadLock(join(data, 'postmaster.pid'));
    },
    daemon: {
      name: 'postgres',
      ...isolated({
        command: join(parts.postgresBin, 'postgres'),
        args: ['-D', data, '-p', String(port), ...flags],
        env: { PATH: SYSTEM_PATH, LC_ALL: 'C', TZ: 'UTC' },
        stopSignal: 'SIGINT',
        asNobody: true,
        tiedToParent: place.tiedToParent,
      }),
      stopSignal: 'SIGINT',
      ready: async () => {
        const client = new pg.Client({
          host: reachable(place.bind),
          port,
          user: POSTGRES_USER,
          password: POSTGRES_PASSWORD,
          connectionTimeoutMillis: 2_000,
        });
        client.on('error', () => {});
        try {
          await client.connect();
          await client.query('SELECT 1');
          return true;
        } finally {
          await client.end();
        }
      },
    },
  };
}

/** Postgres takes a killed predecessor for alive as long as nobody has reaped it, and some init processes never do. */
function removeDeadLock(file: string): void {
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (identify(pid) === undefined) rmSync(file, { force: true });
}

/** Made beside its place and renamed, so that a killed initdb leaves nothing that looks like a database. */
async function initialise(parts: Parts, dir: string, data: string, signal: AbortSignal | undefined): Promise<void> {
  const making = join(dir, 'data.new');
  rmSync(making, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const passwordFile = join(dir, 'password');
  writeFileSync(passwordFile, POSTGRES_PASSWORD, { mode: 0o600 });
  const initdb = [
    ...[join(parts.postgresBin, 'initdb'), '-D', making, '-U', POSTGRES_USER, `--pwfile=${passwordFile}`],
    ...['--auth=scram-sha-256', '--no-sync', '-E', 'UTF8', '--locale=C'],
  ];
  const [command = '', ...args] = process.getuid?.() === 0 ? [...NOBODY, ...initdb] : initdb;
  await run(command, args, { cwd: dirname(making), ...(signal === undefined ? {} : { signal }) });
  appendFileSync(join(making, 'pg_hba.conf'), 'host all all 0.0.0.0/0 scram-sha-256\n');
  renameSync(making, data);
}
