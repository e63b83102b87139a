import { type ChildProcess, spawn } from 'node:child_process';
import { SetupError } from '#runtime/local/setup-error.ts';

/** A cluster as kubectl sees it. */
export class Kubectl {
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;

  /** `command` with `args` in front is kubectl for the wanted cluster. */
  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#command = command;
    this.#args = args;
    this.#env = env;
  }

  /** How a person would type the same. */
  spawn(args: readonly string[], stdio: 'pipe' | 'inherit' = 'pipe'): ChildProcess {
    return spawn(this.#command, [...this.#args, ...args], { env: this.#env, stdio: ['pipe', stdio, stdio] });
  }

  /** Throws SetupError with kubectl's own words when it fails. */
  async run(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.#finish(args, input);
    if (code !== 0) throw new SetupError(`kubectl ${args.join(' ')} failed: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  }

  /** True when kubectl says yes (exit code 0). */
  async answer(args: readonly string[]): Promise<boolean> {
    return (await this.#finish(args)).code === 0;
  }

  async #finish(args: readonly string[], input?: string) {
    const child = this.spawn(args);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    // A kubectl that could not start, or that ended before reading, says so by itself.
    child.stdin?.once('error', () => {}).end(input ?? '');
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) =>
        reject(
          new SetupError(`kubectl cannot be started (${error.message}): install kubectl and put it on PATH.`, {
            cause: error,
          }),
        ),
      );
      child.once('close', resolve);
    });
    return { code, stdout, stderr };
  }

  async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run([...args, '-o', 'json'])) as T;
  }

  /** `kubectl apply` of objects, as GitOps would do it. */
  async apply(objects: readonly object[]): Promise<void> {
    const list = { apiVersion: 'v1', kind: 'List', items: objects };
    await this.run(
      ['apply', '--server-side', '--field-manager=demo', '--force-conflicts', '-f', '-'],
      JSON.stringify(list),
    );
  }
}
