import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BACKING_NAMES } from '#runtime/local/backing.ts';
import type { LocalLayout } from '#runtime/local/layout.ts';
import { takeLock } from '#runtime/local/lock.ts';
import { requireRoot } from '#runtime/local/preflight.ts';
import { Daemons } from '#runtime/local/process.ts';
import { Steps } from '#runtime/local/steps.ts';
import { BACKING_DAEMONS, OPTIONAL_DAEMONS } from './daemon-names.ts';

/** Stops the backing services and removes their data. The cluster's own `down` does this too, with everything else. */
export async function backingDown(layout: LocalLayout): Promise<void> {
  if (layout.node === 'containerd') requireRoot('npm run cluster -- down');
  const unlock = takeLock(`${layout.home}.backing.lock`, `The set of backing services in ${layout.home}`);
  try {
    const steps = new Steps();
    if (!existsSync(layout.home)) return steps.say('  nothing is running');
    const daemons = new Daemons(layout);
    await steps.run('stop the backing services', async (step) => {
      // By name, not by record: one whose record a crash cut short is found by its mark.
      for (const name of [...OPTIONAL_DAEMONS, ...BACKING_DAEMONS].toReversed()) {
        step.note(name);
        await daemons.stop(name);
      }
    });
    await steps.run('remove their data', async () => {
      for (const name of BACKING_NAMES) rmSync(join(layout.data, name), { recursive: true, force: true });
    });
  } finally {
    unlock();
  }
}
