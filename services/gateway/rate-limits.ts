import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { resourceExhausted } from '#runtime/errors.ts';
import type { Redis } from '#runtime/redis.ts';
import { callerOf } from './access.ts';
import { addressKey, type SharedRate } from './shared-rate.ts';

type Hook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

export interface RateLimits {
  /** For routes that are free while their answer is at hand and cost something only when it is not. Throws when it is too much. */
  readonly countIp: (request: FastifyRequest, reply: FastifyReply) => void;
  /** Route hook, after `signedIn`. */
  readonly perAccount: Hook;
  readonly authPerIp: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  /** Slows down guessing of one account's password from many addresses. Needs the parsed body. */
  readonly signinPerEmail: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
}

export interface RateOptions {
  readonly redis: Redis;
  readonly rates: SharedRate;
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

/**
 * Counts per minute, shared by all gateways. What every request is counted for costs it no call; passwords, where a try too many
 * matters, are counted exactly. While Redis is away gateways count by themselves, and passwords not at all.
 */
export async function registerRateLimits(app: FastifyInstance, options: RateOptions): Promise<RateLimits> {
  const counted = (name: string, max: number, keyOf: (request: FastifyRequest) => string) => {
    return (request: FastifyRequest, reply: FastifyReply) => {
      const waitMs = options.rates.take(`${name}:${keyOf(request)}`, max);
      if (waitMs === undefined) return;
      reply.header('retry-after', String(Math.max(1, Math.ceil(waitMs / 1000))));
      throw tooMany(waitMs);
    };
  };
  const hook = (count: (request: FastifyRequest, reply: FastifyReply) => void): Hook => {
    return (request, reply, done) => {
      try {
        count(request, reply);
      } catch (error) {
        return done(error as Error);
      }
      done();
    };
  };
  const countIp = counted('ip', options.ratePerIp, (request) => addressKey(request.ip));
  // Before the hooks of routes: an address that asks too much does not get signatures checked.
  app.addHook(
    'onRequest',
    hook((request, reply) => {
      if (!request.routeOptions.config.unlimited) countIp(request, reply);
    }),
  );

  await app.register(rateLimit, { global: false, redis: options.redis, nameSpace: 'rate:', skipOnError: true });
  const exact = (name: string, max: number, keyOf: (request: FastifyRequest) => string) => {
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
  return {
    countIp,
    perAccount: hook(counted('account', options.ratePerAccount, (request) => callerOf(request).userId)),
    authPerIp: exact('auth', options.rateAuthPerIp, (request) => addressKey(request.ip)),
    signinPerEmail: exact('signin', options.rateSigninPerEmail, (request) => {
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
