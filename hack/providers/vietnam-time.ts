/** Vietnam keeps GMT+7 the whole year. */
const shifted = (ms: number) => new Date(ms + 7 * 3_600_000).toISOString();

/** `yymmdd`. */
export const vietnamDay = (ms: number) => shifted(ms).slice(2, 10).replaceAll('-', '');

/** `YYYY-MM-DD HH:MM:SS`. */
export const vietnamDateTime = (ms: number) => shifted(ms).slice(0, 19).replace('T', ' ');
