import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** Ids of zeros only are none, says W3C. */
const PATTERN = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

export interface TraceContext {
  readonly traceId: string;
  /** To send onward: same trace, this program's span as parent. */
  readonly traceparent: string;
}

/** Continues the caller's W3C trace with a span of our own, or starts one when there is none or it is malformed. */
export function continueTrace(traceparent: string | undefined): TraceContext {
  const { traceId, flags } = readTraceparent(traceparent) ?? { traceId: newTraceId(), flags: '01' };
  return { traceId, traceparent: `00-${traceId}-${newSpanId()}-${flags}` };
}

/** The parts of a W3C traceparent; undefined when it is none. */
export function readTraceparent(
  text: string | undefined,
): { readonly traceId: string; readonly spanId: string; readonly flags: string } | undefined {
  const [, traceId, spanId, flags] = PATTERN.exec(text ?? '') ?? [];
  return traceId === undefined || spanId === undefined || flags === undefined ? undefined : { traceId, spanId, flags };
}

/**
 * 32 hex digits that X-Ray takes as well: it wants the first eight to be the second in which the trace began and refuses
 * traces that are older than 30 days by that.
 */
export function newTraceId(nowMs = Date.now()): string {
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, '0');
  return seconds + randomHex().slice(8);
}

export const newSpanId = (): string => randomHex().slice(16);

/** `1-5759e988-bd862e3fe1be46a994272793`: the same id as X-Ray writes it. */
export const xrayTraceId = (traceId: string): string => `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;

/** Never all zero. Node keeps entropy for UUIDs at hand; asking for bytes each time costs a system call. */
function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}

const active = new AsyncLocalStorage<string | undefined | (() => string)>();

/** Runs `work` inside a trace: whatever it sends without naming a trace (calls, messages) belongs to this one. */
export function runInTrace<T>(traceparent: string | undefined | (() => string), work: () => T): T {
  return active.run(traceparent, work);
}

export function activeTrace(): string | undefined {
  const found = active.getStore();
  return typeof found === 'function' ? found() : found;
}
