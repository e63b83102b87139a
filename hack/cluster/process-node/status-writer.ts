import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '#runtime/log.ts';
import { ApiError, type KubeApi } from './kube-api.ts';
import type { Pod, PodStatus } from './pod.ts';

const TRIES = 10;

/** Brings the status of one pod to the API server: soon after each change, several changes as one, and none that says nothing new. */
export class StatusWriter {
  readonly #deps: { readonly api: KubeApi; readonly log: Logger };
  readonly #source: { now(): { pod: Pod; status: PodStatus }; written(pod: Pod): void };
  #writing = false;
  #changed = false;
  #silent = false;
  #last = '';

  /** `now` is asked when it is time to write; `written` gets the pod as the API server then has it. */
  constructor(
    deps: { readonly api: KubeApi; readonly log: Logger },
    source: { now(): { pod: Pod; status: PodStatus }; written(pod: Pod): void },
  ) {
    this.#deps = deps;
    this.#source = source;
  }

  /** Something has changed. */
  touch(): void {
    this.#changed = true;
    if (this.#writing) return;
    this.#writing = true;
    void this.#writeAll();
  }

  /** Resolves when everything is written, or given up. */
  async settled(): Promise<void> {
    while (this.#writing) await sleep(5);
  }

  /** Writes nothing more. */
  silence(): void {
    this.#silent = true;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#changed && !this.#silent) {
        this.#changed = false;
        await sleep(10);
        await this.#write();
      }
    } finally {
      this.#writing = false; // At once after the last look at #changed: nothing slips in between.
    }
  }

  async #write(): Promise<void> {
    const { pod, status } = this.#source.now();
    const text = JSON.stringify(status);
    if (text === this.#last) return;
    const { namespace, name, uid } = pod.metadata;
    for (let attempt = 1; ; attempt++) {
      if (this.#silent) return;
      try {
        const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
        // With its uid, so that a new pod of this name never gets the status of the old one.
        this.#source.written(await this.#deps.api.mergePatch<Pod>(path, { metadata: { uid }, status }));
        this.#last = text;
        return;
      } catch (error) {
        if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return;
        if (attempt === TRIES) {
          this.#deps.log.error({ err: error, pod: name }, 'the status could not be written');
          return;
        }
        await sleep(Math.min(200 * attempt, 2_000));
      }
    }
  }
}
