import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import type { KubeApi } from './kube-api.ts';
import type { Pod } from './pod.ts';

export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Such as `spec.containers{web}`. */
  readonly field: string | undefined;
}

interface Recorded {
  readonly path: string;
  count: number;
  /** Until the object exists, later ones only count. */
  created: Promise<unknown>;
}

const MOST_REMEMBERED = 2_000;

/** Writes events about pods; the same one again only raises its count. */
export class EventRecorder {
  readonly #deps: { readonly api: KubeApi; readonly clock: Clock; readonly log: Logger; readonly node: string };
  readonly #known = new Map<string, Recorded>();

  constructor(deps: { readonly api: KubeApi; readonly clock: Clock; readonly log: Logger; readonly node: string }) {
    this.#deps = deps;
  }

  /** Returns at once; an event that cannot be written is only logged, because nothing waits for it. */
  record(pod: Pod, event: PodEvent): void {
    const { uid } = pod.metadata;
    const key = JSON.stringify([uid, event]);
    const now = `${new Date(this.#deps.clock.now()).toISOString().slice(0, 19)}Z`;
    const known = this.#known.get(key);
    if (known === undefined) this.#create(key, pod, event, now);
    else this.#raise(known, now);
  }

  #create(key: string, pod: Pod, { type, reason, message, field }: PodEvent, now: string): void {
    const { name, namespace, uid, resourceVersion } = pod.metadata;
    const { api, node, clock } = this.#deps;
    const serial = `${clock.now().toString(16)}${this.#known.size.toString(16)}`;
    const eventName = `${name.slice(0, 200)}.${serial}`;
    const path = `/api/v1/namespaces/${namespace}/events`;
    const body = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: eventName, namespace },
      involvedObject: {
        ...{ apiVersion: 'v1', kind: 'Pod', name, namespace, uid, resourceVersion },
        ...(field === undefined ? {} : { fieldPath: field }),
      },
      ...{ type, reason, message: message.slice(0, 1_000) },
      source: { component: 'kubelet', host: node },
      reportingComponent: 'kubelet',
      reportingInstance: node,
      ...{ firstTimestamp: now, lastTimestamp: now, count: 1 },
    };
    if (this.#known.size >= MOST_REMEMBERED) this.#known.delete(this.#known.keys().next().value ?? '');
    const created = api.call('POST', path, body).catch((error: unknown) => this.#fail(error));
    this.#known.set(key, { path: `${path}/${eventName}`, count: 1, created });
  }

  #raise(known: Recorded, now: string): void {
    known.count += 1;
    known.created = known.created
      .then(() => this.#deps.api.mergePatch(known.path, { count: known.count, lastTimestamp: now }))
      .catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    this.#deps.log.debug({ err: error }, 'an event could not be written');
  }
}
