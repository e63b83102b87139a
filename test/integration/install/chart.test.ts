import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { KubeClient } from '#operator/kube/client.ts';
import { CRD, DEPLOYMENT, type KubeObject, NAMESPACE, PLATFORM } from '#operator/kube/resource.ts';
import { adminClient, CHART, helm, kubectl, kubeScore, kustomize, objectsOf, ROOT } from './tools.ts';

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

const APART =
  '{"weight":1,"podAffinityTerm":{"topologyKey":"kubernetes.io/hostname","labelSelector":{"matchLabels":{"app.kubernetes.io/name":"operator"}}}}';

/** Each value with a way to set it, and what of the manifests comes or goes with that. */
const SETTINGS: Readonly<
  Record<string, { readonly args: readonly string[]; readonly gives?: RegExp; readonly takes?: RegExp }>
> = {
  'image.repository': {
    args: ['--set', 'image.repository=registry.example.com/shop/operator'],
    gives: /image: "?registry\.example\.com\/shop\/operator:1\.0\.0"?$/m,
  },
  'image.tag': { args: ['--set', 'image.tag=1.2.3'], gives: /image: "?ticketbottle\/operator:1\.2\.3"?$/m },
  'image.digest': {
    args: ['--set', `image.digest=sha256:${'a'.repeat(64)}`],
    gives: /image: "?ticketbottle\/operator@sha256:a{64}"?$/m,
  },
  'image.pullPolicy': { args: ['--set', 'image.pullPolicy=Always'], gives: /imagePullPolicy: Always/ },
  imagePullSecrets: {
    args: ['--set-json', 'imagePullSecrets=[{"name":"pull"}]'],
    gives: /imagePullSecrets:\s+- name: pull/,
  },
  replicas: { args: ['--set', 'replicas=2'], gives: /kind: PodDisruptionBudget/, takes: /replicas: 1$/m },
  watchNamespaces: {
    args: ['--set', 'watchNamespaces={east,west}'],
    gives: /name: WATCH_NAMESPACES\s+value: "east,west"/,
    takes: /kind: ClusterRoleBinding/,
  },
  logLevel: { args: ['--set', 'logLevel=debug'], gives: /name: LOG_LEVEL\s+value: debug/ },
  'crds.install': { args: ['--set', 'crds.install=false'], takes: /kind: CustomResourceDefinition/ },
  'crds.keep': { args: ['--set', 'crds.keep=false'], takes: /helm\.sh\/resource-policy: keep|prune: disabled/ },
  'rbac.create': { args: ['--set', 'rbac.create=false'], takes: /kind: RoleBinding/ },
  'rbac.userRoles': { args: ['--set', 'rbac.userRoles=false'], takes: /name: ticketbottle-edit/ },
  admissionPolicies: { args: ['--set', 'admissionPolicies=false'], takes: /kind: ValidatingAdmissionPolicy/ },
  placeholderPriorityClass: { args: ['--set', 'placeholderPriorityClass=false'], takes: /kind: PriorityClass/ },
  organisers: {
    args: ['--set', 'organisers[0].namespace=east,organisers[0].platform=shop'],
    gives: /name: shop-organiser\s+namespace: east/,
  },
  'serviceAccount.create': { args: ['--set', 'serviceAccount.create=false'], takes: /^kind: ServiceAccount$/m },
  'serviceAccount.annotations': {
    args: ['--set-json', 'serviceAccount.annotations={"eks.amazonaws.com/role-arn":"arn:aws:iam::1:role/op"}'],
    gives: /eks\.amazonaws\.com\/role-arn: arn:aws:iam::1:role\/op/,
  },
  resources: { args: ['--set', 'resources.limits.memory=1Gi'], gives: /memory: 1Gi/, takes: /memory: 512Mi/ },
  'monitoring.enabled': {
    args: ['--set', 'monitoring.enabled=true'],
    gives: /kind: PodMonitor[\s\S]*kind: PrometheusRule|kind: PrometheusRule[\s\S]*kind: PodMonitor/,
  },
  'monitoring.labels': {
    args: ['--set', 'monitoring.enabled=true,monitoring.labels.prometheus=main'],
    gives: /prometheus: main/,
  },
  'monitoring.runbookBaseUrl': {
    args: ['--set', 'monitoring.enabled=true,monitoring.runbookBaseUrl=https://docs.example.com/run/'],
    gives: /runbook_url: https:\/\/docs\.example\.com\/run\/OperatorDown\.md/,
  },
  commonLabels: { args: ['--set', 'commonLabels.team=tickets'], gives: /team: tickets/ },
  podAnnotations: { args: ['--set', 'podAnnotations.note=x'], gives: /note: x/ },
  podLabels: { args: ['--set', 'podLabels.cost=x'], gives: /cost: x/ },
  nodeSelector: { args: ['--set', 'nodeSelector.disk=ssd'], gives: /nodeSelector:\s+disk: ssd/ },
  tolerations: {
    args: ['--set-json', 'tolerations=[{"key":"x","operator":"Exists"}]'],
    gives: /tolerations:\s+- key: x/,
  },
  affinity: {
    args: ['--set-json', `affinity={"podAntiAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[${APART}]}}`],
    gives: /affinity:\s+podAntiAffinity:/,
  },
  topologySpreadConstraints: {
    args: [
      '--set-json',
      'topologySpreadConstraints=[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway","labelSelector":{"matchLabels":{"app.kubernetes.io/name":"operator"}}}]',
    ],
    gives: /topologySpreadConstraints:\s+- labelSelector:/,
  },
  priorityClassName: { args: ['--set', 'priorityClassName=high'], gives: /priorityClassName: high/ },
  networkPolicy: { args: ['--set', 'networkPolicy=false'], takes: /kind: NetworkPolicy/ },
  env: {
    args: ['--set-json', 'env=[{"name":"NODE_OPTIONS","value":"--max-old-space-size=384"}]'],
    gives: /name: NODE_OPTIONS\s+value: --max-old-space-size=384/,
  },
};

