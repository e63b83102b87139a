import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FunctionName } from '#proto/names.ts';
import type { Bundle } from '../external/lambda-desired.ts';

/** The zips of functions in one folder, `<function>.zip`. A file is read again only when its size or time changed. */
export class Bundles {
  readonly dir: string;
  readonly #known = new Map<FunctionName, { readonly mark: string; readonly bundle: Bundle }>();

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Undefined when there is no such file. */
  async read(name: FunctionName): Promise<Bundle | undefined> {
    const file = join(this.dir, `${name}.zip`);
    try {
      const { size, mtimeMs } = await stat(file);
      const mark = `${size} ${mtimeMs}`;
      const known = this.#known.get(name);
      if (known?.mark === mark) return known.bundle;
      const zip = await readFile(file);
      const bundle = { zip, codeSha256: createHash('sha256').update(zip).digest('base64') };
      this.#known.set(name, { mark, bundle });
      return bundle;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
