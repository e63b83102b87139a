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
}

const SHARED = '/var/lib/containers';
const HASH_LABEL = 'io.ticketbottle.inputs';

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
      return stdout.trim() === hash;
    } catch (error) {
      if (error instanceof CommandError) return false;
      throw error;
    }
  }

  /** Content id of a stored image; empty for one that is still to be pulled. */
  async idOf(image: string): Promise<string> {
    try {
      const { stdout } = await run('buildah', [...this.#storage, 'images', '--no-trunc', '--quiet', image]);
      return stdout.trim();
    } catch (error) {
      if (error instanceof CommandError) return '';
      throw error;
    }
  }

  async build(build: ImageBuild, signal: AbortSignal): Promise<void> {
    const args = Object.entries(build.args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    const labels = ['--label', `${HASH_LABEL}=${build.hash}`];
    const files = ['--file', build.dockerfile, '--tag', build.image, build.context];
    const fixed = ['--isolation', 'chroot', '--layers', '--pull-never', '--format', 'oci', '--timestamp', '0'];
    const pull =
      build.args.NODE_IMAGE?.startsWith('localhost/') === false ? fixed.filter((arg) => arg !== '--pull-never') : fixed;
    const replaced = await this.idOf(build.image);
    try {
      await run('buildah', [...this.#storage, 'build', ...pull, ...args, ...labels, ...files], { signal, nice: true });
    } catch (cause) {
      if (!(cause instanceof CommandError)) throw cause;
      throw new SetupError(`${build.image} could not be built: ${cause.message}`, { cause });
    }
    // The image that had this name before would only fill the disk; one that others build on stays.
    if (replaced !== '' && replaced !== (await this.idOf(build.image))) {
      await succeeds('buildah', [...this.#storage, 'rmi', replaced]);
    }
  }

  async push(image: string, destination: string, signal: AbortSignal): Promise<void> {
    await run('buildah', [...this.#storage, 'push', image, destination], { signal });
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
