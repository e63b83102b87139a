import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { ImageFacts } from './inspect.ts';
import { componentAt, packageFolderOf, sbomOf } from './sbom.ts';
import { problemsOf } from './verify.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('packages of an image', () => {
  it('are found by the files that a bundle was made of', () => {
    assert.equal(packageFolderOf('../../node_modules/pino/lib/redaction.js'), 'node_modules/pino');
    assert.equal(packageFolderOf('node_modules/@grpc/grpc-js/build/a.js'), 'node_modules/@grpc/grpc-js');
    assert.equal(packageFolderOf('../node_modules/a/node_modules/@b/c/d.js'), 'node_modules/a/node_modules/@b/c');
    assert.equal(packageFolderOf('../operator/main.ts'), undefined);
  });

  it('count code that a package carries inside itself as that package', () => {
    assert.equal(componentAt(ROOT, 'node_modules/pino/dist/node_modules/inlined').name, 'pino');
    assert.throws(() => componentAt(ROOT, 'node_modules/nobody-has-this'), /is not installed; type: npm ci/);
  });

  it('are listed once each, in one order, without a time', () => {
    const list = () => sbomOf(ROOT, { name: 'x', version: '1' }, ['node_modules/pino', 'node_modules/pg'], []);
    const { components } = JSON.parse(list()) as { components: { name: string; purl: string }[] };
    assert.deepEqual(
      components.map(({ name }) => name),
      ['pg', 'pino'],
    );
    assert.match(components[0]?.purl ?? '', /^pkg:npm\/pg@\d/);
    assert.equal(list(), list());
  });
});

describe('what an image promises', () => {
  const labels = { title: 'x', licenses: 'Apache-2.0', version: '1.0.0' };
  const good: ImageFacts = {
    ...{ digest: 'sha256:a', layers: 3, compressedBytes: 1, unpackedBytes: 2, user: '1000:1000', tools: [] },
    labels: Object.fromEntries(
      Object.entries(labels).map(([name, value]) => [`org.opencontainers.image.${name}`, value]),
    ),
    ...{ packages: ['pg@8.0.0'], listed: ['pg@8.0.0'] },
  };
  const problems = (more: Partial<ImageFacts>, again = 'sha256:a') => problemsOf({ ...good, ...more }, again, '1.0.0');

  it('is kept', () => assert.deepEqual(problems({}), []));
  it('is broken by another digest, root, missing labels, and a list that is not true', () => {
    assert.match(problems({}, 'sha256:b').join(), /^built again it is sha256:b$/);
    for (const user of ['', '0', 'root', '0:0', 'node']) assert.match(problems({ user }).join(), /^runs as/);
    assert.match(problems({ labels: {} }).join(), /^lacks the labels org\.opencontainers\.image\.title/);
    assert.match(problems({ packages: ['pg@8.0.0', 'ws@8.0.0'] }).join(), /^its SBOM lacks ws@8\.0\.0$/);
    assert.match(problems({ packages: [] }).join(), /^its SBOM names pg@8\.0\.0, which it does not hold$/);
  });
});
