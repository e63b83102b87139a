import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { activeTrace, runInTrace } from '#runtime/trace-context.ts';
import { openSpan } from '#runtime/tracing.ts';
import { TRACE_HEADER } from './workflows/contract.ts';

/** Traces through Temporal: from the call to the workflow (a header), and from the workflow to its activities. */
export const traceCalls: WorkflowClientInterceptor = {
  start: (input, next) => next({ ...input, headers: withTrace(input.headers) }),
  signal: (input, next) => next({ ...input, headers: withTrace(input.headers) }),
  signalWithStart: (input, next) => next({ ...input, headers: withTrace(input.headers) }),
  startUpdate: (input, next) => next({ ...input, headers: withTrace(input.headers) }),
  startUpdateWithStart: (input, next) =>
    next({
      ...input,
      updateHeaders: withTrace(input.updateHeaders),
      workflowStartHeaders: withTrace(input.workflowStartHeaders),
    }),
};

/** What an activity does, and calls, belongs to the trace of what moved the workflow last. */
export function traceActivity(name: string): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      const header = input.headers[TRACE_HEADER];
      const parent = header === undefined ? undefined : defaultPayloadConverter.fromPayload<string>(header);
      const span = openSpan(`activity ${name}`, { kind: 'internal', parent });
      let failure: unknown;
      try {
        return await runInTrace(span.traceparent, () => next(input));
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        span.end(failure);
      }
    },
  };
}

function withTrace(headers: Headers): Headers {
  const traceparent = activeTrace();
  if (traceparent === undefined) return headers;
  return { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(traceparent) };
}
