import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Clock, systemClock } from '#runtime/clock.ts';
import { type ApiServer, installCrds, startApiServer } from '#runtime/local/apiserver.ts';
import { type CuttableProxy, startCuttableProxy } from '#runtime/local/cuttable-proxy.ts';
import { layOutOperator } from '#runtime/local/operator-in-its-pod.ts';
import { drawing } from './draw.ts';
import { FAULTS, type Fault, injectFault } from './faults.ts';
import { Ledger } from './ledger.ts';
import { NAMESPACE, PLATFORMS, platform, SALES, sale, secrets } from './objects.ts';
import { OperatorProcess, type Scrape } from './operator-process.ts';
import type { SoakOptions } from './options.ts';
import { floorOf, percentile, type Sample, trend } from './trend.ts';
import { changeSomething, settle, type WriterDeps } from './writer.ts';

export interface SoakReport {
  readonly minutes: number;
  readonly objects: { readonly platforms: number; readonly suspended: number; readonly sales: number };
  readonly faults: Readonly<Record<Fault, number>>;
  readonly changes: { readonly written: number; readonly reconciled: number; readonly refused: number };
  /** Changes without an answer two minutes after the last fault: must be empty. */
  readonly unreconciled: readonly string[];
  /** What lists at exactly the version seen found that watches had not told: must be 0. */
  readonly missedEvents: number;
  readonly comparisons: number;
  readonly watchesInterrupted: number;
  readonly answerMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly reconciles: { readonly total: number; readonly errors: number };
  readonly noOp: { readonly reconciles: number; readonly calls: number };
  readonly memoryMB: {
    readonly rssFirst: number;
    readonly rssLast: number;
    readonly rssMean: number;
    readonly rssPerHour: number;
    /** Least of each minute, fitted: what the heap grew by over the run. */
    readonly heapFloorMean: number;
    readonly heapFloorGrowth: number;
  };
  readonly operatorRestarts: number;
  /** Of those, the ones that /livez no longer answered. */
  readonly operatorKills: number;
  readonly operatorExit: number | null;
  readonly failed: readonly string[];
}

const ROOT = join(import.meta.dirname, '..', '..');
const MB = 1_048_576;
/** Caches, JIT and pools fill up first. */
const WARM_UP_SHARE = 0.2;
const SETTLE_MS = 120_000;

