import { OPS_PORT, SERVICE_PORT } from '#proto/names.ts';
import { type Environment, parseEnv } from '#runtime/config.ts';
import { databaseEnv, kafkaEnv, serviceEnv } from '#runtime/service-env.ts';

/** Everything the event service reads from its environment. Throws ConfigError with all problems at once. */
export function readConfig(source: Environment) {
  return parseEnv(source, (env) => ({
    ...serviceEnv(env, { opsPort: OPS_PORT, grpcPort: SERVICE_PORT.event }),
    ...databaseEnv(env),
    /** Where orders tell of themselves; without it organisers see no figures over time. */
    kafka: env.optional('KAFKA_BROKERS') === undefined ? undefined : kafkaEnv(env),
    cacheMs: env.duration('EVENT_CACHE', '1s'),
    /** Whether organisers schedule sales through this service, and how much each of them may. */
    organisers: env.bool('ORGANISERS', false),
    quota: {
      maxSales: env.int('ORGANISER_MAX_SALES', { default: 10, min: 1 }),
      maxTickets: env.int('ORGANISER_MAX_TICKETS', { default: 200_000, min: 1 }),
    },
    /** Where EventSales are kept; left out: the cluster that this pod runs in. */
    kubeconfig: env.optional('KUBECONFIG'),
    /** The platform that this service belongs to, `namespace/name`. */
    platform: env.optional('TB_PLATFORM') ?? 'ticketbottle/ticketbottle',
  }));
}
