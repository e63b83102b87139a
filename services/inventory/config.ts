import { OPS_PORT, SERVICE_PORT } from '#proto/names.ts';
import { type Environment, parseEnv } from '#runtime/config.ts';
import { databaseEnv, kafkaEnv, serviceEnv } from '#runtime/service-env.ts';

/** Everything that inventory reads from its environment. */
export function readConfig(source: Environment) {
  return parseEnv(source, (env) => ({
    ...serviceEnv(env, { opsPort: OPS_PORT, grpcPort: SERVICE_PORT.inventory }),
    ...databaseEnv(env),
    kafka: kafkaEnv(env),
    /** `combined` lets buyers share a transaction; `per-request` is the plain way, for comparison. */
    reserveMode: env.oneOf('RESERVE_MODE', ['combined', 'per-request'], 'combined'),
    /** How long an idle lane waits for company, how many share a transaction, how many may wait in all. */
    gatherMs: env.int('RESERVE_GATHER_MS', { default: 3, min: 0, max: 50 }),
    maxBatch: env.int('RESERVE_MAX_BATCH', { default: 256, min: 1, max: 1000 }),
    maxWaiting: env.int('RESERVE_MAX_WAITING', { default: 5000, min: 1 }),
    sweepMs: env.duration('SWEEP_INTERVAL', '2s'),
    snapshotMs: env.duration('SNAPSHOT_INTERVAL', '10s'),
    /** How long the curves of sales are kept: 90 days. */
    snapshotKeepMs: env.duration('SNAPSHOT_RETENTION', '2160h'),
    availabilityMaxAgeMs: env.duration('AVAILABILITY_MAX_AGE', '500ms'),
  }));
}

/** What the `migrate` command needs. */
export function readMigrateConfig(source: Environment) {
  return parseEnv(source, (env) => ({
    root: env.optional('TICKETBOTTLE_ROOT'),
    databaseUrl: databaseEnv(env).databaseUrl,
  }));
}
