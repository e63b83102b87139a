import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { systemClock } from '#runtime/clock.ts';
import { parseEnv } from '#runtime/config.ts';
import { createKafka } from '#runtime/kafka.ts';
import { databaseUrl } from '#runtime/lambda/database-secret.ts';
import { kafkaAccess, kafkaConfig } from '#runtime/lambda/kafka-env.ts';
import { lambdaFunction } from '#runtime/lambda/lambda-function.ts';
import { SecretCache } from '#runtime/lambda/secret-cache.ts';
import type { Logger } from '#runtime/log.ts';
import { createRelay } from '#runtime/outbox-relay.ts';
import { createPool } from '#runtime/pg.ts';

const config = parseEnv(process.env, (env) => ({
  databaseSecretId: env.required('DATABASE_SECRET_ID'),
  kafka: kafkaConfig(env),
}));
const secrets = new SecretCache(new SecretsManagerClient({}), systemClock);
/** Left for closing down before Lambda ends the process. */
const RESERVE_MS = 10_000;

const connectDatabase = async (log: Logger) =>
  createPool({
    connectionString: await databaseUrl(secrets, config.databaseSecretId),
    max: 4,
    applicationName: 'outbox-processor',
    log,
  });
const connectKafka = async (log: Logger) =>
  createKafka({ ...(await kafkaAccess(config.kafka, secrets)), clientId: 'outbox-processor', log });

/**
 * The safety net under the payment service's own relay: publishes whatever waits in its outbox. Both may run at once; a shard
 * belongs to one of them at a time, so the order of a key holds.
 */
export const handler = lambdaFunction<unknown, { published: number; parked: number }>({
  name: 'outbox-processor',
  env: process.env,
  clock: systemClock,
  async handle(_event, { log, metrics, remainingMs }) {
    const pool = await connectDatabase(log);
    const producer = (await connectKafka(log)).producer();
    try {
      let parked = 0;
      const relay = createRelay({ pool, producer, clock: systemClock, log, onParked: () => parked++ });
      const budgetMs = Math.max(1_000, remainingMs() - RESERVE_MS);
      const published = await relay.drainOnce(AbortSignal.timeout(budgetMs));
      if (published > 0) log.info({ published }, 'messages published');
      metrics.Published = [published, 'Count'];
      metrics.Parked = [parked, 'Count'];
      return { published, parked };
    } finally {
      // A frozen environment would keep sockets that the other side has given up.
      await Promise.allSettled([producer.close(), pool.end()]);
    }
  },
  async check({ log }) {
    const pool = await connectDatabase(log);
    try {
      await pool.query('SELECT seq FROM outbox LIMIT 0');
      await pool.query('SELECT id FROM outbox_parked LIMIT 0');
      const admin = (await connectKafka(log)).admin();
      await admin.brokers().finally(() => admin.close());
    } finally {
      await pool.end();
    }
  },
});
