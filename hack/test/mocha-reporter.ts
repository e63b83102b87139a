import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import Mocha from 'mocha';
import type { Failure } from './result.ts';

/** What a mocha process hands back to the test runner. */
export interface MochaReport {
  readonly passed: number;
  readonly failures: readonly Failure[];
  /** First tries that failed, whatever became of the second. */
  readonly retried: readonly Failure[];
  /** Wall time of each test file, its hooks included: where a slow stage spends its time. */
  readonly files: Readonly<Record<string, number>>;
}

/** Writes a MochaReport to the file named by the reporter option `output` when the run ends. */
export default class TimedReporter extends Mocha.reporters.Base {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { output } = options.reporterOptions as { output: string };
    const failures: Failure[] = [];
    const retried: Failure[] = [];
    const files: Record<string, number> = {};
    let passed = 0;
    let startedAt = 0;
    runner.on('suite', (suite) => {
      if (suite.parent?.root === true) startedAt = performance.now();
    });
    runner.on('suite end', (suite) => {
      if (suite.parent?.root !== true || suite.file === undefined) return;
      const file = relative(process.cwd(), suite.file);
      files[file] = (files[file] ?? 0) + (performance.now() - startedAt) / 1000;
    });
    runner.on('pass', () => {
      passed += 1;
    });
    runner.on('retry', (test, error: Error) => {
      retried.push(failureOf(test, error));
    });
    runner.on('fail', (test, error: Error) => {
      failures.push(failureOf(test, error));
    });
    runner.once('end', () => {
      writeFileSync(output, JSON.stringify({ passed, failures, retried, files } satisfies MochaReport));
    });
  }
}

function failureOf(test: { fullTitle(): string }, error: Error): Failure {
  return { title: test.fullTitle(), detail: error.stack ?? error.message };
}
