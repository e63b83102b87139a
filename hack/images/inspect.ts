import { createReadStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { run } from '#runtime/local/command.ts';
import { componentAt, keyOf, packagesInMap, packagesInZip, SBOM_FILE } from './sbom.ts';

/** What an image is, read from the image itself. */
export interface ImageFacts {
  readonly digest: string;
  readonly layers: number;
  /** As a registry sends it. */
  readonly compressedBytes: number;
  readonly unpackedBytes: number;
  readonly user: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `name@version` of all packages that its files show. */
  readonly packages: readonly string[];
  /** The same as its own list says. */
  readonly listed: readonly string[];
  /** Shells and package managers that are in it. */
  readonly tools: readonly string[];
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

/** Reads an image in an OCI layout directory. `root` tells versions of packages of which an image holds only bundled code. */
export async function inspectImage(layout: string, root: string, signal: AbortSignal): Promise<ImageFacts> {
  const blob = ({ digest }: Descriptor) => join(layout, 'blobs', digest.replace(':', '/'));
  const json = <T>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as T;
  const [entry] = json<{ manifests: Descriptor[] }>(join(layout, 'index.json')).manifests;
  if (entry === undefined) throw new Error(`${layout} holds no image`);
  const manifest = json<{ config: Descriptor; layers: Descriptor[] }>(blob(entry));
  const { config } = json<{ config: { User?: string; Labels?: Record<string, string> } }>(blob(manifest.config));
  const unpacked = mkdtempSync(join(tmpdir(), 'ticketbottle-image-'));
  try {
    let unpackedBytes = 0;
    const names: string[] = [];
    for (const layer of manifest.layers) {
      unpackedBytes += await unpackedSize(blob(layer));
      names.push(...(await run('tar', ['-tzf', blob(layer)], { signal })).stdout.split('\n'));
      // Only our part: the rest is the base image's.
      const skip = ['usr', 'lib', 'lib64', 'etc', 'home', 'bin', 'sbin', 'var'].map((name) => `--exclude=${name}`);
      await run('tar', ['-xzf', blob(layer), '-C', unpacked, '--no-same-owner', '--anchored', ...skip], { signal });
    }
    const app = join(unpacked, 'app');
    return {
      digest: entry.digest,
      layers: manifest.layers.length,
      compressedBytes: [...manifest.layers, manifest.config].reduce((sum, { size }) => sum + size, 0),
      unpackedBytes,
      user: config.User ?? '',
      labels: config.Labels ?? {},
      packages: packagesOf(app, root),
      listed: listedIn(join(app, SBOM_FILE)),
      tools: names.filter((name) =>
        /^\.?\/?(usr\/(local\/)?)?s?bin\/(ba|da)?(sh|npm|npx|yarn|apt|apt-get|dpkg)$/.test(name),
      ),
    };
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

async function unpackedSize(file: string): Promise<number> {
  let bytes = 0;
  await pipeline(createReadStream(file), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) bytes += chunk.length;
  });
  return bytes;
}

/** From package.json files, source maps of bundles, and function zips. */
function packagesOf(app: string, root: string): string[] {
  const found = new Set<string>();
  const manifestOf = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string };
  const bundled = new Set<string>();
  for (const file of readdirSync(app, { recursive: true, encoding: 'utf8' })) {
    const path = join(app, file);
    const isPackage = /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(file);
    if (isPackage && statSync(path).isFile()) found.add(keyOf(manifestOf(path)));
    else if (!file.includes('node_modules/') && /\.[cm]?js\.map$/.test(file))
      for (const one of packagesInMap(readFileSync(path, 'utf8'))) bundled.add(one);
    else if (file.endsWith('.zip')) for (const one of packagesInZip(readFileSync(path))) bundled.add(one);
  }
  for (const folder of bundled) found.add(keyOf(componentAt(root, folder)));
  return [...found].toSorted();
}

function listedIn(file: string): string[] {
  if (!existsSync(file)) return [];
  const { components } = JSON.parse(readFileSync(file, 'utf8')) as {
    components: readonly { name: string; version: string }[];
  };
  return components.map(keyOf).toSorted();
}
