import { execFile } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { strToU8, zipSync } from 'fflate';
import { startBacking } from '#runtime/local/backing.ts';
import { migrate } from '#runtime/migrate.ts';
import { createPool, type Pool } from '#runtime/pg.ts';
import type { BenchContext, Benchmark, OpenBenchmark } from '../benchmark.ts';
import { closedLoop } from '../load/closed-loop.ts';
import { latencyFigures } from '../statistics.ts';
import { functionSite } from './function-site.ts';

const CALLBACKS = 300;
const CONCURRENCY = 2;
const KEY2 = 'bench_key2';
/** It logs as ours does: the local endpoint answers later when a function says nothing. */
const EMPTY = `export const handler = async () => {
  console.log('{}');
  return { statusCode: 200, body: '{"return_code":1}' };
};
`;
const OURS = 'payment-webhook-handler';
const PEER = 'empty handler';

export const benchmark: Benchmark = {
  name: 'webhook',
  title: `A provider's callbacks through the local API Gateway into the function as it is deployed, ${CONCURRENCY} at a time.`,
  lines: [
    {
      ...{ id: 'p99', title: 'callback until its answer, money noted in Postgres, p99', unit: 'ms', better: 'lower' },
      ...{ ours: { side: OURS, figure: 'p99' }, target: { atMost: 200 } },
    },
    {
      ...{ id: 'p50', title: 'the same, p50, against a function that does nothing', unit: 'ms', better: 'lower' },
      ...{ ours: { side: OURS, figure: 'p50' }, peer: { side: PEER, figure: 'p50', name: PEER } },
      sameWork: ['callbacks'],
    },
  ],
  open,
};

async function open({ root, log, short, say }: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-webhook-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  say('building the bundles, starting Postgres and the AWS endpoint');
  await promisify(execFile)(process.execPath, [join(root, 'hack/lambda/main.ts'), '--out', dir], { cwd: root });
  const backing = stack.use(await startBacking({ which: ['aws', 'postgres'] }));
  const { url } = backing.postgres;
  await migrate({ connectionString: url, dir: join(root, 'services/payment/migrations'), log });
  const pool = createPool({ connectionString: url, max: 4, applicationName: 'bench', log });
  stack.defer(() => pool.end());
  const site = stack.use(functionSite(backing));
  await site.secret('bench/db', { url });
  await site.secret('bench/providers', { ZALOPAY_APP_ID: '2553', ZALOPAY_KEY2: KEY2 });
  const ours = await site.publish(OURS, readFileSync(join(dir, `${OURS}.zip`)), {
    ...{ DATABASE_SECRET_ID: 'bench/db', PROVIDERS_SECRET_ID: 'bench/providers', LOG_LEVEL: 'info' },
    AWS_ENDPOINT_URL: backing.aws.endpoint,
  });
  const empty = await site.publish('empty-handler', zipSync({ 'index.mjs': strToU8(EMPTY) }), {});
  const callbacks = short ? 30 : CALLBACKS;
  const owned = stack.move();
  const side = (name: string, address: string, counts: boolean) => ({
    name,
    round: async () => {
      const refs = await payments(pool, callbacks);
      const call = (index: number) => callBack(address, refs[index] ?? '');
      const { latencies } = await closedLoop({ concurrency: CONCURRENCY, calls: callbacks, call });
      const noted = await captured(pool, refs);
      if (noted !== (counts ? callbacks : 0)) throw new Error(`${noted} of ${callbacks} payments were noted`);
      return { figures: latencyFigures(latencies), work: { callbacks } };
    },
  });
  return {
    sides: [side(OURS, ours, true), side(PEER, empty, false)],
    conditions: {
      callbacks,
      concurrency: CONCURRENCY,
      path: 'HTTP, local API Gateway, Node process of the zip, Postgres',
    },
    versions: {},
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Payments that wait for their money; gives the references that the provider knows. */
async function payments(pool: Pool, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await pool.query(
    `INSERT INTO payments (id, idempotency_key, order_id, event_id, provider, provider_ref, amount_minor, currency, expire_time)
     SELECT id, id::text, id, id, 'zalopay', 'ref-' || id, 1000, 'VND', now() + interval '1 hour' FROM unnest($1::uuid[]) AS id`,
    [ids],
  );
  await pool.query(
    "INSERT INTO payment_links SELECT 'zalopay', 'ref-' || id, id, now() FROM unnest($1::uuid[]) AS id",
    [ids],
  );
  return ids.map((id) => `ref-${id}`);
}

async function captured(pool: Pool, refs: readonly string[]): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM payments WHERE provider_ref = ANY($1) AND state <> 'PENDING'",
    [refs],
  );
  return rows[0]?.n ?? 0;
}

async function callBack(address: string, ref: string): Promise<void> {
  const data = JSON.stringify({ app_id: 2553, app_trans_id: ref, zp_trans_id: Date.now(), amount: 1000 });
  const mac = createHmac('sha256', KEY2).update(data).digest('hex');
  const answer = await fetch(address, { method: 'POST', body: JSON.stringify({ data, mac, type: 1 }) });
  const text = await answer.text();
  if (!answer.ok || !text.includes('"return_code":1')) throw new Error(`${answer.status} ${text.slice(0, 200)}`);
}
