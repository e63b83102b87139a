import type { Shop } from '#runtime/local/shop/shop.ts';
import { until } from './fault.ts';

/** By the clock of Postgres, which stamps the rows. */
export async function now({ paymentDb }: Shop): Promise<string> {
  const { rows } = await paymentDb.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
  return rows[0]?.now ?? '';
}

async function ofBothOutboxes<T extends object>(shop: Shop, question: string, values: unknown[] = []): Promise<T[]> {
  const answers = await Promise.all(
    [shop.inventoryDb, shop.paymentDb].map((db) => db.query<T & Record<string, unknown>>(question, values)),
  );
  return answers.flatMap(({ rows }) => rows);
}

/** Rows that are not published yet. */
export async function waiting(shop: Shop): Promise<number> {
  const rows = await ofBothOutboxes<{ count: number }>(
    shop,
    'SELECT count(*)::int AS count FROM outbox WHERE published_time IS NULL',
  );
  return rows.reduce((sum, { count }) => sum + count, 0);
}

/** Until the rows that wait now are published; others come meanwhile. */
export async function caughtUp(shop: Shop, what: string): Promise<void> {
  const moment = await now(shop);
  const question = 'SELECT 1 FROM outbox WHERE published_time IS NULL AND created_time <= $1 LIMIT 1';
  await until(
    `${what} is published`,
    async () => (await ofBothOutboxes(shop, question, [moment])).length === 0,
    120_000,
  );
}

export interface Published {
  readonly count: number;
  /** How long the messages had waited, from commit to acknowledgement. */
  readonly medianMs: number;
  readonly slowestMs: number;
}

/** What was published after a moment. */
export async function publishedSince(shop: Shop, moment: string): Promise<Published> {
  const rows = await ofBothOutboxes<{ ms: number }>(
    shop,
    `SELECT extract(epoch FROM published_time - created_time)::float8 * 1000 AS ms
     FROM outbox WHERE published_time > $1`,
    [moment],
  );
  const waited = rows.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return { count: waited.length, medianMs: waited[waited.length >> 1] ?? 0, slowestMs: waited.at(-1) ?? 0 };
}

export async function publishedIds(shop: Shop): Promise<string[]> {
  const rows = await ofBothOutboxes<{ id: string }>(shop, 'SELECT id FROM outbox WHERE published_time IS NOT NULL');
  return rows.map(({ id }) => id);
}
