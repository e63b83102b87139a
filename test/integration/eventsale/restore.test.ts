import assert from 'node:assert/strict';
import {
  DeleteProvisionedConcurrencyConfigCommand,
  GetFunctionCommand,
  GetProvisionedConcurrencyConfigCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-lambda';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { BUDGET_BEFORE, type Budget } from '#operator/eventsale/prescale/disruption-budgets.ts';
import { type Hpa, isHeld } from '#operator/eventsale/prescale/hpa-floors.ts';
import { SALE_HOLD_TAG } from '#operator/external/sale-hold.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { DEPLOYMENT, EVENT_SALE, HPA, type KubeObject, PDB, PLATFORM } from '#operator/kube/resource.ts';
import { disruptionBudget } from '#operator/platform/components/disruption-budget.ts';
import type { ServiceName } from '#proto/names.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { clientOf, eventually, makeNamespace, sharedApiServer } from '../kube/api-fixture.ts';
import { refuse } from '../kube/refusal.ts';
import { installKinds, makePlatform, makeSale, reportReplicas, startOperator } from './operator-fixture.ts';
import { createWebhookFunction, lambdaClient } from './webhook-function.ts';

const FUNCTION = 'ticketbottle-payment-webhook-handler';

describe('what a sale raised goes back exactly: real API server, Redis, Postgres and AWS endpoint', function () {
  this.timeout(180_000);
  let client: KubeClient;
  let backing: Backing<'redis' | 'aws' | 'postgres'>;
  let lambda: LambdaClient;
  let namespace: string;
  let operator: ReturnType<typeof startOperator> | undefined;

  before(async () => {
    client = clientOf(await sharedApiServer());
    backing = await startBacking({ which: ['redis', 'aws', 'postgres'] });
    lambda = lambdaClient(backing.aws);
    await createWebhookFunction(backing.aws, FUNCTION);
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: FUNCTION, ReservedConcurrentExecutions: 2 }));
    await installKinds(client);
    namespace = await makeNamespace(client);
    await makePlatform(client, namespace, {
      redisAddress: backing.redis.address,
      accessKey: '{}',
      aws: backing.aws,
      postgres: backing.postgres,
    });
    await reportReplicas(client, namespace, 1);
  });
  after(async () => {
    await operator?.stop();
    lambda?.destroy();
    await backing?.stop();
    await client?.close();
  });

  const start = async (token: number) =>
    startOperator(clientOf(await sharedApiServer()), namespace, { addressOf: () => '127.0.0.1:9' }, token);
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
  const sell = (name: string, floor: number, admissionsPerMinute = 600) =>
    makeSale(client, namespace, name, (spec) => {
      spec['schedule'] = { preQueueAt: inMs(1_000), opensAt: inMs(900_000), closesAt: inMs(3_600_000) };
      spec['capacity'] = { order: { minReplicas: floor } };
      spec['waitroom'] = { admissionsPerMinute, maxConcurrentCheckouts: 300 };
      spec['placeholders'] = { replicas: 2, cpu: '100m', memory: '64Mi' };
    });
  const hpa = async (service: ServiceName) => {
    const found = await client.get<Hpa>(HPA, namespace, `ticketbottle-${service}`);
    assert.ok(found);
    return found;
  };
  const budget = async (service: ServiceName) => {
    const found = await client.get<Budget>(PDB, namespace, `ticketbottle-${service}`);
    assert.ok(found);
    return found;
  };
  const concurrency = async () => {
    const found = await lambda.send(new GetFunctionCommand({ FunctionName: FUNCTION }));
    const provisioned = await lambda
      .send(new GetProvisionedConcurrencyConfigCommand({ FunctionName: FUNCTION, Qualifier: 'live' }))
      .then(
        (config) => config.RequestedProvisionedConcurrentExecutions,
        () => undefined,
      );
    return {
      reserved: found.Concurrency?.ReservedConcurrentExecutions,
      provisioned,
      tag: found.Tags?.[SALE_HOLD_TAG],
    };
  };
  const placeholder = (sale: string) => client.get<KubeObject>(DEPLOYMENT, namespace, `${sale}-placeholder`);
  const line = async (name: string, what: string) =>
    (await client.get<EventSale>(EVENT_SALE, namespace, name))?.status?.prescale?.find((one) => one.what === what);

  it('raises floors, budgets and warm environments, keeping beside each what it was', async () => {
    operator = await start(5);
    await sell('one', 3);
    await eventually(async () => (await hpa('order')).spec.minReplicas === 3, 30_000);
    const held = await eventually(async () => {
      const found = await budget('order');
      return found.spec.minAvailable === 3 && found;
    }, 30_000);
    assert.equal(held.spec.maxUnavailable, undefined);
    assert.equal(held.metadata.annotations?.[BUDGET_BEFORE], '{"maxUnavailable":"25%"}');
    await eventually(async () => (await line('one', 'lambda/webhooks'))?.ready, 30_000);
    // 10 checkouts/s x 1.2 webhooks x 0.3 s / 0.7 = 5.1
    assert.deepEqual(await concurrency(), { reserved: 6, provisioned: 6, tag: 'provisioned=none reserved=2' });
    for (const what of ['redis', 'postgres', 'disruptions'])
      await eventually(async () => (await line('one', what))?.ready, 30_000);
    const holding = await eventually(async () => (await placeholder('one')) ?? false, 30_000);
    assert.equal(holding.metadata.ownerReferences?.[0]?.name, 'one');
    const status = (await client.get<EventSale>(EVENT_SALE, namespace, 'one'))?.status;
    assert.equal(status?.replicas?.have, 7);
    assert.ok((status?.replicas?.want ?? 0) >= 9);
    assert.ok((status?.cost?.extraReplicas ?? 0) >= 2 && (status?.cost?.extraReplicaHours ?? 0) >= 2);
  });

  it('the platform controller leaves a held budget alone', async () => {
    const platform = (await client.get(PLATFORM, namespace, 'ticketbottle')) as Parameters<typeof disruptionBudget>[0];
    const wanted = disruptionBudget(platform, 'order', await budget('order'));
    assert.equal('maxUnavailable' in wanted.spec, false);
    assert.equal(disruptionBudget(platform, 'order', undefined).spec.maxUnavailable, '25%');
  });

  it('adds up two sales, and goes down to what is left when one of them goes', async () => {
    await sell('two', 1, 1200);
    await eventually(async () => (await hpa('order')).spec.minReplicas === 4, 30_000);
    await eventually(async () => (await concurrency()).provisioned === 11, 60_000);
    // An edit that no longer wants them must not leave them behind.
    await eventually(async () => (await placeholder('two')) !== undefined, 30_000);
    await eventually(async () => await line('two', 'placeholders'), 30_000);
    await client.mergePatch(EVENT_SALE, namespace, 'two', { spec: { placeholders: null } });
    await client.delete(EVENT_SALE, namespace, 'two');
    await eventually(async () => (await client.get(EVENT_SALE, namespace, 'two')) === undefined, 30_000);
    await eventually(async () => (await hpa('order')).spec.minReplicas === 3, 30_000);
    await eventually(async () => (await budget('order')).spec.minAvailable === 3, 30_000);
    await eventually(async () => (await concurrency()).provisioned === 6, 60_000);
    assert.equal((await concurrency()).tag, 'provisioned=none reserved=2');
    assert.equal(await placeholder('two'), undefined);
    assert.notEqual(await placeholder('one'), undefined);
  });

  it('gives everything back when the sale is deleted while nobody is there, and the platform was edited meanwhile', async () => {
    await operator?.stop();
    operator = undefined;
    await client.delete(EVENT_SALE, namespace, 'one');
    await client.mergePatch(PLATFORM, namespace, 'ticketbottle', {
      spec: { services: { order: { replicas: { min: 2 } } } },
    });
    assert.equal((await hpa('order')).spec.minReplicas, 3);
    operator = await start(6);
    await eventually(async () => (await client.get(EVENT_SALE, namespace, 'one')) === undefined, 60_000);
    // The platform's own value of now, not the one of before.
    assert.equal((await hpa('order')).spec.minReplicas, 2);
    assert.equal(isHeld(await hpa('order')), false);
    for (const service of ['gateway', 'order', 'user'] as const) {
      const found = await budget(service);
      assert.equal(found.spec.maxUnavailable, '25%');
      assert.equal(found.spec.minAvailable, undefined);
      assert.equal(found.metadata.annotations?.[BUDGET_BEFORE], undefined);
    }
    assert.deepEqual(await concurrency(), { reserved: 2, provisioned: undefined, tag: undefined });
    // No garbage collector runs here: the operator deletes them itself, before the sale goes.
    assert.equal(await placeholder('one'), undefined);
  });

  it('gives back what a sale held that somebody deleted by taking its finalizer away', async () => {
    const held = async () => {
      const [one, two] = [await hpa('order'), await budget('order')];
      return isHeld(one) || two.metadata.annotations?.[BUDGET_BEFORE] !== undefined;
    };
    /** While an operator runs, and while none does. */
    for (const there of [true, false]) {
      await sell('torn-out', 3);
      await eventually(async () => (await hpa('order')).spec.minReplicas === 3, 30_000);
      await eventually(async () => (await line('torn-out', 'disruptions'))?.ready, 30_000);
      await eventually(async () => (await line('torn-out', 'lambda/webhooks'))?.ready, 30_000);
      if (!there) {
        await operator?.stop();
        operator = undefined;
      }
      await client.mergePatch(EVENT_SALE, namespace, 'torn-out', { metadata: { finalizers: null } });
      await client.delete(EVENT_SALE, namespace, 'torn-out');
      if (!there) {
        assert.equal(await held(), true);
        operator = await start(7);
      }
      await eventually(async () => !(await held()), 30_000);
      assert.equal((await hpa('order')).spec.minReplicas, 2);
      assert.equal((await budget('order')).spec.maxUnavailable, '25%');
      // Warm environments are the platform's to give back, which does not run here.
      await lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: FUNCTION, Qualifier: 'live' }));
      const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: FUNCTION }));
      await lambda.send(new UntagResourceCommand({ Resource: Configuration?.FunctionArn, TagKeys: [SALE_HOLD_TAG] }));
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: FUNCTION, ReservedConcurrentExecutions: 2 }));
    }
  });

  it('gives back what an operator raised that died before it could write how far it came', async () => {
    await operator?.stop();
    operator = undefined;
    const name = 'probed';
    await sell(name, 1);
    const line = { want: '', have: '', ready: false };
    const status = { prescale: ['a', 'b'].map((what) => ({ what, ...line })) };
    const lift = await refuse(
      client,
      {
        name: `no-progress.${namespace}.example`,
        namespace,
        rule: { apiGroups: ['ticketbottle.io'], apiVersions: ['v1alpha1'], resources: ['eventsales/status'] },
        unless: 'object.?status.?prescale.orValue([]).size() <= 1',
        message: 'the operator is to die here',
      },
      () => client.mergePatch(EVENT_SALE, namespace, name, { status }, { subresource: 'status', dryRun: true }),
    );
    await client.delete(EVENT_SALE, namespace, name);
    try {
      operator = await start(8);
      await sell('crashed', 3);
      await eventually(async () => (await concurrency()).provisioned === 6, 60_000);
      await operator.stop();
      operator = undefined;
    } finally {
      await lift();
    }
    const left = (await client.get<EventSale>(EVENT_SALE, namespace, 'crashed'))?.status?.prescale ?? [];
    assert.ok(left.length <= 1);
    await client.delete(EVENT_SALE, namespace, 'crashed');
    operator = await start(9);
    await eventually(async () => (await client.get(EVENT_SALE, namespace, 'crashed')) === undefined, 60_000);
    assert.deepEqual(await concurrency(), { reserved: 2, provisioned: undefined, tag: undefined });
    assert.equal((await hpa('order')).spec.minReplicas, 2);
    assert.equal(isHeld(await hpa('order')), false);
    assert.equal(await placeholder('crashed'), undefined);
  });
});
