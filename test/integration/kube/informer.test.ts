import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { KubeClient } from '#operator/kube/client.ts';
import { fieldOwners } from '#operator/kube/field-owners.ts';
import { createInformers, type Informers } from '#operator/kube/informer.ts';
import { CONFIG_MAP, CRD, HPA, type KubeObject, SECRET } from '#operator/kube/resource.ts';
import { systemClock } from '#runtime/clock.ts';
import { type ApiServer, startApiServer } from '#runtime/local/apiserver.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { clientOf, eventually, makeNamespace, sharedApiServer } from './api-fixture.ts';

interface Thing extends KubeObject {
  spec: { size?: number; color?: string };
}

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

const configMap = (namespace: string, name: string, data: Record<string, string>, labels?: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) },
  data,
});

function startInformers(client: KubeClient, namespaces: string[], metrics = new Registry()) {
  const stop = new AbortController();
  const informers = createInformers({ client, clock: systemClock, log: silentLogger(), metrics, namespaces });
  const running = informers.start(stop.signal);
  return {
    informers,
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

describe('informers on a real API server', () => {
  let server: ApiServer;
  let client: KubeClient;
  let namespace: string;
  let other: string;
  let informers: Informers;
  let stop: () => Promise<void>;

  before(async function () {
    this.timeout(120_000);
    server = await sharedApiServer();
    client = clientOf(server);
    namespace = await makeNamespace(client);
    other = await makeNamespace(client);
    await client.create(CONFIG_MAP, configMap(namespace, 'before', { color: 'red' }));
    ({ informers, stop } = startInformers(client, [namespace]));
  });
  after(async () => {
    await stop();
    await client.close();
  });

  it('mirrors what was there before and every change after', async () => {
    const maps = informers.of<ConfigMap>(CONFIG_MAP);
    const told: string[] = [];
    maps.onChange((key, now, previous) =>
      told.push(`${key.split('/')[1]} ${previous?.data?.['color'] ?? '-'} -> ${now?.data?.['color'] ?? '-'}`),
    );
    await maps.synced;
    assert.equal(maps.get(`${namespace}/before`)?.data?.['color'], 'red');

    await client.create(CONFIG_MAP, configMap(namespace, 'later', { color: 'blue' }));
    await client.mergePatch(CONFIG_MAP, namespace, 'later', { data: { color: 'green' } });
    await client.delete(CONFIG_MAP, namespace, 'later');
    await client.create(CONFIG_MAP, configMap(other, 'elsewhere', { color: 'black' }));
    await eventually(() => told.includes('later green -> -'));
    assert.deepEqual(told, ['before - -> red', 'later - -> blue', 'later blue -> green', 'later green -> -']);
    assert.equal(maps.get(`${other}/elsewhere`), undefined, 'only the namespaces asked for');
  });

  it('keeps the part of an object that did not change the same, for what readers remember of it', async () => {
    const maps = informers.of<ConfigMap>(CONFIG_MAP);
    await maps.synced;
    const name = `${namespace}/steady`;
    await client.create(CONFIG_MAP, configMap(namespace, 'steady', { color: 'red' }));
    await eventually(() => maps.get(name));
    const [first, data] = [maps.get(name), maps.get(name)?.data];
    await client.mergePatch(CONFIG_MAP, namespace, 'steady', { metadata: { labels: { seen: 'yes' } } });
    await eventually(() => maps.get(name)?.metadata.labels?.['seen'] === 'yes');
    assert.notEqual(maps.get(name), first, 'what was given out before is never changed');
    assert.equal(first?.metadata.labels, undefined);
    assert.equal(maps.get(name)?.data, data);
    await client.mergePatch(CONFIG_MAP, namespace, 'steady', { data: { color: 'blue' } });
    await eventually(() => maps.get(name)?.data?.['color'] === 'blue');
    assert.deepEqual(data, { color: 'red' });
  });

  it('finds by index, selects by label, and is shared by all who ask for the same', async () => {
    const byColor = { color: (map: ConfigMap) => (map.data?.['color'] === undefined ? [] : [map.data['color']]) };
    const labelled = informers.of<ConfigMap>(CONFIG_MAP, { labelSelector: 'team=a', indexes: byColor });
    assert.equal(informers.of<ConfigMap>(CONFIG_MAP, { labelSelector: 'team=a' }), labelled);
    await labelled.synced;
    await client.create(CONFIG_MAP, configMap(namespace, 'mine', { color: 'red' }, { team: 'a' }));
    await client.create(CONFIG_MAP, configMap(namespace, 'not-mine', { color: 'red' }, { team: 'b' }));
    await eventually(() => labelled.byIndex('color', 'red').length > 0);
    assert.deepEqual(
      labelled.byIndex('color', 'red').map(({ metadata }) => metadata.name),
      ['mine'],
    );
    await client.mergePatch(CONFIG_MAP, namespace, 'mine', { data: { color: 'blue' } });
    await eventually(() => labelled.byIndex('color', 'blue').length === 1);
    assert.deepEqual(labelled.byIndex('color', 'red'), []);
  });

  it('keeps the releases of Helm out of memory, which are most of what Secrets there are', async () => {
    const secret = (name: string, type: string) =>
      client.create(SECRET, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type } as KubeObject);
    await secret('sh.helm.release.v1.shop.v1', 'helm.sh/release.v1');
    await secret('mine', 'Opaque');
    const secrets = informers.of<KubeObject>(SECRET);
    await secrets.synced;
    await secret('sh.helm.release.v1.shop.v2', 'helm.sh/release.v1');
    await secret('later', 'example.com/own');
    await eventually(() => secrets.get(`${namespace}/later`));
    assert.deepEqual(
      secrets.list().map(({ metadata }) => metadata.name),
      ['mine', 'later'],
    );
  });

  it('drops managedFields, except where a controller decides by who owns a field', async () => {
    const maps = informers.of<ConfigMap>(CONFIG_MAP);
    assert.equal(maps.get(`${namespace}/before`)?.metadata.managedFields, undefined);

    const hpas = informers.of<KubeObject & { spec: { minReplicas: number } }>(HPA);
    await hpas.synced;
    const hpa = (spec: object) => ({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h', namespace },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, maxReplicas: 50, ...spec },
    });
    const floor = (minReplicas: number) => ({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h', namespace },
      spec: { minReplicas },
    });
    await client.apply(HPA, hpa({ minReplicas: 2 }), { fieldManager: 'ticketbottle-operator' });
    await client.apply(HPA, floor(40), { fieldManager: 'ticketbottle-eventsale' });
    const raised = await eventually(() => {
      const now = hpas.get(`${namespace}/h`);
      return now?.spec.minReplicas === 40 ? now : undefined;
    });
    assert.deepEqual(fieldOwners(raised, ['spec', 'minReplicas']), ['ticketbottle-eventsale']);
    // The platform leaves the field out while it belongs to the sale, and the floor stays.
    const left = await client.apply<typeof raised>(HPA, hpa({}), { fieldManager: 'ticketbottle-operator' });
    assert.equal(left.spec.minReplicas, 40);
  });
});

describe('informers of a kind that changes', () => {
  it('go on when its definition is upgraded under them, and when it goes and comes back', async function () {
    this.timeout(90_000);
    const client = clientOf(await sharedApiServer());
    const namespace = await makeNamespace(client);
    const [group, version, plural, kind] = ['example.com', 'v1', 'things', 'Thing'];
    const resource = { group, version, plural, kind, namespaced: true };
    const define = async (properties: object) => {
      const spec = { type: 'object', properties };
      const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } };
      await client.apply(
        CRD,
        {
          apiVersion: 'apiextensions.k8s.io/v1',
          kind: 'CustomResourceDefinition',
          metadata: { name: `${plural}.${group}` },
          spec: {
            ...{ group, scope: 'Namespaced', names: { plural, kind, singular: 'thing', listKind: 'ThingList' } },
            versions: [{ name: version, served: true, storage: true, schema }],
          },
        } as KubeObject,
        { fieldManager: 'test' },
      );
    };
    const thing = (name: string, spec: object) =>
      eventually(() =>
        client
          .apply<Thing>(
            resource,
            { apiVersion: `${group}/${version}`, kind, metadata: { name, namespace }, spec } as Thing,
            {
              fieldManager: 'test',
            },
          )
          .then((made) => isDeepStrictEqual(made.spec, spec))
          .catch(() => false),
      );
    await define({ size: { type: 'integer' } });
    await thing('old', { size: 1 });

    const metrics = new Registry();
    const stop = new AbortController();
    const own = clientOf(await sharedApiServer());
    const informers = createInformers({
      client: own,
      log: silentLogger(),
      clock: systemClock,
      metrics,
      namespaces: [],
      limits: { relistMs: 300 },
    });
    const things = informers.of<Thing>(resource);
    const running = informers.start(stop.signal);
    try {
      await things.synced;
      await define({ size: { type: 'integer' }, color: { type: 'string' } });
      await thing('new', { size: 2, color: 'red' });
      // The watch that was open told of it without the new field; the next list does not.
      let pokes = 0;
      await eventually(async () => {
        await thing(`poke-${pokes++}`, { size: 0 });
        return things.get(`${namespace}/new`)?.spec.color === 'red';
      });
      assert.equal(things.get(`${namespace}/old`)?.spec.size, 1);

      await client.delete(CRD, '', `${plural}.${group}`);
      await eventually(() => things.list().length === 0);
      await eventually(async () => (await client.get(CRD, '', `${plural}.${group}`)) === undefined);
      await define({ size: { type: 'integer' } });
      await thing('again', { size: 3 });
      await eventually(() => things.get(`${namespace}/again`), 40_000);
      assert.match(await metrics.metrics(), /^reflector_missed_changes_total\{resource="things\.example\.com"\} 0$/m);
    } finally {
      stop.abort();
      await running;
      await own.close();
      await client.close();
    }
  });
});

