import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { resourceExhausted } from '#runtime/errors.ts';

/** RFC 9106 / OWASP minimum for interactive logins: 19 MiB, 2 passes, 1 lane; about 50 ms on one core. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

export interface PasswordHasher {
  /** PHC string of a fresh salt. */
  hash(password: string): Promise<string>;
  /** Takes the same time for a wrong password as for an account that does not exist (`undefined`). */
  verify(password: string, phc: string | undefined): Promise<boolean>;
}

export interface HasherOptions {
  /** Hashes at once: each takes 19 MiB and a thread of the pool for its whole time. */
  readonly concurrency: number;
  /** Callers that may wait; more are refused with RESOURCE_EXHAUSTED BUSY, because their deadline would pass anyway. */
  readonly maxWaiting: number;
}

export function createPasswordHasher({ concurrency, maxWaiting }: HasherOptions): PasswordHasher {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function limited<T>(work: () => Promise<T>): Promise<T> {
    if (running >= concurrency) {
      if (waiting.length >= maxWaiting) {
        throw resourceExhausted('BUSY', 'too many sign-ins at once, try again shortly', { retryable: true });
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      // The place goes straight to the next in line, so nobody can slip in between.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  }

  return {
    hash: (password) =>
      limited(async () => {
        const salt = randomBytes(SALT_BYTES);
        return encode({ ...COST, salt, tag: await derive(password, { ...COST, salt, tagLength: TAG_BYTES }) });
      }),
    verify: (password, phc) =>
      limited(async () => {
        const known = phc === undefined ? undefined : decode(phc);
        const against = known ?? NOBODY;
        const tag = await derive(password, { ...against, tagLength: against.tag.length });
        return timingSafeEqual(tag, against.tag) && known !== undefined;
      }),
  };
}

interface Hash {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** Stands for the account that does not exist: same cost, and no password has this tag. */
const NOBODY: Hash = { ...COST, salt: Buffer.alloc(SALT_BYTES), tag: Buffer.alloc(TAG_BYTES) };

function derive(
  password: string,
  { memory, passes, parallelism, salt, tagLength }: Omit<Hash, 'tag'> & { readonly tagLength: number },
): Promise<Buffer> {
  // The same password typed on two keyboards may differ in bytes: NFC makes it one.
  const message = Buffer.from(password.normalize('NFC'));
  return new Promise((resolve, reject) => {
    argon2('argon2id', { message, nonce: salt, memory, passes, parallelism, tagLength }, (error, tag) =>
      error ? reject(error) : resolve(tag),
    );
  });
}

function encode({ memory, passes, parallelism, salt, tag }: Hash): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

function decode(phc: string): Hash {
  const match = PHC.exec(phc);
  if (match === null) throw new Error('a stored password hash is not an argon2id PHC string');
  const [, memory, passes, parallelism, salt = '', tag = ''] = match;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

/** PHC wants base64 without padding. */
const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
