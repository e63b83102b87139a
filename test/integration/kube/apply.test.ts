import assert from 'node:assert/strict';
import { isConflict } from '#operator/kube/api-error.ts';
import { type Applier, createApplier } from '#operator/kube/apply.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { noteOwnedFields } from '#operator/kube/owned-fields.ts';
import { CONFIG_MAP, DEPLOYMENT, type KubeObject } from '#operator/kube/resource.ts';
import { Registry } from '#runtime/metrics.ts';
import { clientOf, makeNamespace, sharedApiServer } from './api-fixture.ts';

type Deployment = KubeObject & { spec: { replicas?: number }; status?: object };

describe('applier on a real API server', () => {
  let client: KubeClient;
  let applier: Applier;
  let namespace: string;

  before(async function () {
    this.timeout(120_000);
    client = clientOf(await sharedApiServer());
    namespace = await makeNamespace(client);
    applier = createApplier({ client, fieldManager: 'test', metrics: new Registry() });
  });
  after(() => client.close());

  const deployment = (image: string): KubeObject =>
    ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', namespace },
      spec: {
        selector: { matchLabels: { app: 'd' } },
        template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image }] } },
      },
    }) as KubeObject;
  const observe = () => client.get<Deployment>(DEPLOYMENT, namespace, 'd');
  const sent = () => client.calls.total({ verb: 'apply' });

  it('creates, then sends nothing while nothing changes, defaults of the server notwithstanding', async () => {
    const first = await applier.apply<Deployment>(DEPLOYMENT, deployment('a:1'), await observe());
    assert.equal(first.changed, true);
    const before = sent();
    for (let round = 0; round < 3; round++) {
      const again = await applier.apply<Deployment>(DEPLOYMENT, deployment('a:1'), await observe());
      assert.equal(again.changed, false);
      assert.equal(again.object.metadata.uid, first.object.metadata.uid);
    }
    assert.equal(sent(), before);
  });

  it('sends nothing for a status that moves, as during a rollout', async () => {
    const before = sent();
    await client.mergePatch(DEPLOYMENT, namespace, 'd', { status: { replicas: 3 } }, { subresource: 'status' });
    await applier.apply(DEPLOYMENT, deployment('a:1'), await observe());
    assert.equal(sent(), before);
  });

  it('sends nothing for the count of rollouts, which Kubernetes writes after each that begins', async () => {
    const before = sent();
    const counted = { metadata: { annotations: { 'deployment.kubernetes.io/revision': '1' } } };
    await client.mergePatch(DEPLOYMENT, namespace, 'd', counted);
    await applier.apply(DEPLOYMENT, deployment('a:1'), await observe());
    assert.equal(sent(), before);
  });

  it('leaves alone what others own, such as the replicas that an autoscaler set', async () => {
    await client.mergePatch(DEPLOYMENT, namespace, 'd', { spec: { replicas: 7 } });
    const { object, changed } = await applier.apply<Deployment>(DEPLOYMENT, deployment('a:1'), await observe());
    assert.equal(object.spec.replicas, 7);
    assert.equal(changed, false);
  });

  it('corrects the same drift every time it comes back', async () => {
    const drift = {
      spec: { template: { spec: { containers: [{ name: 'c', image: 'evil:1' }] } } },
    };
    for (let round = 0; round < 3; round++) {
      await client.mergePatch(DEPLOYMENT, namespace, 'd', drift);
      const { changed, object } = await applier.apply<Deployment>(DEPLOYMENT, deployment('a:1'), await observe());
      assert.equal(changed, true);
      assert.match(JSON.stringify(object.spec), /"a:1"/);
    }
  });

  it('knows what it undid from what it wished, and from what a store tells late', async () => {
    const bare = deployment('a:7');
    const labelled = { ...bare, metadata: { ...bare.metadata, labels: { tier: 'ours' } } };
    const wished = await applier.apply<Deployment>(DEPLOYMENT, labelled, await observe());
    assert.equal(wished.undone, false, 'another wish');
    const stale = {
      ...wished.object,
      metadata: { ...wished.object.metadata, resourceVersion: '1', labels: { old: '' } },
    };
    const late = await applier.apply<Deployment>(DEPLOYMENT, labelled, stale);
    assert.deepEqual([late.changed, late.undone], [true, false], 'a store that is behind');
    await client.mergePatch(DEPLOYMENT, namespace, 'd', { spec: { minReadySeconds: 3 } });
    const theirs = await applier.apply<Deployment>(DEPLOYMENT, labelled, await observe());
    assert.equal(theirs.undone, false, 'a field that is not ours');
    await client.mergePatch(DEPLOYMENT, namespace, 'd', {
      spec: { template: { spec: { containers: [{ name: 'c', image: 'evil:1' }] } } },
    });
    const mended = await applier.apply<Deployment>(DEPLOYMENT, labelled, await observe());
    assert.equal(mended.undone, true);
    // Moves no generation.
    await client.mergePatch(DEPLOYMENT, namespace, 'd', { metadata: { labels: { tier: 'theirs' } } });
    const relabelled = await applier.apply<Deployment>(DEPLOYMENT, labelled, await observe());
    assert.equal(relabelled.undone, true);
    await client.delete(DEPLOYMENT, namespace, 'd');
    assert.equal((await applier.apply(DEPLOYMENT, labelled, undefined)).undone, true, 'deleted by somebody');
    assert.equal((await applier.apply(DEPLOYMENT, labelled, undefined)).undone, false, 'not yet in the store');
    applier.forget(DEPLOYMENT, namespace, 'd');
    await client.delete(DEPLOYMENT, namespace, 'd');
    assert.equal((await applier.apply(DEPLOYMENT, labelled, undefined)).undone, false, 'deleted by us');
  });

  it('sends once when the wish changes, and once when it changes back', async () => {
    const before = sent();
    for (const image of ['a:2', 'a:2', 'a:1', 'a:1']) {
      await applier.apply(DEPLOYMENT, deployment(image), await observe());
    }
    assert.equal(sent(), before + 2);
  });

  it('does not send again while the store still shows what it applied onto', async () => {
    const stale = await observe();
    await applier.apply(DEPLOYMENT, deployment('a:3'), stale);
    const before = sent();
    await applier.apply(DEPLOYMENT, deployment('a:3'), stale);
    assert.equal(sent(), before);
  });

  describe('of a leader that has sent nothing yet', () => {
    const manager = 'ticketbottle-test';
    const wish = (image: string) => {
      const ports = [
        { name: 'grpc', containerPort: 50051 },
        { name: 'dns', containerPort: 53, protocol: 'UDP' },
      ];
      const container = {
        ...{ name: 'c', image, ports, args: ['--a', '--b'] },
        env: [
          { name: 'Z', value: '1' },
          { name: 'A', value: '' },
        ],
        resources: { requests: { cpu: '100m', memory: '128Mi' } },
        securityContext: { capabilities: { drop: ['ALL'] } },
        volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
      };
      return {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'led', namespace, labels: { app: 'led' }, annotations: { 'ticketbottle.io/config': 'x' } },
        spec: {
          paused: false,
          selector: { matchLabels: { app: 'led' } },
          template: {
            metadata: { labels: { app: 'led' } },
            spec: { containers: [container], volumes: [{ name: 'tmp', emptyDir: {} }] },
          },
        },
      } as KubeObject;
    };
    const leader = () => createApplier({ client, fieldManager: manager, metrics: new Registry() });
    /** As an informer shows it. */
    const shown = async () => {
      const found = await client.get<Deployment>(DEPLOYMENT, namespace, 'led');
      if (found === undefined) return undefined;
      noteOwnedFields(found);
      delete found.metadata.managedFields;
      return found;
    };
    const sends = async (image: string) => {
      const before = sent();
      await leader().apply(DEPLOYMENT, wish(image), await shown());
      return sent() - before;
    };
    before(async () => void (await leader().apply(DEPLOYMENT, wish('a:1'), undefined)));

    it('sends nothing where the one before it has sent the same', async () => {
      assert.equal(await sends('a:1'), 0);
    });

    it('leaves what others added meanwhile', async () => {
      await client.mergePatch(DEPLOYMENT, namespace, 'led', { spec: { replicas: 7 } });
      assert.equal(await sends('a:1'), 0);
    });

    for (const [what, patch] of [
      ['removed', { metadata: { annotations: { 'ticketbottle.io/config': null } } }],
      ['replaced', { metadata: { labels: { app: 'other' } } }],
    ] as const)
      it(`mends what was ${what} while nobody led`, async () => {
        await client.mergePatch(DEPLOYMENT, namespace, 'led', patch);
        assert.equal(await sends('a:1'), 1);
        assert.equal(await sends('a:1'), 0);
        assert.deepEqual((await shown())?.metadata.labels, { app: 'led' });
        assert.equal((await shown())?.metadata.annotations?.['ticketbottle.io/config'], 'x');
      });

    it('sends a wish that is new, and one that wants less', async () => {
      assert.equal(await sends('a:2'), 1);
      const { annotations: _less, ...metadata } = wish('a:2').metadata;
      await leader().apply(DEPLOYMENT, { ...wish('a:2'), metadata }, await shown());
      assert.equal((await shown())?.metadata.annotations?.['ticketbottle.io/config'], undefined);
    });
  });

  it('makes again what was deleted, also under the same name', async () => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', namespace }, data: { a: '1' } };
    await applier.apply(CONFIG_MAP, map, undefined);
    await client.delete(CONFIG_MAP, namespace, 'm');
    const again = await applier.apply(CONFIG_MAP, map, await client.get(CONFIG_MAP, namespace, 'm'));
    assert.equal(again.changed, true);
    await client.delete(CONFIG_MAP, namespace, 'm');
    await client.create(CONFIG_MAP, { ...map, data: {} } as KubeObject);
    const third = await applier.apply<KubeObject & { data?: object }>(
      CONFIG_MAP,
      map,
      await client.get<KubeObject>(CONFIG_MAP, namespace, 'm'),
    );
    assert.deepEqual(third.object.data, { a: '1' });
  });

  describe('of a status', () => {
    const status = (replicas: number, resourceVersion?: string) =>
      ({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd', namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
        status: { replicas },
      }) as KubeObject;
    const replicas = async () => ((await observe())?.status as { replicas?: number } | undefined)?.replicas;

    it('refuses what was made of an older version, and sends that of the present one', async () => {
      const old = await observe();
      await client.mergePatch(DEPLOYMENT, namespace, 'd', { status: { replicas: 5 } }, { subresource: 'status' });
      const late = applier.applyStatus(DEPLOYMENT, status(4, old?.metadata.resourceVersion), old);
      await assert.rejects(late, (error) => isConflict(error));
      assert.equal(await replicas(), 5);
      const now = await observe();
      await applier.applyStatus(DEPLOYMENT, status(4, now?.metadata.resourceVersion), now);
      assert.equal(await replicas(), 4);
    });

    it('sends nothing when it stands already, whoever wrote it', async () => {
      const newcomer = createApplier({ client, fieldManager: 'test', metrics: new Registry() });
      const now = await observe();
      const before = sent();
      const wish = { ...status(4, now?.metadata.resourceVersion), status: now?.status } as KubeObject;
      assert.equal((await newcomer.applyStatus(DEPLOYMENT, wish, now)).changed, false);
      assert.equal(sent(), before);
    });

    it('sends nothing when its part stands, and somebody else wrote the rest', async () => {
      const newcomer = () => createApplier({ client, fieldManager: 'ticketbottle-status', metrics: new Registry() });
      const part = (unavailable: number) =>
        ({ ...status(0), status: { unavailableReplicas: unavailable } }) as KubeObject;
      const shown = async () => {
        const found = await observe();
        assert.ok(found !== undefined);
        noteOwnedFields(found);
        return found;
      };
      await newcomer().applyStatus(DEPLOYMENT, part(3), await shown());
      const before = sent();
      await newcomer().applyStatus(DEPLOYMENT, part(3), await shown());
      assert.equal(sent(), before);
      await newcomer().applyStatus(DEPLOYMENT, part(2), await shown());
      assert.equal(sent(), before + 1);
    });

    it('sends what was wished before again while the store does not yet show what was wished in between', async () => {
      const stale = await observe();
      const back = { ...status(4), status: stale?.status } as KubeObject;
      await applier.applyStatus(DEPLOYMENT, status(6), stale);
      await applier.applyStatus(DEPLOYMENT, back, stale);
      assert.equal(await replicas(), 4);
    });
  });
});
