import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import Mocha from 'mocha';

/** What a mocha process hands back to the test runner. */
export interface MochaReport {
  readonly passed: number;
  readonly failures: readonly { readonly title: string; readonly detail: string }[];
  /** Tests that passed on a second try only. */
  readonly retried: readonly string[];
  /** Wall time of each test file, its hooks included: where a slow stage spends its time. */
  readonly files: Readonly<Record<string, number>>;
}

/** Writes a MochaReport to the file named by the reporter option `output` when the run ends. */
export default class TimedReporter extends Mocha.reporters.Base {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { output } = options.reporterOptions as { output: string };
    const failures: { title: string; detail: string }[] = [];
    const retried: string[] = [];
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
    runner.on('retry', (test) => {
      retried.push(test.fullTitle());
    });
    runner.on('fail', (test, error: Error) => {
      failures.push({ title: test.fullTitle(), detail: error.stack ?? error.message });
    });
    runner.once('end', () => {
      writeFileSync(output, JSON.stringify({ passed, failures, retried, files } satisfies MochaReport));
    });
  }
}
