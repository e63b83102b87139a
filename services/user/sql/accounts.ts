import { oneRow, type Pool, type Queryable, withTransaction } from '#runtime/pg.ts';

export const ROLES = ['buyer', 'organiser', 'door', 'admin'] as const;
export type RoleName = (typeof ROLES)[number];

export interface Account {
  readonly id: string;
  readonly email: string;
  readonly fullName: string;
  readonly roles: readonly RoleName[];
  readonly createMs: number;
}

export interface Credentials {
  readonly account: Account;
  readonly passwordHash: string;
  readonly requestId: string | undefined;
}

interface Row {
  id: string;
  email: string;
  full_name: string;
  password_hash: string;
  request_id: string | null;
  create_time: Date;
  roles: RoleName[];
}

const SELECT = `
  SELECT u.id, u.email, u.full_name, u.password_hash, u.request_id, u.create_time,
         coalesce(array_agg(r.role ORDER BY r.role) FILTER (WHERE r.role IS NOT NULL), '{}') AS roles
    FROM users u LEFT JOIN user_roles r ON r.user_id = u.id`;

/** What makes two addresses the same account. */
export function emailKey(email: string): string {
  return email.trim().normalize('NFC').toLowerCase();
}

export async function findByEmail(db: Queryable, email: string): Promise<Credentials | undefined> {
  // Postgres takes no NUL in text, and nobody has one in an address.
  if (email.includes('\0')) return undefined;
  return parse(oneRow(await db.query<Row>(`${SELECT} WHERE u.email_key = $1 GROUP BY u.id`, [emailKey(email)])));
}

export async function findById(db: Queryable, id: string): Promise<Credentials | undefined> {
  return parse(oneRow(await db.query<Row>(`${SELECT} WHERE u.id = $1 GROUP BY u.id`, [id])));
}

/** Undefined when the address belongs to an account already. */
export async function insertAccount(
  pool: Pool,
  account: Omit<Account, 'createMs'> & { readonly passwordHash: string; readonly requestId: string | undefined },
): Promise<Account | undefined> {
  return await withTransaction(pool, async (tx) => {
    const inserted = oneRow(
      await tx.query<{ create_time: Date }>(
        `INSERT INTO users (id, email, email_key, password_hash, full_name, request_id)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ON CONSTRAINT one_account_per_email DO NOTHING
         RETURNING create_time`,
        [
          account.id,
          account.email.trim(),
          emailKey(account.email),
          account.passwordHash,
          account.fullName,
          account.requestId ?? null,
        ],
      ),
    );
    if (inserted === undefined) return undefined;
    await tx.query('INSERT INTO user_roles (user_id, role) SELECT $1, unnest($2::text[])', [account.id, account.roles]);
    const { id, email, fullName, roles } = account;
    return { id, email: email.trim(), fullName, roles, createMs: inserted.create_time.getTime() };
  });
}

/** Undefined when there is no such account; whether anything changed otherwise. */
export async function replaceRoles(
  db: Queryable,
  userId: string,
  roles: readonly RoleName[],
): Promise<boolean | undefined> {
  const account = await db.query('SELECT 1 FROM users WHERE id = $1 FOR UPDATE', [userId]);
  if (account.rowCount !== 1) return undefined;
  const gone = await db.query('DELETE FROM user_roles WHERE user_id = $1 AND role <> ALL ($2::text[])', [
    userId,
    roles,
  ]);
  const added = await db.query(
    'INSERT INTO user_roles (user_id, role) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING',
    [userId, roles],
  );
  return (gone.rowCount ?? 0) + (added.rowCount ?? 0) > 0;
}

function parse(row: Row | undefined): Credentials | undefined {
  if (row === undefined) return undefined;
  const { id, email, roles } = row;
  return {
    account: { id, email, roles, fullName: row.full_name, createMs: row.create_time.getTime() },
    passwordHash: row.password_hash,
    requestId: row.request_id ?? undefined,
  };
}
