import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { localLayout } from '../layout.ts';

/** What a program was compiled to last time: half of the CPU that it starts with. */
const COMPILE_CACHE = join(localLayout(process.env).cache, 'compiled');

export interface ShopProcessOptions {
  readonly root: string;
  /** Path below the root. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Asked until true. */
  readonly ready?: () => Promise<boolean>;
}

/** One program of this repository as a child process that can be killed, frozen and started again with other settings. */
export class ShopProcess {
  readonly #options: ShopProcessOptions;
  #child: ChildProcess | undefined;

  constructor(options: ShopProcessOptions) {
    this.#options = options;
  }

  /** Of the process that runs now. Throws when none does. */
  get pid(): number {
    if (!this.running || this.#child?.pid === undefined) throw new Error(`${this.#options.file} does not run`);
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts it, ready or not; `env` is laid over what it has. */
  launch(env: Readonly<Record<string, string>> = {}): void {
    const { root, file, args = [], logFile } = this.#options;
    // Ends with this process, however that dies.
    const line = [process.execPath, '--disable-warning=ExperimentalWarning', join(root, file), ...args];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...line], {
      cwd: root,
      env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: COMPILE_CACHE, ...this.#options.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(logFile, { flags: 'a' });
    for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
    this.#child = child;
  }

  async start(env?: Readonly<Record<string, string>>): Promise<void> {
    this.launch(env);
    await this.untilReady();
  }

  /** Generous: on a small machine many programs may be starting at once. */
  async untilReady(): Promise<void> {
    const { ready, file, logFile } = this.#options;
    const end = performance.now() + 150_000;
    while (ready !== undefined && !(await ready().catch(() => false))) {
      if (!this.running) throw new Error(`${file} ended: ${tailOf(logFile)}`);
      if (performance.now() > end) throw new Error(`${file} is not ready: ${tailOf(logFile)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Runs it to its end. Throws unless that is 0. */
  async complete(): Promise<void> {
    this.launch();
    await this.#ended();
    const code = this.#child?.exitCode;
    if (code !== 0) throw new Error(`${this.#options.file} ended with ${code}: ${tailOf(this.#options.logFile)}`);
  }

  /** Signals it and waits for its end; SIGKILL after 20 s. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) return;
    this.#child?.kill(signal);
    if (signal === 'SIGKILL') this.#child?.kill('SIGCONT');
    const hard = setTimeout(() => this.#child?.kill('SIGKILL'), 20_000);
    await this.#ended();
    clearTimeout(hard);
  }

  /** Stops it where it stands: its connections stay open and nothing answers. Returns what lets it go on. */
  freeze(): () => void {
    const { pid } = this;
    process.kill(pid, 'SIGSTOP');
    return () => {
      try {
        process.kill(pid, 'SIGCONT');
      } catch {
        // Killed meanwhile.
      }
    };
  }

  async #ended(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.running) return;
    await new Promise((resolve) => child.once('exit', resolve));
  }
}

function tailOf(logFile: string): string {
  return readFileSync(logFile, 'utf8').trim().split('\n').slice(-4).join('\n').slice(-2_000);
}

/** A port that was free a moment ago, below the range of outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_240 + Math.floor(Math.random() * 22_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (free) return port;
  }
}
