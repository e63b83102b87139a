import { createHash, hash } from 'node:crypto';

/**
 * A keyed shuffle of 0..N-1 that needs no stored list: everybody who knows the seed can compute who got which place, and
 * nobody who knows only its hash can. That makes the draw at opening provable: publish `commitment(seed)` before anyone
 * joins, reveal the seed at opening.
 *
 * Algorithm (so that others can check it in any language). a = ceil(sqrt(N)), b = ceil(N / a), so a*b >= N with few to
 * spare. Write n = L*b + R with 0 <= L < a, 0 <= R < b. For round r = 0..7:
 *   even r: L = (L + F(r, R)) mod a        odd r: R = (R + F(r, L)) mod b
 *   F(r, x) = first 6 bytes, big endian, of SHA-256(seed || r as 1 byte || N as 8 bytes BE || x as 8 bytes BE)
 * The result is L*b + R; while it is >= N the rounds are applied again (cycle walking). The hash input has a fixed length,
 * so SHA-256 with the secret in front is a sound keyed function here.
 */
const ROUNDS = 8;
export const SEED_BYTES = 32;
/** Far above any queue; keeps all arithmetic exact. */
export const MAX_SIZE = 2 ** 40;

/** The place, 0..N-1, of number n, 0..N-1. */
export function place(seed: Uint8Array, n: number, size: number): number {
  const domain = domainOf(seed, n, size);
  let value = n;
  do value = forward(domain, value);
  while (value >= size);
  return value;
}

/** The number that got this place: inverse of `place`. */
export function numberAt(seed: Uint8Array, placeOf: number, size: number): number {
  const domain = domainOf(seed, placeOf, size);
  let value = placeOf;
  do value = backward(domain, value);
  while (value >= size);
  return value;
}

/** What is published before the draw: SHA-256 of the seed in lower case hex. */
export function commitment(seed: Uint8Array): string {
  checkSeed(seed);
  return createHash('sha256').update(seed).digest('hex');
}

interface Domain {
  readonly a: number;
  readonly b: number;
  /** seed, round, size, half: one buffer refilled for each hash. */
  readonly input: Buffer;
}

function domainOf(seed: Uint8Array, n: number, size: number): Domain {
  checkSeed(seed);
  if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE) throw new RangeError(`size ${size} is not in 1..2^40`);
  if (!Number.isInteger(n) || n < 0 || n >= size) throw new RangeError(`${n} is not in 0..${size - 1}`);
  const a = Math.ceil(Math.sqrt(size));
  const input = Buffer.alloc(SEED_BYTES + 1 + 8 + 8);
  input.set(seed, 0);
  input.writeBigUInt64BE(BigInt(size), SEED_BYTES + 1);
  return { a, b: Math.ceil(size / a), input };
}

function forward({ a, b, input }: Domain, value: number): number {
  let left = Math.floor(value / b);
  let right = value % b;
  for (let round = 0; round < ROUNDS; round++) {
    if (round % 2 === 0) left = (left + roundValue(input, round, right)) % a;
    else right = (right + roundValue(input, round, left)) % b;
  }
  return left * b + right;
}

function backward({ a, b, input }: Domain, value: number): number {
  let left = Math.floor(value / b);
  let right = value % b;
  for (let round = ROUNDS - 1; round >= 0; round--) {
    if (round % 2 === 0) left = (left + a - (roundValue(input, round, right) % a)) % a;
    else right = (right + b - (roundValue(input, round, left) % b)) % b;
  }
  return left * b + right;
}

function roundValue(input: Buffer, round: number, half: number): number {
  input[SEED_BYTES] = round;
  input.writeUIntBE(half, SEED_BYTES + 11, 6);
  return hash('sha256', input, 'buffer').readUIntBE(0, 6);
}

function checkSeed(seed: Uint8Array): void {
  if (seed.length !== SEED_BYTES) throw new RangeError(`a seed has ${SEED_BYTES} bytes, not ${seed.length}`);
}
