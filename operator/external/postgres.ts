import pg from 'pg';
import type { Adapter, Change } from './adapter.ts';
import { scramVerifier } from './scram-verifier.ts';

/** How to reach the server as a role that may create databases and roles. */
export interface PostgresAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** `true` for the system's authorities, or a PEM of the server's own. */
  readonly tls?: boolean | { readonly ca: string } | undefined;
}

/** One database, owned by one role that nobody else uses. The password is the caller's to make and to keep. */
export interface DesiredDatabase {
  readonly database: string;
  readonly role: string;
  readonly password: string;
}

export interface ObservedDatabase {
  readonly role: 'missing' | 'cannot-log-in' | 'ok';
  /** What the role may do to the whole server, such as `SUPERUSER`: a service needs none of it. */
  readonly powers: readonly string[];
  /** Why the role cannot come in although it may log in: its password has run out, or it may have too few connections. */
  readonly limited: string | undefined;
  /** Roles that ours is a member of: their rights are ours, and there should be none. */
  readonly memberOf: readonly string[];
  readonly exists: boolean;
  readonly owner: string;
  /** Whether every role of the server may connect, as Postgres allows unless told otherwise. */
  readonly openToPublic: boolean;
  /** Roles with rights on the database besides its owner. */
  readonly otherGrantees: readonly string[];
  /** Rights on its own database that were taken from the role. */
  readonly missingRights: readonly string[];
  /** Whether the role may use and fill the schema `public`. Undefined when there is nothing to log in to yet. */
  readonly ownsSchema: boolean | undefined;
  /** False when the server refuses the desired password. Undefined when there is nothing to log in to yet. */
  readonly passwordWorks: boolean | undefined;
}

/** By database name. */
export type ObservedDatabases = ReadonlyMap<string, ObservedDatabase>;

export type DatabaseStep =
  | { readonly kind: 'create-role' }
  | { readonly kind: 'set-password' }
  | { readonly kind: 'take-powers'; readonly powers: readonly string[] }
  | { readonly kind: 'lift-limits' }
  | { readonly kind: 'leave-role'; readonly of: string }
  | { readonly kind: 'create-database' }
  | { readonly kind: 'set-owner' }
  | { readonly kind: 'close' }
  | { readonly kind: 'grant-own' }
  | { readonly kind: 'grant-schema' }
  | { readonly kind: 'revoke-from'; readonly grantee: string };

export interface DatabaseChange extends Change {
  readonly step: DatabaseStep;
  readonly desired: DesiredDatabase;
}

const STATEMENT_MS = 30_000;

/** A database and an owner role per service, without a way from one into another. */
export function createDatabases(
  access: PostgresAccess,
): Adapter<readonly DesiredDatabase[], ObservedDatabases, DatabaseChange> {
  return {
    observe: (desired, signal) =>
      withClient(access, 'postgres', signal, async (client) => {
        const facts = new Map<DesiredDatabase, Awaited<ReturnType<typeof observeOne>>>();
        for (const one of desired) facts.set(one, await observeOne(client, one));
        // Each has a connection of its own, whose handshake is most of a look.
        const entries = [...facts].map(async ([one, found]): Promise<[string, ObservedDatabase]> => {
          const canTry = found.exists && found.role === 'ok';
          return [one.database, { ...found, ...(canTry ? await logsIn(access, one, signal) : NO_WAY_IN) }];
        });
        return new Map(await Promise.all(entries));
      }),
    diff: diffDatabases,
    apply: (changes, signal) =>
      withClient(access, 'postgres', signal, async (client) => {
        for (const change of changes) {
          signal.throwIfAborted();
          await applyOne(client, change, access, signal);
        }
      }),
    remove: (desired, signal) =>
      withClient(access, 'postgres', signal, async (client) => {
        for (const { database, role } of desired) {
          if ((await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role])).rowCount === 0) continue;
          await beMember(client, role);
          await client.query(`DROP DATABASE IF EXISTS ${ident(database)} WITH (FORCE)`);
          await client.query(`DROP ROLE ${ident(role)}`);
        }
      }),
  };
}

