import type { BenchContext, Measured, OpenBenchmark, Side } from './benchmark.ts';
import type { Rounds } from './judge.ts';

/**
 * Warm-up, then rounds in which every side runs once. The order turns from round to round, so that no side always follows
 * the same neighbour. Stops with the signal's reason between two sides.
 */
export async function runRounds(open: OpenBenchmark, context: BenchContext): Promise<Rounds> {
  const results = new Map<string, Measured[]>(open.sides.map(({ name }) => [name, []]));
  for (const side of open.sides) {
    context.signal.throwIfAborted();
    context.say(`warm-up  ${side.name}`);
    if (side.warmUp === undefined) await side.round(-1);
    else await side.warmUp();
  }
  for (let index = 0; index < context.rounds; index++) {
    for (const side of turned(open.sides, index)) {
      context.signal.throwIfAborted();
      const measured = await side.round(index);
      results.get(side.name)?.push(measured);
      context.say(`round ${index + 1}/${context.rounds}  ${side.name.padEnd(14)} ${brief(measured)}`);
    }
  }
  return results;
}

function turned(sides: readonly Side[], by: number): readonly Side[] {
  const from = by % sides.length;
  return [...sides.slice(from), ...sides.slice(0, from)];
}

function brief({ figures }: Measured): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join('  ');
}
