export interface ReadinessReport {
  readonly ready: boolean;
  /** Name of each failing check with the reason. */
  readonly failing: Readonly<Record<string, string>>;
}

type Probe = () => Promise<void>;

/**
 * Whether this program may be sent work. Checks are pushed (`set`) or pulled (`probe`, run by `report`). A program is
 * never ready before `set('started', true)`, which the lifecycle does, nor after `beginDrain`.
 */
export class Readiness {
  readonly #failing = new Map<string, string>([['started', 'starting']]);
  readonly #probes = new Map<string, Probe>();
  readonly #listeners = new Set<(ready: boolean) => void>();
  #last = false;
  #reporting: Promise<ReadinessReport> | undefined;

  /** True when every check passed the last time it was looked at. */
  get ready(): boolean {
    return this.#failing.size === 0;
  }

  set(name: string, ok: boolean, why = 'not ready'): void {
    if (ok) this.#failing.delete(name);
    else this.#failing.set(name, why);
    this.#announce();
  }

  /** A check that is run when somebody asks; it fails by throwing or by taking longer than 2 s. */
  probe(name: string, probe: Probe): void {
    this.#probes.set(name, probe);
  }

  /** For good: the program is going away. */
  beginDrain(): void {
    this.set('draining', false, 'shutting down');
  }

  /** Calls back at every change of `ready`; returns the way to stop. */
  onChange(listener: (ready: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Runs the probes and tells. Callers at the same time share one run. */
  report(): Promise<ReadinessReport> {
    this.#reporting ??= this.#run().finally(() => {
      this.#reporting = undefined;
    });
    return this.#reporting;
  }

  async #run(): Promise<ReadinessReport> {
    await Promise.all(
      [...this.#probes].map(async ([name, probe]) => {
        try {
          await within(2000, probe());
          this.set(name, true);
        } catch (error) {
          this.set(name, false, error instanceof Error ? error.message : String(error));
        }
      }),
    );
    return { ready: this.ready, failing: Object.fromEntries(this.#failing) };
  }

  #announce(): void {
    if (this.ready === this.#last) return;
    this.#last = this.ready;
    for (const listener of this.#listeners) listener(this.#last);
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
