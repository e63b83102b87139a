import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { operatorInItsPod } from '#runtime/local/operator-in-its-pod.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const POD = operatorInItsPod(ROOT);

/** Numbers of the operator's metrics at one moment, summed over what is not told apart. */
export interface Scrape {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly missed: number;
  readonly lists: number;
  readonly watchFailures: number;
  readonly reconciles: number;
  readonly reconcileErrors: number;
  /** Requests except watches and those for the Lease. */
  readonly calls: number;
  readonly leads: boolean;
}

const PROBES_UNTIL_KILL = 12;

/** The operator as in its pod (`layOutOperator` first), begun again when it ends, as a kubelet would. */
export class OperatorProcess {
  readonly #environment: Record<string, string>;
  readonly #log: string;
  readonly #port: number;
  #child: ChildProcess | undefined;
  #stopped = false;
  #silentFor = 0;
  /** As a kubelet's startup probe has it: silence counts once it has answered. */
  #hasAnswered = false;
  /** Ends that nobody asked for. */
  restarts = 0;
  /** Ends by our hand because it no longer answered /livez. */
  kills = 0;

  constructor(options: { readonly kubeconfig: string; readonly log: string; readonly port: number }) {
    this.#port = options.port;
    this.#log = options.log;
    this.#environment = {
      ...POD.env,
      PATH: process.env['PATH'] ?? '',
      KUBECONFIG: options.kubeconfig,
      OPS_PORT: String(options.port),
      POD_NAME: 'operator-0',
      POD_NAMESPACE: 'soak',
      LOG_LEVEL: 'info',
      RELIST_SECONDS: '60',
    };
  }

  start(): void {
    const log = openSync(this.#log, 'a');
    const child = spawn(process.execPath, [...POD.nodeArgs, join(ROOT, POD.file)], {
      env: this.#environment,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    this.#hasAnswered = false;
    this.#silentFor = 0;
    child.once('exit', () => {
      if (this.#stopped) return;
      this.restarts += 1;
      setTimeout(() => this.#stopped || this.start(), 1_000);
    });
  }

  /** The liveness probe of a kubelet: call it every few seconds. */
  async probe(): Promise<void> {
    const signal = AbortSignal.timeout(4_000);
    const answer = await fetch(`http://127.0.0.1:${this.#port}/livez`, { signal }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) this.#hasAnswered = true;
    this.#silentFor = answer?.status === 200 || !this.#hasAnswered ? 0 : this.#silentFor + 1;
    if (this.#silentFor < PROBES_UNTIL_KILL) return;
    this.#silentFor = 0;
    this.kills += 1;
    this.#child?.kill('SIGKILL');
  }

  async ready(): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/readyz`).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.status === 200;
  }

  async scrape(): Promise<Scrape | undefined> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/metrics`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => undefined,
    );
    return answer?.ok === true ? readMetrics(await answer.text()) : undefined;
  }

  /** SIGTERM; resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.#stopped = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await exited;
    clearTimeout(timer);
    return child.exitCode;
  }
}

export function readMetrics(text: string): Scrape {
  const sum = (name: string, wanted: (labels: string) => boolean = () => true) => {
    let total = 0;
    for (const line of text.split('\n')) {
      if (!line.startsWith(name)) continue;
      const [, labels = '', value] = /^\w+(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if ((line[name.length] === '{' || line[name.length] === ' ') && wanted(labels)) total += Number(value);
    }
    return total;
  };
  return {
    rssBytes: sum('process_resident_memory_bytes'),
    heapBytes: sum('nodejs_heap_size_used_bytes'),
    missed: sum('reflector_missed_changes_total'),
    lists: sum('reflector_lists_total'),
    watchFailures: sum('reflector_watch_failures_total'),
    reconciles: sum('controller_runtime_reconcile_total'),
    reconcileErrors: sum('controller_runtime_reconcile_errors_total'),
    calls: sum(
      'rest_client_requests_total',
      (labels) => !/verb="watch"/.test(labels) && !/resource="leases/.test(labels) && !/verb="list"/.test(labels),
    ),
    leads: sum('leader_election_master_status') === 1,
  };
}
