import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Packages that cannot go into one bundled file, because they read files beside themselves: native modules, proto files,
 * static pages, fonts. They keep their place in node_modules, with everything they depend on.
 */
export const UNBUNDLED = ['@temporalio/*', '@grpc/*', 'grpc-health-check', '@fastify/swagger-ui', 'pdfkit'];

/** Not used at run time: types, maps, and what core-bridge carries for other platforms. */
function needed(path: string, source: string): boolean {
  const inside = relative(source, path);
  if (/\.(d\.[cm]?ts|map|md|markdown)$/.test(path) || /(^|\/)(test|tests|docs|\.github)(\/|$)/.test(inside))
    return false;
  if (inside.startsWith('node_modules')) return false; // Nested packages are copied by their own name.
  if (source.endsWith('@temporalio/core-bridge')) {
    if (/^(sdk-core|src|bridge-macros|scripts|ts)(\/|$)/.test(inside)) return false;
    const platform = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-unknown-linux-gnu`;
    if (/^releases\/./.test(inside) && !inside.startsWith(`releases/${platform}`)) return false;
  }
  return true;
}

/** One installed package: where it lies, relative to the repository, and its version. */
export interface InstalledPackage {
  readonly path: string;
  readonly version: string;
}

/** The packages and all that they need at run time, resolved as Node does. Throws when one is not installed. */
export function closureOf(root: string, names: Iterable<string>): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  const visit = (name: string, from: string, optional: boolean) => {
    const directory = resolvePackage(root, name, from);
    if (directory === undefined) {
      if (optional) return;
      throw new Error(`${name}, needed by ${relative(root, from)}, is not installed; type: npm ci`);
    }
    const path = relative(root, directory);
    if (found.has(path)) return;
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
    found.set(path, { path, version: manifest.version });
    const optionals = { ...manifest.optionalDependencies, ...manifest.peerDependencies };
    for (const dependency of Object.keys({ ...manifest.dependencies, ...optionals })) {
      visit(dependency, directory, dependency in optionals);
    }
  };
  for (const name of names) visit(name, root, false);
  return [...found.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Copies installed packages to the same place below `target`. */
export function copyPackages(root: string, packages: readonly InstalledPackage[], target: string): void {
  for (const { path } of packages) {
    const source = join(root, path);
    mkdirSync(join(target, path), { recursive: true });
    cpSync(source, join(target, path), { recursive: true, dereference: true, filter: (file) => needed(file, source) });
  }
}

/** Name of the package that an import specifier belongs to: `@a/b/c` is in `@a/b`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function resolvePackage(root: string, name: string, from: string): string | undefined {
  for (let directory = from; directory.startsWith(root); directory = dirname(directory)) {
    const candidate = join(directory, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json')) && statSync(candidate).isDirectory()) return candidate;
  }
  return undefined;
}
