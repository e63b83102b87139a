import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { systemClock } from '#runtime/clock.ts';
import { parseEnv } from '#runtime/config.ts';
import { createKafka } from '#runtime/kafka.ts';
import { emitMetrics } from '#runtime/lambda/embedded-metrics.ts';
import { SecretCache } from '#runtime/lambda/secret-cache.ts';
import { createLogger } from '#runtime/log.ts';
import { createRelay } from '#runtime/outbox-relay.ts';
import { createPool } from '#runtime/pg.ts';

const config = parseEnv(process.env, (env) => ({
  databaseSecretId: env.required('DATABASE_SECRET_ID'),
  brokers: env.list('KAFKA_BROKERS'),
  tls: env.bool('KAFKA_TLS', false),
}));
const log = createLogger({ service: 'outbox-processor' });
const secrets = new SecretCache(new SecretsManagerClient({}), systemClock);
/** Left for closing down before Lambda ends the process. */
const RESERVE_MS = 10_000;

/**
 * The safety net under the payment service's own relay: publishes whatever waits in its outbox. Both may run at once; a shard
 * belongs to one of them at a time, so the order of a key holds.
 */
export const handler = async (
  _event: unknown,
  context?: { getRemainingTimeInMillis?: () => number },
): Promise<{ published: number }> => {
  const { url } = await secrets.read(config.databaseSecretId);
  if (url === undefined) throw new Error(`secret ${config.databaseSecretId} has no "url"`);
  const startedAt = systemClock.monotonic();
  const pool = createPool({ connectionString: url, max: 4, applicationName: 'outbox-processor', log });
  const producer = createKafka({
    brokers: config.brokers,
    clientId: 'outbox-processor',
    log,
    tls: config.tls,
  }).producer();
  try {
    const relay = createRelay({ pool, producer, clock: systemClock, log });
    const budgetMs = Math.max(1_000, (context?.getRemainingTimeInMillis?.() ?? 60_000) - RESERVE_MS);
    const published = await relay.drainOnce(AbortSignal.timeout(budgetMs));
    if (published > 0) log.info({ published }, 'messages published');
    emitMetrics(systemClock, 'outbox-processor', {
      Published: [published, 'Count'],
      Duration: [systemClock.monotonic() - startedAt, 'Milliseconds'],
    });
    return { published };
  } finally {
    // A frozen environment would keep sockets that the other side has given up.
    await Promise.allSettled([producer.close(), pool.end()]);
  }
};
