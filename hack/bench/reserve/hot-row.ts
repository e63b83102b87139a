import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '#runtime/local/command.ts';
import type { Pool } from '#runtime/pg.ts';
import type { Measured, Side } from '../benchmark.ts';

const CLIENTS = 16;
const SECONDS = 4;

/** What one row of Postgres carries by itself, in three ways to take a ticket; `tickets` of each transaction. */
const WAYS = {
  'row-lock': {
    tickets: 1,
    script:
      'BEGIN;\nSELECT taken FROM hot WHERE id = 1 FOR UPDATE;\nUPDATE hot SET taken = taken + 1 WHERE id = 1;\nEND;\n',
  },
  'row-statement': { tickets: 1, script: 'UPDATE hot SET taken = taken + 1 WHERE id = 1;\n' },
  'row-batch': { tickets: 64, script: 'UPDATE hot SET taken = taken + 64 WHERE id = 1;\n' },
} as const;

/** pgbench on the PATH, or where Debian keeps it; undefined where there is none. */
function findPgbench(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : [];
  const folders = [...(process.env['PATH'] ?? '').split(':'), ...versions.toSorted().toReversed()];
  return folders.map((folder) => join(folder, 'pgbench')).find((file) => existsSync(file));
}

/** Sides that measure the row with pgbench on the same server; none where pgbench is missing. */
export async function hotRowSides(db: Pool, url: string): Promise<Side[]> {
  const pgbench = findPgbench();
  if (pgbench === undefined) return [];
  await db.query('CREATE TABLE IF NOT EXISTS hot (id int PRIMARY KEY, taken bigint NOT NULL)');
  await db.query('INSERT INTO hot VALUES (1, 0) ON CONFLICT DO NOTHING');
  return Object.entries(WAYS).map(([name, way]) => ({
    name,
    warmUp: async () => {},
    round: () => hotRow(db, pgbench, url, way),
  }));
}

async function hotRow(
  db: Pool,
  pgbench: string,
  url: string,
  { script, tickets }: (typeof WAYS)[keyof typeof WAYS],
): Promise<Measured> {
  const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-pgbench-'));
  try {
    const file = join(dir, 'script.sql');
    writeFileSync(file, script);
    const taken = async () => Number((await db.query<{ taken: string }>('SELECT taken FROM hot')).rows[0]?.taken);
    const before = await taken();
    const args = ['-n', '-M', 'prepared', '-c', String(CLIENTS), '-j', '2', '-T', String(SECONDS), '-f', file, url];
    const { stdout } = await run(pgbench, args);
    const transactions = Number(/number of transactions actually processed: (\d+)/.exec(stdout)?.[1]);
    const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
    if ((await taken()) - before !== transactions * tickets)
      throw new Error(`pgbench: the row does not add up:\n${stdout}`);
    return { figures: { perSecond: perSecond * tickets }, work: { durable: 'yes' } };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
