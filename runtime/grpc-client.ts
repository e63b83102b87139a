import {
  type ChannelOptions,
  Client,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import type { Registry } from 'prom-client';
import { type Clock, systemClock } from './clock.ts';
import { cancelled, deadlineExceeded, ServiceError } from './errors.ts';
import { REQUEST_ID_KEY, TRACE_KEY } from './grpc-call.ts';
import { fromGrpcError } from './grpc-errors.ts';
import { channelTls, type TlsFolder } from './grpc-tls.ts';
import type { CallOptions } from './grpc-types.ts';
import type { Logger } from './log.ts';
import { grpcClientHandling } from './metrics.ts';
import { serviceNameOf } from './proto-loader.ts';
import { type RetryPolicy, retry } from './retry.ts';
import { activeTrace } from './trace-context.ts';
import { isTracing, openSpan } from './tracing.ts';

export interface GrpcClientOptions {
  /** `host:port` (resolved as `dns:///host:port`, all addresses used in turn) or a full gRPC target. */
  readonly address: string;
  readonly definition: ServiceDefinition;
  readonly log: Logger;
  /** For single-answer calls that give none. 5 s unless told. Streams have none unless given. */
  readonly defaultDeadlineMs?: number;
  /** For calls marked `idempotent`; by default up to 3 tries on retryable errors within the deadline. `false`: none. */
  readonly retry?: RetryPolicy | false;
  readonly metrics?: Registry;
  readonly clock?: Clock;
  /** Mutual TLS; plain text when left out. */
  readonly tls?: ClientTls | undefined;
}

/** Certificates as files that are renewed in place, or as PEM texts. `serverName`: the name to verify, if not the called one. */
export type ClientTls = (TlsFolder | { readonly ca: string; readonly cert: string; readonly key: string }) & {
  readonly serverName?: string;
};

export interface ClientLifetime extends Disposable {
  /** Resolves when connected; rejects with DEADLINE_EXCEEDED after `deadlineMs`. */
  ready(deadlineMs: number): Promise<void>;
  close(): void;
}

const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 3, initialMs: 50, maxMs: 500 };

const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  // Our own config stands; do not ask DNS for a TXT record on every resolution.
  'grpc.service_config_disable_resolution': 1,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.dns_min_time_between_resolutions_ms': 2_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 3_000,
  // Every client has connections of its own: closing one never disturbs another.
  'grpc.use_local_subchannel_pool': 1,
};

/**
 * A client as an object of methods: `createClient<InventoryClient>({...}).reserve(request, options)`, where
 * `type InventoryClient = ClientOf<InventoryServiceDefinition, InventoryServiceHandlers>`. Every failure is a ServiceError
 * with the server's reason.
 */
export function createClient<T extends object>(options: GrpcClientOptions): T & ClientLifetime {
  const { definition } = options;
  const target = /^[a-z0-9-]+:\/|^unix:|^ipv[46]:/.test(options.address)
    ? options.address
    : `dns:///${options.address}`;
  const channel = new Client(target, channelCredentials(options.tls), {
    ...CHANNEL_OPTIONS,
    ...(options.tls?.serverName ? { 'grpc.ssl_target_name_override': options.tls.serverName } : {}),
  });
  const clock = options.clock ?? systemClock;
  const service = serviceNameOf(definition);
  const handling = options.metrics && grpcClientHandling(options.metrics);

  /** `work` is given the trace to send along: that of a span around all tries, where spans are recorded. */
  const observed = async <R>(
    method: string,
    parent: string | undefined,
    work: (traceparent: string | undefined) => Promise<R>,
  ): Promise<R> => {
    const start = clock.monotonic();
    const span = isTracing()
      ? openSpan(`${service}/${method}`, {
          kind: 'client',
          parent,
          attributes: { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method },
        })
      : undefined;
    let code = 'OK';
    let failure: unknown;
    try {
      return await work(span?.traceparent ?? parent);
    } catch (error) {
      code = error instanceof ServiceError ? error.code : 'UNKNOWN';
      failure = error;
      throw error;
    } finally {
      span?.set({ 'rpc.grpc.status_code': code });
      span?.end(failure);
      handling?.observe(
        { grpc_service: service, grpc_method: method, grpc_code: code },
        (clock.monotonic() - start) / 1000,
      );
    }
  };

  const methods = Object.entries(definition).map(([name, method]) => {
    const unary = (request: object, call: CallOptions = {}) =>
      observed(name, call.traceparent ?? activeTrace(), (traceparent) => {
        const totalMs = call.deadlineMs ?? options.defaultDeadlineMs ?? 5_000;
        const start = clock.monotonic();
        const policy =
          call.idempotent && options.retry !== false
            ? (options.retry ?? DEFAULT_RETRY)
            : { ...DEFAULT_RETRY, maxAttempts: 1 };
        const attempt = () =>
          unaryOnce(channel, method, request, { ...call, traceparent }, totalMs - (clock.monotonic() - start));
        const onRetry = (error: unknown, number: number, delayMs: number) =>
          options.log.debug(
            { err: error, attempt: number, delayMs, grpc_method: name, request_id: call.requestId },
            'call is tried again',
          );
        return retry(policy, attempt, { clock, signal: call.signal, onRetry });
      });
    const stream = (request: object, call: CallOptions = {}) => streamOnce(channel, method, request, call);
    return [name.charAt(0).toLowerCase() + name.slice(1), method.responseStream ? stream : unary];
  });
  const lifetime: ClientLifetime = {
    ready: (deadlineMs) =>
      new Promise((resolve, reject) => {
        channel.waitForReady(Date.now() + deadlineMs, (error) =>
          error
            ? reject(
                deadlineExceeded('NOT_CONNECTED', `no connection to ${service} at ${target} within ${deadlineMs} ms`, {
                  cause: error,
                }),
              )
            : resolve(),
        );
      }),
    close: () => channel.close(),
    [Symbol.dispose]: () => channel.close(),
  };
  // The methods come from the definition from which T was derived.
  return Object.assign(Object.fromEntries(methods) as T, lifetime);
}

