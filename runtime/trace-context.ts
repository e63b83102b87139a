import { randomBytes } from 'node:crypto';

const PATTERN = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

export interface TraceContext {
  readonly traceId: string;
  /** To send onward: same trace, this program's span as parent. */
  readonly traceparent: string;
}

/** Continues the caller's W3C trace with a span of our own, or starts one when there is none or it is malformed. */
export function continueTrace(traceparent: string | undefined): TraceContext {
  const traceId = PATTERN.exec(traceparent ?? '')?.[1] ?? randomBytes(16).toString('hex');
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` };
}
