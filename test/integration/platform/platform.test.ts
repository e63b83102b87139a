import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  PutProvisionedConcurrencyConfigCommand,
  TagResourceCommand,
} from '@aws-sdk/client-lambda';
import { ListPipesCommand, PipesClient } from '@aws-sdk/client-pipes';
import {
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { strToU8, zipSync } from 'fflate';
import pg from 'pg';
import { parse } from 'yaml';
import type { Condition } from '#operator/api/conditions.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { SALE_HOLD_TAG } from '#operator/external/sale-hold.ts';
import { type Applier, createApplier } from '#operator/kube/apply.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import type { Controller } from '#operator/kube/controller.ts';
import { createInformers } from '#operator/kube/informer.ts';
import {
  DEPLOYMENT,
  EVENT_SALE,
  HPA,
  JOB,
  type KubeObject,
  PLATFORM,
  SECRET,
  SERVICE,
} from '#operator/kube/resource.ts';
import { createPlatformController } from '#operator/platform/controller.ts';
import { FUNCTIONS, SERVICES, TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { createKafka } from '#runtime/kafka.ts';
import { installCrds } from '#runtime/local/apiserver.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { createLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { clientOf, eventually, leaderOf, makeNamespace, sharedApiServer } from '../kube/api-fixture.ts';
import { rowOf } from '../kube/table.ts';
import { playControllers } from './cluster-stand-in.ts';
import { type PayosStandIn, startPayosStandIn } from './payos-stand-in.ts';

type Names = 'postgres' | 'redis' | 'kafka' | 'temporal' | 'aws';

const log = createLogger({ service: 'test', level: process.env['TEST_LOG'] === undefined ? 'silent' : 'info' });

describe('a platform on real servers', function () {
  this.timeout(240_000);
  const stop = new AbortController();
  const running: Promise<unknown>[] = [];
  const lambdaDir = mkdtempSync(join(tmpdir(), 'ticketbottle-bundles-'));
  let backing: Backing<Names>;
  let payos: PayosStandIn;
  let client: KubeClient;
  let own: KubeClient;
  let namespace: string;
  let controller: Controller;
  const events: string[] = [];

  before(async () => {
    const [servers, api] = await Promise.all([
      startBacking({ which: ['postgres', 'redis', 'kafka', 'temporal', 'aws'] }),
      sharedApiServer(),
    ]);
    backing = servers;
    payos = await startPayosStandIn();
    await installCrds(api);
    client = clientOf(api);
    own = clientOf(api);
    namespace = await makeNamespace(client);
    for (const name of FUNCTIONS) writeBundle(lambdaDir, name, 1);
    for (const secret of secrets(backing))
      await client.create(SECRET, { ...secret, metadata: { ...secret.metadata, namespace } });

    const metrics = new Registry();
    const appliers = new Map<string, Applier>();
    const informers = createInformers({ client: own, log, clock: systemClock, metrics, namespaces: [namespace] });
    controller = createPlatformController({
      client: own,
      applier: (fieldManager) => {
        const known = appliers.get(fieldManager) ?? createApplier({ client: own, fieldManager, metrics });
        appliers.set(fieldManager, known);
        return known;
      },
      informers,
      recorder: { event: (_object, type, reason) => void events.push(`${type} ${reason}`), flush: async () => {} },
      leader: leaderOf(),
      clock: systemClock,
      log,
      metrics,
      config: {
        watchNamespaces: [namespace],
        podNamespace: 'ticketbottle-system',
        podName: 'test',
        leaderElect: false,
        logLevel: 'info',
        root: process.cwd(),
        lambdaDir,
        opsPort: 0,
        version: 'test',
        kubeconfig: undefined,
      },
    });
    running.push(informers.start(stop.signal), controller.run(stop.signal));
  });

  after(async () => {
    stop.abort();
    await Promise.allSettled(running);
    await client?.close();
    await own?.close();
    await payos?.[Symbol.asyncDispose]();
    await backing?.stop();
    rmSync(lambdaDir, { recursive: true, force: true });
  });

  const read = async (): Promise<TicketBottlePlatform> => {
    const found = await client.get<TicketBottlePlatform>(PLATFORM, namespace, 'tb');
    assert.ok(found !== undefined);
    return found;
  };
  const condition = async (type: string): Promise<Condition | undefined> =>
    (await read()).status?.conditions?.find((one) => one.type === type);
  const becomes = (type: string, status: string, ms = 60_000) =>
    eventually(async () => {
      await playControllers(client, namespace);
      const found = await condition(type);
      return found?.status === status ? found : undefined;
    }, ms).catch(async () => {
      assert.fail(`${type} is not ${status}: ${JSON.stringify((await read()).status?.conditions, null, 1)}`);
    });
  const patch = (spec: object) => client.mergePatch(PLATFORM, namespace, 'tb', { spec });
  /** Waits until the status speaks of the newest spec and nothing has moved for a while. */
  const settled = () =>
    eventually(async () => {
      await playControllers(client, namespace);
      const one = await read();
      const before = own.calls.total();
      await systemClock.sleep(700);
      // While a new spec is being looked at, the generation is observed already and Reconciling says so.
      const busy = one.status?.conditions?.some(({ type }) => type === 'Reconciling');
      return !busy && one.status?.observedGeneration === one.metadata.generation && own.calls.total() === before;
    }, 60_000);

  it('says which Secret and which keys are missing, and goes on by itself once they are there', async () => {
    await client.delete(SECRET, namespace, 'payos-credentials');
    await client.create(PLATFORM, platform(namespace, backing, payos.url));
    const missing = await becomes('SecretsReady', 'False');
    assert.equal(missing.reason, 'SecretMissing');
    assert.match(
      missing.message,
      new RegExp(`Secret ${namespace}/payos-credentials .*client-id, api-key, checksum-key`),
    );
    const created = secrets(backing).find(({ metadata }) => metadata.name === 'payos-credentials');
    assert.ok(created !== undefined);
    await client.create(SECRET, { ...created, metadata: { ...created.metadata, namespace } });
    await becomes('SecretsReady', 'True');
  });

  it('becomes Ready: every concern is as specified', async () => {
    await becomes('Ready', 'True', 120_000);
    const { status } = await read();
    assert.deepEqual(
      status?.conditions?.filter(({ status: value }) => value !== 'True').map(({ type }) => type),
      ['Paused'],
    );
    assert.equal(
      status?.conditions?.some(({ type }) => type === 'Reconciling' || type === 'Stalled'),
      false,
    );
  });

  it('rolled no pod twice on the way: everything that pods refer to was there before them', async () => {
    const deployments = await client.list<KubeObject>(DEPLOYMENT, { namespace });
    assert.deepEqual(
      deployments.map(({ metadata }) => `${metadata.name} ${metadata.generation}`).sort(),
      SERVICES.map((service) => `tb-${service} 1`).sort(),
    );
  });

  it('has made the topics, databases with owners, namespace, table and functions', async () => {
    const admin = createKafka({ brokers: backing.kafka.brokers, clientId: 'test', log }).admin();
    const topics = await admin.describeTopics(Object.values(TOPIC));
    await admin.close();
    assert.deepEqual(
      Object.values(TOPIC).map((name) => topics.get(name)?.partitions),
      Object.values(TOPIC).map((name) => (name === TOPIC.orderPaid ? 4 : 3)),
    );

    const secret = await client.get<KubeObject & { data: Record<string, string> }>(
      SECRET,
      namespace,
      'tb-inventory-db',
    );
    const url = Buffer.from(secret?.data['DATABASE_URL'] ?? '', 'base64').toString();
    const database = new pg.Client({ connectionString: url });
    await database.connect();
    await database.query('create table owned_by_us (id int); drop table owned_by_us');
    await database.end();

    const { status } = await read();
    assert.deepEqual(
      status?.databases?.map(({ name, migration, ready }) => [name, migration, ready]),
      ['user', 'payment', 'event', 'inventory'].map((name) => [name, 'Succeeded', true]),
    );
    assert.deepEqual(
      status?.functions?.map(({ name, state, liveVersion }) => [name, state, liveVersion]),
      FUNCTIONS.map((name) => [name, 'Live', '1']),
    );
  });

  it('gives functions that answer under the alias, and a webhook address that leads to one', async () => {
    const lambda = lambdaClient(backing);
    const answer = await lambda.send(new InvokeCommand({ FunctionName: 'tb-outbox-processor', Qualifier: 'live' }));
    lambda.destroy();
    assert.equal(answer.ExecutedVersion, '1');
    const webhook = (await read()).status?.endpoints?.webhook;
    const response = await fetch(`${webhook}/webhook/zalopay`, { method: 'POST', body: '{}' });
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { of: 'payment-webhook-handler', version: 1, provider: 'zalopay' });
  });

  it('has asked PayOS once to confirm that address, with the credentials of the Secret', async () => {
    const webhook = (await read()).status?.endpoints?.webhook;
    assert.deepEqual(payos.confirmations, [
      { webhookUrl: `${webhook}/webhook/payos`, clientId: 'c', apiKey: 'a', answered: 200 },
    ]);
  });

  it('has made what runs in the cluster, and the payment service knows the webhook address', async () => {
    type Hpa = KubeObject & { spec: { minReplicas: number; maxReplicas: number } };
    type Service = KubeObject & { spec: { clusterIP?: string; type?: string } };
    for (const service of SERVICES) {
      const hpa = await client.get<Hpa>(HPA, namespace, `tb-${service}`);
      assert.deepEqual(
        [hpa?.spec.minReplicas, hpa?.spec.maxReplicas],
        service === 'inventory' ? [3, 9] : [2, 20],
        service,
      );
      const found = await client.get<Service>(SERVICE, namespace, `tb-${service}`);
      if (service !== 'gateway') assert.equal(found?.spec.clusterIP, 'None');
    }
    type ConfigMap = KubeObject & { data: Record<string, string> };
    const { CONFIG_MAP } = await import('#operator/kube/resource.ts');
    const maps = await client.list<ConfigMap>(CONFIG_MAP, { namespace });
    const payment = maps.filter(({ metadata }) => metadata.name.startsWith('tb-payment-env-'));
    assert.deepEqual(
      payment.map(({ data }) => data['WEBHOOK_BASE_URL']),
      [(await read()).status?.endpoints?.webhook],
    );
  });

  it('shows in `kubectl get` whether it is ready, why not, and what it runs', async () => {
    const row = await rowOf(await sharedApiServer(), { namespace, plural: 'ticketbottleplatforms', name: 'tb' });
    assert.deepEqual(
      [row['Name'], row['Ready'], row['Version'], row['Role'], row['Services']],
      ['tb', 'True', '1.0.0', 'Active', '7/7'],
      JSON.stringify(row),
    );
    assert.equal(row['Reason'], 'AsSpecified');
  });

  it('makes no call at all in a reconcile without news', async () => {
    await settled();
    const before = own.calls.total();
    const text = JSON.stringify((await read()).status);
    for (let round = 0; round < 3; round++) {
      controller.enqueue(`${namespace}/tb`);
      await systemClock.sleep(300);
    }
    assert.equal(own.calls.total(), before);
    assert.equal(JSON.stringify((await read()).status), text);
  });

  it('gives back warm environments that a sale left behind which is gone, and none that a sale holds', async () => {
    const lambda = lambdaClient(backing);
    const where = { FunctionName: 'tb-payment-webhook-handler', Qualifier: 'live' };
    const held = async () => {
      const { Tags } = await lambda.send(new GetFunctionCommand({ FunctionName: where.FunctionName }));
      return Tags?.[SALE_HOLD_TAG];
    };
    try {
      const sample = parse(readFileSync('config/samples/eventsale.yaml', 'utf8'));
      const sale = { ...sample, metadata: { name: 'left-behind', namespace } };
      sale.spec.platformRef.name = 'tb';
      await client.create(EVENT_SALE, sale);
      const status = { prescale: [{ what: 'beginning', want: 'every line', have: 'none yet', ready: false }] };
      await client.mergePatch(EVENT_SALE, namespace, 'left-behind', { status }, { subresource: 'status' });
      const { Configuration, Concurrency } = await lambda.send(
        new GetFunctionCommand({ FunctionName: where.FunctionName }),
      );
      const before = `provisioned=none reserved=${Concurrency?.ReservedConcurrentExecutions ?? 'none'}`;
      await lambda.send(
        new TagResourceCommand({ Resource: Configuration?.FunctionArn, Tags: { [SALE_HOLD_TAG]: before } }),
      );
      await lambda.send(new PutProvisionedConcurrencyConfigCommand({ ...where, ProvisionedConcurrentExecutions: 6 }));
      // It looks at its functions again whenever it is frozen, and when it no longer is.
      for (const enabled of [true, false]) {
        await patch({ changeFreeze: { enabled } });
        await settled();
      }
      assert.equal(await held(), before);
      await client.delete(EVENT_SALE, namespace, 'left-behind');
      await eventually(async () => (await held()) === undefined, 60_000);
      await assert.rejects(
        lambda.send(new GetProvisionedConcurrencyConfigCommand(where)),
        /not ?found|No Provisioned/i,
      );
      const after = await lambda.send(new GetFunctionCommand({ FunctionName: where.FunctionName }));
      assert.deepEqual(after.Concurrency, Concurrency);
    } finally {
      lambda.destroy();
    }
  });

  it('leaves minReplicas to a sale that holds it, and takes it back when the sale lets go', async () => {
    const held = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'tb-gateway', namespace },
      spec: { minReplicas: 12 },
    };
    type Hpa = KubeObject & { spec: { minReplicas: number } };
    const floor = async () => (await client.get<Hpa>(HPA, namespace, 'tb-gateway'))?.spec.minReplicas;
    await client.apply(HPA, held, { fieldManager: 'ticketbottle-eventsale', force: true });
    controller.enqueue(`${namespace}/tb`);
    await settled();
    assert.equal(await floor(), 12);
    await patch({ services: { gateway: { replicas: { max: 30 } } } });
    await settled();
    assert.equal(await floor(), 12);
    const { spec: _dropped, ...bare } = held;
    await client.apply(HPA, bare as KubeObject, { fieldManager: 'ticketbottle-eventsale', force: true });
    await eventually(async () => (await floor()) === 2);
  });

  it('brings back what somebody deletes in the cluster, at once', async () => {
    await client.delete(DEPLOYMENT, namespace, 'tb-user');
    await eventually(async () => (await client.get(DEPLOYMENT, namespace, 'tb-user')) !== undefined);
    await becomes('Ready', 'True');
  });

  it('brings back what somebody deletes outside, at the next look, and says that it drifted', async () => {
    await patch({ driftInterval: '2s' });
    await settled();
    const lambda = lambdaClient(backing);
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'tb-outbox-cleanup' }));
    const answers = () =>
      lambda.send(new InvokeCommand({ FunctionName: 'tb-outbox-cleanup', Qualifier: 'live' })).then(
        ({ StatusCode }) => StatusCode === 200,
        () => false,
      );
    await eventually(answers, 30_000);
    lambda.destroy();
    await eventually(() => events.includes('Warning DriftCorrected'), 30_000);
    await patch({ driftInterval: '5m' });
    await becomes('Ready', 'True');
  });

  it('holds the new image back until its migration has succeeded, and says which log to read when it fails', async () => {
    const image = async () => {
      type Deployment = KubeObject & { spec: { template: { spec: { containers: { image: string }[] } } } };
      return (await client.get<Deployment>(DEPLOYMENT, namespace, 'tb-event'))?.spec.template.spec.containers[0]?.image;
    };
    await patch({ services: { event: { version: '2.0.0' } } });
    const failed = await eventually(async () => {
      await playControllers(client, namespace, new Set(['event']));
      const found = await condition('MigrationsReady');
      return found?.reason === 'MigrationFailed' ? found : undefined;
    }, 20_000);
    assert.match(failed.message, /kubectl logs -n \S+ job\/tb-event-migrate-[0-9a-f]{8}/);
    assert.equal(await image(), 'ticketbottle/event:1.0.0');
    assert.equal((await condition('Stalled'))?.status, 'True');

    const jobs = await client.list<KubeObject>(JOB, { namespace, labelSelector: 'ticketbottle.io/migrates=event' });
    const job = failed.message.match(/job\/(\S+);/)?.[1] ?? '';
    assert.ok(jobs.some(({ metadata }) => metadata.name === job));
    await client.delete(JOB, namespace, job);
    await becomes('Ready', 'True');
    assert.equal(await image(), 'ticketbottle/event:2.0.0');
  });

  it('holds back migrations, pods and functions during a change freeze, and catches up after it', async () => {
    const jobs = async () =>
      (await client.list<KubeObject>(JOB, { namespace })).map(({ metadata }) => metadata.name).sort();
    const before = await jobs();
    const scheduler = new SchedulerClient(awsOptions(backing));
    const schedule = () => scheduler.send(new GetScheduleCommand({ Name: 'tb-outbox-processor' }));
    const { Name, FlexibleTimeWindow, Target } = await schedule();
    const byHand = { Name, FlexibleTimeWindow, Target, ScheduleExpression: 'rate(9 minutes)' };
    await scheduler.send(new UpdateScheduleCommand(byHand));
    await patch({
      changeFreeze: { enabled: true, reason: 'big sale' },
      services: { user: { version: '1.5.0' } },
      lambda: { functions: { 'outbox-cleanup': { memoryMB: 300 } } },
    });
    await settled();
    assert.equal((await condition('WorkloadsReady'))?.reason, 'ChangeFrozen');
    assert.match((await condition('FunctionsReady'))?.message ?? '', /outbox-cleanup: memoryMB changed.*big sale/);
    const triggers = await condition('TriggersReady');
    assert.equal(triggers?.reason, 'ChangeFrozen');
    assert.match(triggers?.message ?? '', /update schedule tb-outbox-processor: .*expression.*big sale/);
    assert.equal((await schedule()).ScheduleExpression, 'rate(9 minutes)');
    assert.deepEqual(await jobs(), before);
    await patch({ changeFreeze: { enabled: false } });
    await becomes('Ready', 'True');
    assert.equal((await schedule()).ScheduleExpression, 'rate(1 minute)');
    scheduler.destroy();
    const { status } = await read();
    assert.equal(status?.functions?.find(({ name }) => name === 'outbox-cleanup')?.liveVersion, '2');
    assert.equal(status?.services?.find(({ name }) => name === 'user')?.image, 'ticketbottle/user:1.5.0');
    await patch({
      services: { user: { version: null } },
      lambda: { functions: { 'outbox-cleanup': { memoryMB: null } } },
    });
    await becomes('Ready', 'True');
  });

  it('publishes and shifts a function whose bundle changed, and only that one', async () => {
    writeBundle(lambdaDir, 'email-sender', 2);
    controller.enqueue(`${namespace}/tb`);
    const live = async () =>
      (await read()).status?.functions?.map(({ name, liveVersion }) => `${name} ${liveVersion}`) ?? [];
    await eventually(async () => (await live()).includes('email-sender 2'), 30_000);
    assert.deepEqual(
      await live(),
      FUNCTIONS.map((name) => `${name} ${name === 'email-sender' ? 2 : 1}`),
    );
  });

  it('says of a version that was taken back which it is, why, and how to go on', async () => {
    writeBundle(lambdaDir, 'pdf-generator', 2, "if (event?.ticketbottle) throw new Error('fonts are missing');");
    controller.enqueue(`${namespace}/tb`);
    const said = await eventually(async () => {
      const found = await condition('FunctionsReady');
      return found?.reason === 'RolledBack' ? found : undefined;
    }, 60_000);
    assert.match(
      said.message,
      /pdf-generator: live: version 2 was taken back \(its check failed: fonts are missing\); version 1 serves.*promoteVersion/,
    );
    assert.deepEqual([said.status, (await condition('Ready'))?.status], ['False', 'False']);
    const found = (await read()).status?.functions?.find(({ name }) => name === 'pdf-generator');
    assert.deepEqual(
      [found?.liveVersion, found?.rejectedVersion, found?.rejectedBecause],
      ['1', '2', 'its check failed: fonts are missing'],
    );
    writeBundle(lambdaDir, 'pdf-generator', 1);
    controller.enqueue(`${namespace}/tb`);
    await becomes('Ready', 'True');
  });

  it('tells live version, candidate and weight while traffic shifts, and does what somebody says: abort, promote, pin', async () => {
    const rollout = { steps: [20, 100], interval: '30m' };
    await patch({ lambda: { functions: { 'outbox-processor': { memoryMB: 300, rollout } } } });
    const one = async () => (await read()).status?.functions?.find(({ name }) => name === 'outbox-processor');
    const shifting = await eventually(async () => {
      const found = await one();
      return found?.candidateWeight === undefined ? undefined : found;
    }, 60_000);
    assert.deepEqual([shifting.liveVersion, shifting.candidateVersion, shifting.candidateWeight], ['1', '2', 20]);
    assert.match(shifting.state ?? '', /baking at 20%/);
    const say = (rollout: object) => patch({ lambda: { functions: { 'outbox-processor': { rollout } } } });
    await say({ abortVersion: '2' });
    const aborted = await eventually(async () => {
      const found = await one();
      return found?.candidateWeight === undefined ? found : undefined;
    }, 60_000);
    assert.deepEqual([aborted.liveVersion, aborted.rejectedBecause], ['1', 'aborted by spec']);
    await say({ promoteVersion: '2' });
    await eventually(async () => (await one())?.liveVersion === '2', 60_000);
    await say({ pinToVersion: '1' });
    const pinned = await eventually(async () => {
      const found = await one();
      return found?.liveVersion === '1' ? found : undefined;
    }, 60_000);
    assert.deepEqual([pinned.candidateVersion, pinned.pinnedVersion], [undefined, '1']);
    await say({ pinToVersion: null });
    await eventually(async () => (await one())?.liveVersion === '2', 60_000);
    assert.equal((await one())?.candidateVersion, undefined);
    await becomes('Ready', 'True');
  });

  it('only looks and tells, with managementPolicy Observe', async () => {
    await patch({
      managementPolicy: 'Observe',
      version: '3.0.0',
      lambda: { functions: { 'pdf-generator': { memoryMB: 1024 } } },
    });
    const told = await eventually(async () => {
      const { status, metadata } = await read();
      return status?.observedGeneration === metadata.generation && (status.plan ?? []).length > 1 ? status : undefined;
    }, 30_000);
    const targets = told.plan?.map(({ target, action }) => `${action} ${target}`) ?? [];
    assert.ok(targets.includes('update function tb-pdf-generator'), targets.join());
    assert.ok(targets.includes('update Deployment tb-gateway'), targets.join());
    type Deployment = KubeObject & { spec: { template: { spec: { containers: { image: string }[] } } } };
    const gateway = await client.get<Deployment>(DEPLOYMENT, namespace, 'tb-gateway');
    assert.equal(gateway?.spec.template.spec.containers[0]?.image, 'ticketbottle/gateway:1.0.0');
    await patch({
      managementPolicy: 'Manage',
      version: '1.0.0',
      lambda: { functions: { 'pdf-generator': { memoryMB: 512 } } },
    });
    await becomes('Ready', 'True');
  });

  it('scales a standby region to nothing and back, and turns its triggers off and on', async () => {
    type Deployment = KubeObject & { spec: { replicas: number } };
    const replicas = async () => (await client.get<Deployment>(DEPLOYMENT, namespace, 'tb-order'))?.spec.replicas;
    // Mails of paid and of refunded orders and of money that went back, PDFs, and the archive of each topic; two schedules; two
    // queues and that of mails which come back.
    const pipes = 4 + Object.keys(TOPIC).length;
    const on = { pipes: `${pipes} RUNNING`, schedules: '2 ENABLED', mappings: '3 Enabled' };
    assert.deepEqual(await triggersOf(backing), on);
    await patch({ region: { role: 'Standby' } });
    await eventually(async () => (await replicas()) === 0, 20_000);
    await eventually(async () => (await client.get(HPA, namespace, 'tb-order')) === undefined);
    await becomes('Ready', 'True');
    // Callers follow what they call, so the pass ends a moment after order is down.
    await eventually(async () => (await condition('WorkloadsReady'))?.reason === 'Standby');
    assert.deepEqual(await triggersOf(backing), {
      ...{ pipes: `${pipes} STOPPED`, schedules: '2 DISABLED', mappings: '3 Disabled' },
    });
    assert.match((await condition('TriggersReady'))?.message ?? '', /are off: this region is a standby/);
    await patch({ region: { role: 'Active' } });
    await eventually(async () => (await replicas()) !== 0, 20_000);
    await eventually(async () => (await client.get(HPA, namespace, 'tb-order')) !== undefined);
    await becomes('Ready', 'True');
    assert.deepEqual(await triggersOf(backing), on);
  });

  it('does nothing while suspended, and says so', async () => {
    await patch({ suspend: true });
    await becomes('Paused', 'True');
    await client.delete(DEPLOYMENT, namespace, 'tb-user');
    await systemClock.sleep(1_000);
    assert.equal(await client.get(DEPLOYMENT, namespace, 'tb-user'), undefined);
    await patch({ suspend: false });
    await eventually(async () => (await client.get(DEPLOYMENT, namespace, 'tb-user')) !== undefined);
    // Ready was left standing meanwhile, so it says nothing yet.
    await becomes('Paused', 'False');
    await becomes('Ready', 'True');
  });

  it('keeps everything outside when it is deleted with Retain, and takes it over again', async () => {
    const before = (await read()).status?.endpoints?.webhook;
    const keys = async () =>
      (await client.get<KubeObject & { data: object }>(SECRET, namespace, 'tb-signing-keys'))?.data;
    const keysBefore = await keys();
    await client.delete(PLATFORM, namespace, 'tb');
    await eventually(async () => (await client.get(PLATFORM, namespace, 'tb')) === undefined, 20_000);
    assert.deepEqual(await keys(), keysBefore);
    await client.create(PLATFORM, platform(namespace, backing, payos.url));
    await becomes('Ready', 'True', 120_000);
    assert.equal((await read()).status?.endpoints?.webhook, before);
    assert.deepEqual(await keys(), keysBefore);
  });

  it('removes everything outside when it is deleted with Delete', async () => {
    await patch({ deletionPolicy: 'Delete', orders: { deletionProtection: false } });
    await becomes('Ready', 'True');
    await settled();
    // As `kubectl delete -f` of a whole folder may do it: first the keys to AWS, then what was made with them.
    const { functions, endpoints } = (await read()).status ?? {};
    await client.delete(SECRET, namespace, 'aws-credentials');
    await becomes('SecretsReady', 'False');
    assert.deepEqual((await read()).status?.functions, functions);
    assert.deepEqual((await read()).status?.endpoints, endpoints);
    await client.delete(PLATFORM, namespace, 'tb');
    const blocked = await eventually(async () => {
      const ready = (await read()).status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.reason === 'Deleting' ? ready.message : undefined;
    });
    assert.match(blocked, /functions: the Secret aws-credentials that leads there is gone/);
    assert.match(blocked, /orders table: the Secret aws-credentials/);
    for (const secret of secrets(backing).filter(({ metadata }) => metadata.name === 'aws-credentials'))
      await client.create(SECRET, { ...secret, metadata: { ...secret.metadata, namespace } });
    await eventually(async () => (await client.get(PLATFORM, namespace, 'tb')) === undefined, 60_000);
    const lambda = lambdaClient(backing);
    await assert.rejects(
      lambda.send(new InvokeCommand({ FunctionName: 'tb-outbox-processor' })),
      /not found|NotFound/i,
    );
    lambda.destroy();
    const admin = createKafka({ brokers: backing.kafka.brokers, clientId: 'test', log }).admin();
    assert.deepEqual([...(await admin.describeTopics(Object.values(TOPIC))).keys()], []);
    await admin.close();
    assert.equal(await client.get(SECRET, namespace, 'tb-signing-keys'), undefined);
  });
});

