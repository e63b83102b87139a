import type { EnvReader } from './config.ts';
import type { KafkaOptions } from './kafka.ts';
import type { LogLevel } from './log.ts';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const satisfies readonly LogLevel[];

/** What every service reads from its environment; docs/contracts.md says who sets it. */
export function serviceEnv(env: EnvReader, defaults: { readonly opsPort: number; readonly grpcPort: number }) {
  return {
    root: env.optional('TICKETBOTTLE_ROOT'),
    version: env.optional('TB_VERSION'),
    logLevel: env.oneOf('LOG_LEVEL', LEVELS, 'info'),
    opsPort: env.int('OPS_PORT', { default: defaults.opsPort, min: 0, max: 65_535 }),
    grpcPort: env.int('GRPC_PORT', { default: defaults.grpcPort, min: 0, max: 65_535 }),
    ...grpcTlsEnv(env),
    /** Between not ready and the end of intake, for load balancers to notice. */
    drainDelayMs: env.duration('DRAIN_DELAY', '0s'),
  };
}

/** Mutual TLS, where the platform asks for it: a folder with tls.crt, tls.key and ca.crt, and who may call. */
function grpcTlsEnv(env: EnvReader) {
  const directory = env.optional('GRPC_TLS_DIR');
  const callers = env.list('GRPC_CALLERS', []);
  if (directory === undefined && callers.length > 0)
    env.problem('GRPC_CALLERS needs GRPC_TLS_DIR: names come from certificates');
  return {
    grpcTls: directory === undefined ? undefined : { directory },
    grpcCallers: directory === undefined || callers.length === 0 ? undefined : callers,
  };
}

/** Services with a database of their own. */
export function databaseEnv(env: EnvReader) {
  return {
    databaseUrl: env.required('DATABASE_URL', 'postgres://user:password@host/database'),
    databasePoolSize: env.int('DATABASE_POOL_SIZE', { default: 10, min: 2, max: 200 }),
  };
}

/** Connection to the brokers, ready for `createKafka`. */
export function kafkaEnv(env: EnvReader): Pick<KafkaOptions, 'brokers' | 'tls' | 'sasl'> {
  const brokers = env.list('KAFKA_BROKERS');
  const tls = env.bool('KAFKA_TLS', false);
  if (env.optional('KAFKA_SASL_MECHANISM') === undefined) return { brokers, tls };
  const mechanism = env.oneOf('KAFKA_SASL_MECHANISM', ['plain', 'scram-sha-256', 'scram-sha-512']);
  const username = env.required('KAFKA_SASL_USERNAME');
  const password = env.required('KAFKA_SASL_PASSWORD');
  return { brokers, tls, sasl: { mechanism, username, password } };
}
