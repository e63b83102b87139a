import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closureOf, copyPackages, packageOf } from './unbundled.ts';

describe('packages that are not bundled', () => {
  let root: string;
  const install = (path: string, manifest: object, files: readonly string[] = []) => {
    mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, path, 'package.json'), JSON.stringify({ version: '1.0.0', ...manifest }));
    for (const file of files) writeFileSync(join(root, path, file), '');
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'unbundled-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('come with everything they need, in the version that Node would load', () => {
    install('node_modules/a', { dependencies: { b: '*', c: '*' } });
    install('node_modules/b', { version: '1.0.0' });
    install('node_modules/c', { dependencies: { b: '*' }, optionalDependencies: { 'not-for-this-platform': '*' } });
    install('node_modules/c/node_modules/b', { version: '2.0.0' });
    install('node_modules/unrelated', {});
    assert.deepEqual(
      closureOf(root, ['a']).map(({ path, version }) => `${path} ${version}`),
      ['node_modules/a 1.0.0', 'node_modules/b 1.0.0', 'node_modules/c 1.0.0', 'node_modules/c/node_modules/b 2.0.0'],
    );
  });

  it('fail loudly when one they need is not installed', () => {
    install('node_modules/a', { dependencies: { gone: '*' } });
    assert.throws(() => closureOf(root, ['a']), /gone, needed by node_modules\/a, is not installed/);
  });

  it('leave types and source maps behind', () => {
    install('node_modules/a', {}, ['index.js', 'index.d.ts', 'index.js.map', 'words.proto']);
    const target = join(root, 'out');
    copyPackages(root, closureOf(root, ['a']), target);
    const has = (file: string) => existsSync(join(target, 'node_modules/a', file));
    assert.deepEqual(['index.js', 'words.proto', 'index.d.ts', 'index.js.map'].map(has), [true, true, false, false]);
  });

  it('are known by the first parts of what is imported', () => {
    assert.deepEqual(['@a/b/c.js', 'a/b', 'a'].map(packageOf), ['@a/b', 'a', 'a']);
  });
});