const awsOptions = ({ aws: { endpoint, region, accessKeyId, secretAccessKey } }: Backing<'aws'>) => ({
  ...{ endpoint, region, credentials: { accessKeyId, secretAccessKey } },
});

const lambdaClient = (backing: Backing<'aws'>): LambdaClient => new LambdaClient(awsOptions(backing));

/** How many triggers there are, by their states. */
async function triggersOf(backing: Backing<'aws'>) {
  const options = awsOptions(backing);
  const clients = [new PipesClient(options), new SchedulerClient(options), new LambdaClient(options)] as const;
  const [pipes, schedules, mappings] = clients;
  const [{ Pipes = [] }, { Schedules = [] }, { EventSourceMappings = [] }] = await Promise.all([
    pipes.send(new ListPipesCommand({ NamePrefix: 'tb-' })),
    schedules.send(new ListSchedulesCommand({ NamePrefix: 'tb-' })),
    mappings.send(new ListEventSourceMappingsCommand({})),
  ]);
  for (const client of clients) client.destroy();
  const tally = (states: (string | undefined)[]) =>
    [...new Set(states)].map((state) => `${states.filter((one) => one === state).length} ${state}`).join();
  return {
    pipes: tally(Pipes.map(({ CurrentState }) => CurrentState)),
    schedules: tally(Schedules.map(({ State }) => State)),
    mappings: tally(EventSourceMappings.map(({ State }) => State)),
  };
}

