import { AddressPool } from './address-pool.ts';
import { ApiError } from './kube-api.ts';
import type { Pod } from './pod.ts';
import { PodWorker, type WorkerDeps } from './pod-worker.ts';

/** The pods of this node: one worker each, from the moment the API server tells of it until it forgets it. */
export class PodManager {
  readonly #deps: WorkerDeps;
  readonly #addresses: AddressPool;
  /** By uid: a new pod of the same name is another pod. */
  readonly #workers = new Map<string, PodWorker>();
  readonly #leaving = new Map<string, Promise<void>>();

  constructor(deps: WorkerDeps, podCidr: string) {
    this.#deps = deps;
    this.#addresses = new AddressPool(podCidr);
  }

  get workers(): PodWorker[] {
    return [...this.#workers.values()];
  }

  find(namespace: string, name: string): PodWorker | undefined {
    return this.workers.find(({ pod }) => pod.metadata.namespace === namespace && pod.metadata.name === name);
  }

  /** All pods bound to this node; those that are not among them are gone. */
  replace(pods: readonly Pod[]): void {
    const present = new Set(pods.map(({ metadata }) => metadata.uid));
    // Those that run already keep their addresses.
    for (const pod of pods.toSorted(
      (a, b) => Number(b.status?.podIP !== undefined) - Number(a.status?.podIP !== undefined),
    )) {
      this.set(pod);
    }
    for (const worker of this.workers) if (!present.has(worker.pod.metadata.uid)) this.remove(worker.pod);
  }

  set(pod: Pod): void {
    const { uid, deletionTimestamp } = pod.metadata;
    const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    let worker = this.#workers.get(uid);
    if (worker === undefined && over) {
      if (deletionTimestamp !== undefined) void this.#forget(pod);
      return;
    }
    if (worker === undefined) {
      const ip = pod.spec.hostNetwork === true ? this.#deps.node.address : this.#addresses.take(pod.status?.podIP);
      worker = new PodWorker(this.#deps, pod, ip);
      this.#workers.set(uid, worker);
      if (deletionTimestamp === undefined) worker.start();
    } else worker.update(pod);
    if (deletionTimestamp !== undefined) this.#leave(worker, (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1_000);
  }

  /** The API server has forgotten the pod: whatever is left of it ends now. */
  remove(pod: Pod): void {
    const worker = this.#workers.get(pod.metadata.uid);
    if (worker === undefined) return;
    void worker.end(0).then(() => this.#drop(worker));
  }

  /** Ends every pod at once and without telling the API server, because the node itself ends. */
  async endAll(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
  }

  #leave(worker: PodWorker, graceMs: number): void {
    const { uid } = worker.pod.metadata;
    if (this.#leaving.has(uid)) {
      if (graceMs === 0) void worker.end(0);
      return;
    }
    const leaving = worker
      .end(graceMs)
      .then(() => this.#forget(worker.pod))
      .then(() => this.#drop(worker))
      .catch((error: unknown) =>
        this.#deps.log.error({ err: error, pod: worker.pod.metadata.name }, 'a pod stays behind'),
      )
      .finally(() => this.#leaving.delete(uid));
    this.#leaving.set(uid, leaving);
  }

  #drop(worker: PodWorker): void {
    const { uid } = worker.pod.metadata;
    if (!this.#workers.delete(uid)) return;
    this.#addresses.release(worker.ip);
    worker.cleanUp();
  }

  /** Tells the API server that nothing of the pod is left here, so that it may forget it. */
  async #forget({ metadata: { namespace, name, uid } }: Pod): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } };
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#deps.api.call('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`, body);
        return;
      } catch (error) {
        if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return;
        if (attempt === 20) throw error;
        await this.#deps.clock.sleep(Math.min(250 * attempt, 2_000));
      }
    }
  }
}
