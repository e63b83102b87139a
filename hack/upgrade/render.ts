/**
 * `node render.ts ROOT`: the pod templates that the operator of the source tree ROOT makes, as JSON by service. A program of its
 * own, because each tree brings its own modules.
 */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = resolve(process.argv[2] ?? '.');
const from = async (path: string) => await import(pathToFileURL(join(root, path)).href);

const { aPlatform } = await from('operator/platform/testing/a-platform.ts');
const { deployment } = await from('operator/platform/components/deployment.ts');
const { containerEnvironment, sharedEnvironment, configHash } = await from('operator/platform/environment.ts');
const { SERVICES } = await from('proto/names.ts');

const platform = aPlatform();
const shared = sharedEnvironment(platform, 'https://hooks.example.com');
const templates = Object.fromEntries(
  (SERVICES as string[]).map((service) => {
    const env = containerEnvironment(platform, service, '1.0.0', shared);
    const hash = configHash(env, shared, () => ({}));
    return [service, deployment(platform, service, { env, configHash: hash, caBundle: false }).spec.template];
  }),
);
process.stdout.write(`${JSON.stringify(templates)}\n`);
