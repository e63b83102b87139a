import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Pool } from 'pg';
import { systemClock } from '#runtime/clock.ts';
import { parseEnv } from '#runtime/config.ts';
import { databaseUrl } from '#runtime/lambda/database-secret.ts';
import { lambdaFunction } from '#runtime/lambda/lambda-function.ts';
import { SecretCache } from '#runtime/lambda/secret-cache.ts';
import { createLogger } from '#runtime/log.ts';
import { applyCallback } from './apply-callback.ts';
import { isFault } from './fault.ts';
import { type AppliedEvent, createWebhook, type HttpAnswer, type HttpEvent } from './webhook.ts';

const config = parseEnv(process.env, (env) => ({
  databaseSecretId: env.required('DATABASE_SECRET_ID'),
  providersSecretId: env.required('PROVIDERS_SECRET_ID'),
}));
const log = createLogger({ service: 'payment-webhook-handler' });
const secrets = new SecretCache(new SecretsManagerClient({}), systemClock);
let pool: { url: string; pool: Pool } | undefined;

/** One connection: an execution environment handles one request at a time. A rotated secret makes a new one. */
async function database(): Promise<Pool> {
  const url = await databaseUrl(secrets, config.databaseSecretId);
  if (pool?.url !== url) {
    await pool?.pool.end();
    pool = {
      url,
      pool: new Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 5_000, query_timeout: 10_000 }),
    };
    // An idle connection that the server closes must not end the process.
    pool.pool.on('error', (error) => log.warn({ err: error }, 'idle connection lost'));
  }
  return pool.pool;
}

const providerKeys = async () => {
  const keys = await secrets.read(config.providersSecretId);
  return {
    zaloPayAppId: keys.ZALOPAY_APP_ID,
    zaloPayKey2: keys.ZALOPAY_KEY2,
    payOsChecksumKey: keys.PAYOS_CHECKSUM_KEY,
    vnPayTmnCode: keys.VNPAY_TMN_CODE,
    vnPayHashSecret: keys.VNPAY_HASH_SECRET,
  };
};

/** Takes what providers say of payments. The database makes it idempotent: a callback that comes again changes nothing. */
export const handler = lambdaFunction<HttpEvent, HttpAnswer>({
  name: 'payment-webhook-handler',
  env: process.env,
  clock: systemClock,
  async handle(event, invocation) {
    const { log } = invocation;
    const apply = async (applied: AppliedEvent) => await applyCallback(await database(), applied, log);
    const answer = await createWebhook({ log, keys: providerKeys, apply })(event);
    if (isFault(answer)) invocation.fault();
    return answer;
  },
  async check() {
    await providerKeys();
    const { rows } = await (await database()).query("SELECT 1 FROM pg_proc WHERE proname = 'payment_apply_event'");
    if (rows.length === 0) throw new Error('the database has no function payment_apply_event: is it migrated?');
  },
});
