import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, run, succeeds } from '#runtime/local/command.ts';
import { SetupError } from '#runtime/local/setup-error.ts';
import { packImages } from './oci-archive.ts';

export interface ImageBuild {
  /** Full name with tag. */
  readonly image: string;
  /** Of everything the image is made from. */
  readonly hash: string;
  readonly dockerfile: string;
  readonly context: string;
  readonly args: Readonly<Record<string, string>>;
  /** Of the image that it is built on, unless that is `scratch`. */
  readonly baseDigest?: string;
}

const SHARED = '/var/lib/containers';
/**
 * So that the same inputs are the same image, wherever and after whatever it is built: no times, and no history, in which
 * buildah names intermediate images.
 */
const REPRODUCIBLE = ['--timestamp', '0', '--omit-history'];
const HASH_LABEL = 'io.ticketbottle.inputs';
/** An image that was built in another way is another one. */
const HERE = readFileSync(import.meta.filename);
const labelOf = (hash: string): string => createHash('sha256').update(hash).update(HERE).digest('hex');

/** Builds real Dockerfiles with buildah, without a daemon, a registry or /var/lib/containers. */
export class ImageStore {
  readonly #storage: string[];
  readonly #sharedExisted = existsSync(SHARED);

  /** Everything it stores lies below `directory`. */
  constructor(directory: string) {
    // overlay needs a disk of its own kind; on top of another overlay (inside a container) only plain copies work.
    const driver = isOverlay(directory) ? 'vfs' : 'overlay';
    this.#storage = [
      '--root',
      join(directory, driver),
      '--runroot',
      join(directory, `${driver}-run`),
      '--storage-driver',
      driver,
    ];
  }

  /** buildah also keeps a small cache in a fixed place; takes it away where nothing else uses that place. */
  [Symbol.dispose](): void {
    if (!this.#sharedExisted) rmSync(SHARED, { recursive: true, force: true });
  }

  /** True when the image is there and was made from inputs with this hash. */
  async isCurrent(image: string, hash: string): Promise<boolean> {
    try {
      const format = `{{index .OCIv1.Config.Labels "${HASH_LABEL}"}}`;
      const { stdout } = await run('buildah', [
        ...this.#storage,
        'inspect',
        '--type',
        'image',
        '--format',
        format,
        image,
      ]);
      return stdout.trim() === labelOf(hash);
    } catch (error) {
      if (error instanceof CommandError) return false;
      throw error;
    }
  }

  /** Digest of a base image, which is pulled unless it is there. */
  async baseDigest(image: string, signal: AbortSignal): Promise<string> {
    const inspect = ['inspect', '--type', 'image', '--format', '{{.FromImageDigest}}', image];
    try {
      if (!(await succeeds('buildah', [...this.#storage, ...inspect])))
        await run('buildah', [...this.#storage, 'pull', image], { signal });
      return (await run('buildah', [...this.#storage, ...inspect], { signal })).stdout.trim();
    } catch (cause) {
      if (!(cause instanceof CommandError)) throw cause;
      throw new SetupError(`The base image ${image} could not be pulled: ${cause.message}`, { cause });
    }
  }

  async build(build: ImageBuild, signal: AbortSignal): Promise<void> {
    const args = Object.entries(build.args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    const labels = ['--label', `${HASH_LABEL}=${labelOf(build.hash)}`];
    // By itself buildah would name the intermediate image below the last step, or one with the same content and another tag.
    const base = { digest: build.baseDigest ?? '', name: build.args['NODE_IMAGE'] ?? '' };
    const annotations = Object.entries(base).flatMap(([what, value]) => [
      '--annotation',
      `org.opencontainers.image.base.${what}=${value}`,
    ]);
    const files = ['--file', build.dockerfile, '--tag', build.image, build.context];
    const fixed = ['--isolation', 'chroot', '--layers', '--pull-never', '--format', 'oci', ...REPRODUCIBLE];
    const all = ['build', ...fixed, ...args, ...labels, ...annotations, ...files];
    try {
      await run('buildah', [...this.#storage, ...all], { signal, nice: true });
    } catch (cause) {
      if (!(cause instanceof CommandError)) throw cause;
      throw new SetupError(`${build.image} could not be built: ${cause.message}`, { cause });
    }
  }

  /** Takes away what no name leads to: images that were replaced, and those that buildah leaves after every step of a build. */
  async prune(signal: AbortSignal): Promise<void> {
    await run('buildah', [...this.#storage, 'rmi', '--prune'], { signal, nice: true });
  }

  async push(image: string, destination: string, signal: AbortSignal): Promise<void> {
    await run('buildah', [...this.#storage, 'push', image, destination], { signal });
  }

  /**
   * One image as a file that `kind load`, `k3d image import` and `docker load` take. It is named in the file as manifests name
   * it: builders put `localhost/` before a name without a registry, a cluster looks for it at its default registry.
   */
  async save(image: string, file: string, signal: AbortSignal): Promise<void> {
    rmSync(file, { force: true });
    await this.push(image, `docker-archive:${file}:${image}`, signal);
  }

  /** Writes the images into one archive that containerd imports. */
  async archive(images: readonly string[], target: string, signal: AbortSignal): Promise<void> {
    const exportTo = async (image: string, directory: string) => {
      const args = ['push', '--disable-compression', '--format', 'oci', image, `dir:${directory}`];
      await run('buildah', [...this.#storage, ...args], { signal });
    };
    await packImages(images, target, exportTo, signal);
  }
}

function isOverlay(directory: string): boolean {
  mkdirSync(directory, { recursive: true });
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const within = mounts.filter(
    ([, point = '']) => directory === point || directory.startsWith(point === '/' ? '/' : `${point}/`),
  );
  const mount = within.toSorted((a, b) => (b[1]?.length ?? 0) - (a[1]?.length ?? 0))[0];
  return mount?.[2] === 'overlay' && existsSync(directory);
}
