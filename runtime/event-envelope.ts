import { invalidArgument } from './errors.ts';
import { fromIso, toIso } from './timestamp.ts';

/** What every Kafka value holds. `id` is the deduplication key, the same over all retries; `type` equals the topic. */
export interface EventEnvelope<T = unknown> {
  readonly id: string;
  readonly type: string;
  /** Ms since the epoch; RFC 3339 in the JSON. */
  readonly time: number;
  readonly key: string;
  readonly data: T;
  /** W3C trace that it belongs to, as in the distributed tracing extension of CloudEvents. */
  readonly traceparent?: string | undefined;
}

/** JSON text; a bigint anywhere in `data` becomes a decimal string. */
export function encodeEnvelope(envelope: EventEnvelope): string {
  const { id, type, time, key, data, traceparent } = envelope;
  return JSON.stringify({ id, type, time: toIso(time), key, data, traceparent }, (_name, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

/** Throws INVALID_ARGUMENT BAD_ENVELOPE: a message that can never be read must be parked, not retried. `data` is unchecked. */
export function decodeEnvelope(value: Uint8Array | string): EventEnvelope {
  let parsed: unknown;
  try {
    parsed = JSON.parse(typeof value === 'string' ? value : new TextDecoder('utf-8', { fatal: true }).decode(value));
  } catch (cause) {
    throw invalidArgument('BAD_ENVELOPE', 'the message is not JSON', { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw invalidArgument('BAD_ENVELOPE', 'the message is not a JSON object');
  }
  const { id, type, time, key, data, traceparent } = parsed as Record<string, unknown>;
  for (const [name, field] of Object.entries({ id, type, time, key })) {
    if (typeof field !== 'string' || field === '') throw invalidArgument('BAD_ENVELOPE', `the envelope has no ${name}`);
  }
  if (data === undefined) throw invalidArgument('BAD_ENVELOPE', 'the envelope has no data');
  return {
    id: String(id),
    type: String(type),
    time: envelopeTime(String(time)),
    key: String(key),
    data,
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
  };
}

function envelopeTime(text: string): number {
  try {
    return fromIso(text);
  } catch (cause) {
    throw invalidArgument('BAD_ENVELOPE', 'the time of the envelope is not RFC 3339', { cause });
  }
}
