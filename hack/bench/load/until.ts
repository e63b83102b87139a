import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the check says true; throws, naming what was waited for, when it does not in time. */
export async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  { withinMs, everyMs = 20 }: { readonly withinMs: number; readonly everyMs?: number },
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs / 1000} s`);
    await sleep(everyMs);
  }
}