/** Installations as companies have them. */
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  'as it comes': [],
  'for some namespaces, with organisers': ['watchNamespaces', 'organisers'],
  'a registry of its own with pull secrets': [
    'image.repository',
    'image.digest',
    'imagePullSecrets',
    'image.pullPolicy',
  ],
  'two replicas': ['replicas'],
  'two replicas, monitored, on nodes of their own': [
    ...['replicas', 'monitoring.enabled', 'monitoring.labels', 'nodeSelector', 'tolerations', 'affinity'],
    ...['topologySpreadConstraints', 'resources', 'commonLabels', 'podLabels', 'podAnnotations'],
    ...['serviceAccount.annotations', 'logLevel', 'env'],
  ],
  'where somebody else makes all that is cluster-wide': [
    ...['crds.install', 'rbac.create', 'rbac.userRoles', 'admissionPolicies', 'placeholderPriorityClass'],
    ...['serviceAccount.create', 'networkPolicy'],
  ],
};

// Tags are pinned, and nodes without a registry must work.
const IGNORED = ['container-image-pull-policy'];

/** `a.b` of every value; what has nothing below it, or resources, is one. */
function leavesOf(values: object, path = ''): string[] {
  return Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
    const here = path === '' ? name : `${path}.${name}`;
    const group = value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0;
    return group && name !== 'resources' ? leavesOf(value, here) : [here];
  });
}

describe('the Helm chart', function () {
  this.timeout(120_000);

  before(async () => {
    for (const name of ['chart-check', 'east', 'west']) await kubectl(['create', 'namespace', name]);
    await kubectl(['apply', '--server-side', '-f', join(ROOT, 'test/integration/platform/prometheus-operator')]);
  });

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

  it('does something with every value of values.yaml', async () => {
    const shown = leavesOf(parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')));
    assert.deepEqual(shown, Object.keys(SETTINGS));
    const usual = await template();
    for (const [name, { args, gives, takes }] of Object.entries(SETTINGS)) {
      const rendered = await template(...args);
      if (gives !== undefined) assert.ok(gives.test(rendered) && !gives.test(usual), `${name} gives ${gives}`);
      if (takes !== undefined) assert.ok(takes.test(usual) && !takes.test(rendered), `${name} takes ${takes}`);
    }
  });

  for (const [what, names] of Object.entries(TOGETHER))
    it(`gives what the API server takes and kube-score finds in order: ${what}`, async () => {
      const manifests = await helm(
        ...['template', 'ticketbottle-operator', CHART, '-n', 'chart-check'],
        ...names.flatMap((name) => SETTINGS[name]?.args ?? assert.fail(name)),
      );
      const apply = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '--force-conflicts', '-f', '-'];
      await kubectl(apply, manifests);
      const lacks = names.includes('networkPolicy') ? ['pod-networkpolicy'] : [];
      assert.deepEqual(await kubeScore(manifests, ...IGNORED, ...lacks), []);
    });

  it('puts common labels on every object, and leaves selectors alone', async () => {
    const args = ['commonLabels', 'organisers', 'monitoring.enabled', 'replicas'].flatMap(
      (name) => SETTINGS[name]?.args ?? [],
    );
    const objects = objectsOf(await template(...args));
    const without = objects.filter(({ metadata }) => metadata.labels?.['team'] !== 'tickets').map(nameOf);
    assert.deepEqual(without, []);
    assert.ok(!JSON.stringify(objects).includes('"matchLabels":{"team"'));
  });

  it('monitors the operator as config/prometheus does', async () => {
    const [chart, kustomized] = [
      comparable(await template('--set', 'monitoring.enabled=true')),
      comparable(await kustomize('config/prometheus')),
    ];
    assert.ok(Object.keys(kustomized).length === 2);
    for (const [name, object] of Object.entries(kustomized)) assert.deepEqual(chart[name], object, name);
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

  it('keeps platforms and definitions when it is uninstalled, and finds them when it is installed again', async () => {
    const client = await adminClient();
    try {
      await installUpgradeUninstall(client);
    } finally {
      await client.close();
    }
  });
});

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
