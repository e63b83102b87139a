import { type KubeObject, key } from './resource.ts';

/** Values under which an object is found again, such as the platform that an EventSale refers to. */
export type IndexFunction<T> = (object: T) => readonly string[];
/** `list`: an object of a whole list, most of which nobody has touched; `watch`: a change that just happened. */
export type ChangeOrigin = 'list' | 'watch';
export type ChangeListener<T> = (
  key: string,
  object: T | undefined,
  previous: T | undefined,
  origin: ChangeOrigin,
) => void;

/** Objects of one kind by `namespace/name`, with indexes. Objects are shared with every reader: never change them. */
export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, { of: IndexFunction<T>; keys: Map<string, Set<string>> }>();

  get size(): number {
    return this.#objects.size;
  }

  get(objectKey: string): T | undefined {
    return this.#objects.get(objectKey);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  keys(): string[] {
    return [...this.#objects.keys()];
  }

  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`there is no index "${name}"`);
    const found: T[] = [];
    for (const objectKey of index.keys.get(value) ?? []) {
      const object = this.#objects.get(objectKey);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  addIndex(name: string, of: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return;
    const index = { of, keys: new Map<string, Set<string>>() };
    this.#indexes.set(name, index);
    for (const [objectKey, object] of this.#objects) enter(index, objectKey, object);
  }

  /** Returns what was there before. */
  set(object: T): T | undefined {
    const objectKey = key(object);
    const previous = this.#objects.get(objectKey);
    this.#objects.set(objectKey, object);
    for (const index of this.#indexes.values()) {
      if (previous !== undefined) leave(index, objectKey, previous);
      enter(index, objectKey, object);
    }
    return previous;
  }

  delete(objectKey: string): T | undefined {
    const previous = this.#objects.get(objectKey);
    if (previous === undefined) return undefined;
    this.#objects.delete(objectKey);
    for (const index of this.#indexes.values()) leave(index, objectKey, previous);
    return previous;
  }
}

interface Index<T> {
  readonly of: IndexFunction<T>;
  readonly keys: Map<string, Set<string>>;
}

function enter<T>(index: Index<T>, objectKey: string, object: T): void {
  for (const value of index.of(object)) {
    const keys = index.keys.get(value);
    if (keys === undefined) index.keys.set(value, new Set([objectKey]));
    else keys.add(objectKey);
  }
}

function leave<T>(index: Index<T>, objectKey: string, object: T): void {
  for (const value of index.of(object)) {
    const keys = index.keys.get(value);
    keys?.delete(objectKey);
    if (keys?.size === 0) index.keys.delete(value);
  }
}
