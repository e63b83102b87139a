import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { settleModes } from './modes.ts';
import { ownLines } from './own-lines.ts';
import { type ImageProgram, placeOf, workflowsOf } from './programs.ts';
import { packageFolderOf, packagesInZip, SBOM_FILE, sbomOf } from './sbom.ts';
import { closureOf, copyPackages, packageOf, UNBUNDLED } from './unbundled.ts';

/** CommonJS packages inside an ES module still ask for these. */
const BANNER = [
  `import { createRequire as __createRequire } from 'node:module';`,
  `const require = __createRequire(import.meta.url);`,
  `const __filename = import.meta.filename;`,
  `const __dirname = import.meta.dirname;`,
].join('\n');

/** Folders read at run time; from where in the repository, to where below TICKETBOTTLE_ROOT. */
function runtimeFolders(root: string, program: ImageProgram): { from: string; to: string }[] {
  const folder = dirname(program.entry);
  const own = ['migrations', 'redis', 'static', 'pages', 'public', 'assets'].map((name) => ({
    from: `${folder}/${name}`,
    to: `${placeOf(program)}/${name}`,
  }));
  return [{ from: 'proto/ticketbottle', to: 'proto/ticketbottle' }, ...own].filter(({ from }) =>
    existsSync(join(root, from)),
  );
}

/**
 * Writes the program's image content to `out/images/<name>`, laid out as below /app, in two parts that become two layers:
 * `packages` holds what cannot be bundled, `app` the bundle and the files it reads at run time. Returns a hash of everything written.
 */
export async function bundleProgram(
  root: string,
  program: ImageProgram,
  version: string,
): Promise<{ directory: string; hash: string }> {
  const directory = join(root, 'out', 'images', program.name);
  const app = join(directory, 'app');
  const place = join(app, placeOf(program));
  rmSync(app, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });

  const result = await build({
    absWorkingDir: root,
    entryPoints: { main: program.entry, ...program.commands },
    outdir: place,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: 'linked',
    sourcesContent: false,
    keepNames: true,
    metafile: true,
    legalComments: 'none',
    external: [...UNBUNDLED, 'pg-native'],
    banner: { js: BANNER },
    logLevel: 'silent',
  });
  for (const file of filesBelow(place).filter((name) => name.endsWith('.map'))) {
    const path = join(place, file);
    writeFileSync(path, JSON.stringify(ownLines(JSON.parse(readFileSync(path, 'utf8')))));
  }
  const workflows = workflowsOf(root, program);
  if (workflows !== undefined) writeFileSync(join(place, 'workflow-bundle.js'), await bundleWorkflows(root, workflows));

  const imported = Object.values(result.metafile.outputs)
    .flatMap((output) => output.imports)
    .filter((edge) => edge.external === true && UNBUNDLED.some((pattern) => matches(pattern, edge.path)))
    .map((edge) => packageOf(edge.path));
  const packages = closureOf(root, new Set(imported));
  const packagesHash = hashOf(
    JSON.stringify([packages, readFileSync(join(import.meta.dirname, 'unbundled.ts'), 'utf8')]),
  );
  const stamp = join(directory, 'packages.hash');
  const packagesDirectory = join(directory, 'packages');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== packagesHash) {
    rmSync(packagesDirectory, { recursive: true, force: true });
    mkdirSync(join(packagesDirectory, 'node_modules'), { recursive: true });
    copyPackages(root, packages, packagesDirectory);
    settleModes(packagesDirectory);
    writeFileSync(stamp, packagesHash); // Last: a copy cut short is made again.
  }

  for (const { from, to } of runtimeFolders(root, program)) {
    cpSync(join(root, from), join(app, to), { recursive: true, filter: (file) => !/\.(ts|md)$/.test(file) });
  }
  const zips = program.name === 'operator' ? copyFunctionZips(root, app) : [];
  // What was read and then shaken off is not in the image.
  const kept = Object.values(result.metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const bundled = kept.flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? (packageFolderOf(file) ?? []) : []));
  const inZips = zips.flatMap((zip) => [...packagesInZip(readFileSync(zip))]);
  writeFileSync(join(app, SBOM_FILE), sbomOf(root, { name: program.name, version }, [...bundled, ...inZips], packages));
  writeFileSync(join(app, 'package.json'), '{"type":"module"}\n');
  settleModes(app);

  const hash = createHash('sha256').update(packagesHash);
  for (const file of filesBelow(app)) hash.update(`${file}\0`).update(readFileSync(join(app, file)));
  return { directory, hash: hash.digest('hex') };
}

/** The functions' zips travel in the operator's image; see TICKETBOTTLE_LAMBDA_DIR in docs/contracts.md. */
function copyFunctionZips(root: string, directory: string): string[] {
  const from = join(root, 'out', 'lambda-bundles');
  mkdirSync(join(directory, 'lambda-bundles'), { recursive: true });
  const zips = (existsSync(from) ? readdirSync(from) : []).filter((file) => file.endsWith('.zip'));
  for (const file of zips) cpSync(join(from, file), join(directory, 'lambda-bundles', file));
  return zips.map((file) => join(from, file));
}

/**
 * Bundled ahead, so that the image needs no compiler. The library is imported here only, because the worker loads its native part.
 * By itself the code would say where the repository lies: in its source map, which is inside it, and in the generated entry.
 */
export async function bundleWorkflows(root: string, workflowsPath: string): Promise<string> {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const interceptors = join(dirname(workflowsPath), 'interceptors.ts');
  // Paths from here on are relative to the working folder.
  const cwd = process.cwd();
  process.chdir(root);
  const { code } = await bundleWorkflowCode({
    workflowsPath: relative(root, workflowsPath),
    workflowInterceptorModules: existsSync(interceptors) ? [relative(root, interceptors)] : [],
    logger: new DefaultLogger('ERROR'),
    webpackConfigHook: (config) => ({
      ...config,
      context: root,
      resolve: { ...config.resolve, modules: [...(config.resolve?.modules ?? []), root] },
      output: { ...config.output, filename: 'workflow-bundle.js' },
    }),
  }).finally(() => process.chdir(cwd));
  const [before = '', map = ''] = code.split(INLINE_MAP);
  const text = Buffer.from(map.trim(), 'base64').toString().replaceAll(`${root}/`, '');
  return `${before}${INLINE_MAP}${Buffer.from(text).toString('base64')}`;
}

const INLINE_MAP = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';

function matches(pattern: string, specifier: string): boolean {
  const name = packageOf(specifier);
  return pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(directory, file)).isFile())
    .toSorted();
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
