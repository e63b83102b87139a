import { type Counter, counter, type Histogram, histogram, type Registry } from '#runtime/metrics.ts';
import { type Resource, resourceName } from './resource.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'apply' | 'patch' | 'delete';

/**
 * Requests sent, retries included, by verb and resource. Besides the metric there is a count to subtract: a no-op
 * reconcile is asserted to send nothing.
 */
export class CallCount {
  readonly #sent = new Map<string, number>();
  readonly #total: Counter;
  readonly #seconds: Histogram;

  constructor(metrics: Registry) {
    this.#total = counter(metrics, 'rest_client_requests_total', 'Requests to the API server', [
      'verb',
      'resource',
      'method',
      'code',
    ]);
    this.#seconds = histogram(
      metrics,
      'rest_client_request_duration_seconds',
      'Time of one request to the API server',
      ['verb', 'resource'],
    );
  }

  /** Counts one request; `method` and `code` as client-go labels them, the code `error` when no answer came. */
  record(verb: Verb, resource: Resource, method: string, code: string, seconds: number): void {
    const name = resourceName(resource);
    const slot = `${verb} ${name}`;
    this.#sent.set(slot, (this.#sent.get(slot) ?? 0) + 1);
    this.#total.inc({ verb, resource: name, method, code });
    if (verb !== 'watch') this.#seconds.observe({ verb, resource: name }, seconds);
  }

  /** Requests so far, of one verb and one resource where given (`deployments.apps`). Watches count only when asked for. */
  total(filter: { verb?: Verb; resource?: Resource } = {}): number {
    let sum = 0;
    for (const [slot, count] of this.#sent) {
      const [verb, name] = slot.split(' ');
      if (filter.verb === undefined ? verb === 'watch' : verb !== filter.verb) continue;
      if (filter.resource !== undefined && name !== resourceName(filter.resource)) continue;
      sum += count;
    }
    return sum;
  }
}