describe('informers when the API server goes away', () => {
  it('resume after a crash of the API server and miss nothing', async function () {
    this.timeout(120_000);
    const server = await startApiServer();
    const metrics = new Registry();
    const client = clientOf(server);
    const watching = clientOf(server, metrics);
    const { informers, stop } = startInformers(watching, [], metrics);
    try {
      const namespace = await makeNamespace(client);
      const maps = informers.of<ConfigMap>(CONFIG_MAP);
      await maps.synced;
      await client.create(CONFIG_MAP, configMap(namespace, 'old', {}));
      await eventually(() => maps.get(`${namespace}/old`));
      const lists = watching.calls.total({ verb: 'list', resource: CONFIG_MAP });

      await server.kill();
      await systemClock.sleep(500);
      await server.restart();
      // Written before the watch is back: only a resume from the last version brings them.
      await client.create(CONFIG_MAP, configMap(namespace, 'new', {}));
      await client.delete(CONFIG_MAP, namespace, 'old');
      await eventually(
        () => maps.get(`${namespace}/new`) !== undefined && maps.get(`${namespace}/old`) === undefined,
        40_000,
      );
      // A server that comes back knows no version before its own start: when it wrote something itself meanwhile it answers
      // 410, and that costs one list. Otherwise there is none.
      const more = watching.calls.total({ verb: 'list', resource: CONFIG_MAP }) - lists;
      assert.ok(more <= 1, `a resume costs ${more} lists of everything`);
    } finally {
      await stop();
      await client.close();
      await watching.close();
      await server.stop();
    }
  });
});
