import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { joinControlGroup, SERVERS_GROUP } from './control-groups.ts';
import { netnsPath } from './netns.ts';
import { portOwner } from './preflight.ts';
import { identify, isAlive, type ProcessIdentity, processesWithEnv, signalProcess } from './process-identity.ts';
import { SetupError, throwIfInterrupted } from './setup-error.ts';

/** A program that keeps running after the command that started it has ended. */
export interface DaemonSpec {
  /** Unique in its home; names the log file and the pid record. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Network namespace to run in. */
  readonly netns?: string | undefined;
  /** Path of a mount namespace to run in, such as /proc/123/ns/mnt. */
  readonly mountNamespace?: string;
  /** True once the program serves; a thrown error counts as false. Asked every 100 ms. Without it, running is ready. */
  readonly ready?: (signal: AbortSignal) => Promise<boolean>;
  /** Milliseconds until a start counts as failed; 60,000 unless said. */
  readonly readyTimeoutMs?: number;
  /** SIGTERM unless said (Postgres wants SIGINT for a fast stop). */
  readonly stopSignal?: NodeJS.Signals;
  /** Milliseconds between the stop signal and SIGKILL; 10,000 unless said. */
  readonly stopGraceMs?: number;
  /** Leave its children alone when it stops, as containerd's shims, which outlive it on purpose. */
  readonly keepChildren?: boolean;
  /**
   * TCP ports of 127.0.0.1, in the namespace of the caller, that are opened before the start and handed to the daemon, a
   * Node program, as messages `{port}` with the server as handle. Sockets keep the namespace they were made in.
   */
  readonly listen?: readonly number[];
  /** Where `listen` opens its ports instead of 127.0.0.1. */
  readonly listenHost?: string;
  /** Any text; a change restarts the daemon, as a change of command or arguments does (for config files). */
  readonly revision?: string;
}

interface DaemonRecord extends ProcessIdentity {
  readonly name: string;
  readonly command: string;
  readonly specHash: string;
  readonly startedAt: string;
  /** Later starts have higher numbers; stopping goes from the highest down. */
  readonly order: number;
  readonly stopSignal: NodeJS.Signals;
  readonly stopGraceMs: number;
  readonly keepChildren: boolean;
}

export interface DaemonStatus {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly log: string;
}

/** Environment variable that every daemon and its children carry: `<run directory>/<name>`. */
export const DAEMON_MARK = 'TICKETBOTTLE_DAEMON';

const MAX_LOG_BYTES = 64 * 1024 * 1024;

/**
 * Starts, finds again and stops the daemons of one home. What it knows lies in `<runDir>/<name>.json`, so a later process
 * (or the next start after `kill -9` of everything) carries on. It signals only processes whose pid, start time and boot
 * match its record, or that carry its mark in their environment.
 */
export class Daemons {
  readonly #runDir: string;
  readonly #logDir: string;

  constructor(directories: { readonly run: string; readonly logs: string }) {
    this.#runDir = directories.run;
    this.#logDir = directories.logs;
  }

