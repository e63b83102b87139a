import { createInterface } from 'node:readline';
import type { Cluster } from './cluster.ts';

/** What the drill reads of a TicketBottlePlatform. */
export interface PlatformView {
  readonly metadata: { readonly namespace: string; readonly generation: number };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly endpoints?: { readonly gateway?: string };
    readonly region?: { readonly serving?: boolean; readonly term?: number; readonly holder?: string };
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

/** The platforms of the cluster as they are now, one per namespace, by one watch. */
export class Platforms implements Disposable {
  readonly #newest = new Map<string, PlatformView>();
  readonly #waiting = new Set<() => void>();
  #stopped = false;
  #stop = () => {};

  constructor(cluster: Cluster) {
    this.#watch(cluster);
  }

  of(namespace: string): PlatformView | undefined {
    return this.#newest.get(namespace);
  }

  condition(namespace: string, type: string): Condition | undefined {
    const one = this.of(namespace);
    // What was said of an earlier spec says nothing of this one.
    return one?.status?.conditions?.find(
      (found) => found.type === type && found.observedGeneration === one.metadata.generation,
    );
  }

  /** Unix ms at which it became so. */
  async until(
    namespace: string,
    what: string,
    holds: (one: PlatformView) => boolean,
    withinMs: number,
  ): Promise<number> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const said = this.of(namespace)?.status?.conditions?.filter(({ status }) => status !== 'True');
      const words = said?.map(({ type, reason, message }) => `${type} ${reason}: ${message}`).join('; ');
      reject(new Error(`${namespace}: ${what}: not within ${withinMs / 1_000} s; ${words}`));
    }, withinMs);
    try {
      for (;;) {
        const one = this.of(namespace);
        if (one !== undefined && holds(one)) return Date.now();
        const { promise: news, resolve } = Promise.withResolvers<void>();
        this.#waiting.add(resolve);
        await Promise.race([news, late]);
        this.#waiting.delete(resolve);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async untilCondition(
    namespace: string,
    type: string,
    want: { readonly status: string; readonly reason?: string; readonly message?: RegExp },
    withinMs: number,
  ): Promise<number> {
    const holds = () => {
      const found = this.condition(namespace, type);
      return (
        found?.status === want.status &&
        (want.reason === undefined || found.reason === want.reason) &&
        (want.message === undefined || want.message.test(found.message))
      );
    };
    return await this.until(namespace, `${type} ${want.reason ?? want.status}`, holds, withinMs);
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    this.#stop();
  }

  #watch(cluster: Cluster): void {
    const child = cluster.follow(['get', 'tbp', '-A', '--watch', '-o', 'jsonpath={@}{"\\n"}']);
    this.#stop = () => void child.kill();
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (!line.startsWith('{')) return;
        const one = JSON.parse(line) as PlatformView;
        this.#newest.set(one.metadata.namespace, one);
        for (const resolve of this.#waiting) resolve();
      });
    // Before the first platform there may be no such kind; and the API server ends watches.
    child.once('close', () => {
      if (!this.#stopped) setTimeout(() => this.#watch(cluster), 1_000);
    });
  }
}
