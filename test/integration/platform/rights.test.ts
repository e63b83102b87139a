import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { VELERO_SCHEDULE } from '#operator/external/backups/velero.ts';
import { KAFKA_TOPIC } from '#operator/external/kafka-strimzi.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import {
  apiVersion,
  CONFIG_MAP,
  CONTROLLER_REVISION,
  CRD,
  DEPLOYMENT,
  EVENT_SALE,
  HPA,
  HTTP_ROUTE,
  INGRESS,
  JOB,
  type KubeMeta,
  type KubeObject,
  NAMESPACE,
  NETWORK_POLICY,
  PDB,
  PLATFORM,
  POD_MONITOR,
  PROMETHEUS_RULE,
  type Resource,
  SECRET,
  SERVICE,
  SERVICE_ACCOUNT,
} from '#operator/kube/resource.ts';
import type { PlatformStatus } from '#operator/platform/pass.ts';
import { type ApiServer, startApiServer } from '#runtime/local/apiserver.ts';
import { startControllers, WORKLOAD_CONTROLLERS } from '#runtime/local/control-programs.ts';
import { clientOf, eventually } from '../kube/api-fixture.ts';
import {
  type InstalledOperator,
  installWithKustomize,
  ROOT,
  startInstalledOperator,
} from '../kube/installed-operator.ts';
import { dashboardOf, unanswered } from '../monitoring/answers.ts';
import { type Ask, dashboardPage } from '../monitoring/dashboard-page.ts';
import { drawPages } from '../monitoring/pictures.ts';
import { type Prometheus, startPrometheus } from '../monitoring/prometheus.ts';
import { type Asked, askedRights, givenRights } from './asked-rights.ts';
import { AUDITED, asksOfOperator } from './audit-log.ts';
import { runKubelets } from './kubelet-stand-in.ts';
import { createSecrets, platformOn, secretsOf, theWorld } from './platform-world.ts';

const NS = 'shop';

type Autoscaler = KubeObject & { spec: { minReplicas: number } };

/** Checked by admission (OwnerReferencesPermissionEnforcement, on here) and never requested. */
const NEVER_REQUESTED = [
  'update ticketbottleplatforms.ticketbottle.io/finalizers',
  'update eventsales.ticketbottle.io/finalizers',
  'delete services',
  'delete serviceaccounts',
  'delete poddisruptionbudgets.policy',
];

const labelsOf = (service: string) => ({
  'app.kubernetes.io/name': service,
  'app.kubernetes.io/instance': 'tb',
});
const USER = labelsOf('user');

type Given = readonly [resource: Resource, name: string, rest: object];

/** Another controller's objects under names that the platform wants: the operator looks at each, and leaves it. */
const CONTROLLED: readonly Given[] = [
  [SERVICE_ACCOUNT, 'tb-user', {}],
  [SERVICE, 'tb-user', { spec: { ports: [{ port: 9 }] } }],
  [PDB, 'tb-user', { spec: { selector: { matchLabels: USER } } }],
];

/** Nobody's: it looks at each, and takes it over. */
const IN_THE_WAY: readonly Given[] = [
  [SERVICE_ACCOUNT, 'tb-event', {}],
  [
    SERVICE,
    'tb-event',
    { spec: { clusterIP: 'None', selector: labelsOf('event'), ports: [{ name: 'theirs', port: 9 }] } },
  ],
  [PDB, 'tb-event', { spec: { selector: { matchLabels: labelsOf('event') } } }],
  [CONFIG_MAP, 'tb-dashboard-sale', {}],
  [NETWORK_POLICY, 'tb-user', { spec: { podSelector: {} } }],
  [
    DEPLOYMENT,
    'tb-user',
    {
      spec: {
        selector: { matchLabels: USER },
        template: { metadata: { labels: USER }, spec: { containers: [{ name: 'user', image: 'theirs' }] } },
      },
    },
  ],
  [
    HPA,
    'tb-user',
    { spec: { maxReplicas: 1, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'tb-user' } } },
  ],
  [INGRESS, 'tb-gateway', { spec: { defaultBackend: { service: { name: 'theirs', port: { number: 9 } } } } }],
  [HTTP_ROUTE, 'tb-gateway', { spec: {} }],
  [POD_MONITOR, 'tb', { spec: { selector: {}, podMetricsEndpoints: [] } }],
  [PROMETHEUS_RULE, 'tb', { spec: {} }],
];

/**
 * The installed operator takes a platform and a sale through everything that asks the API server for something else; then its
 * audit log is held against config/rbac, both ways.
 */
