import { createHash } from 'node:crypto';
import { constants, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDockerfile } from '#runtime/local/dockerfile.ts';
import type { LocalLayout } from '#runtime/local/layout.ts';

/** What stands in for an image on the process node: a folder of its content, kept under a hash, and a description by name. */
export interface ProcessImage {
  readonly image: string;
  readonly hash: string;
  /** Laid out by bundle.ts: `packages` and `app`. */
  readonly content: string;
  readonly dockerfile: string;
  readonly args: Readonly<Record<string, string>>;
}

/** Makes the image known to the process node of this layout. Running pods keep the folder they were started from. */
export function placeOnNode(
  layout: LocalLayout,
  { image, hash, content, dockerfile, args }: ProcessImage,
): 'made' | 'cached' {
  const directory = join(layout.images, hash.slice(0, 32));
  const file = join(layout.images, `${createHash('sha256').update(image).digest('hex').slice(0, 32)}.json`);
  const { contentDir, ...config } = readDockerfile(readFileSync(dockerfile, 'utf8'), args);
  const text = `${JSON.stringify({ image, hash, path: contentDir, directory, ...config }, null, 2)}\n`;
  if (existsSync(directory) && existsSync(file) && readFileSync(file, 'utf8') === text) return 'cached';
  if (!existsSync(directory)) {
    const filling = `${directory}.${process.pid}`;
    rmSync(filling, { recursive: true, force: true });
    for (const part of ['packages', 'app']) {
      const from = join(content, part);
      if (existsSync(from)) cpSync(from, filling, { recursive: true, mode: constants.COPYFILE_FICLONE });
    }
    renameSync(filling, directory); // Whole or not there.
  }
  mkdirSync(layout.images, { recursive: true });
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
  return 'made';
}
