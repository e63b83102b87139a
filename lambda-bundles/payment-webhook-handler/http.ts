/**
 * The function's work behind a plain HTTP server, for machines without API Gateway and Lambda: tests, faults, benchmarks.
 * Environment: DATABASE_URL, the providers' keys as in docs/contracts.md, PORT.
 */
import { createServer } from 'node:http';
import { Pool } from 'pg';
import { parseEnv } from '#runtime/config.ts';
import { createLogger, type LogLevel } from '#runtime/log.ts';
import { flushTraces, startTracing } from '#runtime/tracing.ts';
import { applyCallback } from './apply-callback.ts';
import { createWebhook } from './webhook.ts';

const config = parseEnv(process.env, (env) => ({
  databaseUrl: env.required('DATABASE_URL'),
  port: env.int('PORT', { default: 8700, min: 0, max: 65_535 }),
  keys: {
    zaloPayAppId: env.optional('ZALOPAY_APP_ID'),
    zaloPayKey2: env.optional('ZALOPAY_KEY2'),
    payOsChecksumKey: env.optional('PAYOS_CHECKSUM_KEY'),
    vnPayTmnCode: env.optional('VNPAY_TMN_CODE'),
    vnPayHashSecret: env.optional('VNPAY_HASH_SECRET'),
  },
}));
const level = (process.env.LOG_LEVEL as LogLevel | undefined) ?? 'warn';
const log = createLogger({ service: 'payment-webhook-handler', level, traced: true });
startTracing({ service: 'payment-webhook-handler', env: process.env });
// Ten environments of the function, one connection each.
const pool = new Pool({ connectionString: config.databaseUrl, max: 10, connectionTimeoutMillis: 5_000 });
pool.on('error', (error) => log.warn({ err: error }, 'idle connection lost'));

const webhook = createWebhook({
  log,
  keys: async () => config.keys,
  apply: (event) => applyCallback(pool, event, log),
});

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const [rawPath = '', rawQueryString = ''] = (request.url ?? '').split('?');
    webhook({ rawPath, rawQueryString, body: Buffer.concat(chunks).toString() }).then(
      (answer) => response.writeHead(answer.statusCode, answer.headers).end(answer.body),
      () => response.writeHead(500).end(),
    );
  });
});
server.listen(config.port, '127.0.0.1');
process.once('SIGTERM', () => void flushTraces().finally(() => process.exit(0)));
