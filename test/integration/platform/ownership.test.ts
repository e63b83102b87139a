import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { parse } from 'yaml';
import { PAUSED } from '#operator/api/platform-marks.ts';
import {
  DEPLOYMENT,
  EVENT,
  HPA,
  HTTP_ROUTE,
  INGRESS,
  type KubeObject,
  NAMESPACE,
  NETWORK_POLICY,
  PDB,
  PLATFORM,
  type Resource,
  SECRET,
  SERVICE,
  SERVICE_ACCOUNT,
} from '#operator/kube/resource.ts';
import { TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { createKafka } from '#runtime/kafka.ts';
import { createLogger } from '#runtime/log.ts';
import { eventually } from '../kube/api-fixture.ts';
import { openSite, platformOn, type Site, theWorld, type World } from './platform-world.ts';

const log = createLogger({ service: 'test', level: 'silent' });

describe('whose things these are', function () {
  this.timeout(180_000);
  let world: World;
  let site: Site;

  before(async () => {
    world = await theWorld();
    site = await openSite(world);
    await site.client.create(PLATFORM, platformOn(world, site.namespace) as never);
    await site.becomes('Ready', { status: 'True' }, { ms: 120_000 });
  });
  after(async () => await site?.stop());

  const create = (name: string, spec: object = {}) =>
    site.client.create(PLATFORM, platformOn(world, site.namespace, spec, name) as never);
  const gone = (name: string, ms = 30_000) =>
    eventually(async () => (await site.client.get(PLATFORM, site.namespace, name)) === undefined, ms);
  const topics = async () => {
    const admin = createKafka({ brokers: world.stores.kafka.brokers, clientId: 'test', log }).admin();
    try {
      return [...(await admin.describeTopics(Object.values(TOPIC))).keys()];
    } finally {
      await admin.close();
    }
  };

  it('notes what belongs to it outside, and whether it made or found it', async () => {
    const { claims = [] } = (await site.read()).status ?? {};
    const targets = claims.map(({ target }) => target);
    for (const target of ['topic order.paid', 'database inventory', 'table ticketbottle-orders'])
      assert.ok(
        targets.some((one) => one === target || one.startsWith(target.split(' ')[0] ?? '')),
        targets.join(),
      );
    assert.ok(targets.includes('topic order.paid'), targets.join());
  });

  it('makes each object with one call, and never asks first whether it is there', () => {
    const calls = (verb: 'get' | 'apply', ...resources: Resource[]) =>
      resources.reduce((sum, resource) => sum + site.own.calls.total({ verb, resource }), 0);
    const kinds = [SERVICE, SERVICE_ACCOUNT, NETWORK_POLICY, PDB, HPA, DEPLOYMENT];
    assert.ok(calls('apply', ...kinds) >= 40);
    // One that the store does not show yet is looked at.
    assert.ok(calls('get', ...kinds) < 5, `${calls('get', ...kinds)} looks`);
    assert.ok(calls('apply', DEPLOYMENT) < 10, `${calls('apply', DEPLOYMENT)} applies of 7 Deployments`);
  });

  it('a second operator that watches the same namespace keeps away, and says who is there and what to do', async () => {
    const own = 'ticketbottle-system/ticketbottle-operator';
    const lease = 'other-system/ticketbottle-operator';
    assert.deepEqual((await site.read()).status?.operator, { lease: own });
    const second = await openSite(world, { namespace: site.namespace, lease });
    try {
      const told = await eventually(async () => {
        const events = await site.client.list<KubeObject & { reason: string; note: string }>(EVENT, {
          namespace: site.namespace,
        });
        return events.find(({ reason }) => reason === 'OperatorConflict')?.note;
      });
      assert.match(told, new RegExp(`Lease ${own} looks after.*Lease ${lease} keeps away.*WATCH_NAMESPACES`));
      assert.match(
        await second.metrics.metrics(),
        /platform_operator_conflict\{[^}]*holder="ticketbottle-system\/ticketbottle-operator"[^}]*\} 1/,
      );
      assert.deepEqual((await site.read()).status?.operator, { lease: own });

      // Its question, and nothing else; whatever happens to the platform.
      const writes = () =>
        (['apply', 'patch', 'create', 'delete'] as const).map((verb) => second.own.calls.total({ verb }));
      assert.deepEqual(writes(), [1, 0, 0, 0]);
      await site.client.delete(SERVICE, site.namespace, 'tb-user');
      await eventually(() => site.client.get(SERVICE, site.namespace, 'tb-user'));
      await site.annotate({ touched: 'yes' });
      await site.settled();
      assert.deepEqual(writes(), [1, 0, 0, 0]);
    } finally {
      await second.stop();
    }
  });

  it('needs no finalizer while its data is retained, and has one as soon as something must be removed', async () => {
    assert.deepEqual((await site.read()).metadata.finalizers ?? [], []);
    await site.patch({ deletionPolicy: 'Delete' });
    await eventually(async () => (await site.read()).metadata.finalizers?.length === 1);
    await site.patch({ deletionPolicy: 'Retain' });
    await eventually(async () => (await site.read()).metadata.finalizers === undefined);
  });

  it('gives what two platforms want to the older one, tells the other how to go on, and removes nothing of it', async () => {
    await create('younger', { deletionPolicy: 'Delete' });
    const told = await site.becomes('TopicsReady', { reason: 'ResourceConflict' }, { name: 'younger' });
    assert.match(
      told.message,
      new RegExp(
        `^topic \\S+ and \\d+ more belong to the older TicketBottlePlatform ${site.namespace}/tb: use another Kafka`,
      ),
    );
    for (const type of ['DatabasesReady', 'TemporalReady', 'OrdersTableReady'])
      await site.becomes(type, { reason: 'ResourceConflict' }, { name: 'younger' });
    await site.becomes('Stalled', { status: 'True', reason: 'ResourceConflict' }, { name: 'younger' });
    assert.equal(await site.client.get(DEPLOYMENT, site.namespace, 'younger-user'), undefined);
    await site.becomes('Ready', { status: 'True' });

    const before = await topics();
    await site.client.delete(PLATFORM, site.namespace, 'younger');
    await gone('younger');
    assert.deepEqual((await topics()).sort(), before.sort());
    assert.equal(before.length, Object.values(TOPIC).length);
  });

  it('leaves what runs as it is while something is contested, and looks after all the rest', async () => {
    const alone = Object.fromEntries(
      ['user', 'event', 'inventory', 'payment'].map((service) => [service, { managed: false }]),
    );
    const own = {
      services: alone,
      temporal: { address: world.stores.temporal.address, namespace: `second-${process.pid}` },
      orders: { table: `second-${process.pid}`, deletionProtection: false },
      storage: { ticketBucket: `second-${process.pid}` },
    };
    const { brokers } = world.stores.kafka;
    await create('second', { ...own, kafka: { brokers, management: 'Unmanaged' } });
    await site.becomes('WorkloadsReady', { status: 'True' }, { name: 'second', ms: 90_000 });

    await site.patch({ kafka: { management: 'Admin' }, version: '9.0.0', temporal: { retention: '96h' } }, 'second');
    const contested = await site.becomes('TopicsReady', { reason: 'ResourceConflict' }, { name: 'second' });
    assert.match(
      contested.message,
      /belong to the older TicketBottlePlatform .*All that is not contested is looked after/,
    );
    const held = await site.becomes('WorkloadsReady', { reason: 'WaitingForDependency' }, { name: 'second' });
    assert.match(
      held.message,
      /order: .*9\.0\.0 waits: it would use what belongs to another platform, see TopicsReady/,
    );
    assert.match(
      (await site.becomes('FunctionsReady', { status: 'False' }, { name: 'second' })).message,
      /^Left as they are.*see TopicsReady$/,
    );
    await site.becomes('TemporalReady', { status: 'True' }, { name: 'second' });
    assert.match(
      (await site.becomes('TemporalReady', { status: 'True' }, { name: 'second' })).message,
      /keeps closed workflows for 96h/,
    );
    type Deployment = KubeObject & { spec: { template: { spec: { containers: { image: string }[] } } } };
    const image = async () =>
      (await site.client.get<Deployment>(DEPLOYMENT, site.namespace, 'second-order'))?.spec.template.spec.containers[0]
        ?.image;
    assert.equal(await image(), 'ticketbottle/order:1.0.0');
    await site.client.delete(SERVICE, site.namespace, 'second-order');
    await eventually(() => site.client.get(SERVICE, site.namespace, 'second-order'));

    await site.patch({ kafka: { management: 'Unmanaged' } }, 'second');
    await site.becomes('WorkloadsReady', { status: 'True' }, { name: 'second', ms: 90_000 });
    assert.equal(await image(), 'ticketbottle/order:9.0.0');
    await site.client.delete(PLATFORM, site.namespace, 'second');
    await gone('second');
  });

  it('shares a Postgres server by names that begin otherwise, and removes its own databases only', async () => {
    const [name, prefix] = ['sharing', `shop_${process.pid}`];
    const { brokers } = world.stores.kafka;
    const { host, port, url } = world.stores.postgres;
    await create(name, {
      deletionPolicy: 'Delete',
      postgres: { host, port, credentialsSecretRef: { name: 'aurora-credentials' }, databasePrefix: prefix },
      kafka: { brokers, management: 'Unmanaged' },
      temporal: { address: world.stores.temporal.address, namespace: `${name}-${process.pid}` },
      orders: { table: `${name}-${process.pid}`, deletionProtection: false },
      storage: { ticketBucket: `${name}-${process.pid}` },
    });
    await site.becomes('Ready', { status: 'True' }, { name, ms: 90_000 });
    const secret = await site.client.get<KubeObject & { data: { DATABASE_URL: string } }>(
      SECRET,
      site.namespace,
      `${name}-user-db`,
    );
    const given = Buffer.from(secret?.data.DATABASE_URL ?? '', 'base64').toString();
    assert.match(given, new RegExp(`^postgres://${prefix}_user:[^@]+@.*/${prefix}_user$`));
    const databases = async (connection: string) => {
      const sql = new pg.Client({ connectionString: connection });
      await sql.connect();
      try {
        const { rows } = await sql.query(`SELECT datname FROM pg_database WHERE datname LIKE '%\\_user' ORDER BY 1`);
        return rows.map(({ datname }) => datname as string);
      } finally {
        await sql.end();
      }
    };
    assert.deepEqual(await databases(given), [`${prefix}_user`, 'ticketbottle_user']);
    await site.client.delete(PLATFORM, site.namespace, name);
    await gone(name, 60_000);
    assert.deepEqual(await databases(url), ['ticketbottle_user']);
    await site.becomes('Ready', { status: 'True' });
  });

  it('hands over when the older one goes', async () => {
    await create('heir');
    await site.becomes('Stalled', { reason: 'ResourceConflict' }, { name: 'heir' });
    await site.client.delete(PLATFORM, site.namespace, 'tb');
    await gone('tb');
    await site.becomes('Ready', { status: 'True' }, { name: 'heir', ms: 120_000 });
    const claims = (await site.read('heir')).status?.claims ?? [];
    assert.equal(claims.find(({ target }) => target === 'topic order.paid')?.origin, 'Adopted', JSON.stringify(claims));
    await site.client.delete(PLATFORM, site.namespace, 'heir');
    await gone('heir');
  });

  it('AdoptOnly makes nothing and says what is missing; Fail takes nothing over and says what was there', async () => {
    const table = { orders: { table: `fresh-${process.pid}`, deletionProtection: false } };
    await create('careful', { ...table, adoptionPolicy: 'AdoptOnly' });
    const missing = await site.becomes('OrdersTableReady', { reason: 'NotFound' }, { name: 'careful' });
    assert.match(
      missing.message,
      /adoptionPolicy is AdoptOnly, and there is no table fresh-\d+: create what is missing, or/,
    );
    await site.becomes('TopicsReady', { status: 'True' }, { name: 'careful' });
    await site.client.delete(PLATFORM, site.namespace, 'careful');
    await gone('careful');

    await create('strict', { ...table, adoptionPolicy: 'Fail' });
    const there = await site.becomes('TopicsReady', { reason: 'ResourceConflict' }, { name: 'strict' });
    assert.match(there.message, /were there before this platform: topic .*set adoptionPolicy to AdoptOrCreate/);
    await site.becomes('OrdersTableReady', { status: 'True' }, { name: 'strict' });
    assert.deepEqual(
      (await site.read('strict')).status?.claims?.filter(({ target }) => target.startsWith('t')),
      [{ target: `table ${table.orders.table}`, origin: 'Created' }],
    );
    await site.client.delete(PLATFORM, site.namespace, 'strict');
    await gone('strict');
  });

  it('does not take over what another controller owns', async () => {
    const owner = await site.client.create<KubeObject>(
      { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', namespace: site.namespace } },
    );
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: owner.metadata.uid ?? '', controller: true },
    ];
    const labels = { app: 'theirs' };
    await site.client.create(DEPLOYMENT, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'tb-user', namespace: site.namespace, ownerReferences },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'x', image: 'x' }] } },
      },
    } as never);
    await create('tb');
    const refused = await site.becomes('WorkloadsReady', { reason: 'Refused' }, { ms: 90_000 });
    assert.match(refused.message, /user: Deployment \S+\/tb-user is controlled by ConfigMap other: delete or rename/);
    await site.client.delete(DEPLOYMENT, site.namespace, 'tb-user');
    await site.becomes('Ready', { status: 'True' }, { ms: 90_000 });
  });

  it('takes back its own object whose labels somebody took away, also with adoptionPolicy Fail, and tells what that was', async () => {
    await site.patch({ adoptionPolicy: 'Fail' });
    await site.becomes('Ready', { status: 'True' });
    await site.settled();
    const labels = { 'app.kubernetes.io/managed-by': null };
    await site.client.mergePatch(SERVICE, site.namespace, 'tb-user', { metadata: { labels } });
    await eventually(async () => {
      const found = await site.client.get<KubeObject>(SERVICE, site.namespace, 'tb-user');
      return found?.metadata.labels?.['app.kubernetes.io/managed-by'] === 'ticketbottle-operator';
    });
    const told = await eventually(async () => {
      const events = await site.client.list<KubeObject & { reason: string; note: string }>(EVENT, {
        namespace: site.namespace,
      });
      return events.find(({ reason, note }) => reason === 'DriftCorrected' && note.includes('managed-by'))?.note;
    });
    assert.match(
      told,
      /^Service tb-user: metadata\.labels\["app\.kubernetes\.io\/managed-by"\]: .*ticketbottle-operator$/,
    );
    await site.patch({ adoptionPolicy: 'AdoptOrCreate' });
    await site.becomes('Ready', { status: 'True' });
  });

  it('does not try for ever to make an authority whose Secret somebody has made without a key, and says what to do', async () => {
    const name = 'tb-service-ca';
    const metadata = { name, namespace: site.namespace };
    const theirs = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { note: 'to be filled' } };
    await site.client.create(SECRET, theirs as never);
    await site.settled();
    const made = site.own.calls.total({ verb: 'create', resource: SECRET });
    await site.patch({ serviceTls: { enabled: true } });
    const { message } = await site.becomes('SecretsReady', { status: 'False' });
    assert.match(
      message,
      /Secret \S+\/tb-service-ca was not made by the operator.*kubectl delete secret -n \S+ tb-service-ca$/,
    );
    await systemClock.sleep(2_500);
    assert.equal(site.own.calls.total({ verb: 'create', resource: SECRET }), made);
    // Pods that want a certificate which is not there would never start, and be taken back.
    const waits = await site.becomes('WorkloadsReady', { reason: 'WaitingForDependency' });
    assert.match(waits.message, /user: waits for Secret tb-user-tls/);
    await site.client.delete(SECRET, site.namespace, name);
    await site.becomes('SecretsReady', { status: 'True' });
    await eventually(() => site.client.get(SECRET, site.namespace, 'tb-user-tls'));
    await site.patch({ serviceTls: { enabled: false } });
    await site.becomes('Ready', { status: 'True' });
  });

  it('leaves a service alone with managed: false, and reconciles nothing while paused by annotation', async () => {
    await site.patch({ services: { user: { managed: false } } });
    await site.settled();
    await site.client.delete(DEPLOYMENT, site.namespace, 'tb-user');
    await site.settled();
    assert.equal(await site.client.get(DEPLOYMENT, site.namespace, 'tb-user'), undefined);
    assert.equal((await site.read()).status?.servicesReady, '6/6');

    await site.becomes('Paused', { status: 'False' });
    await site.annotate({ [PAUSED]: 'true' });
    const paused = await site.becomes('Paused', { status: 'True', reason: 'Suspended' });
    assert.match(paused.message, /kubectl annotate tbp -n \S+ tb ticketbottle\.io\/paused-$/);
    await site.patch({ services: { user: { managed: true } } });
    await systemClock.sleep(1_000);
    assert.equal(await site.client.get(DEPLOYMENT, site.namespace, 'tb-user'), undefined);
    const { metadata, status } = await site.read();
    assert.notEqual(status?.observedGeneration, metadata.generation, 'an edit that nobody looked at is not observed');
    await site.annotate({ [PAUSED]: null });
    await site.becomes('Ready', { status: 'True' });
  });

  it('routes through an Ingress with TLS, or through a Gateway once the cluster has Gateway API', async () => {
    await site.patch({ ingress: { host: 'tickets.example.com', className: 'nginx', tlsSecretRef: { name: 'tls' } } });
    type Ingress = KubeObject & { spec: { ingressClassName: string; tls: { hosts: string[]; secretName: string }[] } };
    const found = await eventually(() => site.client.get<Ingress>(INGRESS, site.namespace, 'tb-gateway'));
    assert.deepEqual(
      [found.spec.ingressClassName, found.spec.tls],
      ['nginx', [{ hosts: ['tickets.example.com'], secretName: 'tls' }]],
    );

    await site.patch({
      ingress: { className: null, tlsSecretRef: null, gatewayRef: { name: 'public', namespace: 'infra' } },
    });
    const without = await site.becomes('RouteReady', { reason: 'WaitingForDependency' });
    assert.match(without.message, /install the Gateway API CRDs/);
    await eventually(async () => (await site.client.get(INGRESS, site.namespace, 'tb-gateway')) === undefined);

    const crd = parse(readFileSync(join(import.meta.dirname, 'gateway-api-httproutes.yaml'), 'utf8'));
    await world.api.fetch('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
    // The operator asks again within a minute.
    const route = await eventually(async () => {
      site.controller.enqueue(`${site.namespace}/tb`);
      await systemClock.sleep(500);
      return await site.client
        .get<KubeObject & { spec: object }>(HTTP_ROUTE, site.namespace, 'tb-gateway')
        .catch(() => undefined);
    }, 90_000);
    assert.deepEqual(JSON.parse(JSON.stringify(route.spec)).parentRefs[0].name, 'public');
    const answer = (status: string, message: string) =>
      site.client.mergePatch(
        HTTP_ROUTE,
        site.namespace,
        'tb-gateway',
        {
          status: {
            parents: [
              {
                parentRef: { name: 'public', namespace: 'infra' },
                controllerName: 'example.com/controller',
                conditions: [
                  { type: 'Accepted', status, reason: 'Test', message, lastTransitionTime: '2026-01-01T00:00:00Z' },
                ],
              },
            ],
          },
        },
        { subresource: 'status' },
      );
    await answer('False', 'no listener takes this host');
    assert.match(
      (await site.becomes('RouteReady', { reason: 'Refused' })).message,
      /Gateway infra\/public refuses.*no listener takes this host.*Mend/,
    );
    await answer('True', 'fine');
    await site.becomes('RouteReady', { status: 'True' });
    await site.patch({ ingress: { gatewayRef: null, host: null } });
    await eventually(async () => (await site.client.get(HTTP_ROUTE, site.namespace, 'tb-gateway')) === undefined);
    await site.becomes('RouteReady', { reason: 'NotUsed' });
  });

  it('does not hold up its namespace: with Retain not at all', async () => {
    const other = await openSite(world);
    await site.client.delete(PLATFORM, site.namespace, 'tb');
    await gone('tb');
    await other.client.create(
      PLATFORM,
      platformOn(world, other.namespace, { kafka: { brokers: ['127.0.0.1:9'] } }) as never,
    );
    await other.becomes('DatabasesReady', { status: 'True' });
    await other.client.delete(NAMESPACE, '', other.namespace);
    await eventually(async () => (await other.client.get(NAMESPACE, '', other.namespace)) === undefined, 30_000);
    await other.stop();
  });

  it('does not hold up its namespace: with Delete and stores that never answer, for half a minute', async () => {
    const other = await openSite(world);
    await other.client.create(PLATFORM, platformOn(world, other.namespace, { deletionPolicy: 'Delete' }) as never);
    await other.becomes('Ready', { status: 'True' }, { ms: 90_000 });
    const dead = '127.0.0.1:9';
    await other.patch({
      kafka: { brokers: [dead] },
      temporal: { address: dead },
      postgres: { port: 9 },
      aws: { endpoint: `http://${dead}` },
      orders: { endpoint: `http://${dead}` },
    });
    const started = performance.now();
    await other.client.delete(NAMESPACE, '', other.namespace);
    await eventually(async () => (await other.client.get(NAMESPACE, '', other.namespace)) === undefined, 120_000);
    const seconds = (performance.now() - started) / 1000;
    assert.ok(seconds > 20, `it tried for only ${seconds} s`);
    assert.ok(
      other.logs.some((line) => line.includes('went without all that it had outside') && line.includes('topics:')),
      'the log does not say what was left',
    );
    assert.match(await other.metrics.metrics(), /platform_deletions_abandoned_total 1/);
    await other.stop();
  });
});
