import { OPS_PORT, SERVICE_PORT } from '#proto/names.ts';
import { type Environment, parseEnv } from '#runtime/config.ts';
import type { JWK } from '#runtime/tokens.ts';

/** Everything the waitroom is told from outside. Throws ConfigError with all problems at once. */
export function readConfig(environment: Environment) {
  return parseEnv(environment, (env) => ({
    root: env.optional('TICKETBOTTLE_ROOT'),
    version: env.optional('TB_VERSION'),
    logLevel: env.oneOf('LOG_LEVEL', ['debug', 'info', 'warn', 'error'], 'info'),
    grpcPort: env.int('GRPC_PORT', { default: SERVICE_PORT.waitroom, min: 0, max: 65_535 }),
    opsPort: env.int('OPS_PORT', { default: OPS_PORT, min: 0, max: 65_535 }),
    redis: {
      address: env.required('REDIS_ADDRESS', 'host:port of Redis'),
      tls: env.bool('REDIS_TLS', false),
      password: env.optional('REDIS_PASSWORD'),
    },
    /** Undefined: ticks are not sent to Kafka. */
    kafka: env.optional('KAFKA_BROKERS')
      ? {
          brokers: env.list('KAFKA_BROKERS'),
          tls: env.bool('KAFKA_TLS', false),
          mechanism: env.optional('KAFKA_SASL_MECHANISM'),
          username: env.optional('KAFKA_SASL_USERNAME'),
          password: env.optional('KAFKA_SASL_PASSWORD'),
        }
      : undefined,
    admissionKey: env.json('ADMISSION_PRIVATE_JWK') as JWK,
    rehearsalTtlMs: env.duration('REHEARSAL_TOKEN_TTL', '10m'),
    drainDelayMs: env.duration('DRAIN_DELAY', '5s'),
  }));
}
export type WaitroomConfig = ReturnType<typeof readConfig>;
