import type { Logger } from '#runtime/log.ts';
import type { Machine } from './machine.ts';

/**
 * One benchmark: `hack/bench/NAME/benchmark.ts` exports it as `benchmark`. Its sides do the same work in turns, round after
 * round; its lines say which figures are set against each other.
 */
export interface Benchmark {
  readonly name: string;
  /** One sentence for people: what is measured. */
  readonly title: string;
  /** So many rounds count where one takes minutes; five unless said. */
  readonly rounds?: number;
  /** The first line is the headline of out/bench/NAME.json. */
  readonly lines: readonly Line[];
  /** Text below the table, in Markdown: a profile to paste, for instance. */
  note?(medians: Medians, timeMs: number): string;
  /** A file of the repository that holds figures of this benchmark; `--write` brings it up to date with a whole run. */
  readonly source?: { readonly path: string; text(run: WholeRun, before: string): string };
  /** Starts what the sides need. Whatever it starts must end with disposal, also when opening fails half way. */
  open(context: BenchContext): Promise<OpenBenchmark>;
}

/** What is kept of a run that counts. */
export interface WholeRun {
  readonly medians: Medians;
  /** RFC 3339. */
  readonly time: string;
  readonly rounds: number;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
}

/** Medians by side and figure. */
export type Medians = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A figure of one side: `{side: 'ours', figure: 'perSecond'}`. */
export interface FigureRef {
  readonly side: string;
  readonly figure: string;
}

/** One row of the table. */
export interface Line {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly ours: FigureRef;
  /** Left out of the table on a machine that lacks what one of its sides needs. */
  readonly optional?: boolean;
  /** Left out: the figure stands alone. */
  readonly peer?: FigureRef & { readonly name: string };
  /**
   * Keys of `Measured.work` that must be equal on both sides in every round; otherwise no ratio is given. Required in
   * spirit whenever there is a peer: say what "the same work" is.
   */
  readonly sameWork?: readonly string[];
  /** Bound of the ratio ours / peer (median of the rounds' own ratios), or of our median when there is no peer. */
  readonly target?: { readonly atLeast?: number; readonly atMost?: number };
}

export interface BenchContext {
  readonly log: Logger;
  /** Root of the repository. */
  readonly root: string;
  readonly rounds: number;
  /** A small size will do: this run shows that the benchmark works, and its figures never reach the docs. */
  readonly short: boolean;
  /** How long to watch, for a benchmark that watches for a while; its own default unless given. */
  readonly minutes: number | undefined;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** For the Node of the programs under test: none, or those that make it write a profile (--profile). */
  readonly nodeArgs: readonly string[];
  /** Prints a line of progress. */
  say(text: string): void;
}

export interface OpenBenchmark extends AsyncDisposable {
  readonly sides: readonly Side[];
  /** Facts a reader needs to judge the figures: concurrency, sizes, durability of the store. */
  readonly conditions: Readonly<Record<string, string | number>>;
  /** Versions of what was measured, besides Node. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface Side {
  readonly name: string;
  /** Runs once, unmeasured, before the first round. Left out: one whole round is thrown away. */
  warmUp?(): Promise<void>;
  /** Does the work once, verifies its own result and throws when that is wrong. */
  round(index: number): Promise<Measured>;
}

export interface Measured {
  /** Numbers by name: rates per second, latencies in ms, bytes. */
  readonly figures: Readonly<Record<string, number>>;
  /** What was done, as verified: compared between the sides of a line. */
  readonly work: Readonly<Record<string, string | number>>;
  /** Figures over the time of the round, or one for each thing done, for plots. */
  readonly series?: Readonly<Record<string, readonly number[]>>;
}