  /**
   * Makes sure the daemon runs as specified and is ready. One that runs already with the same command line is left alone.
   * Throws SetupError, with the last lines of its log, when it ends or is not ready in time; then it is stopped.
   */
  async start(spec: DaemonSpec, signal?: AbortSignal): Promise<'started' | 'running'> {
    throwIfInterrupted(signal);
    const specHash = hashSpec(spec);
    const record = this.#read(spec.name);
    if (record !== undefined && isAlive(record) && record.specHash === specHash) {
      await this.#untilReady(spec, record, undefined, signal);
      return 'running';
    }
    await this.stop(spec.name);

    mkdirSync(this.#runDir, { recursive: true });
    mkdirSync(this.#logDir, { recursive: true });
    const servers = await openServers(spec.name, spec.listen ?? [], spec.listenHost ?? '127.0.0.1');
    const child = this.#spawn(spec);
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, by) => resolve(howItEnded(code, by)));
    });
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity === undefined) {
      for (const { server } of servers) server.close();
      throw new SetupError(`${spec.name} ended before it was ready (${await ended})${this.#tail(spec.name)}`);
    }
    this.#write({
      ...identity,
      name: spec.name,
      command: [spec.command, ...spec.args].join(' '),
      specHash,
      startedAt: new Date().toISOString(),
      order: this.#nextOrder(),
      stopSignal: spec.stopSignal ?? 'SIGTERM',
      stopGraceMs: spec.stopGraceMs ?? 10_000,
      keepChildren: spec.keepChildren ?? false,
    });
    child.unref();
    await handOver(child, servers);
    try {
      await this.#untilReady(spec, identity, child, signal);
    } catch (error) {
      await this.stop(spec.name);
      throw error;
    }
    return 'started';
  }

  /** Stops one daemon and, unless it keeps them, its children; forgets its record. Fine when there is none. */
  async stop(name: string): Promise<void> {
    const record = this.#read(name);
    if (record !== undefined && signalProcess(record, record.stopSignal)) {
      if (!(await gone([record], record.stopGraceMs))) {
        signalProcess(record, 'SIGKILL');
        await gone([record], 5_000);
      }
    }
    if (record?.keepChildren !== true) await this.#sweep(name);
    rmSync(this.#recordPath(name), { force: true });
  }

  /** Stops all daemons of this home, last started first. `only` narrows it down by name. */
  async stopAll(
    only: (name: string) => boolean = () => true,
    onStop: (name: string) => void = () => {},
  ): Promise<void> {
    for (const record of this.#records().toSorted((a, b) => b.order - a.order)) {
      if (!only(record.name)) continue;
      onStop(record.name);
      await this.stop(record.name);
    }
  }

  /** All daemons that were started and not stopped, first started first; `running` is false for one that died by itself. */
  list(): DaemonStatus[] {
    return this.#records()
      .toSorted((a, b) => a.order - b.order)
      .map((record) => ({
        name: record.name,
        pid: record.pid,
        running: isAlive(record),
        startedAt: record.startedAt,
        log: this.logPath(record.name),
      }));
  }

  /** Pid of a running daemon; undefined when it does not run. */
  pidOf(name: string): number | undefined {
    const record = this.#read(name);
    return record !== undefined && isAlive(record) ? record.pid : undefined;
  }

  logPath(name: string): string {
    return join(this.#logDir, `${name}.log`);
  }

  #spawn(spec: DaemonSpec): ChildProcess {
    const namespaces = [
      ...(spec.netns === undefined ? [] : [`--net=${netnsPath(spec.netns)}`]),
      ...(spec.mountNamespace === undefined ? [] : [`--mount=${spec.mountNamespace}`]),
    ];
    // nsenter replaces itself by the program, so the pid we record is the program's own.
    const [command, args] =
      namespaces.length === 0
        ? [spec.command, [...spec.args]]
        : ['nsenter', [...namespaces, '--', spec.command, ...spec.args]];
    const logPath = this.logPath(spec.name);
    if ((statSync(logPath, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) rmSync(logPath);
    const log = openSync(logPath, 'a');
    try {
      const child = spawn(command, args, {
        cwd: spec.cwd ?? '/',
        env: { ...process.env, ...spec.env, [DAEMON_MARK]: this.#mark(spec.name) },
        stdio: ['ignore', log, log, ...(spec.listen === undefined ? [] : ['ipc' as const])],
        detached: true,
      });
      joinControlGroup(SERVERS_GROUP, child.pid);
      return child;
    } finally {
      closeSync(log);
    }
  }

  async #untilReady(
    spec: DaemonSpec,
    identity: ProcessIdentity,
    child: ChildProcess | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const timeout = AbortSignal.timeout(spec.readyTimeoutMs ?? 60_000);
    const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
    for (;;) {
      throwIfInterrupted(signal);
      if (!isAlive(identity)) {
        await exited(child);
        const how = howItEnded(child?.exitCode, child?.signalCode);
        throw new SetupError(`${spec.name} ended before it was ready (${how})${this.#tail(spec.name)}`);
      }
      if (spec.ready === undefined || (await isReady(spec.ready, either))) return;
      if (timeout.aborted) {
        throw new SetupError(
          `${spec.name} was not ready after ${(spec.readyTimeoutMs ?? 60_000) / 1000} s${this.#tail(spec.name)}`,
        );
      }
      await sleep(100);
    }
  }

  /** Ends what carries this daemon's mark: its orphaned children, or a start whose record was never written. */
  async #sweep(name: string): Promise<void> {
    const left = processesWithEnv(DAEMON_MARK, this.#mark(name));
    for (const identity of left) signalProcess(identity, 'SIGTERM');
    if (await gone(left, 2_000)) return;
    for (const identity of left) signalProcess(identity, 'SIGKILL');
    await gone(left, 5_000);
  }

  #tail(name: string): string {
    const text = readIfThere(this.logPath(name))?.trim() ?? '';
    const lines = text.split('\n').slice(-6).join('\n  ');
    return `; see ${this.logPath(name)}${lines === '' ? '' : `, which ends with\n  ${lines}`}`;
  }

  #mark(name: string): string {
    return join(this.#runDir, name);
  }

  #recordPath(name: string): string {
    return join(this.#runDir, `${name}.json`);
  }

  #nextOrder(): number {
    return Math.max(0, ...this.#records().map((record) => record.order)) + 1;
  }

  #write(record: DaemonRecord): void {
    const path = this.#recordPath(record.name);
    writeFileSync(`${path}.new`, JSON.stringify(record));
    renameSync(`${path}.new`, path);
  }

  #read(name: string): DaemonRecord | undefined {
    const text = readIfThere(this.#recordPath(name));
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as DaemonRecord; // Written by #write only.
    } catch {
      return undefined; // Cut short by a crash; the mark still finds the process.
    }
  }

  #records(): DaemonRecord[] {
    let names: string[];
    try {
      names = readdirSync(this.#runDir).filter((file) => file.endsWith('.json'));
    } catch {
      return [];
    }
    return names.flatMap((file) => this.#read(file.slice(0, -'.json'.length)) ?? []);
  }
}

