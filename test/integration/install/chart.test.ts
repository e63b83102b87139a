import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { KubeClient } from '#operator/kube/client.ts';
import { CRD, DEPLOYMENT, type KubeObject, NAMESPACE, PLATFORM } from '#operator/kube/resource.ts';
import { adminClient, CHART, helm, kubeScore, kustomize, objectsOf, ROOT } from './tools.ts';

const SYSTEM = 'ticketbottle-system';
const RELEASE_LABELS = [
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/version',
  'helm.sh/chart',
];
const template = (...args: string[]) => helm('template', 'ticketbottle-operator', CHART, '-n', SYSTEM, ...args);
const nameOf = ({ kind, metadata }: KubeObject) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** By name, without what Helm adds of its own. */
function comparable(manifests: string): Record<string, KubeObject> {
  return Object.fromEntries(
    objectsOf(manifests)
      .filter(({ kind }) => kind !== 'Namespace')
      .map((object) => {
        const { labels, annotations, ...metadata } = object.metadata;
        const own = Object.entries(labels ?? {}).filter(([name]) => !RELEASE_LABELS.includes(name));
        const notes = Object.entries(annotations ?? {}).filter(([name]) => name !== 'helm.sh/resource-policy');
        return [
          nameOf(object),
          {
            ...object,
            metadata: {
              ...metadata,
              ...(own.length === 0 ? {} : { labels: Object.fromEntries(own) }),
              ...(notes.length === 0 ? {} : { annotations: Object.fromEntries(notes) }),
            },
          },
        ];
      }),
  );
}

describe('the Helm chart', function () {
  this.timeout(120_000);

  it('passes helm lint --strict', async () => {
    await helm('lint', '--strict', CHART);
  });

  for (const [folder, values] of [
    ['default', []],
    ['namespaced', ['--set', `watchNamespaces={${SYSTEM}}`]],
  ] as const)
    it(`installs what config/${folder} installs, and nothing else`, async () => {
      const [chart, kustomized] = [
        comparable(await template(...values)),
        comparable(await kustomize(`config/${folder}`)),
      ];
      assert.deepEqual(Object.keys(chart).sort(), Object.keys(kustomized).sort());
      for (const name of Object.keys(chart)) assert.deepEqual(chart[name], kustomized[name], name);
    });

  it('binds organisers as config/organisers does', async () => {
    const values = ['--set', 'organisers[0].namespace=ticketbottle,organisers[0].platform=ticketbottle'];
    const name = 'RoleBinding ticketbottle/ticketbottle-organiser';
    assert.deepEqual(
      comparable(await template(...values))[name],
      comparable(await kustomize('config/organisers'))[name],
    );
  });

  it('gives a Role to each namespace that is watched, and no ClusterRole', async () => {
    const objects = objectsOf(await template('--set', 'watchNamespaces={east,west}'));
    const roles = objects.filter(
      ({ metadata }) => metadata.name === 'ticketbottle-operator' && metadata.namespace !== SYSTEM,
    );
    assert.deepEqual(roles.map(nameOf).sort(), [
      'Role east/ticketbottle-operator',
      'Role west/ticketbottle-operator',
      'RoleBinding east/ticketbottle-operator',
      'RoleBinding west/ticketbottle-operator',
    ]);
    assert.ok(!objects.some(({ kind }) => kind === 'ClusterRoleBinding'));
  });

  it('takes every value that values.yaml shows into a valid pod', async () => {
    const [deployment] = objectsOf(
      await template(
        '--show-only=templates/deployment.yaml',
        `--set=image.digest=sha256:${'a'.repeat(64)}`,
        '--set=logLevel=debug,priorityClassName=high,nodeSelector.disk=ssd,podLabels.team=ops',
        '--set-json=tolerations=[{"key":"x","operator":"Exists"}]',
        '--set-json=env=[{"name":"NODE_OPTIONS","value":"--max-old-space-size=384"}]',
        '--set-json=imagePullSecrets=[{"name":"registry"}]',
      ),
    );
    const { spec, metadata } = (
      deployment as KubeObject & { spec: { template: { spec: Pod; metadata: KubeObject['metadata'] } } }
    ).spec.template;
    assert.equal(spec.containers[0]?.image, `ticketbottle/operator@sha256:${'a'.repeat(64)}`);
    assert.deepEqual(
      spec.containers[0]?.env.filter(({ value }) => value !== undefined).map(({ name }) => name),
      ['LOG_LEVEL', 'NODE_OPTIONS'],
    );
    assert.equal(metadata.labels?.['team'], 'ops');
    assert.deepEqual([spec.priorityClassName, spec.nodeSelector], ['high', { disk: 'ssd' }]);
  });

  for (const [what, value] of [
    ['a misspelt value', 'replica=2'],
    ['a tag with a space', 'image.tag=a b'],
    ['a namespace with a capital letter', 'watchNamespaces={Shop}'],
    ['a log level that does not exist', 'logLevel=loud'],
  ] as const)
    it(`refuses ${what}, with the name of the value`, async () => {
      const name = (value.split('=')[0] ?? '').split('.').at(-1) ?? '';
      await assert.rejects(template('--set', value), (error: Error) => error.message.includes(name));
    });

  it('is in order by kube-score', async () => {
    // Tags are pinned, and nodes without a registry must work.
    assert.deepEqual(await kubeScore(await template(), 'container-image-pull-policy'), []);
  });

  it('keeps platforms and definitions when it is uninstalled, and finds them when it is installed again', async () => {
    const client = await adminClient();
    try {
      await installUpgradeUninstall(client);
    } finally {
      await client.close();
    }
  });
});

