import { OPS_PORT, SERVICE_PORT } from '#proto/names.ts';
import { type Environment, type EnvReader, parseEnv } from '#runtime/config.ts';
import { serviceEnv } from '#runtime/service-env.ts';
import type { JSONWebKeySet, JWK } from '#runtime/tokens.ts';
import { PAYMENT_PROVIDERS, type PaymentProvider } from './payment-providers.ts';

/** Everything the gateway reads from its environment. Throws ConfigError with all problems at once. */
export function readConfig(source: Environment) {
  return parseEnv(source, (env) => {
    const address = (name: string) => env.required(name, 'the address of that service, like dns:///host:port');
    return {
      ...serviceEnv(env, { opsPort: OPS_PORT, grpcPort: 0 }),
      httpPort: env.int('HTTP_PORT', { default: SERVICE_PORT.gateway, min: 0, max: 65_535 }),
      addresses: {
        user: address('USER_ADDR'),
        event: address('EVENT_ADDR'),
        inventory: address('INVENTORY_ADDR'),
        order: address('ORDER_ADDR'),
        waitroom: address('WAITROOM_ADDR'),
      },
      redis: {
        address: env.required('REDIS_ADDRESS', 'host:port of Redis'),
        tls: env.bool('REDIS_TLS', false),
        password: env.optional('REDIS_PASSWORD'),
      },
      accessKey: env.json('ACCESS_PRIVATE_JWK') as JWK,
      accessJwks: env.json('ACCESS_JWKS') as JSONWebKeySet,
      /** Verifies tickets at the door; without it every ticket is refused as forged. */
      ticketJwks: source['TICKET_JWKS'] === undefined ? { keys: [] } : (env.json('TICKET_JWKS') as JSONWebKeySet),
      accessTtlMs: env.duration('ACCESS_TOKEN_TTL', '15m'),
      publicUrl: env.optional('PUBLIC_URL'),
      paymentProviders: providersOf(env),
      /** Undefined: tickets.pdf is not served. */
      ticketBucket: env.optional('TICKET_BUCKET'),
      awsRegion: env.string('AWS_REGION', 'us-east-1'),
      s3Endpoint: env.optional('AWS_ENDPOINT_URL_S3'),
      /** Proxies in front whose X-Forwarded-For is believed: a number of hops, or addresses. */
      trustProxy: env.optional('TRUST_PROXY'),
      /** Origins of other sites whose pages may call the API; `*` for any. */
      corsOrigins: env.list('CORS_ORIGINS', []),
      /** Requests per minute. A whole campus may share one address, so it is generous; accounts are held shorter. */
      ratePerIp: env.int('RATE_LIMIT_PER_IP', { default: 60_000, min: 1 }),
      ratePerAccount: env.int('RATE_LIMIT_PER_ACCOUNT', { default: 600, min: 1 }),
      /** Sign-ups and sign-ins per minute from one address, and sign-ins to one account. */
      rateAuthPerIp: env.int('RATE_LIMIT_AUTH_PER_IP', { default: 6_000, min: 1 }),
      rateSigninPerEmail: env.int('RATE_LIMIT_SIGNIN_PER_EMAIL', { default: 20, min: 1 }),
      /** Wrong passwords per hour from one address before it has to wait. */
      signinFailuresPerIp: env.int('SIGNIN_FAILURES_PER_IP', { default: 1_000, min: 1 }),
      maxStreams: env.int('MAX_STREAMS', { default: 25_000, min: 1 }),
      /** How often the waitroom is told that a streaming account is still there; 0 for never. */
      heartbeatMs: env.duration('WAITROOM_HEARTBEAT', '60s'),
    };
  });
}
export type GatewayConfig = ReturnType<typeof readConfig>;

/** Ways to pay that buyers may choose on the pages, in the order of the pages. */
function providersOf(env: EnvReader): readonly PaymentProvider[] {
  const wanted = env.list('PAYMENT_PROVIDERS', PAYMENT_PROVIDERS);
  const known = PAYMENT_PROVIDERS.filter((name) => wanted.includes(name));
  if (known.length < wanted.length)
    env.problem(`PAYMENT_PROVIDERS is "${wanted.join()}": choose from ${PAYMENT_PROVIDERS.join(', ')}`);
  return known;
}
