import { execFileSync } from 'node:child_process';
import { chownSync, closeSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Shop } from '#runtime/local/shop/shop.ts';

const MB = 1024 * 1024;
const DISK_FULL = '53100';

/** A file system of its own for all tables of the payment database, which `fill` fills to the last byte. */
export interface SmallDisk extends AsyncDisposable {
  /** Throws when Postgres can still write. */
  fill(): Promise<void>;
  free(): void;
}

/**
 * A tablespace on a tmpfs. The log (WAL) stays where it is: a server whose log cannot be written stops altogether, and that is
 * fault 10.
 */
export async function smallDisk({ paymentDb: db, backing }: Shop): Promise<SmallDisk> {
  if (process.getuid?.() !== 0) throw new Error('this fault mounts a file system; run it as root');
  const at = join(backing.dir, 'small-disk');
  const ballast = join(at, 'ballast');
  const { rows } = await db.query<{ bytes: string }>("SELECT pg_database_size('payment')::text AS bytes");
  const megabytes = Math.ceil((2 * Number(rows[0]?.bytes ?? 0)) / MB) + 16;
  const server = statSync(`/proc/${backing.pidOf('postgres')}`);
  mkdirSync(at, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'small-disk', at]);
  const tables = join(at, 'tables');
  const move = async (from: string, to: string) => {
    for (const kind of ['TABLE', 'INDEX'])
      await db.query(`ALTER ${kind} ALL IN TABLESPACE ${from} SET TABLESPACE ${to}`);
  };
  const free = () => rmSync(ballast, { force: true });
  await using undo = new AsyncDisposableStack();
  // Lazily: somebody of the server may still hold a file that is gone.
  undo.defer(async () => void execFileSync('umount', ['-l', at]));
  mkdirSync(tables, { mode: 0o700 });
  chownSync(tables, server.uid, server.gid);
  await db.query(`CREATE TABLESPACE small LOCATION '${tables}'`);
  undo.defer(async () => {
    free();
    await move('small', 'pg_default');
    await db.query('DROP TABLESPACE small');
  });
  await move('pg_default', 'small');
  const done = undo.move();
  return {
    async fill() {
      const file = openSync(ballast, 'w');
      try {
        for (const chunk = Buffer.alloc(4096); ; ) writeSync(file, chunk);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
      // More than any page has room for, and nothing that compresses.
      const noise = "(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 20000) n)";
      const refused = await db
        .query(
          `INSERT INTO outbox_parked (id, topic, key, type, value, shard, created_time, reason) VALUES ('full', '', '', '', ${noise}, 0, now(), '')`,
        )
        .catch((error: { code?: string }) => error.code);
      if (refused !== DISK_FULL) throw new Error('the disk is full, and Postgres still writes');
    },
    free,
    [Symbol.asyncDispose]: () => done.disposeAsync(),
  };
}
