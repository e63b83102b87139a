import type { FastifyRequest } from 'fastify';
import type { CallOptions } from '#runtime/grpc-types.ts';
import { continueTrace } from '#runtime/trace-context.ts';
import type { Span } from '#runtime/tracing.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Empty until a call needs it. */
    traceparent: string;
    span: Span | undefined;
  }
}

/** Options for a call made on behalf of a request: its ids, a deadline, and for reads an end when the buyer has gone. */
export function reading(request: FastifyRequest, deadlineMs = 5_000): CallOptions {
  return { ...writing(request, deadlineMs), signal: request.signal, idempotent: true };
}

/** A write goes on when the buyer hangs up: what was begun is better finished than guessed at. */
export function writing(request: FastifyRequest, deadlineMs = 5_000): CallOptions {
  return { requestId: request.id, traceparent: traceOf(request), deadlineMs };
}

/** The trace that the request is in, and everything that it called. */
export function traceOf(request: FastifyRequest): string {
  request.traceparent ||= continueTrace(request.headers['traceparent']?.toString()).traceparent;
  return request.traceparent;
}

/** The caller's Idempotency-Key, or empty. */
export function idempotencyKey(request: FastifyRequest): string {
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' ? key : '';
}
