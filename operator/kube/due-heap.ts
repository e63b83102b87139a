export interface Due {
  readonly key: string;
  readonly priority: number;
  readonly dueAt: number;
}

/** Keys by due time, each at most once: a binary heap whose outdated entries are skipped when they surface. */
export class DueHeap {
  readonly #heap: Due[] = [];
  readonly #current = new Map<string, Due>();

  get size(): number {
    return this.#current.size;
  }

  get(key: string): Due | undefined {
    return this.#current.get(key);
  }

  set(key: string, { priority, dueAt }: { priority: number; dueAt: number }): void {
    const due = { key, priority, dueAt };
    this.#current.set(key, due);
    this.#push(due);
    // Keys set and removed over and over must not pile up.
    if (this.#heap.length > 64 && this.#heap.length > 4 * this.#current.size) this.#rebuild();
  }

  remove(key: string): void {
    this.#current.delete(key);
  }

  nextDueAt(): number | undefined {
    this.#dropOutdated();
    return this.#heap[0]?.dueAt;
  }

  /** Removes and returns everything due by now, earliest first. */
  takeDue(now: number): Due[] {
    const due: Due[] = [];
    for (;;) {
      this.#dropOutdated();
      const head = this.#heap[0];
      if (head === undefined || head.dueAt > now) return due;
      this.#pop();
      this.#current.delete(head.key);
      due.push(head);
    }
  }

  #dropOutdated(): void {
    for (let head = this.#heap[0]; head !== undefined && this.#current.get(head.key) !== head; head = this.#heap[0]) {
      this.#pop();
    }
  }

  #rebuild(): void {
    this.#heap.length = 0;
    for (const due of this.#current.values()) this.#push(due);
  }

  #push(due: Due): void {
    let at = this.#heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#dueAt(parent) <= due.dueAt) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (this.#dueAt(left) < this.#dueAt(least)) least = left;
      if (this.#dueAt(right) < this.#dueAt(least)) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #dueAt(at: number): number {
    return this.#heap[at]?.dueAt ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return;
    this.#heap[a] = y;
    this.#heap[b] = x;
  }
}
