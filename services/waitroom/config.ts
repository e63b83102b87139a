import { OPS_PORT, SERVICE_PORT } from '#proto/names.ts';
import { type Environment, parseEnv } from '#runtime/config.ts';
import { kafkaEnv, serviceEnv } from '#runtime/service-env.ts';
import type { JWK } from '#runtime/tokens.ts';

/** Everything the waitroom reads from its environment. Throws ConfigError with all problems at once. */
export function readConfig(source: Environment) {
  return parseEnv(source, (env) => ({
    ...serviceEnv(env, { opsPort: OPS_PORT, grpcPort: SERVICE_PORT.waitroom }),
    redis: {
      address: env.required('REDIS_ADDRESS', 'host:port of Redis'),
      tls: env.bool('REDIS_TLS', false),
      cluster: env.bool('REDIS_CLUSTER', false),
      password: env.optional('REDIS_PASSWORD'),
    },
    /** Undefined: ticks are not sent to Kafka. */
    kafka: env.optional('KAFKA_BROKERS') === undefined ? undefined : kafkaEnv(env),
    admissionKey: env.json('ADMISSION_PRIVATE_JWK') as JWK,
    rehearsalTtlMs: env.duration('REHEARSAL_TOKEN_TTL', '10m'),
  }));
}
