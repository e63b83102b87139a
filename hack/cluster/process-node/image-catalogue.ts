import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What hack/images leaves for the process node instead of an image: where its content lies, and what its Dockerfile says. */
export interface LocalImage {
  readonly image: string;
  /** Of its content; shown as the image's id. */
  readonly hash: string;
  /** The image's path that was filled, such as /app, and the real folder. */
  readonly path: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/** Finds an image by its full name; undefined when hack/images has not made it. */
export function findImage(images: string, name: string): LocalImage | undefined {
  const file = join(images, `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.json`);
  if (!existsSync(file)) return undefined;
  const image = JSON.parse(readFileSync(file, 'utf8')) as LocalImage; // Written by hack/images only.
  return existsSync(image.directory) ? image : undefined;
}
