/** Builds the images; for a local cluster with the process node it lays out the programs instead, without images and without root. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argumentsOrUsage } from '#runtime/local/arguments.ts';
import { CommandError, run } from '#runtime/local/command.ts';
import { interruption } from '#runtime/local/interruption.ts';
import { type LocalLayout, localLayout } from '#runtime/local/layout.ts';
import { waitForLock } from '#runtime/local/lock.ts';
import { ensureAptPackages, requireDisk, requireRoot } from '#runtime/local/preflight.ts';
import { InterruptedError, SetupError } from '#runtime/local/setup-error.ts';
import { Steps } from '#runtime/local/steps.ts';
import { ensureLocalNodeImage, LOCAL_NODE_IMAGE } from './base-image.ts';
import { bundleProgram } from './bundle.ts';
import { ImageStore } from './image-store.ts';
import { importIntoNode } from './node-images.ts';
import { placeOnNode } from './process-images.ts';
import { type ImageProgram, programsIn, serviceProgram } from './programs.ts';
import { copyOfTree, digestsAgain, factsOf, problemsOf, tableOf, type Verdict, writeVerdicts } from './verify.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const USAGE = `usage: npm run images -- [options]

  --only NAME,NAME      not all of them
  --program NAME=ENTRY  also an image of this program, laid out like a service (may be repeated)
  --registry PREFIX     first part of the names; localhost/ticketbottle unless said
  --version TAG         tag; the version of package.json unless said
  --content-tags        tags end with a hash of the content, so that a changed program is a new image and rolls its pods
  --node-image IMAGE    base image; unless said, one is made from the pinned Node and needs no registry
  --push                push to the registry instead of importing into the local cluster
  --save DIR            write each image to DIR/NAME.tar instead, for kind, k3d or docker load
  --no-import           only build
  --lay-out             only write what goes into each image to out/images/NAME, without functions; needs no builder
  --verify              build everything a second time in another folder, and tell whether each image is the same, how large
                        it is, who runs in it, and whether its SBOM lists what it holds; writes out/images/report.json
  --digests FILE        {name: digest} of the images
  --report FILE         {steps: [{step, seconds, cached}], images: [{name, image, hash, cached}]}`;

async function main(): Promise<void> {
  const { values } = argumentsOrUsage(USAGE, {
    options: {
      only: { type: 'string' },
      program: { type: 'string', multiple: true, default: [] },
      registry: { type: 'string', default: 'localhost/ticketbottle' },
      version: { type: 'string', default: packageVersion() },
      'content-tags': { type: 'boolean', default: false },
      'node-image': { type: 'string', default: LOCAL_NODE_IMAGE },
      push: { type: 'boolean', default: false },
      save: { type: 'string' },
      'no-import': { type: 'boolean', default: false },
      'lay-out': { type: 'boolean', default: false },
      verify: { type: 'boolean', default: false },
      digests: { type: 'string' },
      report: { type: 'string' },
    },
  });
  const layout = localLayout(process.env);
  const signal = interruption(() => process.stderr.write('\nStopping ...\n'));
  const steps = new Steps();
  const programs = chosen(values.only, values.program);
  if (values['lay-out']) {
    for (const program of programs)
      await steps.run(
        `content of ${program.name}`,
        async () => void (await bundleProgram(ROOT, program, values.version)),
      );
    return;
  }
  const nodeImage = values['node-image'];
  if (values.verify || values.save !== undefined) values['no-import'] = true;
  // The process node runs the content as it lies; a registry or another node still wants real images.
  if (layout.node === 'process' && !values.push && !values['no-import']) {
    const images = await layOut(layout, programs, values, steps, signal);
    writeReport(values.report, steps, images);
    return;
  }

  requireRoot('npm run images');
  using store = new ImageStore(join(layout.cache, 'images'));
  if (!values.push && !values['no-import'] && !existsSync(layout.containerdSocket)) {
    throw new SetupError(
      'The local cluster is down, so there is no node to import into; type: npm run cluster -- up  (or add --no-import)',
    );
  }
  mkdirSync(layout.cache, { recursive: true });
  await steps.run('image builder', async (step) => {
    const lock = join(layout.cache, 'images.lock');
    process.once('exit', await waitForLock(lock, 'Building images', { signal, onWait: step.note }));
    requireDisk(layout.cache, 2 * 1024 ** 3, 'XDG_CACHE_HOME');
    const packages = { buildah: '/usr/bin/buildah', 'ca-certificates': '/etc/ssl/certs/ca-certificates.crt' };
    const installed = await ensureAptPackages(packages, { signal, onLine: step.note });
    if (installed.length === 0) step.cached();
  });
  if (nodeImage === LOCAL_NODE_IMAGE) {
    await steps.run('base image', async (step) => {
      if ((await ensureLocalNodeImage(ROOT, store, signal)) === 'cached') step.cached();
      step.detail(LOCAL_NODE_IMAGE);
    });
  }

  if (programs.some(({ name }) => name === 'operator')) await bundleFunctions(steps, signal);

  const baseDigest = await store.baseDigest(nodeImage, signal);
  const images: MadeImage[] = [];
  for (const program of programs) {
    await steps.run(`image ${program.name}`, async (step) => {
      const { hash: content } = await bundleProgram(ROOT, program, values.version);
      const dockerfile = join(ROOT, program.dockerfile);
      const hash = createHash('sha256')
        .update([content, readFileSync(dockerfile, 'utf8'), nodeImage, baseDigest, values.version].join('\0'))
        .digest('hex');
      const tag = values['content-tags'] ? `${values.version}-${hash.slice(0, 10)}` : values.version;
      const image = `${values.registry}/${program.name}:${tag}`;
      const cached = await store.isCurrent(image, hash);
      if (cached) step.cached();
      else {
        const args = { NODE_IMAGE: nodeImage, SERVICE: program.name, VERSION: values.version };
        await store.build({ image, hash, dockerfile, context: ROOT, args, baseDigest }, signal);
      }
      images.push({ name: program.name, image, hash, cached });
    });
  }
  if (images.some(({ cached }) => !cached)) await store.prune(signal);
  if (values.save !== undefined) {
    mkdirSync(values.save, { recursive: true });
    for (const { name, image } of images) {
      const file = join(values.save, `${name}.tar`);
      await steps.run(`save ${file}`, async () => await store.save(image, file, signal));
    }
  }
  if (values.push) {
    for (const { image } of images) {
      await steps.run(`push ${image}`, async () => await store.push(image, `docker://${image}`, signal));
    }
  } else if (!values['no-import']) {
    await steps.run('import into the node', async (step) => {
      const imported = await importIntoNode(layout, store, images, signal);
      if (imported.length === 0) step.cached();
      else step.detail(`${imported.length} of ${images.length}`);
    });
  }
  writeReport(values.report, steps, images);
  if (values.digests !== undefined) await writeDigests(values.digests, store, images, signal);
  if (values.verify) await verify(store, images, { ...values, nodeImage }, steps, signal);
}

async function writeDigests(
  file: string,
  store: ImageStore,
  images: readonly MadeImage[],
  signal: AbortSignal,
): Promise<void> {
  const digests: Record<string, string> = {};
  for (const { name, image } of images) digests[name] = (await factsOf(store, image, ROOT, signal)).digest;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(digests));
}

/** Exit code 1 when an image is not what docs/install.md promises. */
async function verify(
  store: ImageStore,
  images: readonly MadeImage[],
  given: { readonly registry: string; readonly version: string; readonly nodeImage: string },
  steps: Steps,
  signal: AbortSignal,
): Promise<void> {
  const again = await steps.run('the same in another folder', async () => {
    const copy = await copyOfTree(ROOT, signal);
    try {
      return await digestsAgain(copy, { ...given, names: images.map(({ name }) => name) }, signal);
    } finally {
      await run('rm', ['-rf', copy]);
    }
  });
  const verdicts: Verdict[] = [];
  for (const { name, image } of images) {
    const facts = await factsOf(store, image, ROOT, signal);
    const digest = again.get(name) ?? 'nothing';
    verdicts.push({ name, image, facts, again: digest, problems: problemsOf(facts, digest, given.version) });
  }
  writeVerdicts(join(ROOT, 'out', 'images', 'report.json'), verdicts);
  console.log(`\n${tableOf(verdicts)}`);
  process.exitCode = verdicts.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

interface MadeImage {
  readonly name: string;
  readonly image: string;
  readonly hash: string;
  readonly cached: boolean;
}

/** Content of the programs for the process node: no image builder, no base image, no root. */
async function layOut(
  layout: LocalLayout,
  programs: readonly ImageProgram[],
  values: { readonly registry: string; readonly version: string; readonly 'content-tags': boolean },
  steps: Steps,
  signal: AbortSignal,
): Promise<MadeImage[]> {
  mkdirSync(layout.images, { recursive: true });
  const unlock = await waitForLock(join(layout.cache, 'images.lock'), 'Building programs', {
    signal,
    onWait: () => {},
  });
  process.once('exit', unlock);
  if (programs.some(({ name }) => name === 'operator')) await bundleFunctions(steps, signal);
  const images: MadeImage[] = [];
  for (const program of programs) {
    await steps.run(`program ${program.name}`, async (step) => {
      const { directory, hash: content } = await bundleProgram(ROOT, program, values.version);
      const dockerfile = join(ROOT, program.dockerfile);
      const facts = [content, readFileSync(dockerfile, 'utf8'), process.version, values.version];
      const hash = createHash('sha256').update(facts.join('\0')).digest('hex');
      const tag = values['content-tags'] ? `${values.version}-${hash.slice(0, 10)}` : values.version;
      const image = `${values.registry}/${program.name}:${tag}`;
      const args = { SERVICE: program.name, VERSION: values.version };
      const cached = placeOnNode(layout, { image, hash, content: directory, dockerfile, args }) === 'cached';
      if (cached) step.cached();
      images.push({ name: program.name, image, hash, cached });
    });
  }
  return images;
}

async function bundleFunctions(steps: Steps, signal: AbortSignal): Promise<void> {
  await steps.run('function bundles', async () => {
    await run(process.execPath, [join(ROOT, 'hack/lambda/main.ts')], { cwd: ROOT, signal });
  });
}

function writeReport(file: string | undefined, steps: Steps, images: readonly MadeImage[]): void {
  if (file === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ steps: steps.results(), images }, null, 2)}\n`);
}

function chosen(only: string | undefined, extra: readonly string[]): ImageProgram[] {
  const added = extra.map((text) => {
    const [name, entry] = text.split('=');
    if (name === undefined || entry === undefined || !existsSync(join(ROOT, entry))) {
      throw new SetupError(`--program takes NAME=ENTRY, with ENTRY a file of this repository, not "${text}"`);
    }
    return serviceProgram(name, entry);
  });
  const all = [...programsIn(ROOT), ...added];
  if (only === undefined) return all;
  const names = only.split(',').filter(Boolean);
  const unknown = names.filter((name) => !all.some((program) => program.name === name));
  if (unknown.length > 0)
    throw new SetupError(`There is no program ${unknown.join(', ')}; there are ${all.map((p) => p.name).join(', ')}`);
  return all.filter((program) => names.includes(program.name));
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
}

try {
  await main();
} catch (error) {
  if (error instanceof InterruptedError) process.exitCode = 130;
  else if (error instanceof SetupError || error instanceof CommandError || error instanceof RangeError) {
    process.stderr.write(`\n✗ ${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}
