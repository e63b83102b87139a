const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|h|m|s)/y;

/**
 * Ms in a Kubernetes/Go style duration: `30s`, `15m`, `72h`, `1h30m`, `250ms`, `0`.
 * Returns undefined when the text is not one, so that callers can name the field; see `durationMs` for the throwing form.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  let total = 0;
  let at = 0;
  while (at < text.length) {
    PART.lastIndex = at;
    const match = PART.exec(text);
    if (match === null) return undefined;
    total += Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
    at = PART.lastIndex;
  }
  return at === 0 ? undefined : Math.round(total);
}

/** As `parseDuration`, but throws a RangeError that says how to write one. */
export function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new RangeError(`"${text}" is not a duration: write it like 30s, 15m, 72h or 1h30m`);
  return ms;
}

/** The shortest Go style text of whole milliseconds: 5400000 is `1h30m`. Negative values are refused. */
export function formatDuration(ms: number): string {
  if (!Number.isInteger(ms) || ms < 0)
    throw new RangeError(`${ms} is not a whole, non-negative number of milliseconds`);
  if (ms === 0) return '0s';
  const hours = Math.floor(ms / UNIT_MS.h);
  const minutes = Math.floor((ms % UNIT_MS.h) / UNIT_MS.m);
  const seconds = Math.floor((ms % UNIT_MS.m) / UNIT_MS.s);
  const rest = ms % UNIT_MS.s;
  return [hours && `${hours}h`, minutes && `${minutes}m`, seconds && `${seconds}s`, rest && `${rest}ms`]
    .filter(Boolean)
    .join('');
}
