/**
 * Requests at a fixed rate for a while, each on a connection of its own as those of people who have just come, whether or not the
 * ones before were answered. Ends with one line of JSON: for each second what was sent, what was answered, and how late.
 *
 *   node load.ts OPTIONS_FILE      { url, tokens, perSecond, seconds, timeoutMs }
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../statistics.ts';

export interface LoadOptions {
  readonly url: string;
  readonly tokens: readonly string[];
  readonly perSecond: number;
  readonly seconds: number;
  /** A person gives up; counted as a failure that took so long. */
  readonly timeoutMs: number;
}

export interface LoadAnswer {
  readonly seconds: readonly LoadSecond[];
  /** Over all requests. */
  readonly p50: number;
  readonly p99: number;
}

export interface LoadSecond {
  readonly sent: number;
  readonly failed: number;
  readonly p99: number;
}

const options = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LoadOptions;
const { perSecond, seconds, timeoutMs } = options;
const latencies: number[][] = Array.from({ length: seconds }, () => []);
const failures: number[] = Array.from({ length: seconds }, () => 0);
const body = JSON.stringify({
  eventId: '018f6f2e-7e1c-7e2a-9a5e-0f2b7f3f6f10',
  gate: 'A',
  qr: 'TB1.not.a.ticket',
  direction: 'in',
  nonce: 'scanner-0001',
  scannedAt: new Date().toISOString(),
});

const under: Promise<void>[] = [];
const started = performance.now();
for (let number = 0; number < perSecond * seconds; number++) {
  const due = started + (number * 1000) / perSecond;
  const early = due - performance.now();
  if (early > 1) await sleep(early);
  under.push(send(number, due));
}
await Promise.all(under);
const answer: LoadAnswer = {
  seconds: latencies.map((all, second) => ({
    sent: all.length,
    failed: failures[second] ?? 0,
    p99: quantile(all, 0.99),
  })),
  p50: quantile(latencies.flat(), 0.5),
  p99: quantile(latencies.flat(), 0.99),
};
process.stdout.write(`${JSON.stringify(answer)}\n`);

/** Latency counts from when the request was due: a late sender must not make the server look fast. */
async function send(number: number, due: number): Promise<void> {
  const second = Math.floor(number / perSecond);
  const ok = await answered(options.tokens[number % options.tokens.length] ?? '');
  latencies[second]?.push(ok ? performance.now() - due : timeoutMs);
  if (!ok) failures[second] = (failures[second] ?? 0) + 1;
}

async function answered(token: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      authorization: `Bearer ${token}`,
      connection: 'close',
    };
    const call = request(options.url, { method: 'POST', headers, agent: false }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
      response.once('error', () => resolve(false));
    });
    setTimeout(() => call.destroy(), timeoutMs).unref();
    call.once('error', () => resolve(false));
    call.once('close', () => resolve(false));
    call.end(body);
  });
}
