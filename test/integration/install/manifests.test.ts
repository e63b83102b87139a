import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { programsIn } from '#hack/images/programs.ts';
import type { KubeObject } from '#operator/kube/resource.ts';
import { controlPlaneProgram } from '#runtime/local/apiserver.ts';
import { run } from '#runtime/local/command.ts';
import { kubectl, kubeScore, kustomize, objectsOf, ROOT } from './tools.ts';

/** Every kustomization below config/, as people would apply it. */
const FOLDERS = readdirSync(join(ROOT, 'config'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('kustomization.yaml'))
  .map((path) => `config/${path.replace(/\/?kustomization\.yaml$/, '')}`)
  .filter((folder) => folder !== 'config/gitops/base') // No whole platform by itself.
  .sort();
/** Those with pods. */
const SCORED = ['config/default', 'config/namespaced', 'config/dev', 'config/tracing'];

/** Checks of kube-score that do not fit us. */
const LEFT_OUT = ['container-image-pull-policy']; // Tags are pinned, and nodes without a registry must work.
const LEFT_OUT_OF: Readonly<Record<string, readonly string[]>> = {
  // Public images run as their own users; one replica of everything, reached by whoever develops.
  'config/dev': ['pod-networkpolicy', 'container-security-context-user-group-id', 'deployment-strategy'],
};

/** What pods of Deployments run. */
const imagesIn = (objects: readonly KubeObject[]): string[] =>
  objects.flatMap((object) => {
    if (object.kind !== 'Deployment') return [];
    const { spec } = object as unknown as { spec: { template: { spec: { containers: { image: string }[] } } } };
    return spec.template.spec.containers.map(({ image }) => image);
  });

describe('manifests', function () {
  this.timeout(120_000);

  before(async () => {
    await kubectl(['apply', '--server-side', '-k', join(ROOT, 'config/default')]);
    // config/prometheus is for clusters with the Prometheus Operator.
    await kubectl(['apply', '--server-side', '-f', join(ROOT, 'test/integration/platform/prometheus-operator')]);
    for (const namespace of ['ticketbottle', 'ticketbottle-backing', 'observability'])
      await kubectl(
        ['apply', '--server-side', '-f', '-'],
        JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
      );
  });

  it('has kustomizations to look at', () => {
    for (const known of ['config/default', 'config/namespaced', 'config/dev', 'config/gitops/prod'])
      assert.ok(FOLDERS.includes(known), known);
  });

  for (const folder of FOLDERS) {
    it(`${folder} is taken by the API server, with no unknown or doubled field`, async () => {
      // Against the server's own schemas, CEL rules and admission included: stricter than a schema from elsewhere.
      await kubectl(
        ['apply', '--server-side', '--dry-run=server', '--validate=strict', '--force-conflicts', '-f', '-'],
        await kustomize(folder),
      );
    });
  }

  for (const folder of SCORED)
    it(`${folder} is in order by kube-score`, async () => {
      assert.deepEqual(await kubeScore(await kustomize(folder), ...LEFT_OUT, ...(LEFT_OUT_OF[folder] ?? [])), []);
    });

  for (const file of readdirSync(join(ROOT, 'config/samples')).filter((name) => !name.startsWith('demo-')))
    it(`config/samples/${file} is taken by the API server`, async () => {
      await kubectl([
        'apply',
        '--server-side',
        '--dry-run=server',
        '--validate=strict',
        '-f',
        join(ROOT, 'config/samples', file),
      ]);
    });

  it('asks for the image under the name that docs/install.md puts over it, with a pull secret', async () => {
    const page = readFileSync(join(ROOT, 'docs/install.md'), 'utf8');
    const [, overlay = ''] = /```yaml\n(apiVersion: kustomize[\s\S]*?)```/.exec(page) ?? [];
    const folder = mkdtempSync(join(ROOT, 'config/.overlay-'));
    try {
      writeFileSync(join(folder, 'kustomization.yaml'), overlay.replace(/https:\S+config\/default\S*/, '../default'));
      const objects = objectsOf(await kustomize(relative(ROOT, folder)));
      assert.deepEqual(imagesIn(objects), ['registry.example.com/ticketbottle/operator:1.0.0']);
      const account = objects.find(({ kind }) => kind === 'ServiceAccount');
      assert.deepEqual((account as { imagePullSecrets?: object } | undefined)?.imagePullSecrets, [
        { name: 'registry' },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('needs no image of ours on kind that docs/quickstart.md does not build there', async () => {
    const page = readFileSync(join(ROOT, 'docs/quickstart.md'), 'utf8').replaceAll(/\\\n\s*/g, ' ');
    const [command = ''] = /npm run images -- --registry ticketbottle .*--save.*/.exec(page) ?? [];
    const added = [...command.matchAll(/--program ([\w-]+)=/g)].map(([, name = '']) => name);
    const built = [...programsIn(ROOT).map(({ name }) => name), ...added];
    const objects = [...objectsOf(await kustomize('config/default')), ...objectsOf(await kustomize('config/dev'))];
    const ours = imagesIn(objects).flatMap((image) => /^ticketbottle\/([\w-]+):/.exec(image)?.[1] ?? []);
    assert.deepEqual(ours.toSorted(), ['aws-front', 'operator', 'providers']);
    assert.deepEqual(
      ours.filter((name) => !built.includes(name)),
      [],
    );
  });

  it('becomes an operator of your own registry by the command of the README', async () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8').replaceAll('\n  kubectl', ' kubectl');
    const [command = ''] = /^kubectl kustomize config\/default .*(?= \| kubectl apply)/m.exec(readme) ?? [];
    const env = { ...process.env, REGISTRY: 'registry.example.com/shop' };
    const script = `kubectl() { ${await controlPlaneProgram()} kubectl "$@"; }\n${command}`;
    const { stdout } = await run('bash', ['-c', script], { cwd: ROOT, env });
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    // As `npm run images -- --registry $REGISTRY --push` names it.
    assert.deepEqual(imagesIn(objectsOf(stdout)), [`registry.example.com/shop/operator:${version}`]);
  });

  it('notices a field that does not exist', async () => {
    const wrong = (await kustomize('config/gitops/prod')).replace('imageRegistry:', 'imageRegistri:');
    await assert.rejects(
      kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], wrong),
      /imageRegistri/,
    );
  });

  it('has pods of the restricted standard in config/dev', async () => {
    const namespaces = objectsOf(await kustomize('config/dev')).filter(({ kind }) => kind === 'Namespace');
    assert.equal(namespaces.length, 2);
    for (const { metadata } of namespaces)
      assert.equal(metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted', metadata.name);
  });

  for (const [folder, namespace, count] of [
    ['config/dev/backing', 'ticketbottle-backing', 6],
    ['config/tracing', 'observability', 1],
  ] as const)
    it(`${folder} has pods of the restricted standard`, async () => {
      const objects = objectsOf(await kustomize(folder));
      const made = objects.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === namespace);
      assert.equal(made?.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted');
      const pods = objects.flatMap((object) => {
        const { template } = (object as { spec?: { template?: { metadata: object; spec: object } } }).spec ?? {};
        return object.kind === 'Deployment' && template !== undefined
          ? [{ name: object.metadata.name, ...template }]
          : [];
      });
      assert.equal(pods.length, count);
      const enforce = 'pod-security.kubernetes.io/enforce=restricted';
      await kubectl(['label', '--overwrite', 'namespace', namespace, enforce]);
      // There is no controller here that would make it, and pods are refused without.
      const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount');
      for (const account of accounts) await kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(account));
      for (const { name, metadata, spec } of pods) {
        const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name, namespace }, spec };
        await kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(pod));
      }
    });
});