export function diffDatabases(desired: readonly DesiredDatabase[], observed: ObservedDatabases): DatabaseChange[] {
  return desired.flatMap((one): DatabaseChange[] => {
    const found = observed.get(one.database) ?? NOTHING;
    const role = `role ${one.role}`;
    const database = `database ${one.database}`;
    const change = (target: string, action: Change['action'], reason: string, step: DatabaseStep): DatabaseChange => ({
      target,
      action,
      reason,
      step,
      desired: one,
    });
    const changes: DatabaseChange[] = [];
    if (found.role === 'missing') changes.push(change(role, 'create', 'does not exist', { kind: 'create-role' }));
    else if (found.role === 'cannot-log-in')
      changes.push(change(role, 'update', 'may not log in', { kind: 'set-password' }));
    else if (found.passwordWorks === false)
      changes.push(change(role, 'update', 'has another password', { kind: 'set-password' }));
    if (found.powers.length > 0)
      changes.push(
        change(role, 'update', `has ${found.powers.join(', ')}`, { kind: 'take-powers', powers: found.powers }),
      );
    if (found.limited !== undefined) changes.push(change(role, 'update', found.limited, { kind: 'lift-limits' }));
    for (const of of found.memberOf)
      changes.push(change(role, 'update', `is a member of ${of}`, { kind: 'leave-role', of }));

    if (!found.exists) {
      changes.push(change(database, 'create', 'does not exist', { kind: 'create-database' }));
      changes.push(change(database, 'update', 'every role may connect', { kind: 'close' }));
      return changes;
    }
    if (found.owner !== one.role)
      changes.push(change(database, 'update', `belongs to ${found.owner}`, { kind: 'set-owner' }));
    if (found.openToPublic) changes.push(change(database, 'update', 'every role may connect', { kind: 'close' }));
    if (found.owner === one.role && found.missingRights.length > 0)
      changes.push(
        change(database, 'update', `${one.role} has no right to ${found.missingRights.join(', ')}`, {
          kind: 'grant-own',
        }),
      );
    if (found.ownsSchema === false)
      changes.push(change(database, 'update', `${one.role} may not use its schema public`, { kind: 'grant-schema' }));
    for (const grantee of found.otherGrantees)
      changes.push(change(database, 'update', `${grantee} has rights on it`, { kind: 'revoke-from', grantee }));
    return changes;
  });
}

const NO_WAY_IN = { passwordWorks: undefined, ownsSchema: undefined } as const;

const NOTHING: ObservedDatabase = {
  ...NO_WAY_IN,
  role: 'missing',
  powers: [],
  limited: undefined,
  missingRights: [],
  memberOf: [],
  exists: false,
  owner: '',
  openToPublic: false,
  otherGrantees: [],
};

/** An unset ACL means the defaults, which let everyone connect. Grants to our own admin come from having to own for others. */
const OBSERVE = `
  SELECT
    (SELECT rolcanlogin FROM pg_roles WHERE rolname = $2) AS can_log_in,
    (SELECT array_remove(ARRAY[
        CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
        CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
        CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL) FROM pg_roles WHERE rolname = $2) AS powers,
    (SELECT CASE WHEN rolvaliduntil <= now() THEN 'has a password that has run out'
                 WHEN rolconnlimit >= 0 THEN 'may have only ' || rolconnlimit || ' connections' END
       FROM pg_roles WHERE rolname = $2) AS limited,
    ARRAY(SELECT g.rolname::text FROM pg_auth_members m
            JOIN pg_roles r ON r.oid = m.member JOIN pg_roles g ON g.oid = m.roleid
           WHERE r.rolname = $2 ORDER BY 1) AS member_of,
    (SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = $1) AS owner,
    COALESCE((SELECT bool_or(acl.grantee = 0) FROM pg_database d,
        aclexplode(COALESCE(d.datacl, acldefault('d', d.datdba))) acl WHERE d.datname = $1), false) AS open_to_public,
    ARRAY(SELECT DISTINCT pg_get_userbyid(acl.grantee)::text FROM pg_database d, aclexplode(d.datacl) acl
           WHERE d.datname = $1 AND acl.grantee <> 0 AND acl.grantee <> d.datdba
             AND pg_get_userbyid(acl.grantee) NOT IN ($2, current_user) ORDER BY 1) AS other_grantees,
    ARRAY(SELECT wanted FROM pg_database d, unnest(ARRAY['CONNECT', 'CREATE', 'TEMPORARY']) wanted
           WHERE d.datname = $1 AND d.datacl IS NOT NULL AND NOT EXISTS (SELECT FROM aclexplode(d.datacl) acl
                   WHERE acl.grantee = d.datdba AND acl.privilege_type = wanted) ORDER BY 1) AS missing_rights`;

async function observeOne(
  client: pg.Client,
  { database, role }: DesiredDatabase,
): Promise<Omit<ObservedDatabase, keyof typeof NO_WAY_IN>> {
  const { rows } = await client.query<{
    can_log_in: boolean | null;
    powers: string[] | null;
    limited: string | null;
    member_of: string[];
    owner: string | null;
    open_to_public: boolean;
    other_grantees: string[];
    missing_rights: string[];
  }>(OBSERVE, [database, role]);
  const row = rows[0];
  if (row === undefined) throw new Error('the catalogue query gave no row');
  return {
    role: row.can_log_in === null ? 'missing' : row.can_log_in ? 'ok' : 'cannot-log-in',
    powers: row.powers ?? [],
    limited: row.limited ?? undefined,
    memberOf: row.member_of,
    exists: row.owner !== null,
    owner: row.owner ?? '',
    openToPublic: row.open_to_public,
    otherGrantees: row.other_grantees,
    missingRights: row.missing_rights,
  };
}

