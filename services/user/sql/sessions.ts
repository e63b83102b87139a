import { oneRow, type Pool, type Queryable, withTransaction } from '#runtime/pg.ts';

export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly userAgent: string;
  readonly tokenHash: Buffer;
  readonly ttlMs: number;
}

/** The end of the session in Unix ms; undefined when there is no such account. The database's clock decides. */
export async function openSession(pool: Pool, session: NewSession): Promise<number | undefined> {
  return await withTransaction(pool, async (tx) => {
    const row = oneRow(
      await tx.query<{ expire_time: Date }>(
        `INSERT INTO sessions (id, user_id, user_agent, expire_time)
         SELECT $1, id, $3, now() + $4 * interval '1 millisecond' FROM users WHERE id = $2 RETURNING expire_time`,
        [session.id, session.userId, session.userAgent, session.ttlMs],
      ),
    );
    if (row === undefined) return undefined;
    await addToken(tx, session.id, session.tokenHash);
    return row.expire_time.getTime();
  });
}

export type Rotation =
  | { readonly outcome: 'rotated'; readonly sessionId: string; readonly userId: string; readonly endMs: number }
  | { readonly outcome: 'reused'; readonly sessionId: string; readonly userId: string }
  | { readonly outcome: 'unknown' | 'expired' | 'revoked' };

/**
 * Spends a refresh token and puts the next one in its place, in one transaction. The row lock makes two users of one token
 * take turns: the second finds it spent, and the whole session ends.
 */
export async function rotateToken(pool: Pool, spent: Buffer, next: Buffer, ttlMs: number): Promise<Rotation> {
  return await withTransaction(pool, async (tx) => {
    const row = oneRow(
      await tx.query<{ session_id: string; user_id: string; spent: boolean; revoked: boolean; expired: boolean }>(
        `SELECT t.session_id, s.user_id, t.spent_time IS NOT NULL AS spent, s.revoke_time IS NOT NULL AS revoked,
                s.expire_time <= now() AS expired
           FROM session_tokens t JOIN sessions s ON s.id = t.session_id
          WHERE t.token_hash = $1 FOR UPDATE`,
        [spent],
      ),
    );
    if (row === undefined) return { outcome: 'unknown' };
    if (row.revoked) return { outcome: 'revoked' };
    if (row.spent) {
      await tx.query(`UPDATE sessions SET revoke_time = now(), revoke_reason = 'token_reused' WHERE id = $1`, [
        row.session_id,
      ]);
      return { outcome: 'reused', sessionId: row.session_id, userId: row.user_id };
    }
    if (row.expired) return { outcome: 'expired' };
    await tx.query('UPDATE session_tokens SET spent_time = now() WHERE token_hash = $1', [spent]);
    await addToken(tx, row.session_id, next);
    const renewed = await tx.query<{ expire_time: Date }>(
      `UPDATE sessions SET expire_time = now() + $2 * interval '1 millisecond' WHERE id = $1 RETURNING expire_time`,
      [row.session_id, ttlMs],
    );
    const endMs = oneRow(renewed)?.expire_time.getTime() ?? 0;
    return { outcome: 'rotated', sessionId: row.session_id, userId: row.user_id, endMs };
  });
}

/** Ends the session that a token, spent or not, belongs to. False when there was none to end. */
export async function revokeByToken(db: Queryable, tokenHash: Buffer): Promise<boolean> {
  const result = await db.query(
    `UPDATE sessions s SET revoke_time = now(), revoke_reason = 'signed_out' FROM session_tokens t
      WHERE t.token_hash = $1 AND s.id = t.session_id AND s.revoke_time IS NULL`,
    [tokenHash],
  );
  return result.rowCount === 1;
}

/** Ends one session of an account. False when there was none to end. */
export async function revokeById(db: Queryable, sessionId: string, userId: string): Promise<boolean> {
  const result = await db.query(
    `UPDATE sessions SET revoke_time = now(), revoke_reason = 'signed_out'
      WHERE id = $1 AND user_id = $2 AND revoke_time IS NULL`,
    [sessionId, userId],
  );
  return result.rowCount === 1;
}

export type RevokeReason = 'signed_out_everywhere' | 'password_changed' | 'password_reset' | 'roles_changed';

/** Ends every live session of an account, but for `exceptId`; their ids. */
export async function revokeAll(
  db: Queryable,
  userId: string,
  reason: RevokeReason = 'signed_out_everywhere',
  exceptId?: string,
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `UPDATE sessions SET revoke_time = now(), revoke_reason = $2
      WHERE user_id = $1 AND revoke_time IS NULL AND expire_time > now() AND id IS DISTINCT FROM $3::uuid RETURNING id`,
    [userId, reason, exceptId ?? null],
  );
  return rows.map(({ id }) => id);
}

export interface LiveSession {
  readonly id: string;
  readonly userAgent: string;
  readonly createMs: number;
  /** When its last refresh token was given. */
  readonly lastUseMs: number;
  readonly endMs: number;
}

const MAX_LISTED = 100;

/** Live sessions of an account, the latest used first. */
export async function listSessions(db: Queryable, userId: string): Promise<LiveSession[]> {
  const { rows } = await db.query<{
    id: string;
    user_agent: string;
    create_time: Date;
    last_use_time: Date;
    expire_time: Date;
  }>(
    `SELECT s.id, s.user_agent, s.create_time, s.expire_time, coalesce(max(t.create_time), s.create_time) AS last_use_time
       FROM sessions s LEFT JOIN session_tokens t ON t.session_id = s.id
      WHERE s.user_id = $1 AND s.revoke_time IS NULL AND s.expire_time > now()
      GROUP BY s.id ORDER BY last_use_time DESC LIMIT $2`,
    [userId, MAX_LISTED],
  );
  return rows.map((row) => ({
    id: row.id,
    userAgent: row.user_agent,
    createMs: row.create_time.getTime(),
    lastUseMs: row.last_use_time.getTime(),
    endMs: row.expire_time.getTime(),
  }));
}

/** Forgets sessions that ended more than `keepDays` ago, at most `limit`; how many. */
export async function forgetSessions(db: Queryable, keepDays: number, limit: number): Promise<number> {
  const result = await db.query(
    `DELETE FROM sessions WHERE id IN (
       SELECT id FROM sessions WHERE expire_time < now() - $1 * interval '1 day' LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [keepDays, limit],
  );
  return result.rowCount ?? 0;
}

async function addToken(db: Queryable, sessionId: string, tokenHash: Buffer): Promise<void> {
  await db.query('INSERT INTO session_tokens (token_hash, session_id) VALUES ($1, $2)', [tokenHash, sessionId]);
}
