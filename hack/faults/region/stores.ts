import { SERVICE_DATABASE } from '#proto/names.ts';
import type { RegionStores } from '#runtime/local/replicated-stores.ts';
import { silentLogger } from '#runtime/log.ts';
import { createPool, type Pool } from '#runtime/pg.ts';
import type { Purchase } from './buyers.ts';

export const poolOf = ({ postgres }: RegionStores, service: 'inventory' | 'payment'): Pool =>
  createPool({
    connectionString: postgres.url.replace(/\/postgres$/, `/${SERVICE_DATABASE[service]}`),
    ...{ max: 4, applicationName: 'faults', log: silentLogger(), statementTimeoutMs: 60_000 },
  });

export async function follows(stores: RegionStores): Promise<boolean> {
  const [row] = await rowsOf<{ yes: boolean }>(stores, 'SELECT pg_is_in_recovery() AS yes');
  return row?.yes === true;
}

export async function takesWrites(stores: RegionStores): Promise<boolean> {
  const question = "SELECT current_setting('transaction_read_only') = 'off' AS yes";
  const [row] = await rowsOf<{ yes: boolean }>(stores, question);
  return row?.yes === true;
}

/** When those orders were answered of whose stock a region knows nothing; Unix ms. */
export async function missingIn(stores: RegionStores, purchases: readonly Purchase[]): Promise<number[]> {
  const rows = await rowsOf<{ id: string }>(stores, 'SELECT order_id::text AS id FROM reservations');
  const known = new Set(rows.map(({ id }) => id));
  const missing = purchases.filter(({ orderId, told }) => told === 'pending' && !known.has(orderId));
  return missing.map(({ answeredMs }) => answeredMs);
}

async function rowsOf<T extends object>(stores: RegionStores, question: string): Promise<T[]> {
  const pool = poolOf(stores, 'inventory');
  try {
    return (await pool.query<T & Record<string, unknown>>(question)).rows;
  } finally {
    await pool.end();
  }
}