/** The process may be gone a moment before this one is told how. */
async function exited(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  await Promise.race([new Promise((resolve) => child.once('exit', resolve)), sleep(1_000)]);
}

function howItEnded(code: number | null | undefined, by: NodeJS.Signals | null | undefined): string {
  return code == null ? (by ?? 'unknown reason') : `exit code ${code}`;
}

async function openServers(
  name: string,
  ports: readonly number[],
  host: string,
): Promise<{ port: number; server: Server }[]> {
  const opened: { port: number; server: Server }[] = [];
  for (const port of ports) {
    const server = createServer({ pauseOnConnect: true });
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ port, host }, resolve);
      });
      opened.push({ port, server });
    } catch (cause) {
      for (const { server } of opened) server.close();
      const owner = portOwner(port);
      const by = owner === undefined ? '' : ` by process ${owner.pid} (${owner.name})`;
      throw new SetupError(
        `Port ${port} on ${host}, needed for ${name}, is taken${by}; stop that or choose another port`,
        {
          cause,
        },
      );
    }
  }
  return opened;
}

async function handOver(child: ChildProcess, servers: readonly { port: number; server: Server }[]): Promise<void> {
  for (const { port, server } of servers) {
    await new Promise<void>((resolve) => child.send({ port }, server, () => resolve())); // A dead child shows in the probe.
    server.close();
  }
  if (child.connected) child.disconnect();
}

/** Waits until none of the processes is alive; false when some are left after `timeoutMs`. */
async function gone(identities: readonly ProcessIdentity[], timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  while (identities.some(isAlive)) {
    if (performance.now() > until) return false;
    await sleep(25);
  }
  return true;
}

async function isReady(probe: (signal: AbortSignal) => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  try {
    return await probe(signal);
  } catch {
    return false;
  }
}

function hashSpec(spec: DaemonSpec): string {
  const { name, command, args, env, cwd, netns, mountNamespace, listen, revision } = spec;
  const text = JSON.stringify({ name, command, args, env, cwd, netns, mountNamespace, listen, revision });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
