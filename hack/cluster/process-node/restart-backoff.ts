const FIRST_MS = 10_000;
const MOST_MS = 300_000;

/** How long a container waits before its next start after `crashes` restarts in a row: 0, 10 s, 20 s ... 5 min. */
export function backoffMs(crashes: number): number {
  return crashes === 0 ? 0 : Math.min(FIRST_MS * 2 ** (crashes - 1), MOST_MS);
}