export async function soak(
  options: SoakOptions,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<SoakReport> {
  const clock = systemClock;
  await using stack = new AsyncDisposableStack();
  const server = await startApiServer();
  stack.defer(() => server.stop());
  await installCrds(server);
  const proxy = await startCuttableProxy({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
  stack.use(proxy);
  const world = await populate(server, options);
  say(`API server, ${options.platforms + options.suspended} platforms and ${options.sales} sales are there`);

  await layOutOperator(ROOT, signal);
  const operator = new OperatorProcess({
    kubeconfig: throughProxy(server, proxy),
    log: join(options.out, 'operator.log'),
    port: await freePort(),
  });
  operator.start();
  let exit: number | null = null;
  stack.defer(async () => void (await operator.stop()));
  await until(clock, 60_000, () => operator.ready());

  const run = new Run({ options, clock, server, proxy, operator, world, say });
  await run.play(signal);
  exit = await operator.stop();
  return run.report(exit);
}

interface World {
  readonly platforms: readonly string[];
  readonly sales: readonly string[];
}

interface RunDeps {
  readonly options: SoakOptions;
  readonly clock: Clock;
  readonly server: ApiServer;
  readonly proxy: CuttableProxy;
  readonly operator: OperatorProcess;
  readonly world: World;
  readonly say: (text: string) => void;
}

/** The play: a writer, faults and a checker beside each other, and quiet moments in which nothing may be sent. */
class Run {
  readonly #deps: RunDeps;
  readonly #ledger = new Ledger();
  readonly #faults: Record<Fault, number> = {
    'watches cut': 0,
    'API server killed': 0,
    'etcd paused': 0,
    'connections silenced': 0,
  };
  readonly #rss: Sample[] = [];
  readonly #heap: Sample[] = [];
  readonly #noOp = { reconciles: 0, calls: 0 };
  readonly #writer: WriterDeps;
  readonly #startedAt: number;
  /** Counters of the processes that ended. */
  #before: Pick<Scrape, 'missed' | 'lists' | 'watchFailures' | 'reconciles' | 'reconcileErrors'> = NOTHING;
  #last: Scrape | undefined;
  #refused = 0;
  #paused = false;
  #faulty = false;
  #restartsSeen = 0;
  #samplesFrom = 0;

  constructor(deps: RunDeps) {
    const { clock, server, world, options } = deps;
    this.#deps = deps;
    this.#startedAt = clock.monotonic();
    this.#writer = {
      server,
      ledger: this.#ledger,
      draw: drawing(options.seed),
      now: () => clock.monotonic(),
      platforms: world.platforms,
      sales: world.sales,
    };
  }

  async play(signal: AbortSignal): Promise<void> {
    const { options, clock, say } = this.#deps;
    const end = new AbortController();
    const stop = AbortSignal.any([signal, end.signal]);
    const loops = [
      this.#repeat(stop, options.writeEveryMs, () => this.#write()),
      this.#repeat(stop, 500, () => settle(this.#writer)),
      this.#repeat(stop, 5_000, () => this.#sample()),
      this.#repeat(stop, 5_000, () => this.#deps.operator.probe()),
      this.#repeat(stop, 60_000, async () => say(this.#line())),
    ];
    const draw = drawing(options.seed + 1);
    const endAt = this.#startedAt + options.minutes * 60_000;
    try {
      for (let round = 1; clock.monotonic() < endAt; round++) {
        await clock.sleep(Math.min(15_000 + draw() * 30_000, Math.max(0, endAt - clock.monotonic())), signal);
        if (clock.monotonic() >= endAt) break;
        if (round % 4 === 0) await this.#quietMoment();
        else await this.#fault(draw);
      }
      this.#paused = true;
      say('no more changes; what is owed must be settled now');
      await until(clock, SETTLE_MS, async () => this.#ledger.owed.length === 0).catch(() => {});
      await this.#quietMoment();
      // Every mirror is compared with the server once more.
      await clock.sleep(75_000, signal);
      await this.#sample();
    } finally {
      end.abort();
      await Promise.all(loops);
    }
  }

  async #repeat(signal: AbortSignal, everyMs: number, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      // During a fault nearly everything may fail; the next round tells.
      await work().catch(() => {});
      await this.#deps.clock.sleep(everyMs, signal).catch(() => {});
    }
  }

  async #write(): Promise<void> {
    if (this.#paused) return;
    try {
      await changeSomething(this.#writer);
    } catch {
      this.#refused += 1;
    }
  }

  async #fault(draw: () => number): Promise<void> {
    const { server, proxy, clock } = this.#deps;
    this.#faulty = true;
    try {
      const fault = await injectFault({ server, proxy, draw, sleep: (ms) => clock.sleep(ms) });
      this.#faults[fault] += 1;
    } finally {
      this.#faulty = false;
    }
  }

  async #sample(): Promise<void> {
    const { operator, clock } = this.#deps;
    const scrape = await operator.scrape();
    if (scrape === undefined) return;
    if (operator.restarts !== this.#restartsSeen && this.#last !== undefined) {
      this.#before = add(this.#before, this.#last);
      this.#restartsSeen = operator.restarts;
      this.#samplesFrom = this.#rss.length;
    }
    this.#last = scrape;
    const at = (clock.monotonic() - this.#startedAt) / 1_000;
    this.#rss.push({ at, value: scrape.rssBytes / MB });
    this.#heap.push({ at, value: scrape.heapBytes / MB });
  }

  /** Touches what the operator watches without changing a wish: it looks again, and must send nothing. */
  async #quietMoment(): Promise<void> {
    const { server, operator, clock, world } = this.#deps;
    const wasPaused = this.#paused;
    this.#paused = true;
    try {
      await until(clock, SETTLE_MS, async () => this.#ledger.owed.length === 0);
      const before = await this.#calm();
      const touch = { metadata: { annotations: { 'soak/touched': String(clock.now()) } } };
      for (const name of world.platforms)
        await server.fetch('PATCH', `${PLATFORMS}/${name}`, touch, 'application/merge-patch+json');
      await clock.sleep(3_000);
      const after = await operator.scrape();
      if (after === undefined) return;
      this.#noOp.reconciles += after.reconciles - before.reconciles;
      this.#noOp.calls += after.calls - before.calls;
    } catch (error) {
      this.#deps.say(`a quiet moment did not come: ${String(error)}`);
    } finally {
      this.#paused = wasPaused;
    }
  }

  /** The counters at a moment from which on nothing is sent by itself. */
  async #calm(): Promise<Scrape> {
    const { operator, clock } = this.#deps;
    for (let tries = 0; tries < 20; tries++) {
      const one = await operator.scrape();
      await clock.sleep(3_000);
      const two = await operator.scrape();
      if (one !== undefined && two !== undefined && one.calls === two.calls) return two;
    }
    throw new Error('the operator never stopped sending');
  }

  #totals() {
    return this.#last === undefined ? this.#before : add(this.#before, this.#last);
  }

  #line(): string {
    const minutes = ((this.#deps.clock.monotonic() - this.#startedAt) / 60_000).toFixed(1);
    const { missed, reconciles, lists } = this.#totals();
    const rss = this.#rss.at(-1)?.value.toFixed(0) ?? '?';
    const faults = FAULTS.map((fault) => `${fault} ${this.#faults[fault]}`).join(', ');
    return `${minutes} min: ${this.#ledger.written} changes, ${this.#ledger.owed.length} owed, ${reconciles} reconciles, missed ${missed} in ${lists} lists, RSS ${rss} MB, no-op ${this.#noOp.calls}/${this.#noOp.reconciles}; ${faults}${this.#faulty ? ' (fault under way)' : ''}`;
  }

  report(exit: number | null): SoakReport {
    const { options, operator } = this.#deps;
    const { missed, lists, watchFailures, reconciles, reconcileErrors } = this.#totals();
    const life = (samples: readonly Sample[]) => {
      const of = samples.slice(this.#samplesFrom);
      return of.slice(Math.floor(of.length * WARM_UP_SHARE));
    };
    const rss = life(this.#rss);
    const rssTrend = trend(rss);
    const heap = trend(floorOf(life(this.#heap), 60));
    const answers = this.#ledger.latencies;
    const unreconciled = this.#ledger.owed;
    const round = (value: number) => Math.round(value * 10) / 10;
    const failed: string[] = [];
    if (missed > 0) failed.push(`${missed} missed events`);
    if (unreconciled.length > 0) failed.push(`${unreconciled.length} changes were never reconciled`);
    if (this.#noOp.calls > 0) failed.push(`${this.#noOp.calls} calls in reconciles without news`);
    if (this.#noOp.reconciles === 0) failed.push('no reconcile without news was seen');
    // Half an hour must not cost more than a tenth of the process. In a few minutes the collector's waves are all there is.
    if (options.minutes >= 20 && rssTrend.over > Math.max(15, rssTrend.mean * 0.1))
      failed.push(`RSS grew by ${round(rssTrend.over)} MB`);
    if (operator.kills > 0) failed.push(`the operator stopped answering ${operator.kills} times`);
    if (exit !== 0) failed.push(`the operator ended with ${exit}`);
    return {
      minutes: options.minutes,
      objects: { platforms: options.platforms, suspended: options.suspended, sales: options.sales },
      faults: this.#faults,
      changes: { written: this.#ledger.written, reconciled: answers.length, refused: this.#refused },
      unreconciled,
      missedEvents: missed,
      comparisons: lists,
      watchesInterrupted: watchFailures,
      answerMs: {
        p50: Math.round(percentile(answers, 0.5)),
        p99: Math.round(percentile(answers, 0.99)),
        max: Math.round(Math.max(0, ...answers)),
      },
      reconciles: { total: reconciles, errors: reconcileErrors },
      noOp: this.#noOp,
      memoryMB: {
        rssFirst: round(rss[0]?.value ?? 0),
        rssLast: round(rss.at(-1)?.value ?? 0),
        rssMean: round(rssTrend.mean),
        rssPerHour: round(rssTrend.perHour),
        heapFloorMean: round(heap.mean),
        heapFloorGrowth: round(heap.over),
      },
      operatorRestarts: operator.restarts,
      operatorKills: operator.kills,
      operatorExit: exit,
      failed,
    };
  }
}

const NOTHING = { missed: 0, lists: 0, watchFailures: 0, reconciles: 0, reconcileErrors: 0 };

function add(a: typeof NOTHING, b: typeof NOTHING): typeof NOTHING {
  return {
    missed: a.missed + b.missed,
    lists: a.lists + b.lists,
    watchFailures: a.watchFailures + b.watchFailures,
    reconciles: a.reconciles + b.reconciles,
    reconcileErrors: a.reconcileErrors + b.reconcileErrors,
  };
}

async function populate(server: ApiServer, options: SoakOptions): Promise<World> {
  await server.fetch('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE },
  });
  for (const secret of secrets()) await server.fetch('POST', `/api/v1/namespaces/${NAMESPACE}/secrets`, secret);
  const named = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
  const [working, suspended] = [named('working', options.platforms), named('suspended', options.suspended)];
  for (const name of working) await server.fetch('POST', PLATFORMS, platform(name, false));
  for (const name of suspended) await server.fetch('POST', PLATFORMS, platform(name, true));
  const platforms = [...working, ...suspended];
  const sales = named('sale', options.sales);
  for (const [n, name] of sales.entries())
    await server.fetch('POST', SALES, sale(name, platforms[n % platforms.length] ?? ''));
  return { platforms, sales };
}

function throughProxy(server: ApiServer, proxy: CuttableProxy): string {
  const config = JSON.parse(readFileSync(server.kubeconfig, 'utf8')) as { clusters: { cluster: { server: string } }[] };
  for (const { cluster } of config.clusters) cluster.server = `https://127.0.0.1:${proxy.port}`;
  const path = join(server.dir, 'operator.kubeconfig');
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

async function until(clock: Clock, ms: number, probe: () => Promise<boolean>): Promise<void> {
  for (const limit = clock.monotonic() + ms; !(await probe().catch(() => false)); ) {
    if (clock.monotonic() > limit) throw new Error(`not so within ${ms / 1_000} s: ${probe}`);
    await clock.sleep(200);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
