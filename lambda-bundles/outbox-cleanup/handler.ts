import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { systemClock } from '#runtime/clock.ts';
import { parseEnv } from '#runtime/config.ts';
import { databaseUrl } from '#runtime/lambda/database-secret.ts';
import { lambdaFunction } from '#runtime/lambda/lambda-function.ts';
import { SecretCache } from '#runtime/lambda/secret-cache.ts';
import type { Logger } from '#runtime/log.ts';
import { deletePublished } from '#runtime/outbox.ts';
import { createPool } from '#runtime/pg.ts';

const config = parseEnv(process.env, (env) => ({
  databaseSecretId: env.required('DATABASE_SECRET_ID'),
  retentionMs: env.duration('RETENTION', '168h'),
}));
const secrets = new SecretCache(new SecretsManagerClient({}), systemClock);
const BATCH = 1_000;
/** Left for counting and closing down. */
const RESERVE_MS = 15_000;

const connect = async (log: Logger) =>
  createPool({
    connectionString: await databaseUrl(secrets, config.databaseSecretId),
    max: 1,
    applicationName: 'outbox-cleanup',
    log,
    statementTimeoutMs: 60_000,
  });

const WAITING = `
  SELECT count(*) FILTER (WHERE created_time < now() - interval '5 minutes')::int AS stuck,
         coalesce(extract(epoch FROM now() - min(created_time)), 0)::float8 AS age,
         (SELECT count(*)::int FROM outbox_parked) AS parked
  FROM outbox WHERE published_time IS NULL`;

interface Report {
  readonly deleted: number;
  readonly stuck: number;
  readonly parked: number;
}

/** Deletes what was published long ago, in batches that hold no lock for long, and reports what waits too long or never went. */
export const handler = lambdaFunction<unknown, Report>({
  name: 'outbox-cleanup',
  env: process.env,
  clock: systemClock,
  async handle(_event, { log, metrics, remainingMs }) {
    const pool = await connect(log);
    try {
      let deleted = 0;
      let batch: number;
      do {
        batch = await deletePublished(pool, config.retentionMs, BATCH);
        deleted += batch;
      } while (batch === BATCH && remainingMs() > RESERVE_MS);
      const { rows } = await pool.query<{ stuck: number; age: number; parked: number }>(WAITING);
      const { stuck = 0, age = 0, parked = 0 } = rows[0] ?? {};
      metrics.EventsDeleted = [deleted, 'Count'];
      metrics.EventsStuck = [stuck, 'Count'];
      metrics.EventsParked = [parked, 'Count'];
      metrics.OldestAge = [age, 'Seconds'];
      const attention = stuck > 0 || parked > 0;
      log[attention ? 'warn' : 'info']({ deleted, stuck, parked, oldest_age_seconds: age }, 'outbox cleaned');
      return { deleted, stuck, parked };
    } finally {
      await pool.end();
    }
  },
  async check({ log }) {
    const pool = await connect(log);
    await pool.query(WAITING).finally(() => pool.end());
  },
});
