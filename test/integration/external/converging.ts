import type { Adapter, Change } from '#operator/external/adapter.ts';

/** Looks, compares and applies until nothing is left to do; gives what was done. For systems that need no waiting. */
export async function bringTo<D, O, C extends Change>(adapter: Adapter<D, O, C>, desired: D): Promise<C[]> {
  const signal = AbortSignal.timeout(30_000);
  const done: C[] = [];
  for (let round = 0; round < 10; round++) {
    const changes = adapter.diff(desired, await adapter.observe(desired, signal));
    const steps = changes.filter(({ action }) => action !== 'wait');
    if (changes.length === 0) return done;
    if (steps.length === 0) await new Promise((resolve) => setTimeout(resolve, 300));
    else await adapter.apply(steps, signal);
    done.push(...steps);
  }
  throw new Error(
    `still different after ten rounds: ${JSON.stringify(done.map(({ target, reason }) => `${target} ${reason}`))}`,
  );
}

/** What is different now, as `target: reason` lines. */
export async function differences<D, O, C extends Change>(adapter: Adapter<D, O, C>, desired: D): Promise<string[]> {
  const observed = await adapter.observe(desired, AbortSignal.timeout(30_000));
  return adapter.diff(desired, observed).map(({ target, reason }) => `${target}: ${reason}`);
}
