import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { FUNCTIONS, type FunctionName } from '#proto/names.ts';
import type { BenchContext, Benchmark, OpenBenchmark } from '../benchmark.ts';

const run = promisify(execFile);

/** What an environment has for a function before its first call; nobody is called, so nothing need be there. */
const ENV = {
  AWS_REGION: 'us-east-1',
  DATABASE_SECRET_ID: 'a',
  KAFKA_BROKERS: 'x:1',
  MAIL_FROM: 'a@b.c',
  PROVIDERS_SECRET_ID: 'b',
  PUBLIC_URL: 'http://x',
  TICKET_BUCKET: 'b',
};
/** Starts of one round; the median counts. */
const STARTS = 5;
const EMPTY = 'empty handler';
const EMPTY_SOURCE = 'export const handler = async () => ({});\n';

export const benchmark: Benchmark = {
  name: 'coldstart',
  title: 'From the start of Node until the handler of a function can be called, of the zip as it is deployed.',
  lines: [
    ...FUNCTIONS.map((name) => ({
      id: name,
      title: `${name}: cold start against an empty handler`,
      unit: 'ms',
      better: 'lower' as const,
      ours: { side: name, figure: 'startMs' },
      peer: { side: EMPTY, figure: 'startMs', name: EMPTY },
      sameWork: ['starts'],
    })),
    ...FUNCTIONS.map((name) => ({
      id: `${name}-load`,
      title: `${name}: loading its module, alone`,
      unit: 'ms',
      better: 'lower' as const,
      ours: { side: name, figure: 'loadMs' },
      target: { atMost: 600 },
    })),
    ...FUNCTIONS.map((name) => ({
      id: `${name}-size`,
      title: `${name}: zip`,
      unit: 'kB',
      better: 'lower' as const,
      ours: { side: name, figure: 'kB' },
      target: { atMost: name === 'pdf-generator' ? 1_400 : 900 },
    })),
  ],
  open,
};

async function open({ root, say }: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-coldstart-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  say('building the bundles');
  await run(process.execPath, [join(root, 'hack/lambda/main.ts'), '--out', join(dir, 'zips')], { cwd: root });
  const sizes = new Map<string, number>(FUNCTIONS.map((name) => [name, unpack(dir, name)]));
  mkdirSync(join(dir, EMPTY));
  writeFileSync(join(dir, EMPTY, 'index.mjs'), EMPTY_SOURCE);
  sizes.set(EMPTY, EMPTY_SOURCE.length / 1024);
  const kept = stack.move();
  return {
    sides: [EMPTY, ...FUNCTIONS].map((name) => ({
      name,
      round: async () => {
        const starts: { startMs: number; loadMs: number }[] = [];
        for (let n = 0; n < STARTS; n++) starts.push(await start(join(dir, name)));
        const kB = sizes.get(name) ?? 0;
        return {
          figures: {
            startMs: median(starts.map((one) => one.startMs)),
            loadMs: median(starts.map((one) => one.loadMs)),
            kB,
          },
          work: { starts: STARTS },
        };
      },
    })),
    conditions: {
      starts: STARTS,
      note: 'a process of its own on this machine; AWS adds fetching and unpacking the zip',
    },
    versions: {},
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function unpack(dir: string, name: FunctionName): number {
  const zip = readFileSync(join(dir, 'zips', `${name}.zip`));
  for (const [path, content] of Object.entries(unzipSync(zip))) {
    mkdirSync(dirname(join(dir, name, path)), { recursive: true });
    writeFileSync(join(dir, name, path), content);
  }
  return zip.length / 1024;
}

/** One process that loads the module, says how long that took, and ends. */
async function start(dir: string): Promise<{ startMs: number; loadMs: number }> {
  const script = `const from = performance.now();
const { handler } = await import('./index.mjs');
if (typeof handler !== 'function') throw new Error('no handler');
process.stdout.write(String(performance.now() - from), () => process.exit(0));`;
  const from = performance.now();
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: dir, env: ENV });
  return { startMs: performance.now() - from, loadMs: Number(stdout) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
