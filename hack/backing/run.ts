import { fstatSync } from 'node:fs';
import { BACKING_NAMES, type BackingName, type BackingPorts, startBacking } from '#runtime/local/backing.ts';

export interface RunOptions {
  readonly which: readonly BackingName[];
  readonly ports: Partial<BackingPorts>;
  readonly dir: string | undefined;
  readonly durable: boolean;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** Starts servers on loopback, prints where they are, and keeps them until the signal fires or standard input ends. */
export async function runInForeground({ which, ports, dir, durable, json, signal }: RunOptions): Promise<void> {
  const place = dir === undefined ? {} : { dir };
  await using backing = await startBacking({ which, ports, durable, signal, ...place });
  const addresses = Object.fromEntries(
    BACKING_NAMES.flatMap((name) => (which.includes(name) ? [[name, backing[name]]] : [])),
  );
  process.stdout.write(json ? `${JSON.stringify(addresses)}\n` : `${JSON.stringify(addresses, null, 2)}\n`);
  // Nothing else keeps this program alive: signals and detached children do not.
  const alive = setInterval(() => {}, 60_000);
  await Promise.race([aborted(signal), inputEnd()]);
  clearInterval(alive);
  process.stdin.destroy(); // Open, it would keep this program alive in turn.
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A pipe that the starter closes, or loses when it dies. A terminal, a file or /dev/null says nothing about the starter. */
function inputEnd(): Promise<void> {
  const stdin = fstatSync(0);
  if (!stdin.isFIFO() && !stdin.isSocket()) return new Promise(() => {});
  return new Promise((resolve) =>
    process.stdin
      .resume()
      .once('close', resolve)
      .once('error', () => resolve()),
  );
}
