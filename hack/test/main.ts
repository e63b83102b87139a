/** `npm test`: checks and tests of the project, one after another, ending with one line `N passed, N failed`. */
import { join } from 'node:path';
import { argumentsOrUsage } from '#runtime/local/arguments.ts';
import { localLayout } from '#runtime/local/layout.ts';
import { atOnce } from './at-once.ts';
import { runCheck } from './check.ts';
import { DRILLS, integrationAreas } from './integration.ts';
import { runMocha } from './mocha.ts';
import { passedBefore } from './passed-before.ts';
import { printStage, printTotal, type StageResult } from './result.ts';

const USAGE = `usage: npm test -- [options]

  --drills                             also the long ones: clusters that are broken and mended, outages that are waited
                                       out, whole sales in a browser (*.drill.test.ts), and properties on new random
                                       cases; CI runs them every night
  --only checks,unit,integration,e2e   only these stages
  --area NAME                          only this area of the integration tests
  --grep TEXT                          only tests whose title holds TEXT
  --jobs N                             integration areas at a time (2)
  --all                                also areas of the integration tests that passed on exactly these files before`;

const STAGES = ['checks', 'unit', 'integration', 'e2e'] as const;

const { values } = argumentsOrUsage(USAGE, {
  options: {
    only: { type: 'string' },
    grep: { type: 'string' },
    area: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    drills: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
  },
});
const wanted = new Set(values.only?.split(',') ?? STAGES);
for (const name of wanted) {
  if (!(STAGES as readonly string[]).includes(name)) {
    console.error(`unknown stage "${name}": choose from ${STAGES.join(', ')}`);
    process.exit(2);
  }
}

const jobs = Number(values.jobs);
if (!Number.isInteger(jobs) || jobs < 1) {
  console.error(`--jobs must be a whole number from 1, not "${values.jobs}"`);
  process.exit(2);
}

/** In two parts of about the same time, for two cores. */
const UNIT_PARTS = [
  ['operator', 'services', 'proto'],
  ['runtime', 'lambda-bundles', 'hack'],
] as const;

const results: StageResult[] = [];
// Side by side: each leaves a core alone for much of its time.
const quick = [
  ...(wanted.has('checks') ? [runChecks] : []),
  ...(wanted.has('unit') ? UNIT_PARTS.map((folders) => async () => [await runUnitTests(folders)]) : []),
];
results.push(...(await atOnce(jobs, quick, async (stage) => await stage())).flat());
if (wanted.has('integration')) {
  // Whoever names an area wants all of it.
  const drills = values.drills || values.area !== undefined;
  const areas = integrationAreas(values.area, drills);
  const ignore = drills ? [] : [DRILLS];
  if (!drills) console.log('  - drills are left out; with them: npm test -- --drills');
  const { cache } = localLayout(process.env);
  // Part of an area says nothing about the whole of it; whoever names an area wants to see it run.
  const whole = values.grep === undefined && values.area === undefined;
  const memory = whole ? passedBefore('.', join(cache, 'passed'), drills ? 'drills' : 'usual') : undefined;
  const run = async (area: string): Promise<StageResult> => {
    const known = values.all ? undefined : memory?.look(area);
    if (known !== undefined) return unchanged(area, known);
    const patterns = [`test/integration/${area}/**/*.test.ts`];
    const result = await runMocha(`integration ${area}`, patterns, { retries: 1, grep: values.grep, ignore });
    if (result.failures.length === 0) memory?.keep(area, result.passed);
    return result;
  };
  results.push(...(await atOnce(jobs, areas, run)));
}
if (wanted.has('e2e')) {
  const ignore = values.drills ? [] : [DRILLS];
  results.push(await runMocha('e2e', ['test/e2e/**/*.test.ts'], { grep: values.grep, ignore }));
}

printTotal(results);

async function runChecks(): Promise<StageResult[]> {
  const buf = 'node_modules/@bufbuild/buf/bin/buf';
  const checks: [string, ...string[]][] = [
    ['generated files are fresh', 'hack/generate/main.ts', '--check'],
    ['proto style', buf, 'lint', 'proto'],
    ['proto compatibility', buf, 'breaking', 'proto', '--against', 'proto/baseline.binpb'],
    ['types', 'node_modules/typescript/bin/tsc', '-p', '.'],
    ['lint and format', 'node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '.'],
    [
      'dependency rule',
      'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
      ...['operator', 'services', 'runtime', 'lambda-bundles', 'proto', 'hack', 'test'],
      ...['--config', '.dependency-cruiser.cjs'],
    ],
  ];
  const results: StageResult[] = [];
  for (const [title, ...args] of checks) results.push(await runCheck(title, process.execPath, args));
  return results;
}

async function runUnitTests(folders: readonly string[]): Promise<StageResult> {
  const pattern = `{${folders.join(',')}}/**/*.test.ts`;
  return await runMocha(`unit ${folders.join(', ')}`, [pattern], { grep: values.grep, explore: values.drills });
}

/** An area that passed on exactly these files; said aloud, as nothing runs. */
function unchanged(area: string, passed: number): StageResult {
  const result: StageResult = { stage: `integration ${area}`, passed, failures: [], seconds: 0, unchanged: true };
  printStage(result);
  return result;
}
