import type { EnvReader } from '../config.ts';
import type { KafkaOptions } from '../kafka.ts';
import type { SecretCache } from './secret-cache.ts';

/** How a function reaches the brokers; the login, when they ask for one, stands in a secret with username and password. */
export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly tls: boolean;
  readonly login:
    | { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly secretId: string }
    | undefined;
}

export function kafkaConfig(env: EnvReader): KafkaConfig {
  const brokers = env.list('KAFKA_BROKERS');
  const tls = env.bool('KAFKA_TLS', false);
  if (env.optional('KAFKA_SECRET_ID') === undefined) return { brokers, tls, login: undefined };
  const mechanism = env.oneOf('KAFKA_SASL_MECHANISM', ['plain', 'scram-sha-256', 'scram-sha-512']);
  return { brokers, tls, login: { mechanism, secretId: env.required('KAFKA_SECRET_ID') } };
}

/** Ready for `createKafka`. Throws when the secret is missing or incomplete. */
export async function kafkaAccess(
  { brokers, tls, login }: KafkaConfig,
  secrets: SecretCache,
): Promise<Pick<KafkaOptions, 'brokers' | 'tls' | 'sasl'>> {
  if (login === undefined) return { brokers, tls };
  const { username, password } = await secrets.read(login.secretId);
  if (username === undefined || password === undefined)
    throw new Error(`secret ${login.secretId} needs "username" and "password"`);
  return { brokers, tls, sasl: { mechanism: login.mechanism, username, password } };
}
