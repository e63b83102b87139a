import type { handleServerStreamingCall, handleUnaryCall, Metadata } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import type { Logger } from './log.ts';

/** What a handler knows about the call besides the request. */
export interface CallContext {
  /** Aborts when the caller has gone, its deadline has passed, or (for streams) the server drains. */
  readonly signal: AbortSignal;
  /** Ms the caller gave when the call came in; Infinity for a stream without deadline. */
  readonly deadlineMs: number;
  /** Ms left now. */
  remainingMs(): number;
  /** Carries request_id, trace_id and the method. */
  readonly log: Logger;
  readonly metadata: Metadata;
  readonly requestId: string;
  /** W3C trace context of this call. */
  readonly traceparent: string;
  /** Options for calls made on behalf of this one: same signal, ids, and what is left of the deadline. */
  onward(): CallOptions;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Ms from now. */
  readonly deadlineMs?: number | undefined;
  readonly requestId?: string | undefined;
  readonly traceparent?: string | undefined;
  /** Says that sending it twice does no harm: only then the client's retry policy applies. */
  readonly idempotent?: boolean | undefined;
  /** Wait for a connection within the deadline instead of failing at once when no server is up. */
  readonly waitForReady?: boolean | undefined;
  /** Further request metadata, for instance `authorization`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** The names written out in T, without grpc-js's index signature: indexing by it would give `never` for all of them. */
type MethodNames<T> = Extract<
  keyof { [K in keyof T as string extends K ? never : number extends K ? never : K]: T[K] },
  string
>;

/**
 * What a service implements, from the generated `XServiceHandlers`: `reserve(request, ctx): Promise<response>`, and for
 * server streams `watch(request, ctx): AsyncIterable<response>`. Names in camelCase.
 */
export type ImplementationOf<Handlers> = {
  readonly [K in MethodNames<Handlers> as Uncapitalize<K>]: Handlers[K] extends handleUnaryCall<
    infer Request,
    infer Response
  >
    ? (request: Request, ctx: CallContext) => Promise<Response>
    : Handlers[K] extends handleServerStreamingCall<infer Request, infer Response>
      ? (request: Request, ctx: CallContext) => AsyncIterable<Response>
      : never;
};

/**
 * What a caller gets, from the generated `XServiceDefinition` and `XServiceHandlers` (only the latter tells streams from
 * single answers): `client.reserve(request, options): Promise<response>`, `client.watch(request, options)` iterable.
 */
export type ClientOf<Definition, Handlers> = {
  readonly [K in MethodNames<Definition> as Uncapitalize<K>]: Definition[K] extends MethodDefinition<
    infer Request,
    infer _RawResponse,
    infer _RequestOut,
    infer Response
  >
    ? K extends keyof Handlers
      ? Handlers[K] extends handleUnaryCall<infer _A, infer _B>
        ? (request: Request, options?: CallOptions) => Promise<Response>
        : (request: Request, options?: CallOptions) => AsyncIterable<Response>
      : never
    : never;
};