function writeBundle(dir: string, name: string, version: number, first = ''): void {
  const source = `export const handler = async (event) => { ${first} return { statusCode: 200, body: JSON.stringify({ of: '${name}', version: ${version}, provider: event?.pathParameters?.provider }) }; };`;
  writeFileSync(join(dir, `${name}.zip`), zipSync({ 'index.mjs': [strToU8(source), { mtime: new Date(1980, 1, 1) }] }));
}

function secrets(backing: Backing<Names>) {
  const secret = (name: string, stringData: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    stringData,
  });
  const { postgres, aws } = backing;
  return [
    secret('aurora-credentials', { username: postgres.user, password: postgres.password }),
    secret('aws-credentials', { 'access-key-id': aws.accessKeyId, 'secret-access-key': aws.secretAccessKey }),
    secret('zalopay-credentials', { 'app-id': '1', key1: 'k1', key2: 'k2' }),
    secret('payos-credentials', { 'client-id': 'c', 'api-key': 'a', 'checksum-key': 'k' }),
  ];
}

function platform(namespace: string, backing: Backing<Names>, payosUrl: string) {
  const { postgres, redis, kafka, temporal, aws } = backing;
  return {
    apiVersion: 'ticketbottle.io/v1alpha1',
    kind: 'TicketBottlePlatform',
    metadata: { name: 'tb', namespace },
    spec: {
      version: '1.0.0',
      services: { inventory: { replicas: { min: 3, max: 9 } } },
      postgres: { host: postgres.host, port: postgres.port, credentialsSecretRef: { name: 'aurora-credentials' } },
      redis: { address: redis.address },
      kafka: { brokers: kafka.brokers, replicationFactor: 1, topics: { 'order.paid': { partitions: 4 } } },
      temporal: { address: temporal.address, namespace: `ns-${process.pid}` },
      aws: { region: aws.region, endpoint: aws.endpoint, credentialsSecretRef: { name: 'aws-credentials' } },
      payments: {
        providers: [
          { name: 'zalopay', credentialsSecretRef: { name: 'zalopay-credentials' }, baseUrl: payosUrl },
          { name: 'payos', credentialsSecretRef: { name: 'payos-credentials' }, baseUrl: payosUrl },
        ],
      },
    },
  };
}
