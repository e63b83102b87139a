import { invalidArgument } from './errors.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/**
 * A proto int64 (decimal string on our wire) as a bigint. Missing counts as 0, as proto3 has it.
 * Throws INVALID_ARGUMENT INVALID_INT64 naming the field otherwise.
 */
export function parseInt64(value: unknown, field: string): bigint {
  if (value === undefined || value === null) return 0n;
  if (typeof value === 'bigint') return inRange(value, field);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^-?\d{1,19}$/.test(value)) return inRange(BigInt(value), field);
  throw invalidArgument('INVALID_INT64', `${field} is not a whole number`, { details: { field } });
}

/** As `parseInt64`, as a number; throws when it does not fit exactly. For counts and ms, never for money. */
export function int64ToNumber(value: unknown, field: string): number {
  const number = Number(parseInt64(value, field));
  if (!Number.isSafeInteger(number)) {
    throw invalidArgument('INVALID_INT64', `${field} is too large`, { details: { field } });
  }
  return number;
}

function inRange(value: bigint, field: string): bigint {
  if (value < MIN || value > MAX)
    throw invalidArgument('INVALID_INT64', `${field} is too large`, { details: { field } });
  return value;
}
