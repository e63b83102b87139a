import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { FunctionName } from '#proto/names.ts';

/** Files beside the code, by function: path in the zip, path in the repository. */
const ASSETS: Partial<Record<FunctionName, readonly (readonly [string, string])[]>> = {
  'pdf-generator': [
    ['fonts/regular.ttf', 'node_modules/@expo-google-fonts/be-vietnam-pro/400Regular/BeVietnamPro_400Regular.ttf'],
    ['fonts/bold.ttf', 'node_modules/@expo-google-fonts/be-vietnam-pro/700Bold/BeVietnamPro_700Bold.ttf'],
    ['fonts/LICENSE', 'node_modules/@expo-google-fonts/be-vietnam-pro/LICENSE_FONT'],
  ],
};

/** Bundles one function and everything it imports into `index.mjs`, handler `index.handler`. */
export async function bundleFunction(root: string, name: FunctionName): Promise<Map<string, Uint8Array>> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [`lambda-bundles/${name}/handler.ts`],
    outfile: 'out/index.mjs',
    write: false,
    bundle: true,
    minify: true,
    // Names in stack traces and metrics are read by people.
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    legalComments: 'none',
    // Optional parts of libraries that nothing here uses.
    external: ['pg-native', 'pino-pretty'],
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  const files = new Map<string, Uint8Array>();
  for (const file of result.outputFiles)
    files.set(file.path.endsWith('.map') ? 'index.mjs.map' : 'index.mjs', file.contents);
  for (const [path, source] of ASSETS[name] ?? []) files.set(path, readFileSync(join(root, source)));
  return files;
}