interface Pod {
  readonly containers: readonly {
    readonly image: string;
    readonly env: readonly { readonly name: string; readonly value?: string }[];
  }[];
  readonly priorityClassName?: string;
  readonly nodeSelector?: object;
}

async function installUpgradeUninstall(client: KubeClient): Promise<void> {
  await client.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM } });
  await helm('install', 'ticketbottle-operator', CHART, '-n', SYSTEM);
  const [sample] = objectsOf(await kustomize('config/gitops/dev')).filter(
    ({ kind }) => kind === 'TicketBottlePlatform',
  );
  assert.ok(sample);
  await client.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ticketbottle' } });
  const made = await client.apply<KubeObject>(PLATFORM, sample, { fieldManager: 'user' });
  await helm('upgrade', 'ticketbottle-operator', CHART, '-n', SYSTEM, '--set', 'replicas=2');
  const upgraded = await client.get<KubeObject & { spec: { replicas: number } }>(
    DEPLOYMENT,
    SYSTEM,
    'ticketbottle-operator',
  );
  assert.equal(upgraded?.spec.replicas, 2);
  await helm('uninstall', 'ticketbottle-operator', '-n', SYSTEM);
  assert.equal(await client.get(DEPLOYMENT, SYSTEM, 'ticketbottle-operator'), undefined);
  assert.equal(
    (await client.get<KubeObject>(PLATFORM, 'ticketbottle', 'ticketbottle'))?.metadata.uid,
    made.metadata.uid,
  );
  const definitions = readdirSync(`${ROOT}/crds`).filter((file) => file.startsWith('ticketbottle.io_'));
  const kept = (await client.list<KubeObject>(CRD)).filter(({ metadata }) =>
    metadata.name.endsWith('.ticketbottle.io'),
  );
  assert.equal(kept.length, definitions.length);
  await helm('install', 'ticketbottle-operator', CHART, '-n', SYSTEM);
  // The other files of this folder install by kustomize, and have platforms of this name.
  await client.delete(PLATFORM, 'ticketbottle', 'ticketbottle');
  await helm('uninstall', 'ticketbottle-operator', '-n', SYSTEM);
}
