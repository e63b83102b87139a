import { randomUUID } from 'node:crypto';

const PATTERN = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

export interface TraceContext {
  readonly traceId: string;
  /** To send onward: same trace, this program's span as parent. */
  readonly traceparent: string;
}

/** Continues the caller's W3C trace with a span of our own, or starts one when there is none or it is malformed. */
export function continueTrace(traceparent: string | undefined): TraceContext {
  const traceId = PATTERN.exec(traceparent ?? '')?.[1] ?? randomHex();
  return { traceId, traceparent: `00-${traceId}-${randomHex().slice(16)}-01` };
}

/** 32 hex digits, never all zero. Node keeps entropy for UUIDs at hand; asking for bytes each time costs a system call. */
function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}