describe('rights of the operator', function () {
  this.timeout(240_000);
  let server: ApiServer;
  let admin: KubeClient;
  let operator: InstalledOperator;
  let controllers: { stop(): Promise<void> };
  let asked: Asked;
  let prometheus: Prometheus;
  const scraped = { fromS: 0, toS: 0 };
  const kubelets = new AbortController();

  before(async () => {
    const [world, started] = await Promise.all([
      theWorld(),
      startApiServer({
        args: [...AUDITED, '--enable-admission-plugins=OwnerReferencesPermissionEnforcement'],
      }),
    ]);
    server = started;
    admin = clientOf(server);
    await installWithKustomize(server, 'default');
    const monitors = readdirSync(join(import.meta.dirname, 'prometheus-operator')).filter((name) =>
      name.endsWith('.yaml'),
    );
    const files = [
      ...monitors.map((name) => `platform/prometheus-operator/${name}`),
      'platform/gateway-api-httproutes.yaml',
      'external/strimzi/kafkatopic.yaml',
      'external/velero/velero.io_schedules.yaml',
      'external/velero/velero.io_backups.yaml',
    ];
    for (const file of files)
      for (const document of parseAllDocuments(readFileSync(join(import.meta.dirname, '..', file), 'utf8')))
        await admin.apply(CRD, document.toJS() as KubeObject, { fieldManager: 'test' });
    for (const name of [NS, 'velero'])
      await admin.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    controllers = await startControllers(server, WORKLOAD_CONTROLLERS);
    runKubelets(admin, NS, kubelets.signal);
    await createSecrets(admin, NS, secretsOf(world.stores));
    const put = async ([resource, name, rest]: Given, ownerReferences: KubeMeta['ownerReferences'] = []) => {
      const metadata = { name, namespace: NS, ownerReferences };
      const object = { apiVersion: apiVersion(resource), kind: resource.kind, metadata, ...rest };
      // New kinds take a moment.
      return await eventually(() =>
        admin.apply<KubeObject>(resource, object, { fieldManager: 'somebody' }).catch(() => undefined),
      );
    };
    for (const one of IN_THE_WAY) await put(one);
    const { uid = '' } = (await put([CONFIG_MAP, 'other', {}])).metadata;
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid, controller: true };
    for (const one of CONTROLLED) await put(one, [owner]);
    operator = await startInstalledOperator(server);
    prometheus = await startPrometheus({ targets: [{ url: operator.opsUrl }] });
    scraped.fromS = Date.now() / 1000;

    const { kafka, ...spec } = platformOn(world, NS).spec;
    const platform = {
      ...platformOn(world, NS),
      spec: {
        ...spec,
        kafka: { ...kafka, management: 'StrimziKafkaTopic', strimzi: { cluster: 'main' } },
        temporal: { ...spec.temporal, namespace: `rights-${process.pid}` },
        backup: { cluster: {} },
        deletionPolicy: 'Delete',
        serviceTls: { enabled: true },
        ingress: { host: 'tickets.example.com' },
      },
    };
    await admin.apply(PLATFORM, platform as KubeObject, { fieldManager: 'user' });
    await lifeOfAPlatform();
    scraped.toS = Date.now() / 1000;
    await operator.stop(); // Gives the lease back.
    asked = askedRights(asksOfOperator(server));
  });
  after(async () => {
    operator?.child.kill('SIGKILL');
    await prometheus?.[Symbol.asyncDispose]();
    kubelets.abort();
    await controllers?.stop();
    await admin?.close();
    await server?.stop();
  });

  const some = async (resource: Resource) => (await admin.list(resource, { namespace: NS })).length > 0;
  const patch = (spec: object) => admin.mergePatch(PLATFORM, NS, 'tb', { spec });
  const until = async (what: string, probe: () => Promise<unknown>) => {
    if (process.env['TEST_LOG'] !== undefined) console.error(new Date().toISOString(), what);
    await eventually(async () => Boolean(await probe()), 60_000).catch(async () => {
      const platform = await admin.get<KubeObject & { status?: unknown }>(PLATFORM, NS, 'tb');
      const problems = operator.lines.filter((line) => /"level":"(warn|error)"/.test(line)).slice(-5);
      assert.fail(`${what}: ${JSON.stringify(platform?.status, null, 1)}\n${problems.join('\n')}`);
    });
  };
  /** Where somebody's was in the way there is no other of its kind: once it is the operator's, it goes and is made again. */
  const madeAgain = async (resource: Resource, name: string) => {
    const owner = async () => (await admin.get<KubeObject>(resource, NS, name))?.metadata.ownerReferences;
    await until(`the ${resource.kind} is taken over`, owner);
    await admin.delete(resource, NS, name);
    await until(`the ${resource.kind} is made again`, owner);
  };
  const good = async () =>
    (await admin.list(CONTROLLER_REVISION, { namespace: NS })).map(({ metadata }) => metadata.name);

  async function lifeOfAPlatform(): Promise<void> {
    for (const resource of [INGRESS, HPA, DEPLOYMENT, JOB, NETWORK_POLICY, KAFKA_TOPIC, POD_MONITOR])
      await until(`a ${resource.kind} is made`, () => some(resource));
    await until(
      'a Schedule is made',
      async () => (await admin.list(VELERO_SCHEDULE, { namespace: 'velero' })).length > 0,
    );
    const workloads = async () => {
      const { status } = (await admin.get(PLATFORM, NS, 'tb')) as unknown as { status?: PlatformStatus };
      return status?.conditions?.find(({ type }) => type === 'WorkloadsReady')?.reason;
    };
    await until('what another controls is left alone', async () => (await workloads()) === 'Refused');
    for (const [resource, name] of CONTROLLED) await admin.delete(resource, NS, name);
    await admin.mergePatch(PLATFORM, NS, 'tb', { metadata: { annotations: { look: 'again' } } });
    await until('all services have been ready once', async () => (await good()).length >= 7);

    await madeAgain(INGRESS, 'tb-gateway');
    await madeAgain(POD_MONITOR, 'tb');
    await madeAgain(PROMETHEUS_RULE, 'tb');

    // News that repeats becomes a count of its event.
    for (const suspend of [true, false, true, false]) {
      await patch({ suspend });
      await until(`suspended: ${suspend}`, async () => {
        const { status } = (await admin.get(PLATFORM, NS, 'tb')) as unknown as { status: PlatformStatus };
        return (status.conditions?.find(({ type }) => type === 'Paused')?.status === 'True') === suspend;
      });
    }

    await saleWithEverything();

    // Other images: new migrations, and the template that was good before is forgotten.
    const before = await good();
    await patch({
      version: '1.1.0',
      observability: { monitoring: { enabled: false } },
      networkPolicy: { enabled: false },
      ingress: { gatewayRef: { name: 'public' } },
      kafka: { topics: { 'order.paid': { partitions: 5 } } },
    });
    await until('the HTTPRoute replaces the Ingress', async () => (await some(HTTP_ROUTE)) && !(await some(INGRESS)));
    await madeAgain(HTTP_ROUTE, 'tb-gateway');
    await until('monitors are gone', async () => !(await some(POD_MONITOR)));
    await until('network policies are gone', async () => !(await some(NETWORK_POLICY)));
    await until('an earlier template is forgotten', async () => {
      const now = await good();
      return before.some((name) => !now.includes(name));
    });
    await patch({ region: { role: 'Standby' }, ingress: { host: null, gatewayRef: null } });
    await until('autoscalers are gone', async () => !(await some(HPA)));
    await until('the HTTPRoute is gone', async () => !(await some(HTTP_ROUTE)));

    // Asked for once more before anybody is told that they are gone: an informer may be behind.
    await admin.delete(SECRET, NS, 'tb-signing-keys');
    await until('the keys are missed', async () => {
      const { status } = (await admin.get(PLATFORM, NS, 'tb')) as unknown as { status: PlatformStatus };
      return status.conditions?.some(({ type, status }) => type === 'SecretsReady' && status === 'False');
    });

    await admin.delete(PLATFORM, NS, 'tb');
    await until('the platform is gone', async () => (await admin.get(PLATFORM, NS, 'tb')) === undefined);
    await until('topics are gone', async () => !(await some(KAFKA_TOPIC)));
    assert.deepEqual(await admin.list(VELERO_SCHEDULE, { namespace: 'velero' }), []);
  }

  /** Floors, budgets, placeholders, nodes; then it is deleted, and gives all of it back. */
  async function saleWithEverything(): Promise<void> {
    const sale = parse(readFileSync(join(ROOT, 'config/samples/eventsale.yaml'), 'utf8'));
    const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    sale.metadata = { name: 'show', namespace: NS };
    sale.spec.platformRef.name = 'tb';
    sale.spec.event.startsAt = at(60 * 24 * 30);
    sale.spec.schedule = { preQueueAt: at(100), opensAt: at(120), closesAt: at(240), prescaleLead: '6h' };
    sale.spec.placeholders = { replicas: 1 };
    sale.spec.capacity = { gateway: { minReplicas: 3 } };
    await admin.apply(EVENT_SALE, sale, { fieldManager: 'user' });
    const placeholders = async () =>
      (await admin.list(DEPLOYMENT, { namespace: NS })).some(({ metadata }) => metadata.name.includes('placeholder'));
    await until('placeholders hold room', placeholders);
    await until(
      'the floor is raised',
      async () => (await admin.get<Autoscaler>(HPA, NS, 'tb-gateway'))?.spec.minReplicas === 3,
    );
    await admin.delete(EVENT_SALE, NS, 'show');
    await until('the sale is gone', async () => (await admin.get(EVENT_SALE, NS, 'show')) === undefined);
    await until('placeholders are gone', async () => !(await placeholders()));
  }

  it('are never too few: nothing that it asked for was refused', () => {
    assert.deepEqual([...asked.refused], []);
  });

  it('are never too many: it asks for everything that config/rbac gives', () => {
    const given = givenRights('operator-role.yaml', 'leader-election-role.yaml');
    const unused = [...given].filter((right) => !asked.used.has(right) && !NEVER_REQUESTED.includes(right));
    assert.deepEqual(unused, []);
  });

  it('come with a dashboard that answers every question about the operator, but those about sales: none opened', async () => {
    const dashboard = dashboardOf({ namespace: NS, name: 'tb' }, 'operator');
    const ask: Ask = (expr, range) => prometheus.ask(expr, range ? scraped : { toS: scraped.toS });
    await drawPages({ operator: await dashboardPage(dashboard, ask, scraped.toS * 1000) });
    const silent = await unanswered(dashboard, ask);
    assert.deepEqual(
      silent.filter((line) => !/eventsale_|clock_offset_/.test(line)),
      [],
    );
  });
});
