import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Starts a program of the demo where the gateway and the stores can be reached. */
export type Launch = (script: string, args: readonly string[]) => ChildProcess;

/**
 * Runs one of the demo's own programs with its options in a file; `onLine` gets what it says, one JSON object a line.
 * Rejects with the program's last words when it fails.
 */
export async function runProgram(
  launch: Launch,
  script: string,
  options: object,
  onLine: (line: Record<string, number>) => void,
  signal: AbortSignal,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-demo-'));
  try {
    const file = join(dir, 'options.json');
    // Options may hold credentials of the backing services.
    writeFileSync(file, JSON.stringify(options), { mode: 0o600 });
    const child = launch(script, [file]);
    const stop = () => child.kill();
    signal.addEventListener('abort', stop, { once: true });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-4_000);
    });
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.startsWith('{')) onLine(JSON.parse(line) as Record<string, number>);
      });
    }
    const code = await new Promise<number | null>((resolve, reject) =>
      child.once('error', reject).once('close', resolve),
    );
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`${script} ended with ${code ?? 'a signal'}: ${stderr.trim()}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
