import { OPS_PORT, SERVICE_PORT } from '#proto/names.ts';
import { type Environment, parseEnv } from '#runtime/config.ts';
import { databaseEnv, serviceEnv } from '#runtime/service-env.ts';

/** Everything the user service reads from its environment. Throws ConfigError with all problems at once. */
export function readConfig(source: Environment) {
  return parseEnv(source, (env) => ({
    ...serviceEnv(env, { opsPort: OPS_PORT, grpcPort: SERVICE_PORT.user }),
    ...databaseEnv(env),
    /** How long a session lives without being refreshed. */
    sessionTtlMs: env.duration('SESSION_TTL', '720h'),
    /** One less than the threads of the pool, which resolves names too. */
    hashConcurrency: env.int('PASSWORD_HASH_CONCURRENCY', { default: 3, min: 1, max: 64 }),
    /** Sender of mails about accounts; undefined: nobody can reset a password. */
    mailFrom: env.optional('MAIL_FROM'),
    publicUrl: env.string('PUBLIC_URL', 'http://localhost:3000'),
    awsRegion: env.string('AWS_REGION', 'us-east-1'),
    sesEndpoint: env.optional('AWS_ENDPOINT_URL_SESV2'),
    hashMaxWaiting: env.int('PASSWORD_HASH_MAX_WAITING', { default: 400, min: 0, max: 100_000 }),
  }));
}
