import { invalidArgument } from './errors.ts';
import { int64ToNumber } from './int64.ts';

/** google.protobuf.Timestamp as our proto-loader settings show it. */
export interface WireTimestamp {
  readonly seconds: string;
  readonly nanos: number;
}

/** Ms since the epoch to a proto Timestamp. */
export function toTimestamp(ms: number): WireTimestamp {
  if (!Number.isFinite(ms)) throw new RangeError(`${ms} is not an instant`);
  const seconds = Math.floor(ms / 1000);
  return { seconds: String(seconds), nanos: Math.floor((ms - seconds * 1000) * 1_000_000) };
}

/** Ms since the epoch, undefined when the field is not set. Throws INVALID_ARGUMENT INVALID_TIME on garbage. */
export function fromTimestamp(
  wire: { seconds?: unknown; nanos?: unknown } | null | undefined,
  field = 'time',
): number | undefined {
  if (wire === null || wire === undefined) return undefined;
  const nanos = Number(wire.nanos ?? 0);
  if (!Number.isInteger(nanos) || nanos < 0 || nanos > 999_999_999) {
    throw invalidArgument('INVALID_TIME', `${field} is not an instant`, { details: { field } });
  }
  return int64ToNumber(wire.seconds, field) * 1000 + Math.floor(nanos / 1_000_000);
}

/** Ms since the epoch to RFC 3339 in UTC, with milliseconds. */
export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

/** RFC 3339 with an offset or Z to ms. Throws INVALID_ARGUMENT INVALID_TIME otherwise: local times are refused. */
export function fromIso(text: string, field = 'time'): number {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw invalidArgument('INVALID_TIME', `${field} must be like 2026-05-01T20:00:00Z or with an offset`, {
      details: { field },
    });
  }
  return ms;
}
