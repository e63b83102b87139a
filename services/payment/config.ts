import { OPS_PORT, SERVICE_PORT } from '#proto/names.ts';
import { type Environment, type EnvReader, parseEnv } from '#runtime/config.ts';
import { databaseEnv, kafkaEnv, serviceEnv } from '#runtime/service-env.ts';

/** Everything that payment reads from its environment. A provider whose variables are not set is off. */
export function readConfig(source: Environment) {
  return parseEnv(source, (env) => ({
    ...serviceEnv(env, { opsPort: OPS_PORT, grpcPort: SERVICE_PORT.payment }),
    ...databaseEnv(env),
    kafka: kafkaEnv(env),
    zaloPay: zaloPayEnv(env),
    payOs: payOsEnv(env),
    vnPay: vnPayEnv(env),
    webhookBaseUrl: env.string('WEBHOOK_BASE_URL', ''),
    publicUrl: env.string('PUBLIC_URL', 'http://localhost:3000'),
    providerTimeoutMs: env.duration('PROVIDER_TIMEOUT', '8s'),
    /** First look at the provider for a payment whose callback has not come. */
    reconcileAfterMs: env.duration('RECONCILE_AFTER', '30s'),
    reconcileEveryMs: env.duration('RECONCILE_INTERVAL', '2s'),
  }));
}

function zaloPayEnv(env: EnvReader) {
  if (env.optional('ZALOPAY_APP_ID') === undefined) return undefined;
  return {
    appId: env.required('ZALOPAY_APP_ID'),
    key1: env.required('ZALOPAY_KEY1'),
    baseUrl: env.url('ZALOPAY_BASE_URL', 'https://openapi.zalopay.vn'),
  };
}

function payOsEnv(env: EnvReader) {
  if (env.optional('PAYOS_CLIENT_ID') === undefined) return undefined;
  return {
    clientId: env.required('PAYOS_CLIENT_ID'),
    apiKey: env.required('PAYOS_API_KEY'),
    checksumKey: env.required('PAYOS_CHECKSUM_KEY'),
    baseUrl: env.url('PAYOS_BASE_URL', 'https://api-merchant.payos.vn'),
  };
}

const VNPAY_LIVE = 'https://merchant.vnpay.vn';

function vnPayEnv(env: EnvReader) {
  if (env.optional('VNPAY_TMN_CODE') === undefined) return undefined;
  const baseUrl = env.url('VNPAY_BASE_URL', VNPAY_LIVE).replace(/\/$/, '');
  // Live, the page and the merchant API have hosts of their own; in the sandbox they share one.
  const page = baseUrl === VNPAY_LIVE ? 'https://pay.vnpay.vn/vpcpay.html' : `${baseUrl}/paymentv2/vpcpay.html`;
  return {
    tmnCode: env.required('VNPAY_TMN_CODE'),
    hashSecret: env.required('VNPAY_HASH_SECRET'),
    baseUrl,
    payUrl: env.url('VNPAY_PAY_URL', page),
  };
}

/** What the `migrate` command needs. */
export function readMigrateConfig(source: Environment) {
  return parseEnv(source, (env) => ({
    root: env.optional('TICKETBOTTLE_ROOT'),
    databaseUrl: databaseEnv(env).databaseUrl,
  }));
}

export type PaymentConfig = ReturnType<typeof readConfig>;
