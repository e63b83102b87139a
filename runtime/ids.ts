import { hash, randomBytes } from 'node:crypto';
import { type Clock, systemClock } from './clock.ts';

export type RandomBytes = (size: number) => Uint8Array;

/** RFC 9562 namespaces. */
export const NAMESPACE_DNS = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
export const NAMESPACE_URL = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';
/** Namespace of every id this project derives: uuidV5(NAMESPACE_DNS, 'ticketbottle.io'). */
export const NAMESPACE_TICKETBOTTLE = '4347f19b-2ade-5641-aa94-456c2fcabbfe';

/** A fresh UUIDv7: unique, and sorted by the ms it was made in, so that indexes grow at one end. */
export function newId(random: RandomBytes = pooledRandom, clock: Clock = systemClock): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(clock.now(), 0, 6);
  bytes.set(random(10), 6);
  return stamp(bytes, 7);
}

const pool = { bytes: Buffer.alloc(0), at: 0 };

/** Many ids from one system call; each byte is given out once. */
function pooledRandom(size: number): Uint8Array {
  if (pool.at + size > pool.bytes.length) {
    pool.bytes = randomBytes(4096);
    pool.at = 0;
  }
  pool.at += size;
  return pool.bytes.subarray(pool.at - size, pool.at);
}

/** The ms in which a UUIDv7 was made. */
export function idTime(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}

/** The same id for the same name, always and everywhere: for anything that may be retried. */
export function uuidV5(namespace: string, name: string): string {
  if (!isUuid(namespace)) throw new RangeError(`"${namespace}" is not a UUID`);
  const named = Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name, 'utf8')]);
  return stamp(hash('sha1', named, 'buffer').subarray(0, 16), 5);
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}

function stamp(bytes: Buffer, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
