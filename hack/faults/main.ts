/**
 * Things that go wrong while people buy, on real processes and stores, each followed by the invariants. Exit code 1: something
 * was lost or violated, or a fault could not be run.
 */
import { dirname } from 'node:path';
import { argumentsOrUsage } from '#runtime/local/arguments.ts';
import { interruption } from '#runtime/local/interruption.ts';
import { startShop } from '#runtime/local/shop/shop.ts';
import { freePort } from '#runtime/local/shop/shop-process.ts';
import { openBookkeeper } from './bookkeeper.ts';
import { brokers } from './brokers.ts';
import { burst } from './burst.ts';
import { delivery } from './delivery.ts';
import { DynamoProxy } from './dynamo-proxy.ts';
import type { Fault } from './fault.ts';
import { kills } from './kills.ts';
import { providers } from './providers.ts';
import { regionDrill } from './region/drill.ts';
import { restore } from './restore.ts';
import { room } from './room.ts';
import { type FaultResult, type FaultRun, runFault } from './run-fault.ts';
import { slow } from './slow.ts';
import { stores } from './stores.ts';
import { TcpProxy } from './tcp-proxy.ts';

const FAULTS: readonly Fault[] = [
  ...kills,
  ...delivery,
  ...room,
  ...burst,
  ...stores,
  ...brokers,
  ...slow,
  ...providers,
  ...restore,
].toSorted((a, b) => a.number - b.number);
const ROOT = dirname(dirname(import.meta.dirname));
/** Long enough to pay in, short enough to wait for those who never do. */
const HOLD = '15s';

const USAGE = `usage: npm run faults -- list
       npm run faults -- NAME|NUMBER [NAME ...] [--short] [--rate N]
       npm run faults -- all [--short] [--rate N]
       npm run faults -- region [--short] [--rate N]

  region     a whole region is lost; in a local cluster of its own, so not part of all
  --short    with short waits; all: only the ones for CI
  --rate N   buyers per second (2)`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = argumentsOrUsage(USAGE, {
    allowPositionals: true,
    options: { short: { type: 'boolean', default: false }, rate: { type: 'string', default: '2' } },
  });
  const rate = Number(values.rate);
  const started = performance.now();
  const say = (text: string) =>
    console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${text}`);
  const stopping = () => interruption(() => console.log('stopping'));
  if (positionals[0] === 'region' && rate > 0) {
    const signal = stopping();
    const code = await regionDrill({ rate, short: values.short, say, signal });
    // Everything is taken down; what still waits for something waits in vain.
    if (signal.aborted) process.exit(code);
    return code;
  }
  const chosen = choose(positionals, values.short);
  if (positionals[0] === 'list' || chosen === undefined || !(rate > 0)) {
    if (positionals[0] !== 'list') console.log(`${USAGE}\n`);
    for (const { number, name, title, inShort } of FAULTS)
      console.log(
        `${String(number).padStart(3)}  ${name.padEnd(24)} ${inShort === true ? 'short' : '     '}  ${title}`,
      );
    console.log(`     ${'region'.padEnd(24)}        a whole region is lost, the other one is promoted, and back`);
    return positionals[0] === 'list' ? 0 : 2;
  }
  const signal = stopping();
  const results: FaultResult[] = [];
  for (const [brokers, faults] of Map.groupBy(chosen, (fault) => fault.brokers ?? 1))
    if (!signal.aborted) results.push(...(await runAll(faults, brokers, { rate, short: values.short, say }, signal)));
  return report(results.toSorted((a, b) => chosen.indexOf(a.fault) - chosen.indexOf(b.fault)));
}

/** One after the other in a shop of their own. */
async function runAll(
  faults: readonly Fault[],
  kafkaBrokers: 1 | 3,
  run: Pick<FaultRun, 'rate' | 'short' | 'say'>,
  signal: AbortSignal,
): Promise<FaultResult[]> {
  const { say } = run;
  await using stack = new AsyncDisposableStack();
  const dynamo = new DynamoProxy();
  const dynamoEndpoint = async (real: string) => await dynamo.listen(real, await freePort());
  stack.defer(() => dynamo.close());
  const redis = new TcpProxy();
  let redisAddress = '';
  stack.defer(() => redis.close());
  const redisEndpoint = async (real: string) => {
    redisAddress = await redis.listen(real, await freePort());
    return redisAddress;
  };
  const endpoints = { dynamoEndpoint, redisEndpoint };
  const shop = stack.use(
    await startShop({ root: ROOT, hold: HOLD, without: ['order-2'], kafkaBrokers, ...endpoints, signal, say }),
  );
  const books = stack.use(await openBookkeeper(shop));
  const results: FaultResult[] = [];
  for (const fault of faults) {
    if (signal.aborted) break;
    say(`${fault.number} ${fault.name}: ${fault.title}`);
    const result = await runFault(fault, { shop, books, dynamo, redis, redisAddress, ...run }).catch(
      (cause: unknown): FaultResult => ({
        ...{ fault, orders: 0, paid: 0, findings: [], note: '', seconds: 0 },
        error: `the books cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      }),
    );
    results.push(result);
    say(`${fault.number} ${fault.name}: ${result.error ?? `${result.findings.length} findings`}`);
  }
  return results;
}

function choose(names: readonly string[], short: boolean): readonly Fault[] | undefined {
  if (names.length === 0) return undefined;
  if (names[0] === 'all') return FAULTS.filter(({ inShort }) => !short || inShort === true);
  const found = names.map((wanted) => FAULTS.find(({ name, number }) => name === wanted || String(number) === wanted));
  return found.every((fault) => fault !== undefined) ? found : undefined;
}

function report(results: readonly FaultResult[]): number {
  console.log('');
  for (const { fault, orders, paid, findings, note, error, seconds } of results) {
    const lost = findings.filter(({ kind }) => kind === 'lost').length;
    const violated = findings.length - lost;
    const verdict = error === undefined ? `lost: ${lost}, violated: ${violated}` : `not run: ${error}`;
    const head = `${String(fault.number).padStart(3)} ${fault.name.padEnd(24)}`;
    console.log(`${head} ${verdict.padEnd(24)} ${orders} orders, ${paid} paid, ${seconds.toFixed(0)} s; ${note}`);
    for (const { kind, invariant, detail } of findings.slice(0, 20))
      console.log(`      ${kind} ${invariant}: ${detail}`);
  }
  const findings = results.flatMap((result) => result.findings);
  const lost = findings.filter(({ kind }) => kind === 'lost').length;
  const failed = results.filter(({ error }) => error !== undefined).length;
  console.log(`\nlost: ${lost}, violated: ${findings.length - lost}${failed > 0 ? `, not run: ${failed}` : ''}`);
  return findings.length + failed === 0 ? 0 : 1;
}
