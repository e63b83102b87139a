import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import type { Registry } from '#runtime/metrics.ts';
import type { KubeClient } from './client.ts';
import { type Mirror, type ReflectorLimits, reflect } from './reflector.ts';
import { type KubeObject, key, type Resource, resourceName } from './resource.ts';
import { compareVersions } from './resource-version.ts';
import { type ChangeListener, type ChangeOrigin, type IndexFunction, Store } from './store.ts';

/** A local, always fresh copy of a collection. Objects are shared between all readers: never change one. */
export interface Informer<T> {
  /** By `namespace/name`. */
  get(key: string): T | undefined;
  list(): T[];
  byIndex(name: string, value: string): T[];
  /** Resolves when the first list has arrived; never rejects. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  /** Also told about every object of the first list, and about those already here when it subscribes. */
  onChange(listener: ChangeListener<T>): void;
}

export interface InformerOptions<T> {
  readonly labelSelector?: string;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
}

export interface Informers {
  /** The informer of this resource and selector, shared by all who ask; indexes of all askers are kept. */
  of<T extends KubeObject>(resource: Resource, options?: InformerOptions<T>): Informer<T>;
  /** Starts all reflectors, also of informers asked for later; resolves when the signal has aborted and all have ended. */
  start(signal: AbortSignal): Promise<void>;
  /** True when every informer asked for so far has its first list. */
  readonly hasSynced: boolean;
  /** Names of resources whose first list is still missing. */
  waitingFor(): string[];
}

export interface InformersDeps {
  readonly client: KubeClient;
  readonly log: Logger;
  readonly clock: Clock;
  readonly metrics: Registry;
  /** Namespaces to watch; empty for all. */
  readonly namespaces: readonly string[];
  readonly limits?: ReflectorLimits;
}

export function createInformers(deps: InformersDeps): Informers {
  const shared = new Map<string, SharedInformer<KubeObject>>();
  const running = new Set<Promise<void>>();
  let startedWith: AbortSignal | undefined;

  function begin(informer: SharedInformer<KubeObject>, signal: AbortSignal): void {
    const run = informer.run(signal).finally(() => running.delete(run));
    running.add(run);
  }

  return {
    of<T extends KubeObject>(resource: Resource, options: InformerOptions<T> = {}) {
      const name = `${resourceName(resource)}?${options.labelSelector ?? ''}`;
      let informer = shared.get(name);
      if (informer === undefined) {
        informer = new SharedInformer<KubeObject>(deps, resource, options.labelSelector);
        shared.set(name, informer);
        if (startedWith !== undefined) begin(informer, startedWith);
      }
      // One informer per resource and selector, and the resource decides what T is.
      const typed = informer as unknown as SharedInformer<T>;
      for (const [index, of] of Object.entries(options.indexes ?? {})) typed.addIndex(index, of);
      return typed;
    },
    async start(signal) {
      if (startedWith !== undefined) throw new Error('informers were started before');
      startedWith = signal;
      for (const informer of shared.values()) begin(informer, signal);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.all(running);
    },
    get hasSynced() {
      return [...shared.values()].every((informer) => informer.hasSynced);
    },
    waitingFor: () =>
      [...shared].filter(([, informer]) => !informer.hasSynced).map(([name]) => name.replace(/\?$/, '')),
  };
}

class SharedInformer<T extends KubeObject> implements Informer<T> {
  readonly #deps: InformersDeps;
  readonly #resource: Resource;
  readonly #labelSelector: string | undefined;
  readonly #store = new Store<T>();
  readonly #listeners: ChangeListener<T>[] = [];
  readonly #sync = Promise.withResolvers<void>();
  hasSynced = false;
  /**
   * A definition that is upgraded changes what is read of a stored object, and for a minute or so a watch that is open goes on in
   * the old words. Groups of definitions have a dot, those of Kubernetes itself need no comparing.
   */
  readonly #maySpeakDifferently: boolean;

  constructor(deps: InformersDeps, resource: Resource, labelSelector: string | undefined) {
    this.#deps = deps;
    this.#resource = resource;
    this.#maySpeakDifferently = resource.group.includes('.');
    this.#labelSelector = labelSelector;
  }

