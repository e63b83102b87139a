import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflows } from '#hack/images/bundle.ts';
import { ImageStore } from '#hack/images/image-store.ts';
import { settleModes } from '#hack/images/modes.ts';
import { run } from '#runtime/local/command.ts';
import { ensureAptPackages } from '#runtime/local/preflight.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const DOCKERFILE = 'FROM scratch\nWORKDIR /app\nCOPY packages/ ./\nCOPY app/ ./\nUSER 1000\n';
const IMAGE = 'localhost/ticketbottle/test:1';

/** `npm run images -- --verify` holds this for all images, from their sources on; this one is about the builder alone. */
describe('an image', function () {
  this.timeout(120_000);
  const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-images-test-'));
  const signal = new AbortController().signal;

  before(async () => {
    await ensureAptPackages({ buildah: '/usr/bin/buildah' });
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  /** Packages that never change, and an app that says `what`. */
  function contextOf(name: string, what: string): string {
    const context = join(dir, name);
    for (const [file, text] of Object.entries({ 'packages/lib.js': 'lib', 'app/main.js': what })) {
      mkdirSync(join(context, file, '..'), { recursive: true });
      writeFileSync(join(context, file), text);
    }
    for (const part of ['packages', 'app']) settleModes(join(context, part));
    writeFileSync(join(context, 'Dockerfile'), DOCKERFILE);
    return context;
  }

  async function digestOf(store: ImageStore, context: string, hash: string): Promise<string> {
    await store.build({ image: IMAGE, hash, dockerfile: join(context, 'Dockerfile'), context, args: {} }, signal);
    assert.ok(await store.isCurrent(IMAGE, hash));
    return await pushedDigest(store);
  }

  async function pushedDigest(store: ImageStore): Promise<string> {
    const layout = mkdtempSync(join(dir, 'layout-'));
    await store.push(IMAGE, `oci:${layout}:image`, signal);
    const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
    return index.manifests[0]?.digest ?? 'none';
  }

  it('is the same from the same files, whoever builds it and whatever the store has built before', async () => {
    using used = new ImageStore(join(dir, 'used'));
    const first = await digestOf(used, contextOf('here', 'first'), 'first');
    const driver = readdirSync(join(dir, 'used')).find((name) => /^(overlay|vfs)$/.test(name)) ?? '';
    const storage = ['--root', join(dir, 'used', driver), '--runroot', join(dir, 'used', `${driver}-run`)];
    const buildah = (...args: string[]) => run('buildah', [...storage, '--storage-driver', driver, ...args]);
    const context = contextOf('here', 'second');
    // Somebody else's build of the same files leaves images of its steps, which a builder takes over where it can.
    const otherwise = ['--isolation', 'chroot', '--layers', '--format', 'oci', '--timestamp', '0', '--label', 'a=b'];
    await buildah('build', ...otherwise, '--tag', 'localhost/other:1', context);
    const second = await digestOf(used, context, 'second');
    assert.notEqual(second, first);

    using fresh = new ImageStore(join(dir, 'fresh'));
    const umask = process.umask(0o077);
    try {
      assert.equal(await digestOf(fresh, contextOf('there', 'second'), 'second'), second);
    } finally {
      process.umask(umask);
    }
    await buildah('rmi', 'localhost/other:1');
    await used.prune(signal);
    const { stdout } = await buildah('images', '--all', '--format', '{{.Name}}');
    assert.equal(stdout.trim(), 'localhost/ticketbottle/test', 'builds leave images that nobody can name');
  });

  it('is named after its base, not after another tag of the same content, as the demo has it', async () => {
    const base = 'localhost/ticketbottle/base:1';
    const context = contextOf('on-a-base', 'app');
    writeFileSync(join(context, 'Base'), 'FROM scratch\nCOPY packages/ /\n');
    writeFileSync(join(context, 'Dockerfile'), `FROM ${base}\nWORKDIR /app\nCOPY app/ ./\n`);
    const digests: string[] = [];
    for (const images of [['localhost/ticketbottle/test:0', IMAGE], [IMAGE]]) {
      using store = new ImageStore(mkdtempSync(join(dir, 'store-')));
      const scratch = { image: base, hash: 'base', dockerfile: join(context, 'Base'), context, args: {} };
      await store.build(scratch, signal);
      const made = { hash: 'app', dockerfile: join(context, 'Dockerfile'), context, args: { NODE_IMAGE: base } };
      const baseDigest = await store.baseDigest(base, signal);
      for (const image of images) await store.build({ ...made, image, baseDigest }, signal);
      digests.push(await pushedDigest(store));
    }
    assert.equal(digests[0], digests[1]);
  });

  it('is saved under the name by which the manifests ask for it, also a second time', async () => {
    using store = new ImageStore(join(dir, 'saved'));
    const context = contextOf('saved-from', 'app');
    const image = 'ticketbottle/operator:1.0.0';
    await store.build({ image, hash: 'app', dockerfile: join(context, 'Dockerfile'), context, args: {} }, signal);
    const file = join(dir, 'operator.tar');
    for (const _ of [1, 2]) await store.save(image, file, signal);
    const { stdout } = await run('tar', ['-xOf', file, 'manifest.json']);
    const [{ RepoTags }] = JSON.parse(stdout) as [{ RepoTags: string[] }];
    // As nodes spell out what stands in config/manager/deployment.yaml.
    assert.ok(RepoTags.includes(`docker.io/${image}`), String(RepoTags));
  });

  it('does not say where it was built: the source map inside the workflow code names files by their place in the repository', async () => {
    const code = await bundleWorkflows(ROOT, join(ROOT, 'services/order/workflows/workflows.ts'));
    const map = /sourceMappingURL=data:[^,]*;base64,([\w+/=]+)/.exec(code)?.[1] ?? '';
    const { sources } = JSON.parse(Buffer.from(map, 'base64').toString()) as { sources: string[] };
    assert.ok(sources.length > 10);
    assert.deepEqual(
      sources.filter((source) => source.startsWith('/') || source.startsWith('..')),
      [],
    );
    assert.ok(!code.includes(ROOT));
  });
});
