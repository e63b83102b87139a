/** What was written, and what is still owed for it: a change is settled once the operator has answered it. */
export class Ledger {
  readonly #owed = new Map<string, { readonly since: number; readonly wanted: string }>();
  readonly #latencies: number[] = [];
  #written = 0;

  /** `thing` was changed; a change before it that is still owed is answered by the same answer. */
  wrote(thing: string, wanted: string, now: number): void {
    this.#written += 1;
    this.#owed.set(thing, { since: this.#owed.get(thing)?.since ?? now, wanted });
  }

  owes(thing: string): string | undefined {
    return this.#owed.get(thing)?.wanted;
  }

  /** What is owed and begins with this word. */
  things(kind: string): string[] {
    return [...this.#owed.keys()].filter((thing) => thing.startsWith(`${kind} `));
  }

  settle(thing: string, now: number): void {
    const debt = this.#owed.get(thing);
    if (debt === undefined) return;
    this.#owed.delete(thing);
    this.#latencies.push(now - debt.since);
  }

  get owed(): string[] {
    return [...this.#owed].map(([thing, { wanted }]) => `${thing} (${wanted})`);
  }

  get written(): number {
    return this.#written;
  }

  /** Ms from a change to its answer, as far as looks every half second can tell. */
  get latencies(): readonly number[] {
    return this.#latencies;
  }
}
