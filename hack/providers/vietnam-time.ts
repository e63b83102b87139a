/** Vietnam keeps GMT+7 the whole year. */
const shifted = (ms: number) => new Date(ms + 7 * 3_600_000).toISOString();

/** `yymmdd`. */
export const vietnamDay = (ms: number) => shifted(ms).slice(2, 10).replaceAll('-', '');

/** `YYYY-MM-DD HH:MM:SS`. */
export const vietnamDateTime = (ms: number) => shifted(ms).slice(0, 19).replace('T', ' ');

/**
 * Where a counter of ids begins after a start: later than any earlier start of the day got to. A merchant remembers ids for
 * years, so a provider must never give one twice. At most nine digits.
 */
export const firstIdOfDay = (ms: number) => Math.floor((ms % 86_400_000) * 10);
