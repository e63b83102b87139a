import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from './clock.ts';

export { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** From half a millisecond to a minute: hot paths and sagas share one histogram shape. */
export const DURATION_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** A registry of its own (never prom-client's global one) with process metrics and a `service` label on everything. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** The named metric of the registry, made on first use: so two servers in one process may share a registry. */
export function histogram(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  buckets: readonly number[] = DURATION_BUCKETS,
): Histogram {
  const known = registry.getSingleMetric(name);
  if (known instanceof Histogram) return known;
  return new Histogram({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers: [registry] });
}

/**
 * `fromZero`: labels that are there before anything is counted. From nothing to one is no increase for Prometheus, so the first
 * of what somebody must hear of would alarm nobody.
 */
export function counter(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[] = [],
  fromZero: readonly Readonly<Record<string, string>>[] = [],
): Counter {
  const known = registry.getSingleMetric(name);
  const found =
    known instanceof Counter ? known : new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });
  for (const labels of fromZero) found.inc(labels, 0);
  return found;
}

export function gauge(registry: Registry, name: string, help: string, labelNames: readonly string[] = []): Gauge {
  const known = registry.getSingleMetric(name);
  if (known instanceof Gauge) return known;
  return new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
}

/** `grpc_server_handling_seconds{grpc_service,grpc_method,grpc_code}` */
export function grpcServerHandling(registry: Registry): Histogram {
  return histogram(registry, 'grpc_server_handling_seconds', 'Time to answer a gRPC call', [
    'grpc_service',
    'grpc_method',
    'grpc_code',
  ]);
}

/** `grpc_client_handling_seconds{grpc_service,grpc_method,grpc_code}`, retries included */
export function grpcClientHandling(registry: Registry): Histogram {
  return histogram(registry, 'grpc_client_handling_seconds', 'Time a gRPC call took for its caller', [
    'grpc_service',
    'grpc_method',
    'grpc_code',
  ]);
}

/** `http_request_duration_seconds{route,method,status}`; `route` is the pattern, never the path. */
export function httpRequestDuration(registry: Registry): Histogram {
  return histogram(registry, 'http_request_duration_seconds', 'Time to answer an HTTP request', [
    'route',
    'method',
    'status',
  ]);
}

/** Observes how long `fn` took, whether it succeeds or throws; `labels` may depend on which. */
export async function timeIt<T>(
  clock: Clock,
  metric: Histogram,
  labels: Record<string, string> | ((outcome: 'ok' | 'error') => Record<string, string>),
  fn: () => Promise<T>,
): Promise<T> {
  const start = clock.monotonic();
  let outcome: 'ok' | 'error' = 'error';
  try {
    const result = await fn();
    outcome = 'ok';
    return result;
  } finally {
    metric.observe(typeof labels === 'function' ? labels(outcome) : labels, (clock.monotonic() - start) / 1000);
  }
}
