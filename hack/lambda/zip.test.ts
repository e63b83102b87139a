import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { FUNCTIONS } from '#proto/names.ts';
import { bundleFunction } from './bundle.ts';
import { zipFiles } from './zip.ts';

const root = join(import.meta.dirname, '..', '..');
/** Larger code starts slower; a new dependency that breaks one of these bounds deserves a thought. */
const MAX_CODE_KB = 900;
const MAX_ZIP_KB = 1_400;
/** From the start of Node until the handler can be called, the best of three; time of the CPU, as others work here too. */
const MAX_START_MS = 600;

/** Enough to be loaded; nothing is called. */
const ENV = {
  DATABASE_SECRET_ID: 'a',
  PROVIDERS_SECRET_ID: 'b',
  KAFKA_BROKERS: 'x:1',
  MAIL_FROM: 'a@b.c',
  PUBLIC_URL: 'http://x',
  TICKET_BUCKET: 'b',
  AWS_REGION: 'us-east-1',
};

/** What a process prints that has the function as `module`. */
async function run(bundle: ReadonlyMap<string, Uint8Array>, script: string): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-bundle-'));
  try {
    for (const [path, content] of bundle) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), content);
    }
    const source = `const module = await import('./index.mjs');\n${script}\nprocess.exit(0);`;
    const args = ['--input-type=module', '-e', source];
    return (await promisify(execFile)(process.execPath, args, { cwd: dir, env: ENV })).stdout;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe('function bundles', function () {
  // Each builds a bundle or two: seconds, and more beside other work.
  this.timeout(120_000);

  it('are the same bytes whatever the order of the files', () => {
    const a = zipFiles(
      new Map([
        ['x', new Uint8Array([1])],
        ['y', new Uint8Array([2])],
      ]),
    );
    const b = zipFiles(
      new Map([
        ['y', new Uint8Array([2])],
        ['x', new Uint8Array([1])],
      ]),
    );
    assert.equal(a.sha256, b.sha256);
  });

  it('tell where in their sources something went wrong', async () => {
    // No queue sends this.
    const printed = await run(
      await bundleFunction(root, 'email-sender'),
      'await module.handler({}).catch(({ stack }) => console.log(stack));',
    );
    assert.match(printed, /at handle \(lambda-bundles\/email-sender\/handler\.ts:\d+:\d+\)/);
    assert.doesNotMatch(printed, /index\.mjs:\d/);
  });

  for (const name of FUNCTIONS) {
    let built: Awaited<ReturnType<typeof bundleFunction>>;
    before(async () => {
      built = await bundleFunction(root, name);
    });

    it(`${name}: starts as a module of its own, soon`, async () => {
      const starts: number[] = [];
      for (let n = 0; n < 3; n++) {
        const printed = await run(
          built,
          `const { user, system } = process.cpuUsage();
          console.log(JSON.stringify([typeof module.handler, (user + system) / 1000]));`,
        );
        const [type, ms] = JSON.parse(printed) as [string, number];
        assert.equal(type, 'function');
        starts.push(ms);
      }
      const best = Math.round(Math.min(...starts));
      console.log(`      ${name}: ${best} ms of CPU until it can be called`);
      assert.ok(best < MAX_START_MS, `${best} ms`);
    });

    it(`${name}: reproducible, small, with handler and source map`, async () => {
      const [first, second] = [zipFiles(built), zipFiles(await bundleFunction(root, name))];
      assert.equal(first.sha256, second.sha256);
      assert.deepEqual(
        Object.keys(unzipSync(first.bytes))
          .filter((file) => file.startsWith('index'))
          .sort(),
        ['index.mjs', 'index.mjs.map'],
      );
      const code = zipFiles(new Map([['index.mjs', built.get('index.mjs') ?? new Uint8Array()]]));
      const [codeKB, zipKB] = [code, first].map(({ bytes }) => Math.round(bytes.length / 1024)) as [number, number];
      console.log(`      ${name}: code ${codeKB} kB, zip ${zipKB} kB`);
      assert.ok(codeKB < MAX_CODE_KB && zipKB < MAX_ZIP_KB);
    });

    it(`${name}: does not say where it was built, so it is the same elsewhere`, () => {
      for (const [path, content] of built) assert.equal(Buffer.from(content).includes(root), false, path);
    });
  }
});
