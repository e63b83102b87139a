import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import type { InstalledPackage } from './unbundled.ts';

export interface Component {
  readonly name: string;
  readonly version: string;
  readonly license: string | undefined;
}

/** `node_modules/a/node_modules/b`: the folder of the package that a file of the repository lies in; undefined for our own files. */
export function packageFolderOf(file: string): string | undefined {
  const path = file.replaceAll('\\', '/');
  const at = path.lastIndexOf('node_modules/');
  if (at < 0) return undefined;
  const [first = '', second = ''] = path.slice(at + 'node_modules/'.length).split('/');
  const start = path.indexOf('node_modules/');
  return `${path.slice(start, at)}node_modules/${first.startsWith('@') ? `${first}/${second}` : first}`;
}

/** Packages that a source map names, by the folder that they are installed in. */
export function packagesInMap(text: string): Set<string> {
  const { sources } = JSON.parse(text) as { sources: readonly string[] };
  return new Set(sources.flatMap((source) => packageFolderOf(source) ?? []));
}

/** The same for a function's zip. */
export function packagesInZip(bytes: Uint8Array): Set<string> {
  const files = unzipSync(bytes, { filter: ({ name }) => name.endsWith('.map') });
  return new Set(Object.values(files).flatMap((map) => [...packagesInMap(strFromU8(map))]));
}

/** The installed package; code that one carries inside itself from others, as its source map tells, belongs to it. */
export function componentAt(root: string, folder: string): Component {
  const file = join(root, folder, 'package.json');
  if (!existsSync(file)) {
    const carrier = packageFolderOf(folder.slice(0, folder.lastIndexOf('/node_modules/')));
    if (carrier === undefined) throw new Error(`${folder} is not installed; type: npm ci`);
    return componentAt(root, carrier);
  }
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  return { name: manifest.name, version: manifest.version, license: manifest.license };
}

/**
 * What an image is made of beside our own code, as CycloneDX: packages inside its bundles and those that lie beside them. Without
 * a serial number or a time, so that the same content gives the same file.
 */
export function sbomOf(
  root: string,
  program: { readonly name: string; readonly version: string },
  folders: Iterable<string>,
  copied: readonly InstalledPackage[],
): string {
  const found = new Map<string, Component>();
  for (const folder of [...folders, ...copied.map(({ path }) => path)]) {
    const component = componentAt(root, folder);
    found.set(keyOf(component), component);
  }
  const components = [...found.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { name, version, license }]) => ({
      type: 'library',
      'bom-ref': purl(name, version),
      name,
      version,
      purl: purl(name, version),
      ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
    }));
  const self = { type: 'application', name: `ticketbottle-${program.name}`, version: program.version };
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: self },
    components,
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

export const keyOf = ({ name, version }: Pick<Component, 'name' | 'version'>): string => `${name}@${version}`;

const purl = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/** Where the list lies in every image. */
export const SBOM_FILE = 'sbom.cdx.json';
