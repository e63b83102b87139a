import assert from 'node:assert/strict';
import { isAlreadyExists, isConflict, isInvalid, KubeApiError } from '#operator/kube/api-error.ts';
import { createClient, type KubeClient } from '#operator/kube/client.ts';
import { connect } from '#operator/kube/connection.ts';
import { CONFIG_MAP, DEPLOYMENT, EVENT_SALE, type KubeObject } from '#operator/kube/resource.ts';
import { systemClock } from '#runtime/clock.ts';
import { installCrds } from '#runtime/local/apiserver.ts';
import { Registry } from '#runtime/metrics.ts';
import { clientOf, makeNamespace, sharedApiServer } from './api-fixture.ts';

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

const configMap = (namespace: string, name: string, data: Record<string, string>): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

describe('client on a real API server', () => {
  let client: KubeClient;
  let namespace: string;

  before(async function () {
    this.timeout(120_000);
    const server = await sharedApiServer();
    await installCrds(server);
    client = clientOf(server);
    namespace = await makeNamespace(client);
  });
  after(() => client.close());

  it('answers undefined for what does not exist, and false for deleting it', async () => {
    assert.equal(await client.get(CONFIG_MAP, namespace, 'nobody'), undefined);
    assert.equal(await client.delete(CONFIG_MAP, namespace, 'nobody'), false);
  });

  it('creates by server-side apply, and removes a field that is no longer applied', async () => {
    const opts = { fieldManager: 'one' };
    const first = await client.apply<ConfigMap>(CONFIG_MAP, configMap(namespace, 'applied', { a: '1', b: '2' }), opts);
    assert.deepEqual(first.data, { a: '1', b: '2' });
    const second = await client.apply<ConfigMap>(CONFIG_MAP, configMap(namespace, 'applied', { a: '1' }), opts);
    assert.deepEqual(second.data, { a: '1' });
    assert.equal(await client.delete(CONFIG_MAP, namespace, 'applied'), true);
  });

  it('keeps away from a field of another manager unless told to take it', async () => {
    await client.apply(CONFIG_MAP, configMap(namespace, 'owned', { a: '1' }), { fieldManager: 'one' });
    const mine = configMap(namespace, 'owned', { a: '2' });
    await assert.rejects(client.apply(CONFIG_MAP, mine, { fieldManager: 'two', force: false }), isConflict);
    const taken = await client.apply<ConfigMap>(CONFIG_MAP, mine, { fieldManager: 'two' });
    assert.deepEqual(taken.data, { a: '2' });
  });

  it('measures its own clock against that of the server', async () => {
    const { kubeconfig } = await sharedApiServer();
    for (const behindMs of [0, 300_000]) {
      const metrics = new Registry();
      const clock = { ...systemClock, now: () => systemClock.now() - behindMs };
      const own = createClient({ connection: connect({ clock, kubeconfig }), clock, metrics });
      for (let call = 0; call < 3; call++) await own.get(CONFIG_MAP, namespace, 'nobody');
      await own.close();
      const told = /^clock_offset_seconds\{peer="API server"\} (\S+)$/m.exec(await metrics.metrics())?.[1];
      const seconds = Number(told ?? Number.NaN);
      assert.ok(seconds <= behindMs / 1000 && seconds >= behindMs / 1000 - 1.5 && seconds >= 0, told);
    }
  });

  it('changes nothing in a dry run', async () => {
    const opts = { fieldManager: 'one', dryRun: true };
    const dry = await client.apply<ConfigMap>(CONFIG_MAP, configMap(namespace, 'dry', { a: '1' }), opts);
    assert.deepEqual(dry.data, { a: '1' });
    assert.equal(await client.get(CONFIG_MAP, namespace, 'dry'), undefined);
  });

  it('reports a lost race over a resource version as a conflict, and a second create as existing', async () => {
    const made = await client.create<ConfigMap>(CONFIG_MAP, configMap(namespace, 'race', { a: '1' }));
    await assert.rejects(client.create(CONFIG_MAP, configMap(namespace, 'race', {})), isAlreadyExists);
    const { resourceVersion } = made.metadata;
    await client.mergePatch(CONFIG_MAP, namespace, 'race', { metadata: { resourceVersion }, data: { a: '2' } });
    const late = client.mergePatch(CONFIG_MAP, namespace, 'race', { metadata: { resourceVersion }, data: { a: '3' } });
    await assert.rejects(late, isConflict);
  });

  it('lists everything through pages, with kind and version on every item', async () => {
    const wanted = Array.from({ length: 23 }, (_, at) => `page-${at}`);
    await Promise.all(wanted.map((name) => client.create(CONFIG_MAP, configMap(namespace, name, {}))));
    let continueToken: string | undefined;
    const names: string[] = [];
    do {
      const page = await client.listPage<ConfigMap>(CONFIG_MAP, { namespace, limit: 5, continueToken });
      assert.ok(page.items.length <= 5);
      for (const item of page.items) {
        assert.equal(item.kind, 'ConfigMap');
        names.push(item.metadata.name);
      }
      continueToken = page.continueToken;
    } while (continueToken !== undefined);
    assert.deepEqual(names.filter((name) => name.startsWith('page-')).toSorted(), wanted.toSorted());
  });

  it('writes the status of a custom resource apart from its spec', async () => {
    const sale = {
      apiVersion: 'ticketbottle.io/v1alpha1',
      kind: 'EventSale',
      metadata: { name: 'show', namespace },
      spec: {
        platformRef: { name: 'p' },
        event: { name: 'Show', venue: { name: 'Hall' }, startsAt: '2027-03-01T20:00:00+07:00' },
        ticketClasses: [{ name: 'GA', quantity: 10, price: { amountMinor: 500000, currency: 'VND' } }],
        schedule: { opensAt: '2027-02-01T10:00:00+07:00', closesAt: '2027-02-01T12:00:00+07:00' },
      },
    };
    await client.apply(EVENT_SALE, sale, { fieldManager: 'user' });
    const { spec: _spec, ...rest } = sale;
    const answer = await client.apply<{ status?: { phase: string } }>(
      EVENT_SALE,
      { ...rest, status: { phase: 'Pending' } } as KubeObject,
      { fieldManager: 'status', subresource: 'status' },
    );
    assert.equal(answer.status?.phase, 'Pending');
  });

  it('tells an object that the server refuses from a call that may be sent again', async () => {
    const broken = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'x', namespace },
      spec: { replicas: 'two' },
    };
    await assert.rejects(client.apply(DEPLOYMENT, broken as KubeObject, { fieldManager: 'one' }), (error) => {
      assert.ok(error instanceof KubeApiError && !isConflict(error));
      return isInvalid(error);
    });
  });

  it('counts requests by verb and resource', async () => {
    const own = clientOf(await sharedApiServer());
    await own.get(CONFIG_MAP, namespace, 'race');
    await own.apply(CONFIG_MAP, configMap(namespace, 'counted', {}), { fieldManager: 'one' });
    assert.equal(own.calls.total(), 2);
    assert.equal(own.calls.total({ verb: 'apply', resource: CONFIG_MAP }), 1);
    assert.equal(own.calls.total({ resource: DEPLOYMENT }), 0);
    await own.close();
  });
});
