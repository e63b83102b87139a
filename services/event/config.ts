import { OPS_PORT, SERVICE_PORT } from '#proto/names.ts';
import { type Environment, parseEnv } from '#runtime/config.ts';
import { databaseEnv, serviceEnv } from '#runtime/service-env.ts';

/** Everything the event service reads from its environment. Throws ConfigError with all problems at once. */
export function readConfig(source: Environment) {
  return parseEnv(source, (env) => ({
    ...serviceEnv(env, { opsPort: OPS_PORT, grpcPort: SERVICE_PORT.event }),
    ...databaseEnv(env),
    cacheMs: env.duration('EVENT_CACHE', '1s'),
  }));
}
