import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

interface SqsAnswer {
  readonly batchItemFailures: readonly unknown[];
}

/** Between two deliveries of a message that failed: the visibility timeout of its queue, shorter. */
const AGAIN_MS = 2_000;

/**
 * A function with its queue: a message goes away when the function has answered without a failure, and comes again when the
 * function failed or died, as SQS delivers.
 */
export class FunctionProcess {
  readonly #spawn: () => ChildProcess;
  readonly #waiting: string[] = [];
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #answered: (done: boolean) => void = () => {};
  #working: Promise<void> = Promise.resolve();
  #busy = false;
  /** Messages that were delivered more than once. */
  redelivered = 0;

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    const runner = new URL('./function-runner.ts', import.meta.url).pathname;
    const line = [process.execPath, '--disable-warning=ExperimentalWarning', runner, folder];
    this.#spawn = () =>
      spawn('setpriv', ['--pdeathsig', 'KILL', ...line], {
        env: { PATH: process.env['PATH'] ?? '', ...env },
        stdio: ['pipe', 'pipe', 'ignore'],
      });
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && !this.#busy;
  }

  /** Messages in its queue, the one that it works on among them. */
  get waiting(): number {
    return this.#waiting.length;
  }

  deliver(body: string): void {
    this.#waiting.push(body);
    if (this.#busy) return;
    this.#busy = true;
    this.#working = this.#work();
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.kill();
    await this.#working;
  }

  async #work(): Promise<void> {
    for (let body = this.#waiting[0]; body !== undefined; body = this.#waiting[0]) {
      if (this.#stopping.signal.aborted) return;
      if (await this.#once(body)) this.#waiting.shift();
      else {
        this.redelivered++;
        // Behind the others: a failed message is invisible for a while and holds up nobody.
        this.#waiting.push(this.#waiting.shift() ?? body);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
    // In the same turn as the look at the queue, else a message could come in between and wait for ever.
    this.#busy = false;
  }

  /** True when the function has dealt with the message. False when it failed, or died before it said so. */
  async #once(body: string): Promise<boolean> {
    this.#child ??= this.#start();
    const child = this.#child;
    const answered = new Promise<boolean>((resolve) => {
      this.#answered = resolve;
    });
    child.stdin?.write(`${JSON.stringify({ Records: [{ messageId: 'one', body }] })}\n`);
    return await answered;
  }

  #start(): ChildProcess {
    const child = this.#spawn();
    child.stdin?.on('error', () => undefined); // it died: `exit` says so
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
      this.#answered(false);
    });
    createInterface({ input: child.stdout as Readable }).on('line', (line) => {
      // piped, see #spawn; the function writes its own logs and metrics there, too
      const { done } = JSON.parse(line) as { done?: { answer?: SqsAnswer } };
      if (done !== undefined) this.#answered(done.answer?.batchItemFailures.length === 0);
    });
    return child;
  }
}
