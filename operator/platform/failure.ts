import type { PlatformConcern, PlatformReason } from '../api/conditions.ts';
import { type AwsErrorClass, classifyAwsError } from '../external/aws-errors.ts';

/** Where the spec says how a concern's system is reached, and who we are there. */
const FIELDS: Partial<
  Record<PlatformConcern, { readonly address: string; readonly identity: string; readonly rest: string }>
> = {
  RegionReady: {
    address: 'spec.orders, spec.postgres.host and spec.redis.address',
    identity: 'spec.aws.credentialsSecretRef, spec.postgres.credentialsSecretRef and their rights',
    rest: 'spec.region.failover',
  },
  DatabasesReady: {
    address: 'spec.postgres.host, port and tls',
    identity: 'spec.postgres.credentialsSecretRef',
    rest: 'spec.postgres',
  },
  TopicsReady: {
    address: 'spec.kafka.brokers and tls',
    identity: 'spec.kafka.sasl.credentialsSecretRef',
    rest: 'spec.kafka.topics and replicationFactor',
  },
  TemporalReady: { address: 'spec.temporal.address and tls', identity: 'spec.temporal.tls', rest: 'spec.temporal' },
  OrdersTableReady: {
    address: 'spec.orders.endpoint and region',
    identity: 'spec.aws.credentialsSecretRef and its rights on DynamoDB',
    rest: 'spec.orders',
  },
  RedisReachable: { address: 'spec.redis.address and tls', identity: 'spec.redis.authSecretRef', rest: 'spec.redis' },
  FunctionsReady: {
    address: 'spec.aws.endpoint and region',
    identity: 'spec.aws.credentialsSecretRef and its rights',
    rest: 'spec.lambda',
  },
  AlarmsReady: {
    address: 'spec.aws.endpoint and region',
    identity: 'spec.aws.credentialsSecretRef and its rights on CloudWatch',
    rest: 'spec.observability.alarms',
  },
  BackupsHealthy: {
    address: 'the address of that store',
    identity: 'the rights of the operator there (docs/security.md)',
    rest: 'spec.backup',
  },
  TriggersReady: {
    address: 'spec.aws.endpoint and region',
    identity: 'spec.aws.credentialsSecretRef and its rights',
    rest: 'spec.lambda and spec.kafka',
  },
};

/** What a failed look becomes: its reason, and what happened together with what to do about it. Pure. */
export function failureOf(
  concern: PlatformConcern,
  error: unknown,
): { readonly state: 'failed'; readonly reason: PlatformReason; readonly message: string } {
  const kind = classify(error);
  // AWS that is busy counts as a failure too, so that it is asked ever less often.
  return { state: 'failed', reason: REASONS[kind], message: withAdvice(messageOf(error), concern, kind) };
}

const REASONS = {
  later: 'Progressing',
  unreachable: 'Unreachable',
  denied: 'AccessDenied',
  refused: 'Refused',
  unknown: 'Failed',
} as const satisfies Record<AwsErrorClass, PlatformReason>;

/** What happened, and what to do about it. Pure. */
export function withAdvice(said: string, concern: PlatformConcern, kind: AwsErrorClass): string {
  const fields = FIELDS[concern] ?? { address: 'the spec', identity: 'the spec', rest: 'the spec' };
  const advice = {
    later: 'It is tried again by itself',
    unreachable: `Check ${fields.address}, and that the operator may reach it; it is tried again each minute`,
    denied: `Correct ${fields.identity}; it is tried again each minute`,
    refused: `Correct ${fields.rest}`,
    unknown: `It is tried again each minute; if it stays, see ${fields.rest} and the operator's log`,
  } satisfies Record<AwsErrorClass, string>;
  return `${said.replace(/[.\s]+$/, '')}. ${advice[kind]}`;
}

/** The class of an error or of the first of its causes that has one. */
function classify(error: unknown): AwsErrorClass {
  let found: AwsErrorClass = 'unknown';
  for (let one: unknown = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++) {
    found = storeClass(one) ?? classifyAwsError(one);
    if (found !== 'unknown') return found;
  }
  return found;
}

/** SQLSTATE classes of Postgres, codes of gRPC, names of kafkajs, words of Redis. */
function storeClass(error: Error): AwsErrorClass | undefined {
  const { code, type = '' } = error as { code?: unknown; type?: unknown };
  const text = `${error.name} ${type} ${error.message}`;
  if (code === 'EPIPE') return 'unreachable';
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) {
    if (/^28|^42501/.test(code)) return 'denied';
    return /^08|^53|^57P/.test(code) ? 'unreachable' : /^[2-4]/.test(code) ? 'refused' : undefined;
  }
  if (typeof code === 'number' && 'details' in error) {
    if (code === 7 || code === 16) return 'denied';
    if (code === 4 || code === 14) return 'unreachable';
    return code === 3 || code === 9 ? 'refused' : undefined;
  }
  if (
    /SASLAuthentication|WRONGPASS|NOAUTH|NOPERM|AuthorizationFailed|AUTHORIZATION_FAILED|not authori[sz]ed/i.test(text)
  )
    return 'denied';
  if (
    /KafkaJS(Connection|NumberOfRetries|Broker)|MaxRetriesPerRequest|Connection is closed|ECONN|ETIMEDOUT|timed? ?out/i.test(
      text,
    )
  )
    return 'unreachable';
  return /TopicsRefused|INVALID_(CONFIG|TOPIC)|POLICY_VIOLATION/.test(text) ? 'refused' : undefined;
}

/** An aggregate says nothing itself; its parts do. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
