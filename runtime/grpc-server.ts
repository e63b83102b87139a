import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import type { Registry } from 'prom-client';
import type { Clock } from './clock.ts';
import type { ServiceError } from './errors.ts';
import { type HandlerDeps, runCall } from './grpc-call.ts';
import { toGrpcStatus } from './grpc-errors.ts';
import { serverTls, type TlsFolder } from './grpc-tls.ts';
import type { CallContext, ImplementationOf } from './grpc-types.ts';
import type { Logger } from './log.ts';
import { gauge, grpcServerHandling } from './metrics.ts';
import { serviceNameOf } from './proto-loader.ts';
import type { Readiness } from './readiness.ts';

type AnyHandler = (request: never, ctx: CallContext) => Promise<unknown> | AsyncIterable<unknown>;

export interface BoundService {
  readonly definition: ServiceDefinition;
  readonly implementation: Readonly<Record<string, AnyHandler>>;
}

/** A definition with its typed implementation: `bindService<InventoryServiceHandlers>(definition, {reserve, ...})`. */
export function bindService<Handlers>(
  definition: ServiceDefinition,
  implementation: ImplementationOf<Handlers>,
): BoundService {
  return { definition, implementation: implementation as unknown as BoundService['implementation'] };
}

export interface GrpcServerOptions {
  readonly services: readonly BoundService[];
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: string;
  readonly log: Logger;
  readonly metrics: Registry;
  /** gRPC health says SERVING while this is ready. */
  readonly readiness: Readiness;
  readonly clock: Clock;
  /** Callers must show a certificate of the folder's `ca.crt`. Plain text when left out. */
  readonly tls?: TlsFolder | undefined;
  /** With `tls`: common names of the certificates that may call our services; everybody with a certificate unless given. */
  readonly callers?: readonly string[] | undefined;
  /** Turns what stores throw (pg, Redis) into a ServiceError, before the default of INTERNAL. */
  readonly mapError?: (error: unknown) => ServiceError | undefined;
  /** Longest a single-answer call may take, also when its caller gave no deadline. 30 s unless told. */
  readonly maxDeadlineMs?: number;
  /** Calls in flight above which new ones are refused with RESOURCE_EXHAUSTED OVERLOADED. No limit unless told. */
  readonly maxConcurrentCalls?: number;
  /** Connections older than this are asked to reconnect, so that callers find new pods. 2 min unless told. */
  readonly maxConnectionAgeMs?: number;
}

export interface GrpcServer extends AsyncDisposable {
  readonly port: number;
  /** Says NOT_SERVING, takes no new calls, ends streams, lets calls finish until the signal aborts. */
  drain(deadline: AbortSignal): Promise<void>;
}

/** Serves with health v1 and reflection. Throws when a method has no implementation or the port is taken. */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { readiness, metrics } = options;
  const server = new Server({
    'grpc.max_connection_age_ms': options.maxConnectionAgeMs ?? 120_000,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_concurrent_streams': 10_000,
  });
  const draining = new AbortController();
  const calls = { inFlight: 0, idle: Promise.withResolvers<void>() };
  const handling = grpcServerHandling(metrics);
  const inFlight = gauge(metrics, 'grpc_server_in_flight', 'gRPC calls being answered');
  const deps = { ...options, handling, inFlight, draining: draining.signal, calls };

  const health = new HealthImplementation();
  const names = ['', ...options.services.map(({ definition }) => serviceNameOf(definition))];
  const tellHealth = (ready: boolean) => {
    for (const name of names) health.setStatus(name, ready ? 'SERVING' : 'NOT_SERVING');
  };
  tellHealth(readiness.ready);
  const stopTelling = readiness.onChange(tellHealth);
  health.addToServer(server as unknown as Parameters<HealthImplementation['addToServer']>[0]);

  for (const { definition, implementation } of options.services) {
    server.addService(definition, wrapAll(definition, implementation, deps));
  }
  const definitions = options.services.map(({ definition }) => [serviceNameOf(definition), definition]);
  new ReflectionService(reflectable(Object.fromEntries(definitions))).addToServer(server);

  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      `${options.host ?? '0.0.0.0'}:${options.port}`,
      options.tls === undefined ? ServerCredentials.createInsecure() : serverTls(options.tls),
      (error, bound) =>
        error
          ? reject(new Error(`cannot listen on port ${options.port}: ${error.message}`, { cause: error }))
          : resolve(bound),
    );
  });

  let drained: Promise<void> | undefined;
  const drain = (deadline: AbortSignal) => {
    drained ??= (async () => {
      stopTelling();
      tellHealth(false);
      draining.abort();
      const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      if (calls.inFlight > 0) await Promise.race([calls.idle.promise, whenAborted(deadline)]);
      // What is left are health watches and answers on their way out: a moment, then cut.
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 200)), whenAborted(deadline)]);
      server.forceShutdown();
    })();
    return drained;
  };
  return { port, drain, [Symbol.asyncDispose]: () => drain(AbortSignal.timeout(1000)) };
}

function wrapAll(definition: ServiceDefinition, implementation: BoundService['implementation'], deps: HandlerDeps) {
  const service = serviceNameOf(definition);
  const handlers: UntypedServiceImplementation = {};
  const unknown = new Set(Object.keys(implementation));
  for (const [name, method] of Object.entries(definition)) {
    const camel = name.charAt(0).toLowerCase() + name.slice(1);
    const handler = implementation[camel];
    if (handler === undefined) throw new Error(`${service}.${name} has no implementation`);
    if (method.requestStream) throw new Error(`${service}.${name} streams requests, which this server does not do`);
    unknown.delete(camel);
    const at = { service, method: name, stream: method.responseStream };
    // The codec has made the request what the handler's generated type says.
    const run = handler.bind(implementation) as (request: unknown, ctx: CallContext) => unknown;
    handlers[name] = method.responseStream
      ? (call: ServerWritableStream<unknown, unknown>) =>
          void runCall(call, at, deps, async (ctx) => {
            for await (const message of run(call.request, ctx) as AsyncIterable<unknown>) {
              if (ctx.signal.aborted) break;
              if (!call.write(message)) await drainedOrAborted(call, ctx.signal);
            }
            ctx.signal.throwIfAborted();
          }).then((outcome) => {
            if (outcome.error === undefined) call.end(outcome.trailer);
            else call.emit('error', toGrpcStatus(outcome.error, outcome.trailer));
          })
      : (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) =>
          void runCall(call, at, deps, (ctx) => run(call.request, ctx) as Promise<unknown>).then((outcome) => {
            if (outcome.error === undefined) callback(null, outcome.value, outcome.trailer);
            else callback(toGrpcStatus(outcome.error, outcome.trailer));
          });
  }
  if (unknown.size > 0) throw new Error(`${service} has no method ${[...unknown].join(', ')}`);
  return handlers;
}

function drainedOrAborted(call: ServerWritableStream<unknown, unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      call.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    call.on('drain', done);
    signal.addEventListener('abort', done);
  });
}

/** The reflection service wants message types at the top level; a service's own methods carry them. */
function reflectable(services: Record<string, ServiceDefinition>) {
  const types: Record<string, object> = {};
  for (const [name, definition] of Object.entries(services)) {
    for (const method of Object.values(definition)) {
      const { requestType, responseType } = method as unknown as Record<'requestType' | 'responseType', object>;
      types[`${name}/${method.path}/request`] = requestType;
      types[`${name}/${method.path}/response`] = responseType;
    }
  }
  return types as ConstructorParameters<typeof ReflectionService>[0];
}

function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
