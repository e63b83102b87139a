import assert from 'node:assert/strict';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { FUNCTIONS } from '#proto/names.ts';
import { bundleFunction } from './bundle.ts';
import { zipFiles } from './zip.ts';

const root = join(import.meta.dirname, '..', '..');
/** Larger code starts slower; a new dependency that breaks this bound deserves a thought. */
const MAX_CODE_KB = 900;

describe('function bundles', () => {
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
    it(`${name}: reproducible, small, with handler and source map`, async () => {
      const files = await bundleFunction(root, name);
      const [first, second] = [zipFiles(files), zipFiles(await bundleFunction(root, name))];
      assert.equal(first.sha256, second.sha256);
      assert.deepEqual(
        Object.keys(unzipSync(first.bytes))
          .filter((file) => file.startsWith('index'))
          .sort(),
        ['index.mjs', 'index.mjs.map'],
      );
      const code = zipFiles(new Map([['index.mjs', files.get('index.mjs') ?? new Uint8Array()]]));
      assert.ok(code.bytes.length < MAX_CODE_KB * 1024, `${Math.round(code.bytes.length / 1024)} kB`);
    });
  }
});
