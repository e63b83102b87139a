/**
 * Benchmarks: ours and its peer in one run, in turns. Exit code 1: a target was missed or a ratio refused. Fewer than five
 * rounds are for trying out and never reach the docs.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argumentsOrUsage } from '#runtime/local/arguments.ts';
import { interruption } from '#runtime/local/interruption.ts';
import { createLogger } from '#runtime/log.ts';
import type { BenchContext, Benchmark } from './benchmark.ts';
import { writeDocument } from './document.ts';
import { judgeAll } from './judge.ts';
import { describeMachine } from './machine.ts';
import { ENOUGH_ROUNDS, makeReport, mediansOf, type Report, writeReport } from './report.ts';
import { runRounds } from './rounds.ts';
import { plainTable } from './table.ts';

const HERE = import.meta.dirname;
const ROOT = dirname(dirname(HERE));

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = argumentsOrUsage(usage(), {
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      short: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      profile: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const [name] = positionals;
  const { short, profile, write } = values;
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  if (positionals.length > 1 || (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1))) return refused();
  if (minutes !== undefined && !(minutes > 0)) return refused();
  if (name === 'docs') {
    console.log(`docs/performance.md: ${(await writeDocument(ROOT)).join(', ') || 'no runs in out/bench'}`);
    return 0;
  }
  if (name === undefined || !names().includes(name)) return refused();
  const { benchmark } = (await import(`./${name}/benchmark.ts`)) as { benchmark: Benchmark };
  const enough = benchmark.rounds ?? ENOUGH_ROUNDS;
  const wish = { rounds: rounds ?? (short ? 1 : enough), short, minutes, profile, write };
  // Figures of a trial, or of programs that write profiles, stand for nothing.
  if (write && (benchmark.source === undefined || short || profile || wish.rounds < enough)) return refused();
  return await run(benchmark, wish);
}

interface Wish {
  readonly rounds: number;
  readonly short: boolean;
  readonly minutes: number | undefined;
  readonly profile: boolean;
  readonly write: boolean;
}

async function run(benchmark: Benchmark, { rounds, short, minutes, profile, write }: Wish): Promise<number> {
  const started = performance.now();
  const say = (text: string) =>
    console.log(`  ${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${text}`);
  const signal = interruption(() => console.log('  stopping'));
  const log = createLogger({ service: 'bench' });
  log.level = 'warn';
  const nodeArgs = profile ? ['--cpu-prof', `--cpu-prof-dir=${join(ROOT, 'out', 'bench', 'profiles')}`] : [];
  const context: BenchContext = { log, root: ROOT, rounds, short, minutes, signal, say, nodeArgs };
  console.log(`${benchmark.name}: ${benchmark.title}`);
  const machine = describeMachine();
  try {
    await using open = await benchmark.open(context);
    const measured = await runRounds(open, context);
    const lines = judgeAll(benchmark.lines, measured);
    const report = makeReport(benchmark, { rounds: measured, lines, machine, open, count: rounds, timeMs: Date.now() });
    const path = writeReport(ROOT, report, short || rounds < (benchmark.rounds ?? ENOUGH_ROUNDS));
    console.log(
      `\n${plainTable(lines)}\n\n${report.note === undefined ? '' : `${report.note}\n\n`}${path.slice(ROOT.length + 1)}`,
    );
    if (write) writeSource(benchmark, report);
    return lines.every(({ met, ratio }) => met !== false && ratio !== null) ? 0 : 1;
  } catch (error) {
    if (signal.aborted) return 130;
    throw error;
  }
}

function writeSource({ source }: Benchmark, report: Report): void {
  if (source === undefined) return;
  const path = join(ROOT, source.path);
  writeFileSync(path, source.text({ ...report, medians: mediansOf(report.measured) }, readFileSync(path, 'utf8')));
  console.log(source.path);
}

function names(): string[] {
  return readdirSync(HERE).filter((entry) => existsSync(join(HERE, entry, 'benchmark.ts')));
}

function usage(): string {
  return `usage: npm run bench -- NAME [options]   runs it, writes out/bench/NAME.json, prints a table
       npm run bench -- docs             brings the tables and plots of docs/performance.md up to date with out/bench/*.json

  --rounds N    how often, in turns (5 for most)
  --short       one round of a small size, to see that it works
  --minutes N   for those that watch for a while
  --write       a whole run of capacity writes what it measured into operator/eventsale/default-capacity.ts
  --profile     the programs under test write CPU profiles to out/bench/profiles (figures suffer)

NAME: ${names().join(', ')}`;
}

function refused(): number {
  console.error(usage());
  return 2;
}
