import { oneRow, type Pool, type Queryable, withTransaction } from '#runtime/pg.ts';
import { revokeAll } from './sessions.ts';

/** Tokens that one account may hold at once: a flood of requests must not become a flood of mail. */
const MAX_LIVE_RESETS = 3;

/** False when the account has as many live tokens as it may have. */
export async function insertReset(
  pool: Pool,
  reset: { readonly userId: string; readonly tokenHash: Buffer; readonly ttlMs: number },
): Promise<boolean> {
  return await withTransaction(pool, async (tx) => {
    // The account's row is the lock under which its tokens are counted.
    await tx.query('SELECT 1 FROM users WHERE id = $1 FOR UPDATE', [reset.userId]);
    const result = await tx.query(
      `INSERT INTO password_resets (token_hash, user_id, expire_time)
       SELECT $1, $2, now() + $3 * interval '1 millisecond'
        WHERE (SELECT count(*) FROM password_resets WHERE user_id = $2 AND expire_time > now()) < $4`,
      [reset.tokenHash, reset.userId, reset.ttlMs, MAX_LIVE_RESETS],
    );
    return result.rowCount === 1;
  });
}

/** The account of a token that is still good; looked up before the new password is hashed, which is dear. */
export async function findReset(db: Queryable, tokenHash: Buffer): Promise<string | undefined> {
  const row = oneRow(
    await db.query<{ user_id: string }>(
      'SELECT user_id FROM password_resets WHERE token_hash = $1 AND expire_time > now()',
      [tokenHash],
    ),
  );
  return row?.user_id;
}

/** Spends a token, sets the password, ends every session and every other token. Undefined when the token is no good. */
export async function resetPassword(
  pool: Pool,
  tokenHash: Buffer,
  passwordHash: string,
): Promise<{ readonly userId: string; readonly email: string; readonly sessionIds: string[] } | undefined> {
  return await withTransaction(pool, async (tx) => {
    const spent = oneRow(
      await tx.query<{ user_id: string }>(
        'DELETE FROM password_resets WHERE token_hash = $1 AND expire_time > now() RETURNING user_id',
        [tokenHash],
      ),
    );
    if (spent === undefined) return undefined;
    const userId = spent.user_id;
    await tx.query('DELETE FROM password_resets WHERE user_id = $1', [userId]);
    const changed = await tx.query<{ email: string }>(
      'UPDATE users SET password_hash = $2, update_time = now() WHERE id = $1 RETURNING email',
      [userId, passwordHash],
    );
    const sessionIds = await revokeAll(tx, userId, 'password_reset');
    return { userId, email: oneRow(changed)?.email ?? '', sessionIds };
  });
}

/**
 * Sets a new password and ends every session but one. Undefined when the password is not any more the one that was checked:
 * somebody else changed it meanwhile.
 */
export async function changePassword(
  pool: Pool,
  change: {
    readonly userId: string;
    readonly checkedHash: string;
    readonly passwordHash: string;
    readonly keepSessionId: string | undefined;
  },
): Promise<string[] | undefined> {
  return await withTransaction(pool, async (tx) => {
    const changed = await tx.query(
      'UPDATE users SET password_hash = $3, update_time = now() WHERE id = $1 AND password_hash = $2',
      [change.userId, change.checkedHash, change.passwordHash],
    );
    if (changed.rowCount !== 1) return undefined;
    await tx.query('DELETE FROM password_resets WHERE user_id = $1', [change.userId]);
    return await revokeAll(tx, change.userId, 'password_changed', change.keepSessionId);
  });
}

/** Forgets tokens that ended. */
export async function forgetResets(db: Queryable): Promise<void> {
  await db.query("DELETE FROM password_resets WHERE expire_time < now() - interval '1 day'");
}
