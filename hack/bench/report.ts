import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark, Measured, Medians, OpenBenchmark } from './benchmark.ts';
import type { LineResult, Rounds } from './judge.ts';
import type { Machine } from './machine.ts';
import { median } from './statistics.ts';

/** Rounds from which on a run counts. */
export const ENOUGH_ROUNDS = 5;

/** The content of out/bench/NAME.json. `ours`, `peer`, `ratio` and `unit` repeat the first line. */
export interface Report {
  readonly name: string;
  readonly title: string;
  readonly command: string;
  readonly time: string;
  readonly rounds: number;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly conditions: Readonly<Record<string, string | number>>;
  readonly ours: number;
  readonly peer: number | null;
  readonly ratio: number | null;
  readonly unit: string;
  readonly lines: readonly LineResult[];
  readonly note?: string;
  readonly measured: Readonly<Record<string, readonly Measured[]>>;
}

export function makeReport(
  benchmark: Benchmark,
  run: {
    readonly rounds: Rounds;
    readonly lines: readonly LineResult[];
    readonly machine: Machine;
    readonly open: Pick<OpenBenchmark, 'conditions' | 'versions'>;
    readonly count: number;
    readonly timeMs: number;
  },
): Report {
  const [first] = run.lines;
  if (first === undefined) throw new Error(`benchmark ${benchmark.name} has no lines`);
  const measured = Object.fromEntries(run.rounds);
  const note = benchmark.note?.(mediansOf(measured), run.timeMs);
  return {
    ...(note === undefined ? {} : { note }),
    name: benchmark.name,
    title: benchmark.title,
    command: `npm run bench -- ${benchmark.name}`,
    time: new Date(run.timeMs).toISOString(),
    rounds: run.count,
    machine: run.machine,
    versions: { node: process.versions.node, ...run.open.versions },
    conditions: run.open.conditions,
    ours: first.ours.median,
    peer: first.peer?.median ?? null,
    ratio: first.ratio?.median ?? null,
    unit: first.unit,
    lines: run.lines,
    measured,
  };
}

export function mediansOf(measured: Report['measured']): Medians {
  const figuresOf = (all: readonly Measured[]) =>
    Object.fromEntries(
      Object.keys(all[0]?.figures ?? {}).map((name) => [
        name,
        median(all.map(({ figures }) => figures[name] ?? Number.NaN)),
      ]),
    );
  return Object.fromEntries(Object.entries(measured).map(([side, all]) => [side, figuresOf(all)]));
}

/** A short run, or one of too few rounds, is kept apart, so that it never stands in the docs. Returns the path. */
export function writeReport(root: string, report: Report, isTrial: boolean): string {
  const folder = join(root, 'out', 'bench');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${report.name}${isTrial ? '.short' : ''}.json`);
  writeFileSync(path, `${JSON.stringify(report, undefined, 2)}\n`);
  return path;
}
