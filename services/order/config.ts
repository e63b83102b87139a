import { OPS_PORT, SERVICE_PORT } from '#proto/names.ts';
import { type Environment, type EnvReader, parseEnv } from '#runtime/config.ts';
import { kafkaEnv, serviceEnv } from '#runtime/service-env.ts';
import type { JSONWebKeySet, JWK } from '#runtime/tokens.ts';

/** Everything that order reads from its environment. AWS credentials are found by the SDK itself (role, or variables). */
export function readConfig(source: Environment) {
  return parseEnv(source, (env) => ({
    ...serviceEnv(env, { opsPort: OPS_PORT, grpcPort: SERVICE_PORT.order }),
    kafka: kafkaEnv(env),
    temporal: {
      address: env.required('TEMPORAL_ADDRESS', 'host:port'),
      namespace: env.string('TEMPORAL_NAMESPACE', 'default'),
      tls: env.bool('TEMPORAL_TLS', false),
    },
    table: env.string('ORDERS_TABLE', 'ticketbottle-orders'),
    aws: { region: env.string('AWS_REGION', 'us-east-1'), endpoint: env.optional('AWS_ENDPOINT_URL_DYNAMODB') },
    inventoryAddress: env.required('INVENTORY_ADDR', 'host:port'),
    paymentAddress: env.required('PAYMENT_ADDR', 'host:port'),
    waitroomAddress: env.required('WAITROOM_ADDR', 'host:port'),
    eventAddress: env.required('EVENT_ADDR', 'host:port'),
    admissionKeys: keys(env),
    ticketKey: ticketKey(env),
    holdMs: env.duration('CHECKOUT_HOLD', '10m'),
    /** How long an order that ended without money still listens for it. Later money is handled too, by a new workflow. */
    lateMs: env.duration('LATE_MONEY_GRACE', '24h'),
    /** How fast the orders of a cancelled event are refunded: what payment and the providers bear beside a sale. */
    refundsPerSecond: env.int('CANCELLED_EVENT_REFUNDS_PER_SECOND', { default: 20, min: 1, max: 500 }),
    cancelledEventsMs: env.duration('CANCELLED_EVENTS_INTERVAL', '10s'),
    outboxSweepMs: env.duration('OUTBOX_SWEEP_INTERVAL', '5s'),
    maxActivities: env.int('MAX_ACTIVITIES', { default: 200, min: 1 }),
  }));
}

function keys(env: EnvReader): JSONWebKeySet {
  const value = env.json('ADMISSION_JWKS');
  if (typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys))
    return value as JSONWebKeySet;
  env.problem('ADMISSION_JWKS has no "keys"');
  return { keys: [] };
}

function ticketKey(env: EnvReader): JWK {
  const value = env.json('TICKET_PRIVATE_JWK');
  if (typeof value === 'object' && value !== null && 'd' in value) return value as JWK;
  env.problem('TICKET_PRIVATE_JWK is not a private key');
  return {};
}

export type OrderConfig = ReturnType<typeof readConfig>;
