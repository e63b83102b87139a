import type { KafkaOptions } from '#runtime/kafka.ts';
import type { Logger } from '#runtime/log.ts';
import type { PostgresAccess } from '../external/postgres.ts';
import type { RedisAccess } from '../external/redis.ts';
import type { TemporalAccess } from '../external/temporal.ts';
import { decode } from './aws-access.ts';
import type { Pass } from './pass.ts';

/** How each store is reached: the spec's addresses with the contents of the Secrets that it names. */

type Reads = Pick<Pass, 'platform' | 'children'>;

interface TlsSpec {
  readonly enabled: boolean;
  readonly caSecretRef?: { readonly name: string };
}

/** Undefined while the Secret with the credentials is not complete. */
export function postgresAccess({ platform, children }: Reads): PostgresAccess | undefined {
  const { host, port, tls, credentialsSecretRef } = platform.spec.postgres;
  const data = children.secretData(platform.metadata.namespace, credentialsSecretRef.name);
  const [user, password] = [decode(data?.['username']), decode(data?.['password'])];
  if (user === '' || password === '') return undefined;
  return { host, port, user, password, tls: tlsOf({ platform, children }, tls) };
}

/** Undefined while the Secret with the credentials is not complete. The logger is not part of what is compared. */
export function kafkaAccess({ platform, children }: Reads): Omit<KafkaOptions, 'log'> | undefined {
  const { brokers, tls, sasl } = platform.spec.kafka;
  const common = { brokers, clientId: 'ticketbottle-operator', tls: tlsOf({ platform, children }, tls) };
  if (sasl === undefined) return common;
  const data = children.secretData(platform.metadata.namespace, sasl.credentialsSecretRef.name);
  const [username, password] = [decode(data?.['username']), decode(data?.['password'])];
  if (username === '' || password === '') return undefined;
  return { ...common, sasl: { mechanism: sasl.mechanism, username, password } };
}

export function temporalAccess({ platform, children }: Reads): TemporalAccess {
  const { address, tls } = platform.spec.temporal;
  return { address, tls: tlsOf({ platform, children }, tls) };
}

/** Undefined while the Secret with the token is not complete. */
export function redisAccess({ platform, children }: Reads): Omit<RedisAccess, 'log'> | undefined {
  const { address, tls, authSecretRef } = platform.spec.redis;
  const secure = tlsOf({ platform, children }, tls);
  const common = {
    address,
    tls: secure !== false,
    ...(typeof secure === 'object' ? { ca: secure.ca } : {}),
  };
  if (authSecretRef === undefined) return common;
  const password = decode(children.secretData(platform.metadata.namespace, authSecretRef.name)?.['token']);
  return password === '' ? undefined : { ...common, password };
}

export const withLog = <T extends object>(access: T, log: Logger): T & { readonly log: Logger } => ({ ...access, log });

function tlsOf({ platform, children }: Reads, tls: TlsSpec | undefined): boolean | { readonly ca: string } {
  if (tls?.enabled !== true) return false;
  if (tls.caSecretRef === undefined) return true;
  const ca = decode(children.secretData(platform.metadata.namespace, tls.caSecretRef.name)?.['ca.crt']);
  return ca === '' ? true : { ca };
}
