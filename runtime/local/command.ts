import { spawn } from 'node:child_process';
import { throwIfInterrupted } from './setup-error.ts';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Ends the child with SIGTERM, and the call with InterruptedError. */
  readonly signal?: AbortSignal;
  /** Milliseconds; the child is killed and the call fails. */
  readonly timeoutMs?: number;
  /** Called for every line of stdout and stderr, for progress. */
  readonly onLine?: (line: string) => void;
  /** Lower CPU priority, for long builds. */
  readonly nice?: boolean;
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that ended with a code other than 0, by a signal, or by its timeout. The message carries its last lines. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;

  constructor(line: string, code: number | null, why: string, output: CommandResult, cause?: unknown) {
    const tail = (output.stderr.trim() === '' ? output.stdout : output.stderr)
      .trim()
      .split('\n')
      .slice(-8)
      .join('\n  ');
    super(`${line}: ${why}${tail === '' ? '' : `\n  ${tail}`}`, { cause });
    this.code = code;
    this.stdout = output.stdout;
    this.stderr = output.stderr;
  }
}

/**
 * Runs a program to its end without a shell and returns what it printed. Throws CommandError unless it exits with 0. The
 * child has a process group of its own, so Ctrl-C reaches it through `signal` and ends its children as well.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  throwIfInterrupted(options.signal);
  const line = [command, ...args].join(' ').slice(0, 200);
  const [file, argv] = options.nice === true ? ['nice', ['-n', '5', command, ...args]] : [command, [...args]];
  const child = spawn(file, argv, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });

  let stdout = '';
  let stderr = '';
  let timedOut = false;
  const endGroup = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The group is gone already.
    }
  };
  const onAbort = () => endGroup('SIGTERM');
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          endGroup('SIGKILL');
        }, options.timeoutMs);

  const onStdout = lines(options.onLine);
  const onStderr = lines(options.onLine);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onStdout(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr(text);
  });
  child.stdin.on('error', () => {}); // The child may end without reading its input.
  child.stdin.end(options.input ?? '');

  try {
    const [code, by] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit, signal) => resolve([exit, signal]));
    }).catch((cause: Error) => {
      throw new CommandError(line, null, cause.message, { stdout, stderr }, cause);
    });
    throwIfInterrupted(options.signal);
    if (timedOut) throw new CommandError(line, code, `no end after ${options.timeoutMs} ms`, { stdout, stderr });
    if (code !== 0) throw new CommandError(line, code, `exit code ${code ?? by}`, { stdout, stderr });
    return { stdout, stderr };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** Runs a program and says only whether it succeeded. */
export async function succeeds(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<boolean> {
  try {
    await run(command, args, options);
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}

/** Cuts a stream of text into its lines; one that has not ended yet is kept until it has. */
function lines(onLine: ((line: string) => void) | undefined): (text: string) => void {
  let rest = '';
  return (text) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) onLine?.(line.trimEnd());
  };
}
