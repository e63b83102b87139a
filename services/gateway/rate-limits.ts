import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { resourceExhausted } from '#runtime/errors.ts';
import type { Redis } from '#runtime/redis.ts';
import { callerOf } from './access.ts';

export interface RateLimits {
  /** For routes that are free while their answer is at hand and cost something only when it is not. */
  readonly perIp: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  /** Route hook, after `signedIn`. */
  readonly perAccount: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  readonly authPerIp: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  /** Slows down guessing of one account's password from many addresses. Needs the parsed body. */
  readonly signinPerEmail: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
}

export interface RateOptions {
  readonly redis: Redis;
  readonly ratePerIp: number;
  readonly ratePerAccount: number;
  readonly rateAuthPerIp: number;
  readonly rateSigninPerEmail: number;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    unlimited?: boolean;
  }
}

/** Routes with `config: UNLIMITED` cost nothing worth counting: pages and ticks that caches may keep. */
export const UNLIMITED = { unlimited: true } as const;

const MINUTE_MS = 60_000;

/** Counts per minute in Redis, shared by all gateways. While Redis is away nothing is refused for its rate. */
export async function registerRateLimits(app: FastifyInstance, options: RateOptions): Promise<RateLimits> {
  await app.register(rateLimit, { global: false, redis: options.redis, nameSpace: 'rate:', skipOnError: true });
  const limit = (name: string, max: number, keyOf: (request: FastifyRequest) => string) => {
    const check = app.createRateLimit({
      max,
      timeWindow: MINUTE_MS,
      keyGenerator: (request) => `${name}:${keyOf(request)}`,
    });
    return async (request: FastifyRequest, reply: FastifyReply) => {
      // Without this every request would wait for the command's time limit while Redis is away.
      if (options.redis.status !== 'ready') return;
      const result = await check(request);
      if (result.isAllowed || !result.isExceeded) return;
      reply.header('retry-after', String(Math.max(1, result.ttlInSeconds)));
      throw tooMany(result.ttl);
    };
  };
  const perIp = limit('ip', options.ratePerIp, (request) => request.ip);
  // Before the hooks of routes: an address that asks too much does not get signatures checked.
  app.addHook('onRequest', async (request, reply) => {
    if (!request.routeOptions.config.unlimited) await perIp(request, reply);
  });
  return {
    perIp,
    perAccount: limit('account', options.ratePerAccount, (request) => callerOf(request).userId),
    authPerIp: limit('auth', options.rateAuthPerIp, (request) => request.ip),
    signinPerEmail: limit('signin', options.rateSigninPerEmail, (request) => {
      const { email } = request.body as { email: string };
      return email.trim().toLowerCase();
    }),
  };
}

function tooMany(ttlMs: number) {
  return resourceExhausted('RATE_LIMITED', `too many requests, try again in ${Math.ceil(ttlMs / 1000)} s`, {
    retryable: true,
  });
}
