import { continueTrace, type TraceContext } from '../trace-context.ts';

/**
 * The trace of a call from Lambda's `_X_AMZN_TRACE_ID` (`Root=1-5759e988-bd862e3fe1be46a994272793;Parent=...;Sampled=1`): the
 * same 32 digits in W3C form, so that logs of functions and of services meet in one trace. A new one when there is none.
 */
export function traceOf(header: string | undefined): TraceContext {
  const root = /(?:^|;)Root=1-([0-9a-f]{8})-([0-9a-f]{24})/.exec(header ?? '');
  const parent = /(?:^|;)Parent=([0-9a-f]{16})/.exec(header ?? '')?.[1] ?? '0'.repeat(15).concat('1');
  return continueTrace(root === null ? undefined : `00-${root[1]}${root[2]}-${parent}-01`);
}
