/** `npm run soak`: the operator against a real API server that keeps failing it; nothing may be missed, nothing may grow. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interruption } from '#runtime/local/interruption.ts';
import { SetupError } from '#runtime/local/setup-error.ts';
import { parseOptions, USAGE } from './options.ts';
import { type SoakReport, soak } from './run.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(USAGE);
  } else {
    mkdirSync(options.out, { recursive: true });
    const stop = interruption(() => console.log('\nstopping; press again to leave everything as it is'));
    const report = await soak(options, stop, (text) => console.log(`  ${text}`));
    const file = join(options.out, 'report.json');
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    print(report);
    console.log(`\n  ${file}`);
    process.exitCode = report.failed.length === 0 ? 0 : 1;
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

function print(report: SoakReport): void {
  const { changes, answerMs, noOp, memoryMB, reconciles } = report;
  const rows: [string, string][] = [
    ['time', `${report.minutes} min`],
    [
      'faults',
      Object.entries(report.faults)
        .map(([fault, n]) => `${fault} ${n}`)
        .join(', '),
    ],
    ['changes', `${changes.written} written, ${changes.reconciled} answers, ${changes.refused} refused during faults`],
    ['never reconciled', String(report.unreconciled.length)],
    ['missed events', `${report.missedEvents}, in ${report.comparisons} lists`],
    ['watches interrupted', String(report.watchesInterrupted)],
    ['change to answer', `p50 ${answerMs.p50} ms, p99 ${answerMs.p99} ms, max ${answerMs.max} ms`],
    ['reconciles', `${reconciles.total}, of which ${reconciles.errors} failed and were retried`],
    ['calls per no-op', `${noOp.calls} in ${noOp.reconciles} reconciles without news`],
    ['RSS', `${memoryMB.rssMean} MB, ${memoryMB.rssPerHour} MB per hour`],
    ['heap floor', `${memoryMB.heapFloorMean} MB, ${memoryMB.heapFloorGrowth} MB over the run`],
    ['operator restarts', `${report.operatorRestarts}, of which ${report.operatorKills} because it hung`],
  ];
  console.log('');
  for (const [name, value] of rows) console.log(`  ${name.padEnd(20)} ${value}`);
  console.log(report.failed.length === 0 ? '\n  passed' : `\n  FAILED: ${report.failed.join('; ')}`);
}
