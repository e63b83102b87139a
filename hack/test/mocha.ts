import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { MochaReport } from './mocha-reporter.ts';
import { printStage, type StageResult } from './result.ts';

/** How long a stage may take before it counts as hung. */
const STAGE_LIMIT_MS = 30 * 60_000;
const OUTPUT_AFTER_EXIT_MS = 5_000;
const HEARTBEAT_MS = 30_000;
const KEPT_OUTPUT = 12_000;

/** Runs mocha on the given patterns in a process of its own. A run that dies without a report is one failure. */
export async function runMocha(
  stage: string,
  patterns: readonly string[],
  options: { grep?: string | undefined; retries?: number; ignore?: readonly string[]; explore?: boolean },
): Promise<StageResult> {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  mkdirSync('out/test', { recursive: true });
  const reportFile = join('out/test', `${stage.replaceAll(/[^a-z0-9]+/gi, '-')}.json`);
  rmSync(reportFile, { force: true });
  const args = [
    'node_modules/mocha/bin/mocha.js',
    ...['--reporter', './hack/test/mocha-reporter.ts', '--reporter-option', `output=${reportFile}`],
    ...(options.grep === undefined ? [] : ['--fgrep', options.grep]),
    ...(options.ignore ?? []).flatMap((pattern) => ['--ignore', pattern]),
    // Real servers on a shared machine: one more try tells a slow moment from a fault.
    ...['--retries', String(options.retries ?? 0)],
    ...(options.explore ? ['--timeout', '300000'] : []),
    // A test that leaves a socket open must not hang the run; leaks are found by the tests that own the sockets.
    '--exit',
    ...patterns,
  ];
  const env = { ...process.env, ...(options.explore ? { EXPLORE_PROPERTIES: '1' } : {}) };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-KEPT_OUTPUT);
    });
  }
  const heartbeat = setInterval(() => console.log(`  … ${stage}, ${seconds().toFixed(0)} s so far`), HEARTBEAT_MS);
  const limit = setTimeout(() => child.kill('SIGKILL'), STAGE_LIMIT_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
    // A program that a test left behind may hold the output open for ever.
    child.on('exit', (ended) => setTimeout(() => resolve(ended), OUTPUT_AFTER_EXIT_MS).unref());
  });
  clearInterval(heartbeat);
  clearTimeout(limit);

  const report = readReport(reportFile);
  const failures = [...(report?.failures ?? [])];
  if (report === undefined || (code !== 0 && failures.length === 0)) {
    failures.push({ title: `${stage}: mocha ended with ${code ?? 'a signal'} and no failing test`, detail: output });
  }
  const result: StageResult = {
    stage,
    passed: report?.passed ?? 0,
    failures,
    seconds: seconds(),
    ...(report === undefined ? {} : { retried: report.retried, files: report.files }),
  };
  printStage(result);
  return result;
}

function readReport(file: string): MochaReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as MochaReport;
  } catch {
    return undefined;
  }
}
