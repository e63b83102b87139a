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
const { serviceConfig } = await from('operator/platform/components/service-config.ts');
const { containerEnvironment, sharedEnvironment, secretsHash } = await from('operator/platform/environment.ts');
const { SERVICES } = await from('proto/names.ts');

const platform = aPlatform();
const shared = sharedEnvironment(platform, 'https://hooks.example.com');
const templates = Object.fromEntries(
  (SERVICES as string[]).map((service) => {
    const { config, env } = containerEnvironment(platform, service, '1.0.0', shared);
    const { name } = serviceConfig(platform, service, config).metadata;
    const inputs = { env, config: name, secretsHash: secretsHash(env, undefined, () => ({})), caBundle: false };
    return [service, deployment(platform, service, inputs).spec.template];
  }),
);
process.stdout.write(`${JSON.stringify(templates)}\n`);
