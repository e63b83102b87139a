import pg from 'pg';
import type { PostgresAccess } from './postgres.ts';

/** Connections of one Postgres server. */
export interface ConnectionBudget {
  /** What roles that are not superusers may open together. */
  readonly usable: number;
  readonly open: number;
}

/** Reads the server's limit and how much of it is taken. Throws when it cannot be reached or refuses us. */
export async function readConnectionBudget(access: PostgresAccess, signal: AbortSignal): Promise<ConnectionBudget> {
  signal.throwIfAborted();
  const { host, port, user, password, tls } = access;
  const client = new pg.Client({
    host,
    port,
    user,
    password,
    database: 'postgres',
    application_name: 'ticketbottle-operator',
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    ...(tls === undefined || tls === false ? {} : { ssl: tls === true ? true : { ca: tls.ca } }),
  });
  client.on('error', () => {});
  await client.connect();
  try {
    // `reserved_connections` came with Postgres 16.
    const { rows } = await client.query<{ usable: number; open: number }>(
      `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                - coalesce(current_setting('reserved_connections', true), '0')::int AS usable,
              (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS open`,
    );
    const row = rows[0];
    if (row === undefined) throw new Error('Postgres did not answer with its settings');
    return row;
  } finally {
    await client.end().catch(() => {});
  }
}
