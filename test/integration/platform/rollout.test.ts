import assert from 'node:assert/strict';
import {
  CONFIG_MAP,
  CONTROLLER_REVISION,
  DEPLOYMENT,
  EVENT,
  EVENT_SALE,
  HPA,
  JOB,
  type KubeObject,
  NETWORK_POLICY,
  PDB,
  PLATFORM,
  POD,
  SECRET,
  SERVICE,
} from '#operator/kube/resource.ts';
import { FREEZE_OVERRIDE } from '#operator/platform/freeze.ts';
import { INSTANCE_LABEL } from '#operator/platform/names.ts';
import { SERVICES } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { installCrds } from '#runtime/local/apiserver.ts';
import { eventually } from '../kube/api-fixture.ts';
import { openSite, platformOn, type Site, theWorld, type World } from './platform-world.ts';

/** Of the API server only: the operator has nothing to do with quotas. */
const RESOURCE_QUOTA = { group: '', version: 'v1', plural: 'resourcequotas', kind: 'ResourceQuota', namespaced: true };

type Deployment = KubeObject & { spec: { template: { spec: { containers: { image: string }[] } } } };

describe('rolling out versions, with the real Deployment controller', function () {
  this.timeout(180_000);
  let world: World;
  let site: Site;

  before(async () => {
    world = await theWorld();
    site = await openSite(world);
    await site.client.create(
      PLATFORM,
      platformOn(world, site.namespace, { rollout: { progressDeadline: '10s' } }) as never,
    );
    await site.becomes('Ready', { status: 'True' }, { ms: 120_000 });
  });
  after(async () => await site?.stop());

  const imageOf = async (service: string) => {
    const found = await site.client.get<Deployment>(DEPLOYMENT, site.namespace, `tb-${service}`);
    return found?.spec.template.spec.containers[0]?.image;
  };
  const stateOf = async (service: string) => (await site.read()).status?.services?.find(({ name }) => name === service);
  const events = async (reason: string) => {
    type Told = KubeObject & { reason?: string; note?: string };
    const all = await site.client.list<Told>(EVENT, { namespace: site.namespace });
    return all.filter((one) => one.reason === reason).map(({ note = '' }) => note);
  };

  it('installs all services at once and remembers what was ready', async () => {
    await eventually(async () => {
      const kept = await site.client.list<KubeObject>(CONTROLLER_REVISION, { namespace: site.namespace });
      return kept.length === SERVICES.length;
    });
    assert.equal((await site.read()).status?.servicesReady, '7/7');
  });

  it('goes callees first: order waits for what it calls, the gateway for order', async () => {
    site.nodes.ran.length = 0;
    await site.patch({ version: '2.0.0' });
    await site.becomes('Ready', { status: 'True' }, { ms: 90_000 });
    const order = site.nodes.ran
      .filter((image) => image.endsWith(':2.0.0'))
      .map((image) => image.split(/[/:]/)[1] ?? '');
    assert.equal(order.length, SERVICES.length);
    assert.deepEqual(order.slice(-2), ['order', 'gateway']);
  });

  it('stops at a service that does not become ready, rolls it back by itself, and leaves its callers alone', async () => {
    site.nodes.broken.add('ticketbottle/inventory:3.0.0');
    await site.patch({ version: '3.0.0' });
    const condition = await site.becomes('WorkloadsReady', { reason: 'RolledBack' }, { ms: 60_000 });
    assert.match(
      condition.message,
      /inventory: ticketbottle\/inventory:3\.0\.0 did not become ready within 10s and was rolled back to ticketbottle\/inventory:2\.0\.0, because its pod runs and is not ready\. Set another version in the spec, or try again: kubectl annotate deployment/,
    );
    assert.equal((await site.becomes('Stalled', { status: 'True' })).reason, 'RolledBack');
    assert.deepEqual(
      [await imageOf('inventory'), await imageOf('order'), await imageOf('gateway')].map((image) => image?.slice(-5)),
      ['2.0.0', '2.0.0', '2.0.0'],
    );
    assert.equal(await imageOf('user'), 'ticketbottle/user:3.0.0');
    assert.equal((await stateOf('inventory'))?.state, 'RolledBack');
    assert.equal((await stateOf('gateway'))?.state, 'Queued');
    await eventually(async () => (await events('RolledBack')).some((note) => note.includes('inventory:3.0.0')));
  });

  it('does not try the same template again, and a rolled back service runs', async () => {
    await site.settled();
    const calls = site.own.calls.total();
    for (let round = 0; round < 3; round++) {
      site.controller.enqueue(`${site.namespace}/tb`);
      await systemClock.sleep(300);
    }
    assert.equal(site.own.calls.total(), calls);
    assert.equal(await imageOf('inventory'), 'ticketbottle/inventory:2.0.0');
    const plan = (await site.read()).status?.plan ?? [];
    assert.ok(
      plan.some(
        ({ target, reason }) =>
          target === 'Deployment tb-gateway' && /2\.0\.0 → .*3\.0\.0.*held back: waits until/.test(reason ?? ''),
      ),
      JSON.stringify(plan),
    );
  });

  it('gives a rotated Secret to the good image without trying the bad one', async () => {
    site.nodes.ran.length = 0;
    const name = 'tb-inventory-db';
    const secret = await site.client.get<KubeObject & { data: Record<string, string> }>(SECRET, site.namespace, name);
    assert.ok(secret !== undefined);
    await site.client.mergePatch(SECRET, site.namespace, name, {
      data: { password: Buffer.from('rotated-password-1').toString('base64') },
    });
    const hash = async () => {
      type Annotated = KubeObject & { spec: { template: { metadata: { annotations: Record<string, string> } } } };
      const found = await site.client.get<Annotated>(DEPLOYMENT, site.namespace, 'tb-inventory');
      return found?.spec.template.metadata.annotations['ticketbottle.io/config-hash'];
    };
    const before = await hash();
    await eventually(async () => (await hash()) !== before);
    await site.settled();
    assert.equal(await imageOf('inventory'), 'ticketbottle/inventory:2.0.0');
    assert.ok(!site.nodes.ran.includes('ticketbottle/inventory:3.0.0'), site.nodes.ran.join());
  });

  const podsOf = async (service: string) => {
    const labelSelector = `app.kubernetes.io/name=${service},app.kubernetes.io/instance=tb`;
    const pods = await site.client.list<KubeObject>(POD, { namespace: site.namespace, labelSelector });
    return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  };
  /** Kills one pod and returns what the next one was started with. */
  const replacementOf = async (service: string) => {
    const [victim, ...others] = await podsOf(service);
    assert.ok(victim !== undefined);
    const known = new Set([victim, ...others].map(({ metadata }) => metadata.uid));
    await site.client.delete(POD, site.namespace, victim.metadata.name);
    return await eventually(async () => {
      const fresh = (await podsOf(service)).find(({ metadata }) => !known.has(metadata.uid));
      return site.nodes.startedWith.get(fresh?.metadata.uid ?? '');
    });
  };
  const egressOf = async (service: string) => {
    type Policy = KubeObject & { spec: object };
    const found = await site.client.get<Policy>(NETWORK_POLICY, site.namespace, `tb-${service}`);
    return JSON.stringify(found?.spec);
  };

  it('goes on by itself when the spec names a version that works', async () => {
    await site.patch({ version: '3.0.1' });
    await site.becomes('Ready', { status: 'True' }, { ms: 90_000 });
    for (const service of SERVICES) assert.equal(await imageOf(service), `ticketbottle/${service}:3.0.1`);
  });

  it('takes wrong values back as it does images, and a pod that starts meanwhile gets the good ones', async () => {
    const good = `REDIS_ADDRESS=${world.stores.redis.address}`;
    site.nodes.brokenValues.add('REDIS_ADDRESS=10.255.0.1:6379');
    await site.patch({ redis: { address: '10.255.0.1:6379' } });
    const said = async () => (await site.becomes('WorkloadsReady', { reason: 'RolledBack' }, { ms: 60_000 })).message;
    for (const service of ['gateway', 'waitroom']) {
      const told = `${service}: new values for ticketbottle/${service}:3.0.1 did not become ready`;
      await eventually(async () => (await said()).includes(told), 60_000);
    }
    await eventually(async () => (await stateOf('waitroom'))?.ready === (await stateOf('waitroom'))?.desired);
    assert.ok((await replacementOf('waitroom')).includes(good));
    const [host] = world.stores.redis.address.split(':');
    const ways = await egressOf('waitroom');
    assert.ok(ways.includes(`${host}/32`) && ways.includes('10.255.0.1/32'), ways);

    await site.patch({ redis: { address: world.stores.redis.address } });
    await site.becomes('Ready', { status: 'True' }, { ms: 60_000 });
    await eventually(async () => !(await egressOf('waitroom')).includes('10.255.0.1/32'));
  });

  it('holds everything back while a sale is armed or running, names the sale, and yields to an override in the open', async () => {
    const opensAt = new Date(Date.now() + 60_000).toISOString();
    const closesAt = new Date(Date.now() + 3_600_000).toISOString();
    await site.client.create(EVENT_SALE, aSale(site.namespace, opensAt, closesAt) as never);
    const jobs = async () => (await site.client.list(JOB, { namespace: site.namespace })).length;
    await site.settled();
    const before = await jobs();
    await site.patch({
      version: '4.0.0',
      kafka: { topics: { 'order.paid': { partitions: 5 } } },
      observability: { logLevel: 'debug' },
    });
    const held = await site.becomes('WorkloadsReady', { reason: 'ChangeFrozen' });
    assert.match(held.message, /EventSale gala is armed or running until/);
    assert.match(
      (await site.becomes('TopicsReady', { reason: 'ChangeFrozen' })).message,
      /order\.paid.*Held back: EventSale gala/,
    );
    await site.settled();
    assert.equal(await jobs(), before);
    for (const service of SERVICES) assert.equal(await imageOf(service), `ticketbottle/${service}:3.0.1`);
    assert.ok((await replacementOf('user')).includes('LOG_LEVEL=info'), 'a pod of today gets the values of today');

    await site.annotate({ [FREEZE_OVERRIDE]: 'true' });
    await eventually(async () =>
      (await site.read()).status?.conditions?.some(({ message }) =>
        /is ignored: write it as "<who>: <reason>"/.test(message),
      ),
    );
    await site.annotate({ [FREEZE_OVERRIDE]: 'linh@ops: refund bug' });
    await site.becomes('Ready', { status: 'True' }, { ms: 90_000 });
    assert.equal(await imageOf('gateway'), 'ticketbottle/gateway:4.0.0');
    assert.ok((await replacementOf('user')).includes('LOG_LEVEL=debug'));
    const maps = await site.client.list<KubeObject>(CONFIG_MAP, { namespace: site.namespace });
    const kept = maps.filter(({ metadata }) => /^tb-\w+-env-/.test(metadata.name));
    assert.equal(kept.length, SERVICES.length, 'those of earlier templates are gone');
    await eventually(async () =>
      (await events('FreezeOverridden')).some((note) => /linh@ops.*EventSale gala: refund bug/.test(note)),
    );
    await site.annotate({ [FREEZE_OVERRIDE]: null });
    await site.client.delete(EVENT_SALE, site.namespace, 'gala');
  });

  it('says why the API server refuses a service, and mends itself once the spec is right', async () => {
    const policy = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: `no-5-${process.pid}` } };
    const path = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic';
    await world.api.fetch('POST', `${path}ies`, {
      ...policy,
      kind: 'ValidatingAdmissionPolicy',
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] },
          ],
        },
        validations: [
          {
            expression: "!object.spec.template.spec.containers[0].image.endsWith('user:5.0.0')",
            message: 'version 5.0.0 of user is banned here',
          },
        ],
      },
    });
    await world.api.fetch('POST', `${path}ybindings`, {
      ...policy,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: policy.metadata.name, validationActions: ['Deny'] },
    });
    // Policies take effect a moment after they were written.
    await systemClock.sleep(3_000);
    await site.patch({ services: { user: { version: '5.0.0' } } });
    const refused = await site.becomes('WorkloadsReady', { reason: 'Refused' });
    assert.match(refused.message, /user: .*version 5\.0\.0 of user is banned here.*Mend spec\.services\.user/);
    await site.patch({ services: { user: { version: null } } });
    await site.becomes('Ready', { status: 'True' });
  });

  it('says of pods that do not start why, and of pods that are refused by what', async () => {
    const says = (text: RegExp) =>
      eventually(async () => {
        const { conditions = [] } = (await site.read()).status ?? {};
        return text.test(conditions.find(({ type }) => type === 'WorkloadsReady')?.message ?? '');
      }, 40_000);
    site.nodes.unpullable.add('ticketbottle/event:6.0.0');
    await site.patch({ services: { event: { version: '6.0.0' } }, rollout: { progressDeadline: '300s' } });
    await says(/event: .*its image ticketbottle\/event:6\.0\.0 cannot be pulled \(.*not found\): check spec\.version/);
    await site.patch({ services: { event: { version: null } } });
    await site.becomes('Ready', { status: 'True' });

    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { namespace: site.namespace, name: 'tight' } };
    const [hard, used] = [{ pods: '1' }, { pods: '7' }];
    await site.client.create(RESOURCE_QUOTA, { ...quota, spec: { hard } } as KubeObject);
    const options = { subresource: 'status' } as const;
    await site.client.mergePatch(RESOURCE_QUOTA, site.namespace, 'tight', { status: { hard, used } }, options);
    await site.patch({ services: { user: { version: '6.0.0' } } });
    await says(/user: .*its pods are refused \(.*exceeded quota: tight.*\): raise the quota/);
    await site.client.delete(RESOURCE_QUOTA, site.namespace, 'tight');
    await site.patch({ services: { user: { version: null } }, rollout: { progressDeadline: '10s' } });
    await site.becomes('Ready', { status: 'True' });
  });

  it('goes on with a rollout that somebody paused by hand', async () => {
    await site.settled();
    type Paused = KubeObject & { spec: { paused?: boolean } };
    await site.client.mergePatch(DEPLOYMENT, site.namespace, 'tb-event', { spec: { paused: true } });
    await eventually(async () => {
      const found = await site.client.get<Paused>(DEPLOYMENT, site.namespace, 'tb-event');
      return found?.spec.paused !== true;
    });
    await site.becomes('Ready', { status: 'True' });
    await site.settled();
  });

  it('wakes a service that somebody scaled to nothing, which no autoscaler does, and says so', async () => {
    await site.settled();
    type Scaled = KubeObject & { spec: { replicas: number } };
    const min = (await site.read()).spec.services.gateway.replicas.min;
    await site.client.mergePatch(DEPLOYMENT, site.namespace, 'tb-gateway', { spec: { replicas: 0 } });
    await eventually(async () => {
      const found = await site.client.get<Scaled>(DEPLOYMENT, site.namespace, 'tb-gateway');
      return found?.spec.replicas === min && (await podsOf('gateway')).length === min;
    });
    await eventually(async () =>
      (await events('DriftCorrected')).some((note) =>
        note.includes(`Deployment tb-gateway: spec.replicas: 0 → ${min}`),
      ),
    );
    await site.becomes('Ready', { status: 'True' });

    await site.patch({ managementPolicy: 'Observe' });
    await site.becomes('Ready', { status: 'True' });
    await site.client.mergePatch(DEPLOYMENT, site.namespace, 'tb-user', { spec: { replicas: 0 } });
    await site.becomes('WorkloadsReady', { status: 'False', reason: 'Drifted' });
    const [line] = (await site.read()).status?.plan ?? [];
    assert.equal(line?.target, 'Deployment tb-user');
    await site.patch({ managementPolicy: 'Manage' });
    await site.becomes('Ready', { status: 'True' });
    assert.equal((await podsOf('user')).length, (await site.read()).spec.services.user.replicas.min);
  });

  it('is Ready with autoscalers that see no load, and says so', async () => {
    const lastTransitionTime = new Date(Date.now() - 600_000).toISOString().replace(/\.\d+Z$/, 'Z');
    const told = async (status: 'True' | 'False', reason: string) => {
      const conditions = [{ type: 'ScalingActive', status, reason, message: 'x', lastTransitionTime }];
      const patch = { status: { currentReplicas: 1, desiredReplicas: 1, currentMetrics: [], conditions } };
      await site.client.mergePatch(HPA, site.namespace, 'tb-gateway', patch, { subresource: 'status' });
    };
    const says = (text: RegExp) =>
      eventually(async () => text.test((await site.becomes('WorkloadsReady', { status: 'True' })).message));
    await told('False', 'FailedGetResourceMetric');
    await says(
      /add no pods: tb-gateway \(FailedGetResourceMetric\)\. Is metrics-server running\? kubectl describe hpa/,
    );
    await told('True', 'ValidMetricFound');
    await says(/run the wanted image$/);
  });

  it('undoes what somebody does to its objects, and tells what that was, but no value of a Secret', async () => {
    await site.settled();
    const count = async () =>
      Number(/^drift_detected_total\{concern="WorkloadsReady"\} (\d+)$/m.exec(await site.metrics.metrics())?.[1]);
    const before = await count();
    const told = (note: string) => eventually(async () => (await events('DriftCorrected')).includes(note));
    await site.client.mergePatch(PDB, site.namespace, 'tb-user', { spec: { maxUnavailable: '100%' } });
    await told('PodDisruptionBudget tb-user: spec.maxUnavailable: 100% → 25%');
    await site.client.delete(SERVICE, site.namespace, 'tb-user');
    await told('Service tb-user: was deleted');
    const data = { DATABASE_URL: Buffer.from('postgres://elsewhere').toString('base64') };
    await site.client.mergePatch(SECRET, site.namespace, 'tb-user-db', { data });
    await told('Secret tb-user-db: data.DATABASE_URL changes');
    assert.equal(await count(), before + 2);
    await site.settled();
    assert.equal(await count(), before + 2, 'told once');
  });

  it('takes an object back at once that somebody labels as that of another platform', async () => {
    await site.settled();
    const labels = { [INSTANCE_LABEL]: 'elsewhere' };
    await site.client.mergePatch(SERVICE, site.namespace, 'tb-user', { metadata: { labels } });
    const note = 'Service tb-user: metadata.labels["app.kubernetes.io/instance"]: elsewhere → tb';
    await eventually(async () => (await events('DriftCorrected')).includes(note));
    await site.settled();
  });

  it('says what to type when somebody made an object such that it cannot be mended in place', async () => {
    const spec = { maxUnavailable: null, minAvailable: 1 };
    await site.client.mergePatch(PDB, site.namespace, 'tb-user', { spec });
    const refused = await site.becomes('WorkloadsReady', { reason: 'Refused' });
    const command = `kubectl delete -n ${site.namespace} poddisruptionbudgets.policy tb-user`;
    assert.ok(refused.message.endsWith(`Delete it, and it is made anew: ${command}`), refused.message);
    await site.client.delete(PDB, site.namespace, 'tb-user');
    await site.becomes('Ready', { status: 'True' });
  });

  it('changes nothing where the definition in the cluster is older than itself, and goes on once it is applied', async () => {
    const path = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/driftInterval/default';
    const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ticketbottleplatforms.ticketbottle.io';
    await world.api.fetch('PATCH', crd, [{ op: 'remove', path }], 'application/json-patch+json');
    const of = { name: 'older' };
    try {
      // The API server takes a moment to serve by the changed definition.
      await eventually(async () => {
        await site.client.delete(PLATFORM, site.namespace, of.name);
        await site.client.create(PLATFORM, platformOn(world, site.namespace, {}, of.name) as never);
        return (await site.read(of.name)).spec.driftInterval === undefined;
      });
      // A watch from before goes on to show what the old definition filled in, until it is cut or somebody edits the object.
      let edits = 0;
      const said = await eventually(async () => {
        const annotations = { 'example.com/edit': `${++edits}` };
        await site.client.mergePatch(PLATFORM, site.namespace, of.name, { metadata: { annotations } });
        return await site.becomes('Stalled', { reason: 'InvalidSpec' }, { ...of, ms: 1_000 }).catch(() => undefined);
      }, 60_000);
      assert.match(said.message, /^spec\.driftInterval: .* is older than the operator.*kubectl apply --server-side/);
    } finally {
      await installCrds(world.api);
    }
    await eventually(() => {
      site.controller.enqueue(`${site.namespace}/${of.name}`);
      return site.becomes('Stalled', { reason: 'ResourceConflict' }, { ...of, ms: 1_000 }).catch(() => undefined);
    }, 20_000);
    await site.client.delete(PLATFORM, site.namespace, of.name);
  });

  it('rolls nothing when only the operator is another version', async () => {
    await site.settled();
    const state = async () => {
      const found = await site.client.list<KubeObject>(DEPLOYMENT, { namespace: site.namespace });
      return found.map(({ metadata }) => `${metadata.name} ${metadata.generation}`).sort();
    };
    const before = await state();
    const { namespace } = site;
    await site.stop();
    site = await openSite(world, { namespace, version: '99.0.0' });
    await eventually(() => site.logs.some((line) => line.includes('controller started')));
    await site.becomes('Ready', { status: 'True' });
    await site.settled();
    assert.ok(site.own.calls.total() > 0, 'it has looked at everything afresh');
    assert.deepEqual(await state(), before);
  });
});

function aSale(namespace: string, opensAt: string, closesAt: string) {
  return {
    apiVersion: 'ticketbottle.io/v1alpha1',
    kind: 'EventSale',
    metadata: { name: 'gala', namespace },
    spec: {
      platformRef: { name: 'tb' },
      event: { name: 'Gala', venue: { name: 'Hall' }, startsAt: new Date(Date.now() + 86_400_000).toISOString() },
      ticketClasses: [{ name: 'GA', quantity: 100, price: { amountMinor: 100_000, currency: 'VND' }, maxPerOrder: 4 }],
      schedule: { opensAt, closesAt, timeZone: 'Asia/Ho_Chi_Minh' },
      waitroom: { maxConcurrentCheckouts: 100, admissionsPerMinute: 100 },
      demand: { expectedBuyers: 100 },
    },
  };
}
