import type { Clock } from './clock.ts';

export interface CacheDeps<T> {
  readonly read: (id: string) => Promise<T | undefined>;
  readonly clock: Clock;
  readonly maxAgeMs: number;
  readonly maxEntries: number;
}

/** Answers at most `maxAgeMs` old, one read for all who ask at the same time. Failures are not kept. */
export function createReadCache<T>({ read, clock, maxAgeMs, maxEntries }: CacheDeps<T>) {
  const entries = new Map<string, { readonly at: number; readonly value: Promise<T | undefined> }>();
  return {
    get(id: string): Promise<T | undefined> {
      const known = entries.get(id);
      if (known && clock.monotonic() - known.at < maxAgeMs) return known.value;
      const value = read(id);
      entries.delete(id);
      entries.set(id, { at: clock.monotonic(), value });
      const oldest = entries.keys().next();
      if (entries.size > maxEntries && !oldest.done) entries.delete(oldest.value);
      value.catch(() => {
        if (entries.get(id)?.value === value) entries.delete(id);
      });
      return value;
    },
    forget(id: string): void {
      entries.delete(id);
    },
  };
}
