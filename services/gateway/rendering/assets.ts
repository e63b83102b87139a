import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

export interface Asset {
  /** With the hash of the content in it: what it names never changes. */
  readonly url: string;
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
  /** URLs of the modules that it needs at once, and that those need; what it loads later with `import()` is not among them. */
  readonly imports: readonly string[];
}

const TYPE: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const IMPORT = /(\bfrom\s+|\bimport\s*\(?\s*)'\.\/([\w.-]+\.js)'/g;

/**
 * Style sheet, scripts and pictures of a folder, read and compressed once. Imports between scripts are rewritten to the
 * hashed names, so that every file may be kept for ever. Throws on an import of a missing file and on a circle.
 */
export function loadAssets(folder: string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  const underway = new Set<string>();
  const load = (name: string): Asset => {
    const known = assets.get(name);
    if (known) return known;
    if (underway.has(name)) throw new Error(`${name} imports itself by way of others`);
    underway.add(name);
    const imports = new Set<string>();
    const source = readFileSync(join(folder, name), 'utf8').replace(IMPORT, (_all, before: string, other: string) => {
      const imported = load(other);
      if (!before.includes('(')) for (const url of [imported.url, ...imported.imports]) imports.add(url);
      return `${before}'${imported.url}'`;
    });
    const plain = Buffer.from(source);
    const extension = extname(name);
    const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 10);
    const asset: Asset = {
      url: `/pages/${name.slice(0, -extension.length)}.${hash}${extension}`,
      type: TYPE[extension] ?? 'application/octet-stream',
      plain,
      gzip: gzipSync(plain, { level: 9 }),
      brotli: brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
      imports: [...imports],
    };
    assets.set(name, asset);
    return asset;
  };
  for (const name of readdirSync(folder)) if (extname(name) in TYPE) load(name);
  return assets;
}
