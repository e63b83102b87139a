import { createHash } from 'node:crypto';
import { decodeEnvelope } from '#runtime/event-envelope.ts';

/** One Kafka record as the archive has it. */
export interface ArchivedRecord {
  readonly partition: number;
  readonly offset: number;
  /** Ms since the epoch, as Kafka had it. */
  readonly timestamp: number;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** The same for the same message, wherever it lies. */
  readonly id: string;
}

/** Reads a record as EventBridge Pipes describes it. Throws what it lacks. */
export function archivedRecord(text: string): ArchivedRecord {
  const { partition, offset, timestamp, key, value, headers } = JSON.parse(text) as Record<string, unknown>;
  for (const [name, field] of Object.entries({ partition, offset, timestamp }))
    if (!Number.isSafeInteger(field)) throw new Error(`a record has no ${name}: ${text.slice(0, 200)}`);
  const keyText = Buffer.from(String(key ?? ''), 'base64').toString();
  const bytes = Buffer.from(String(value ?? ''), 'base64');
  return {
    partition: Number(partition),
    offset: Number(offset),
    timestamp: Number(timestamp),
    key: keyText,
    value: bytes,
    headers: headersOf(headers),
    id: messageId(keyText, bytes),
  };
}

/** The id of the envelope, by which consumers deduplicate; for anything else what it says. */
export function messageId(key: string, value: Uint8Array): string {
  try {
    return decodeEnvelope(value).id;
  } catch {
    return createHash('sha256').update(key).update('\0').update(value).digest('base64');
  }
}

/** `[{"name": [98, 121, 116, 101]}]`. */
function headersOf(headers: unknown): Record<string, string> {
  if (!Array.isArray(headers)) return {};
  return Object.fromEntries(
    headers.flatMap((one: Record<string, number[]>) =>
      Object.entries(one).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
    ),
  );
}
