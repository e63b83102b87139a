import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { failedPrecondition } from '#runtime/errors.ts';
import type { Redis } from '#runtime/redis.ts';
import { callerOf } from './access.ts';
import { idempotencyKey } from './onward.ts';

const KEEP_MS = 24 * 60 * 60_000;

/**
 * Route hook: a key belongs to the first body it came with, for a day. The services answer a repeated request with what it made;
 * this refuses another request under the same key, which would otherwise be answered with something it did not ask for.
 * `leaveOut` are fields that may differ from one try to the next.
 */
export function oneBodyPerKey(redis: Redis, leaveOut: readonly string[] = []) {
  return async (request: FastifyRequest): Promise<void> => {
    const key = idempotencyKey(request);
    if (key === '' || redis.status !== 'ready') return;
    const body = Object.entries((request.body ?? {}) as Record<string, unknown>).filter(
      ([name]) => !leaveOut.includes(name),
    );
    const print = createHash('sha256')
      .update(JSON.stringify(sorted(Object.fromEntries(body))))
      .digest('base64url');
    const scope = `${request.method} ${request.routeOptions.url} ${callerOf(request).userId} ${key}`;
    const name = `idempotency:${createHash('sha256').update(scope).digest('base64url')}`;
    const before = await redis.set(name, print, 'PX', KEEP_MS, 'NX', 'GET').catch(() => null);
    if (before !== null && before !== print) {
      throw failedPrecondition(
        'IDEMPOTENCY_KEY_REUSED',
        'this Idempotency-Key came with another body before; use a new one',
      );
    }
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
