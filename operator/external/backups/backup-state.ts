/** What a look at one store's backups came to. */
export interface BackupState {
  /** Who makes them, and of what. */
  readonly how: string;
  /** Ms since the epoch: the newest backup that can be restored; undefined when there is none, or when it has no moments of its own. */
  readonly lastAt: number | undefined;
  /** What is not as declared, and what to do about it. Without times that change by themselves. */
  readonly problems: readonly string[];
}

/** The newest of some moments. */
export const newestOf = (moments: readonly (Date | undefined)[]): number | undefined => {
  const known = moments.flatMap((one) => (one === undefined ? [] : [one.getTime()]));
  return known.length === 0 ? undefined : Math.max(...known);
};

export const isOlder = (at: number | undefined, maxAgeMs: number, nowMs: number): boolean =>
  at === undefined || nowMs - at > maxAgeMs;
