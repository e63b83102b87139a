import type { Line, Measured } from './benchmark.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** All rounds of one side, in order. */
export type Rounds = ReadonlyMap<string, readonly Measured[]>;

export interface LineResult {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly ours: Spread;
  readonly peer?: Spread & { readonly name: string };
  /** ours / peer within each round. Null when the sides did different work; `refused` then says which. */
  readonly ratio?: Spread | null;
  readonly refused?: string;
  readonly target?: Line['target'];
  /** Undefined: the line has no target, or its ratio was refused. */
  readonly met?: boolean;
}

/** Every line whose sides were measured; lines that are optional may be left out with their sides. */
export function judgeAll(lines: readonly Line[], rounds: Rounds): LineResult[] {
  const isMeasured = ({ optional, ours, peer }: Line) =>
    optional !== true || [ours, peer].every((side) => side === undefined || rounds.has(side.side));
  return lines.filter(isMeasured).map((line) => judge(line, rounds));
}

/**
 * Sets the sides against each other. Ratios are taken round by round, because both sides of one round saw the same
 * neighbours on the machine, and then the median of them is judged.
 */
export function judge(line: Line, rounds: Rounds): LineResult {
  const { id, title, unit, better, target } = line;
  const ours = spreadOf(figures(rounds, line.ours.side, line.ours.figure));
  const base = { id, title, unit, better, ours, ...(target === undefined ? {} : { target }) };
  if (line.peer === undefined) {
    return { ...base, ...(target === undefined ? {} : { met: within(ours.median, target) }) };
  }
  const theirs = spreadOf(figures(rounds, line.peer.side, line.peer.figure));
  const peer = { ...theirs, name: line.peer.name };
  const refused = differentWork(line, rounds);
  if (refused !== undefined) return { ...base, peer, ratio: null, refused };
  const ratio = spreadOf(ours.values.map((value, index) => ratioOf(value, theirs.values[index] as number))); // same rounds
  return { ...base, peer, ratio, ...(target === undefined ? {} : { met: within(ratio.median, target) }) };
}

/** Two sides without a single failure are equally good. */
function ratioOf(ours: number, theirs: number): number {
  return ours === theirs ? 1 : ours / theirs;
}

function figures(rounds: Rounds, side: string, figure: string): number[] {
  const measured = rounds.get(side);
  if (measured === undefined) throw new Error(`no side "${side}": there are ${[...rounds.keys()].join(', ')}`);
  return measured.map(({ figures: all }) => {
    const value = all[figure];
    if (value === undefined || !Number.isFinite(value)) throw new Error(`side "${side}" gave no figure "${figure}"`);
    return value;
  });
}

function differentWork(line: Line, rounds: Rounds): string | undefined {
  const peer = line.peer;
  if (peer === undefined) return undefined;
  if (line.sameWork === undefined || line.sameWork.length === 0) return 'nobody said what the same work is';
  const theirs = rounds.get(peer.side) ?? [];
  for (const [index, { work }] of (rounds.get(line.ours.side) ?? []).entries()) {
    for (const key of line.sameWork) {
      const [a, b] = [work[key], theirs[index]?.work[key]];
      if (a === undefined || a !== b) return `round ${index + 1}: ${key} was ${a} for us and ${b} for ${peer.name}`;
    }
  }
  return undefined;
}

function within(value: number, { atLeast, atMost }: NonNullable<Line['target']>): boolean {
  return value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
}
