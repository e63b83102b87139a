import { diskFull } from './disk-full.ts';

/** One finished step of a set-up, as it goes into reports. */
export interface StepResult {
  readonly step: string;
  readonly seconds: number;
  /** True when the work had been done before and was only checked. */
  readonly cached: boolean;
}

/** What a step can say about itself while it runs. */
export interface StepHandle {
  /** The work turned out to be done already. */
  cached(): void;
  /** A short fact for the finished line, such as a version or an address. */
  detail(text: string): void;
  /** What is happening right now; shown while the step runs. */
  note(text: string): void;
}

export interface StepOutput {
  write(text: string): void;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

const HEARTBEAT_MS = 15_000;

/**
 * Runs the steps of a set-up one after another (or side by side), prints one line for each with its duration and whether
 * it was cached, and keeps the results. On a terminal the running step shows what it is doing; in a log a step that lasts
 * says so every 15 s. A disk that fills up ends any step with the same SetupError.
 */
export class Steps {
  readonly #output: StepOutput;
  readonly #results: StepResult[] = [];

  constructor(output: StepOutput = process.stdout) {
    this.#output = output;
  }

  /** Results so far, in the order in which the steps ended. */
  results(): StepResult[] {
    return [...this.#results];
  }

  /** Prints a line of its own, between steps. */
  say(text: string): void {
    this.#clearLine();
    this.#output.write(`${text}\n`);
  }

  async run<T>(step: string, work: (handle: StepHandle) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const seconds = () => (performance.now() - startedAt) / 1000;
    let cached = false;
    let detail = '';
    let note = '';
    const live = () => {
      if (this.#output.isTTY !== true) return;
      const text = `  … ${step} ${seconds().toFixed(0)} s${note === '' ? '' : `  ${note}`}`;
      this.#clearLine();
      this.#output.write(text.slice(0, (this.#output.columns ?? 100) - 1));
    };
    live();
    const timer = setInterval(
      () => {
        if (this.#output.isTTY === true) live();
        else this.#output.write(`  … ${step}, ${seconds().toFixed(0)} s so far${note === '' ? '' : ` (${note})`}\n`);
      },
      this.#output.isTTY === true ? 1_000 : HEARTBEAT_MS,
    );
    try {
      const result = await work({
        cached: () => {
          cached = true;
        },
        detail: (text) => {
          detail = text;
        },
        note: (text) => {
          note = text.replaceAll('\t', ' ');
          live();
        },
      });
      this.#results.push({ step, seconds: Number(seconds().toFixed(3)), cached });
      this.#finish('✓', step, seconds(), [cached ? 'cached' : '', detail]);
      return result;
    } catch (error) {
      this.#finish('✗', step, seconds(), []);
      throw diskFull(step, error) ?? error;
    } finally {
      clearInterval(timer);
    }
  }

  #finish(mark: string, step: string, seconds: number, extras: string[]): void {
    this.#clearLine();
    const rest = extras.filter((text) => text !== '').join(', ');
    this.#output.write(
      `  ${mark} ${step.padEnd(44)} ${seconds.toFixed(1).padStart(6)} s${rest === '' ? '' : `  ${rest}`}\n`,
    );
  }

  #clearLine(): void {
    if (this.#output.isTTY === true) this.#output.write('\r\u001b[2K');
  }
}