  get synced(): Promise<void> {
    return this.#sync.promise;
  }

  get(objectKey: string): T | undefined {
    return this.#store.get(objectKey);
  }

  list(): T[] {
    return this.#store.list();
  }

  byIndex(name: string, value: string): T[] {
    return this.#store.byIndex(name, value);
  }

  addIndex(name: string, of: IndexFunction<T>): void {
    this.#store.addIndex(name, of);
  }

  onChange(listener: ChangeListener<T>): void {
    this.#listeners.push(listener);
    for (const object of this.#store.list()) this.#tell([listener], key(object), object, undefined, 'list');
  }

  async run(signal: AbortSignal): Promise<void> {
    const all = !this.#resource.namespaced || this.#deps.namespaces.length === 0;
    const scopes: (string | undefined)[] = all ? [undefined] : [...this.#deps.namespaces];
    let missing = scopes.length;
    const onSynced = () => {
      missing -= 1;
      if (missing > 0) return;
      this.hasSynced = true;
      this.#sync.resolve();
    };
    await Promise.all(
      scopes.map((namespace) =>
        reflect<T>(
          {
            ...this.#deps,
            resource: this.#resource,
            namespace,
            labelSelector: this.#labelSelector,
            mirror: this.#mirror(namespace),
            onSynced,
          },
          signal,
        ),
      ),
    );
  }

  /** The part of the store that one reflector owns: one namespace, or everything. */
  #mirror(namespace: string | undefined): Mirror<T> {
    const set = (object: T, origin: ChangeOrigin = 'watch') => {
      const previous = this.#store.get(key(object));
      const same = previous !== undefined && previous.metadata.resourceVersion === object.metadata.resourceVersion;
      if (same && (origin === 'watch' || !this.#maySpeakDifferently || isDeepStrictEqual(previous, object)))
        return false;
      if (previous !== undefined) keepUnchanged(object, previous);
      this.#store.set(object);
      this.#tell(this.#listeners, key(object), object, previous, origin);
      return !same;
    };
    const remove = (objectKey: string, origin: ChangeOrigin = 'watch') => {
      const previous = this.#store.delete(objectKey);
      if (previous !== undefined) this.#tell(this.#listeners, objectKey, undefined, previous, origin);
    };
    return {
      set: (object) => void set(object),
      delete: (objectKey) => remove(objectKey),
      replace: (objects, { seen, exactly }) => {
        const present = new Set(objects.map(key));
        let missed = 0;
        for (const object of objects) {
          if (!set(object, 'list')) continue;
          if (exactly || (compareVersions(object.metadata.resourceVersion, seen) ?? 1) <= 0) missed += 1;
        }
        for (const objectKey of this.#store.keys()) {
          const ours = namespace === undefined || objectKey.startsWith(`${namespace}/`);
          if (!ours || present.has(objectKey)) continue;
          remove(objectKey, 'list');
          // Of a later list nobody can tell when it was deleted.
          if (exactly) missed += 1;
        }
        return { missed };
      },
    };
  }

  #tell(
    listeners: ChangeListener<T>[],
    objectKey: string,
    object: T | undefined,
    previous: T | undefined,
    origin: ChangeOrigin,
  ): void {
    for (const listener of listeners) {
      try {
        listener(objectKey, object, previous, origin);
      } catch (error) {
        // A listener only enqueues a key; when even that fails it is a defect of ours, and the watch must go on.
        this.#deps.log.error({ err: error, key: objectKey }, 'a change listener threw');
      }
    }
  }
}

/**
 * Parts that did not change stay the very same objects: what readers remember of a spec holds while only the status moves, and
 * the copy that came with the change is garbage while it is young. Before anybody has seen the new object.
 */
function keepUnchanged(object: KubeObject, previous: KubeObject): void {
  const [to, from] = [object as object as Record<string, unknown>, previous as object as Record<string, unknown>];
  for (const [part, value] of Object.entries(to))
    if (typeof value === 'object' && part !== 'metadata' && isDeepStrictEqual(value, from[part])) to[part] = from[part];
}