type Method = ServiceDefinition[string];

function unaryOnce(
  channel: Client,
  method: Method,
  request: object,
  options: CallOptions,
  deadlineMs: number,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) return reject(abortError(options.signal));
    if (deadlineMs <= 0) return reject(deadlineExceeded('DEADLINE_EXCEEDED', 'no time was left for the call'));
    const onAbort = () => call.cancel();
    const call = channel.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadataOf(options),
      { deadline: deadlineOf(deadlineMs) },
      (error, value) => {
        options.signal?.removeEventListener('abort', onAbort);
        if (error === null) resolve(value);
        else reject(options.signal?.aborted ? abortError(options.signal) : fromGrpcError(error));
      },
    );
    options.signal?.addEventListener('abort', onAbort, { once: true });
  });
}

async function* streamOnce(
  channel: Client,
  method: Method,
  request: object,
  options: CallOptions,
): AsyncGenerator<unknown> {
  if (options.signal?.aborted) throw abortError(options.signal);
  const call: ClientReadableStream<unknown> = channel.makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    metadataOf(options),
    { deadline: deadlineOf(options.deadlineMs ?? Number.POSITIVE_INFINITY) },
  );
  const onAbort = () => call.cancel();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    yield* call;
  } catch (error) {
    throw options.signal?.aborted ? abortError(options.signal) : fromGrpcError(error);
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    // A consumer that left early would otherwise leave the stream open; the resulting error has nobody to read it.
    call.on('error', () => {});
    call.cancel();
  }
}

function metadataOf(options: CallOptions): Metadata {
  const metadata = new Metadata(options.waitForReady ? { waitForReady: true } : {});
  if (options.requestId) metadata.set(REQUEST_ID_KEY, options.requestId);
  const traceparent = options.traceparent ?? activeTrace();
  if (traceparent) metadata.set(TRACE_KEY, traceparent);
  for (const [key, value] of Object.entries(options.metadata ?? {})) metadata.set(key, value);
  return metadata;
}

/** grpc-js takes wall time. */
function deadlineOf(deadlineMs: number): number {
  return Number.isFinite(deadlineMs) ? Date.now() + deadlineMs : Number.POSITIVE_INFINITY;
}

function abortError(signal: AbortSignal): ServiceError {
  if (signal.reason instanceof ServiceError) return signal.reason;
  return cancelled('CANCELLED', 'the caller gave up', { cause: signal.reason });
}

function channelCredentials(tls: GrpcClientOptions['tls']) {
  if (tls === undefined) return credentials.createInsecure();
  if ('directory' in tls) return channelTls(tls, tls.serverName);
  return credentials.createSsl(Buffer.from(tls.ca), Buffer.from(tls.key), Buffer.from(tls.cert));
}
