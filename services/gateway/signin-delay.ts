import { createHash } from 'node:crypto';
import { resourceExhausted } from '#runtime/errors.ts';
import type { Redis } from '#runtime/redis.ts';
import { addressKey } from './shared-rate.ts';

/** Wrong passwords that cost nothing but their time. */
const FREE_PER_ACCOUNT = 5;
const LONGEST_WAIT_MS = 5 * 60_000;
/** Failures are forgotten after an hour without another. */
const MEMORY_MS = 60 * 60_000;

/** Who is guessing: the account by its address or id, and where from. */
export interface Guess {
  readonly account: string;
  readonly ip: string;
}

export interface SigninDelay {
  /** Throws RESOURCE_EXHAUSTED SIGNIN_DELAYED while the account or the address has to wait. Tells ms left in `details`. */
  check(guess: Guess): Promise<void>;
  failed(guess: Guess): Promise<void>;
  /** The right password ends the account's wait; the address keeps its count, or one own account would launder guesses. */
  succeeded(guess: Guess): Promise<void>;
}

/**
 * After five wrong passwords an account waits one second, then two, four, ... up to five minutes; an address does so after
 * `freePerIp`, which is high because a whole campus may share one. Counted in Redis for all gateways; without Redis nobody waits.
 */
export function createSigninDelay(redis: Redis, freePerIp: number): SigninDelay {
  const keysOf = ({ account, ip }: Guess) => [
    { name: `account:${digest(account.trim().toLowerCase())}`, free: FREE_PER_ACCOUNT },
    { name: `ip:${digest(addressKey(ip))}`, free: freePerIp },
  ];
  const away = () => redis.status !== 'ready';
  return {
    async check(guess) {
      if (away()) return;
      const waits = await Promise.all(keysOf(guess).map(({ name }) => redis.pttl(`signin:wait:${name}`))).catch(
        () => [],
      );
      const waitMs = Math.max(0, ...waits);
      if (waitMs === 0) return;
      throw resourceExhausted(
        'SIGNIN_DELAYED',
        `too many wrong passwords, try again in ${Math.ceil(waitMs / 1000)} s`,
        {
          details: { retryAfterMs: waitMs },
        },
      );
    },
    async failed(guess) {
      if (away()) return;
      await Promise.all(
        keysOf(guess).map(async ({ name, free }) => {
          const counted = await redis
            .multi()
            .incr(`signin:fail:${name}`)
            .pexpire(`signin:fail:${name}`, MEMORY_MS)
            .exec();
          const over = Number(counted?.[0]?.[1] ?? 0) - free;
          if (over < 0) return;
          await redis.set(`signin:wait:${name}`, '1', 'PX', Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** Math.min(over, 20)));
        }),
      ).catch(() => {});
    },
    async succeeded(guess) {
      const [account] = keysOf(guess);
      if (away() || account === undefined) return;
      await redis.del(`signin:fail:${account.name}`).catch(() => {});
    },
  };
}

/** Addresses of people do not belong into names of keys. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
