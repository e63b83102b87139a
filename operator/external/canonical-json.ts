import { hash } from 'node:crypto';

/** JSON with sorted keys and without undefined: equal values give equal text, so it can be compared and hashed. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? 'null';
}

/** First `length` hex digits of the SHA-256 of the canonical JSON. */
export function shortHash(value: unknown, length = 16): string {
  return hash('sha256', canonicalJson(value), 'hex').slice(0, length);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
