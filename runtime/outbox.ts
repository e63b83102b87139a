import { createHash } from 'node:crypto';
import { encodeEnvelope } from './event-envelope.ts';
import type { Queryable } from './pg.ts';
import { activeTrace } from './trace-context.ts';

/**
 * The transactional outbox: a message is a row written in the same transaction as the change it tells of, so that neither
 * exists without the other; `createRelay` (outbox-relay.ts) publishes it afterwards, at least once.
 *
 * Order: rows of one key are published in the order of `seq`. That is the order of commits as long as writers of a key hold
 * a common row lock (on the order, the payment) before they enqueue, which every state change of ours does.
 *
 * Put this into the migration of a service that publishes:
 */
export const OUTBOX_TABLE_SQL = `
CREATE TABLE outbox (
  seq            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id             text        NOT NULL UNIQUE,
  topic          text        NOT NULL,
  key            text        NOT NULL,
  type           text        NOT NULL,
  value          text        NOT NULL,
  shard          smallint    NOT NULL CHECK (shard >= 0 AND shard < 16),
  created_time   timestamptz NOT NULL DEFAULT now(),
  published_time timestamptz
);
CREATE INDEX outbox_waiting ON outbox (shard, seq) WHERE published_time IS NULL;
CREATE INDEX outbox_published ON outbox (published_time) WHERE published_time IS NOT NULL;
CREATE TABLE outbox_parked (
  id           text        PRIMARY KEY,
  topic        text        NOT NULL,
  key          text        NOT NULL,
  type         text        NOT NULL,
  value        text        NOT NULL,
  shard        smallint    NOT NULL,
  created_time timestamptz NOT NULL,
  parked_time  timestamptz NOT NULL DEFAULT now(),
  reason       text        NOT NULL
);
`;

/** Puts parked messages back in line, behind what came since, once their reason is gone. Returns how many. */
export async function unpark(client: Queryable, ids: readonly string[]): Promise<number> {
  const result = await client.query(
    `WITH row AS (DELETE FROM outbox_parked WHERE id = ANY($1::text[]) RETURNING *)
     INSERT INTO outbox (id, topic, key, type, value, shard, created_time)
     SELECT id, topic, key, type, value, shard, created_time FROM row ORDER BY created_time ON CONFLICT (id) DO NOTHING`,
    [ids],
  );
  return result.rowCount ?? 0;
}

/** Fixed for ever: a key must stay in its shard while old and new programs run side by side. */
export const OUTBOX_SHARDS = 16;

export interface OutboxMessage {
  /** Deduplication key: derive it (uuidV5) from what happened, so that a retried transaction writes the same one. */
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  /** Equals the topic unless told. */
  readonly type?: string;
  readonly data: unknown;
  /** When it happened, ms since the epoch. */
  readonly time: number;
}

/**
 * Writes messages inside the caller's transaction; call `relay.wake()` after the commit. An id that is there already is
 * left alone: the event was told before. Returns how many were new.
 */
export async function enqueue(client: Queryable, ...messages: readonly OutboxMessage[]): Promise<number> {
  if (messages.length === 0) return 0;
  const traceparent = activeTrace();
  const values = messages.map((message) =>
    encodeEnvelope({ ...message, type: message.type ?? message.topic, traceparent }),
  );
  const result = await client.query(
    `INSERT INTO outbox (id, topic, key, type, value, shard)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[])
     ON CONFLICT (id) DO NOTHING`,
    [
      messages.map(({ id }) => id),
      messages.map(({ topic }) => topic),
      messages.map(({ key }) => key),
      messages.map(({ type, topic }) => type ?? topic),
      values,
      messages.map(({ key }) => shardOf(key)),
    ],
  );
  return result.rowCount ?? 0;
}

/** Deletes published rows older than `retentionMs`, at most `limit` at once (default 1000). Returns how many. */
export async function deletePublished(client: Queryable, retentionMs: number, limit = 1_000): Promise<number> {
  const result = await client.query(
    `DELETE FROM outbox WHERE seq IN (
       SELECT seq FROM outbox WHERE published_time < now() - $1 * interval '1 millisecond'
       ORDER BY published_time LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [retentionMs, limit],
  );
  return result.rowCount ?? 0;
}

export function shardOf(key: string): number {
  return createHash('sha1').update(key).digest().readUInt16BE(0) % OUTBOX_SHARDS;
}
