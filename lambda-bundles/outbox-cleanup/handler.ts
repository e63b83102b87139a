import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { systemClock } from '#runtime/clock.ts';
import { parseEnv } from '#runtime/config.ts';
import { emitMetrics } from '#runtime/lambda/embedded-metrics.ts';
import { SecretCache } from '#runtime/lambda/secret-cache.ts';
import { createLogger } from '#runtime/log.ts';
import { deletePublished } from '#runtime/outbox.ts';
import { createPool } from '#runtime/pg.ts';

const config = parseEnv(process.env, (env) => ({
  databaseSecretId: env.required('DATABASE_SECRET_ID'),
  retentionMs: env.duration('RETENTION', '168h'),
}));
const log = createLogger({ service: 'outbox-cleanup' });
const secrets = new SecretCache(new SecretsManagerClient({}), systemClock);
const BATCH = 1_000;
/** Left for counting and closing down. */
const RESERVE_MS = 15_000;

/** Deletes what was published long ago, in batches that hold no lock for long, and reports what waits too long. */
export const handler = async (
  _event: unknown,
  context?: { getRemainingTimeInMillis?: () => number },
): Promise<{ deleted: number; stuck: number }> => {
  const { url } = await secrets.read(config.databaseSecretId);
  if (url === undefined) throw new Error(`secret ${config.databaseSecretId} has no "url"`);
  const pool = createPool({
    connectionString: url,
    max: 1,
    applicationName: 'outbox-cleanup',
    log,
    statementTimeoutMs: 60_000,
  });
  try {
    let deleted = 0;
    let batch: number;
    do {
      batch = await deletePublished(pool, config.retentionMs, BATCH);
      deleted += batch;
    } while (batch === BATCH && (context?.getRemainingTimeInMillis?.() ?? 120_000) > RESERVE_MS);
    const { rows } = await pool.query<{ stuck: number; age: number }>(
      `SELECT count(*) FILTER (WHERE created_time < now() - interval '5 minutes')::int AS stuck,
              coalesce(extract(epoch FROM now() - min(created_time)), 0)::float8 AS age
       FROM outbox WHERE published_time IS NULL`,
    );
    const { stuck = 0, age = 0 } = rows[0] ?? {};
    emitMetrics(systemClock, 'outbox-cleanup', {
      EventsDeleted: [deleted, 'Count'],
      EventsStuck: [stuck, 'Count'],
      OldestAge: [age, 'Seconds'],
    });
    log[stuck > 0 ? 'warn' : 'info']({ deleted, stuck, oldest_age_seconds: age }, 'outbox cleaned');
    return { deleted, stuck };
  } finally {
    await pool.end();
  }
};
