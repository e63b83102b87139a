import { Client } from 'pg';

interface Postgres {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

async function query<T>(postgres: Postgres, database: string, text: string, values: unknown[]): Promise<T[]> {
  const client = new Client({
    host: postgres.host,
    port: postgres.port,
    user: postgres.username,
    password: postgres.password,
    database,
  });
  await client.connect();
  try {
    return (await client.query(text, values)).rows as T[];
  } finally {
    await client.end();
  }
}

/** The counters of a sale's classes, rehearsals left out. */
export async function readStock(
  postgres: Postgres,
  eventId: string,
): Promise<{ name: string; total: number; reserved: number; sold: number }[]> {
  return await query(
    postgres,
    'ticketbottle_inventory',
    'SELECT name, total, reserved, sold FROM ticket_classes WHERE event_id = $1 AND NOT rehearsal ORDER BY name',
    [eventId],
  );
}

/** Every link ever made at a provider for an order of this sale. */
export async function readLinks(
  postgres: Postgres,
  eventId: string,
): Promise<{ orderId: string; providerRef: string; newest: boolean }[]> {
  return await query(
    postgres,
    'ticketbottle_payment',
    `SELECT p.order_id::text AS "orderId", l.provider_ref AS "providerRef", l.provider_ref = p.provider_ref AS newest
     FROM payments p JOIN payment_links l ON l.payment_id = p.id WHERE p.event_id = $1`,
    [eventId],
  );
}

/** Gives an account a role, as an administrator of the platform would. */
export async function grantRole(postgres: Postgres, email: string, role: 'admin'): Promise<void> {
  await query(
    postgres,
    'ticketbottle_user',
    `INSERT INTO user_roles (user_id, role) SELECT id, $2 FROM users WHERE email = $1 ON CONFLICT DO NOTHING`,
    [email, role],
  );
}
