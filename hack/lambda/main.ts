/**
 * Builds the five functions into out/lambda-bundles/<function>.zip: one bundled module with its source map, the same bytes
 * for the same sources. usage: main.ts [--out DIR] [--unpacked], the latter as folders instead of zips.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { FUNCTIONS } from '#proto/names.ts';
import { bundleFunction } from './bundle.ts';
import { zipFiles } from './zip.ts';

const root = join(import.meta.dirname, '..', '..');
const { values } = parseArgs({ options: { out: { type: 'string' }, unpacked: { type: 'boolean', default: false } } });
const out = values.out ?? join(root, 'out', 'lambda-bundles');
mkdirSync(out, { recursive: true });
for (const name of FUNCTIONS) {
  const files = await bundleFunction(root, name);
  if (values.unpacked) {
    for (const [path, bytes] of files) {
      const file = join(out, name, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    continue;
  }
  const { bytes, sha256 } = zipFiles(files);
  writeFileSync(join(out, `${name}.zip`), bytes);
  console.log(`${name.padEnd(24)} ${(bytes.length / 1024).toFixed(0).padStart(6)} kB  sha256 ${sha256}`);
}
