/** One failed test or check, as a person needs it. */
export interface Failure {
  readonly title: string;
  readonly detail: string;
}

export interface StageResult {
  readonly stage: string;
  readonly passed: number;
  readonly failures: readonly Failure[];
  readonly seconds: number;
  /** Nothing ran: all of it passed on exactly these files before. */
  readonly unchanged?: boolean;
  /** First tries that failed: what a second one says need not be what was wrong. */
  readonly retried?: readonly Failure[];
  /** Wall time of each test file. */
  readonly files?: Readonly<Record<string, number>>;
}

export function printStage(result: StageResult): void {
  const mark = result.failures.length === 0 ? '✓' : '✗';
  const counts = `${result.passed} passed, ${result.failures.length} failed`;
  const time = result.unchanged ? 'unchanged since it passed; with it: --all' : `${result.seconds.toFixed(1)} s`;
  console.log(`  ${mark} ${result.stage.padEnd(32)} ${counts.padEnd(24)} ${time}`);
  for (const { title, detail } of result.retried ?? []) console.log(`\n    tried again: ${title}\n${indent(detail)}\n`);
  for (const { title, detail } of result.failures) console.log(`\n    ✗ ${title}\n${indent(detail)}\n`);
}

/** The last line of a run: the plain total that CI reads. Sets the exit code. */
export function printTotal(results: readonly StageResult[]): void {
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failures.length, 0);
  if (failed > 0) {
    console.log('\nFailed:');
    for (const result of results) {
      for (const failure of result.failures) console.log(`  ${result.stage}: ${failure.title}`);
    }
  }
  const slowest = results
    .flatMap((result) => Object.entries(result.files ?? {}))
    .filter(([, seconds]) => seconds >= 10)
    .sort(([, a], [, b]) => b - a);
  if (slowest.length > 0) {
    console.log('\nSlowest files:');
    for (const [file, seconds] of slowest.slice(0, 12)) console.log(`  ${seconds.toFixed(0).padStart(4)} s  ${file}`);
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  // A run that tested nothing has shown nothing.
  if (failed > 0 || passed === 0) process.exitCode = 1;
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n');
}