async function applyOne(
  client: pg.Client,
  { step, desired }: DatabaseChange,
  access: PostgresAccess,
  signal: AbortSignal,
): Promise<void> {
  const role = ident(desired.role);
  const database = ident(desired.database);
  switch (step.kind) {
    case 'create-role':
      return await unlessThere(client, `CREATE ROLE ${role} LOGIN NOINHERIT PASSWORD ${verifier(desired)}`);
    case 'set-password':
      return void (await client.query(`ALTER ROLE ${role} LOGIN PASSWORD ${verifier(desired)}`));
    case 'take-powers':
      return void (await client.query(`ALTER ROLE ${role} ${step.powers.map((power) => `NO${power}`).join(' ')}`));
    case 'lift-limits':
      return void (await client.query(`ALTER ROLE ${role} CONNECTION LIMIT -1 VALID UNTIL 'infinity'`));
    case 'leave-role':
      return void (await client.query(`REVOKE ${ident(step.of)} FROM ${role}`));
    case 'create-database':
      await beMember(client, desired.role);
      // Template 0 takes no connections, so nobody can be in the way; text is UTF-8 wherever the server's default is not.
      return await unlessThere(client, `CREATE DATABASE ${database} OWNER ${role} TEMPLATE template0 ENCODING 'UTF8'`);
    case 'set-owner':
      await beMember(client, desired.role);
      return void (await client.query(`ALTER DATABASE ${database} OWNER TO ${role}`));
    case 'close':
      await beMember(client, desired.role);
      return void (await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`));
    case 'grant-own':
      await beMember(client, desired.role);
      return void (await client.query(`GRANT ALL ON DATABASE ${database} TO ${role}`));
    case 'grant-schema':
      await beMember(client, desired.role);
      return await withClient(access, desired.database, signal, async (inside) => {
        await inside.query(`ALTER SCHEMA public OWNER TO ${role}`);
        await inside.query(`GRANT ALL ON SCHEMA public TO ${role}`);
      });
    case 'revoke-from':
      return void (await client.query(`REVOKE ALL ON DATABASE ${database} FROM ${ident(step.grantee)}`));
    default:
      return step satisfies never;
  }
}

/**
 * Managed servers give no superuser: there one must be a member of a role to make it an owner and to act as that owner. From
 * Postgres 16 on a membership may lack the right to SET ROLE, as the one that comes with CREATEROLE does.
 */
async function beMember(client: pg.Client, role: string): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  const rights = (rows[0]?.version ?? 0) >= 160_000 ? ['USAGE', 'SET'] : ['USAGE'];
  for (const right of rights) {
    const { rows } = await client.query<{ able: boolean }>('SELECT pg_has_role(current_user, $1, $2) AS able', [
      role,
      right,
    ]);
    if (rows[0]?.able === true) continue;
    await client.query(`GRANT ${ident(role)} TO CURRENT_USER`);
    return;
  }
}

const DUPLICATE = new Set(['42P04', '42710', '23505']);

/** Another operator, or our own earlier try, was faster: the next look compares what is there. */
async function unlessThere(client: pg.Client, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    if (!DUPLICATE.has(String((error as { code?: unknown }).code))) throw error;
  }
}

/** Whether the role's own way in works, the only proof of a password that a managed server allows, and what it finds there. */
async function logsIn(
  access: PostgresAccess,
  desired: DesiredDatabase,
  signal: AbortSignal,
): Promise<{ passwordWorks: boolean | undefined; ownsSchema: boolean | undefined }> {
  const own = { ...access, user: desired.role, password: desired.password };
  try {
    return await withClient(own, desired.database, signal, async (client) => {
      const { rows } = await client.query<{ able: boolean }>(
        `SELECT to_regnamespace('public') IS NULL OR (has_schema_privilege('public', 'USAGE')
            AND has_schema_privilege('public', 'CREATE')) AS able`,
      );
      return { passwordWorks: true, ownsSchema: rows[0]?.able ?? false };
    });
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    // invalid_password, invalid_authorization_specification
    if (['28P01', '28000'].includes(code)) return { ...NO_WAY_IN, passwordWorks: false };
    // insufficient_privilege, too_many_connections: rights and limits are other findings.
    if (['42501', '53300'].includes(code)) return NO_WAY_IN;
    throw error;
  }
}

export async function withClient<T>(
  { host, port, user, password, tls }: PostgresAccess,
  database: string,
  signal: AbortSignal,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const client = new pg.Client({
    host,
    port,
    user,
    password,
    database,
    application_name: 'ticketbottle-operator',
    connectionTimeoutMillis: 5_000,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 5_000,
    ...(tls === undefined || tls === false ? {} : { ssl: tls === true ? true : { ca: tls.ca } }),
  });
  // A server that goes away between queries must not end the process; the next query fails instead.
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

function ident(name: string): string {
  return pg.escapeIdentifier(name);
}

function verifier({ password }: DesiredDatabase): string {
  return pg.escapeLiteral(scramVerifier(password));
}
