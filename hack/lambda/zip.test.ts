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
/** Larger code starts slower; a new dependency that breaks this bound deserves a thought. */
const MAX_CODE_KB = 900;

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

  for (const name of FUNCTIONS) {
    let built: Awaited<ReturnType<typeof bundleFunction>>;
    before(async () => {
      built = await bundleFunction(root, name);
    });

    it(`${name}: starts as a module of its own`, async () => {
      const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-bundle-'));
      try {
        for (const [path, content] of built) {
          mkdirSync(dirname(join(dir, path)), { recursive: true });
          writeFileSync(join(dir, path), content);
        }
        const env = {
          DATABASE_SECRET_ID: 'a',
          PROVIDERS_SECRET_ID: 'b',
          KAFKA_BROKERS: 'x:1',
          MAIL_FROM: 'a@b.c',
          PUBLIC_URL: 'http://x',
          TICKET_BUCKET: 'b',
          AWS_REGION: 'us-east-1',
        };
        const script = `import(${JSON.stringify(join(dir, 'index.mjs'))}).then((module) => { console.log(typeof module.handler); process.exit(0); })`;
        const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: dir, env });
        assert.equal(stdout.trim(), 'function');
      } finally {
        rmSync(dir, { recursive: true });
      }
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
      assert.ok(code.bytes.length < MAX_CODE_KB * 1024, `${Math.round(code.bytes.length / 1024)} kB`);
    });
  }
});
