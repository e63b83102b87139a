import { OPS_PORT, SERVICE_PORT } from '#proto/names.ts';
import { type Environment, parseEnv } from '#runtime/config.ts';
import type { LogLevel } from '#runtime/log.ts';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const satisfies readonly LogLevel[];

/** Everything that inventory reads from its environment; docs/contracts.md says who sets it. */
export function readConfig(source: Environment) {
  return parseEnv(source, (env) => ({
    root: env.optional('TICKETBOTTLE_ROOT'),
    version: env.optional('TB_VERSION'),
    logLevel: env.oneOf('LOG_LEVEL', LEVELS, 'info'),
    opsPort: env.int('OPS_PORT', { default: OPS_PORT }),
    grpcPort: env.int('GRPC_PORT', { default: SERVICE_PORT.inventory }),
    databaseUrl: env.required('DATABASE_URL', 'postgres://user:password@host/database'),
    databasePoolSize: env.int('DATABASE_POOL_SIZE', { default: 10, min: 1 }),
    kafkaBrokers: env.list('KAFKA_BROKERS'),
    kafkaTls: env.bool('KAFKA_TLS', false),
    kafkaSasl: env.optional('KAFKA_SASL_MECHANISM'),
    kafkaUsername: env.optional('KAFKA_SASL_USERNAME'),
    kafkaPassword: env.optional('KAFKA_SASL_PASSWORD'),
    /** `combined` shares a transaction between buyers; `per-request` is the plain way, for comparison. */
    reserveMode: env.oneOf('RESERVE_MODE', ['combined', 'per-request'], 'combined'),
    /** How long an idle lane waits for company, and how many share a transaction. */
    gatherMs: env.int('RESERVE_GATHER_MS', { default: 3, min: 0, max: 50 }),
    maxBatch: env.int('RESERVE_MAX_BATCH', { default: 64, min: 1, max: 1000 }),
    maxWaiting: env.int('RESERVE_MAX_WAITING', { default: 5000, min: 1 }),
    sweepMs: env.duration('SWEEP_INTERVAL', '2s'),
    snapshotMs: env.duration('SNAPSHOT_INTERVAL', '10s'),
    availabilityMaxAgeMs: env.duration('AVAILABILITY_MAX_AGE', '500ms'),
    drainDelayMs: env.duration('DRAIN_DELAY', '0'),
  }));
}

export type InventoryConfig = ReturnType<typeof readConfig>;
