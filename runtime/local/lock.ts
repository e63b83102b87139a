import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { SetupError, throwIfInterrupted } from './setup-error.ts';

/**
 * Lets one program at a time work on what `path` stands for. Returns the release. A lock whose owner died is taken over.
 * Throws SetupError, naming the owner, while another living program holds it.
 */
export function takeLock(path: string, what: string): () => void {
  const self = identify(process.pid);
  if (self === undefined) throw new Error('/proc does not show this process');
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${path}.${self.pid}`;
  writeFileSync(mine, JSON.stringify(self));
  try {
    for (;;) {
      try {
        linkSync(mine, path); // Atomic: fails when the lock is there.
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = readOwner(path);
      if (owner !== undefined && isAlive(owner)) {
        throw new SetupError(
          `${what} is being worked on by process ${owner.pid}; wait for it to end, or stop it with: kill ${owner.pid}`,
        );
      }
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Like takeLock, and waits for as long as a living program holds it. For work that ends by itself soon. */
export async function waitForLock(
  path: string,
  what: string,
  options: { readonly signal: AbortSignal; readonly onWait: (why: string) => void },
): Promise<() => void> {
  for (;;) {
    throwIfInterrupted(options.signal);
    try {
      return takeLock(path, what);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      options.onWait(error.message);
      await sleep(250);
    }
  }
}

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
