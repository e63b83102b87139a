import { type Span as OtelSpan, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Environment } from './config.ts';
import { continueTrace, newSpanId, newTraceId, readTraceparent, type TraceContext } from './trace-context.ts';

export type SpanKindName = 'server' | 'client' | 'producer' | 'consumer' | 'internal';
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** One piece of work. Its ids are there whether or not anybody records it. */
export interface Span extends TraceContext {
  set(attributes: Attributes): void;
  /** Once. With an error the span counts as failed. */
  end(error?: unknown): void;
}

export interface SpanOptions {
  readonly kind: SpanKindName;
  /** W3C header of who asked for it; a new trace without. */
  readonly parent: string | undefined;
  readonly attributes?: Attributes;
  /** Another trace that this work also belongs to. */
  readonly link?: string | undefined;
  readonly startMs?: number;
}

export interface TracingOptions {
  readonly service: string;
  readonly version?: string | undefined;
  /**
   * OTEL_EXPORTER_OTLP_ENDPOINT: OTLP over HTTP, without it nothing is recorded. OTEL_TRACES_SAMPLER_ARG: share of the traces
   * that begin here, 0 to 1; a caller's decision is kept.
   */
  readonly env: Environment;
}

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

let recording: { readonly tracer: Tracer; readonly provider: TracerProvider } | undefined;

/** Records the spans of this process and sends them to a collector. Does nothing where none is named. Call once, first thing. */
export function startTracing({ service, version, env }: TracingOptions): void {
  const endpoint = env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (endpoint === undefined || endpoint === '' || recording !== undefined) return;
  const share = Number(env['OTEL_TRACES_SAMPLER_ARG'] ?? '0.1');
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      ...(version === undefined ? {} : { 'service.version': version }),
      ...(env['TB_PLATFORM'] === undefined ? {} : { 'service.namespace': env['TB_PLATFORM'] }),
      ...(env['TB_REGION'] === undefined ? {} : { 'cloud.region': env['TB_REGION'] }),
    }),
    idGenerator: { generateTraceId: () => newTraceId(), generateSpanId: newSpanId },
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` }),
        scheduledDelayMillis: 2_000,
        maxQueueSize: 4_096,
      }),
    ],
  });
  recording = { provider, tracer: provider.getTracer('ticketbottle') };
}

/** True while spans are recorded: for what only costs and is not needed otherwise. */
export const isTracing = (): boolean => recording !== undefined;

/** Sends what is buffered: before a program ends, and before Lambda freezes a function. Never throws. */
export async function flushTraces(timeoutMillis = 3_000): Promise<void> {
  await recording?.provider.forceFlush({ timeoutMillis }).catch(() => {});
}

/** Begins a span. Without a collector it is ids only, so that logs of all programs still meet in one trace. */
export function openSpan(name: string, { kind, parent, attributes, link, startMs }: SpanOptions): Span {
  if (recording === undefined) return { ...continueTrace(parent), set() {}, end() {} };
  const linked = contextOf(link);
  const span = recording.tracer.startSpan(
    name,
    {
      kind: KINDS[kind],
      ...(attributes === undefined ? {} : { attributes }),
      ...(linked === undefined ? {} : { links: [{ context: linked }] }),
      ...(startMs === undefined ? {} : { startTime: startMs }),
    },
    withParent(parent),
  );
  return recorded(span);
}

function recorded(span: OtelSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceId,
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    set: (attributes) => void span.setAttributes(attributes),
    end(error) {
      if (error !== undefined) {
        const message = error instanceof Error ? error.message : String(error);
        span.setStatus({ code: SpanStatusCode.ERROR, message });
      }
      span.end();
    },
  };
}

function withParent(parent: string | undefined) {
  const context = contextOf(parent);
  return context === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, context);
}

function contextOf(traceparent: string | undefined) {
  const found = readTraceparent(traceparent);
  if (found === undefined) return undefined;
  const { traceId, spanId, flags } = found;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}
