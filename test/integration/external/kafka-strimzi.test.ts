import assert from 'node:assert/strict';
import { join } from 'node:path';
import { keptPartitions } from '#operator/external/kafka.ts';
import { createKafkaTopics, KAFKA_TOPIC, type KafkaTopic, partitionsOf } from '#operator/external/kafka-strimzi.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import type { KubeObject } from '#operator/kube/resource.ts';
import { type ApiServer, installCrds, startApiServer } from '#runtime/local/apiserver.ts';
import { clientOf, makeNamespace } from '../kube/api-fixture.ts';
import { differences } from './converging.ts';

const topic = (name: string, partitions: number, config: Record<string, string> = {}) => ({
  name,
  partitions,
  replicationFactor: 3,
  config,
});

describe('KafkaTopic resources of Strimzi on a real API server', () => {
  let server: ApiServer;
  let client: KubeClient;
  let namespace: string;
  const signal = () => AbortSignal.timeout(20_000);
  const place = () => ({
    namespace,
    cluster: 'shop',
    labels: { 'app.kubernetes.io/managed-by': 'ticketbottle-operator', 'app.kubernetes.io/instance': 'tb' },
  });
  const topics = () => createKafkaTopics(client, place());

  before(async function () {
    this.timeout(120_000);
    server = await startApiServer();
    client = clientOf(server);
  });
  beforeEach(async () => {
    namespace = await makeNamespace(client);
  });
  after(async () => {
    await client?.close();
    await server?.stop();
  });

  const make = async (desired: readonly ReturnType<typeof topic>[]) => {
    const adapter = topics();
    const changes = adapter.diff(desired, await adapter.observe(desired, signal()));
    const steps = changes.filter(({ action }) => action !== 'wait');
    await adapter.apply(steps, signal());
    return steps.map(({ action, target, reason }) => `${action} ${target}: ${reason}`);
  };
  const read = (name: string) => client.get<KafkaTopic>(KAFKA_TOPIC, namespace, name);

  /** What Strimzi's topic operator would write. */
  async function answer(name: string, ready: { status: string; reason?: string; message?: string }): Promise<void> {
    const found = await read(name);
    const status = { observedGeneration: found?.metadata.generation, conditions: [{ type: 'Ready', ...ready }] };
    await client.mergePatch(KAFKA_TOPIC, namespace, name, { status }, { subresource: 'status' });
  }

  it('says that Strimzi is missing, and what to do, while its kind is not installed', async () => {
    await assert.rejects(topics().observe([topic('order.paid', 3)], signal()), /install Strimzi, or set .* to Admin/);
    await installCrds(server, join(import.meta.dirname, 'strimzi'));
  });

  it('makes resources of the cluster, waits for Ready, then finds nothing to do', async () => {
    const desired = [topic('order.paid', 6, { 'retention.ms': '3600000' }), topic('Queue_Position', 1)];
    assert.deepEqual(await make(desired), [
      'create topic order.paid: has no KafkaTopic',
      'create topic Queue_Position: has no KafkaTopic',
    ]);
    const made = await read('order.paid');
    assert.equal(made?.metadata.labels?.['strimzi.io/cluster'], 'shop');
    assert.deepEqual(made?.spec, {
      topicName: 'order.paid',
      partitions: 6,
      replicas: 3,
      config: { 'retention.ms': '3600000' },
    });
    assert.equal((await read('queue-position'))?.spec?.topicName, 'Queue_Position');
    assert.deepEqual(await differences(topics(), desired), [
      'topic order.paid: waits for the topic operator of Strimzi',
      'topic Queue_Position: waits for the topic operator of Strimzi',
    ]);
    await answer('order.paid', { status: 'True' });
    await answer('queue-position', { status: 'False', reason: 'NotSupported', message: 'Replicas too many' });
    assert.deepEqual(await differences(topics(), desired), [
      'topic Queue_Position: is not ready in Strimzi: NotSupported: Replicas too many',
    ]);
    await answer('queue-position', { status: 'True' });
    assert.deepEqual(await differences(topics(), desired), []);
    const before = (await read('order.paid'))?.metadata.resourceVersion;
    assert.deepEqual(await make(desired), []);
    assert.equal((await read('order.paid'))?.metadata.resourceVersion, before);
  });

  it('raises partitions and never lowers them: says so instead', async () => {
    await make([topic('grows', 2)]);
    assert.deepEqual(await make([topic('grows', 5)]), ['update topic grows: has 2 partitions instead of 5']);
    assert.equal((await read('grows'))?.spec?.partitions, 5);
    await answer('grows', { status: 'True' });
    const fewer = [topic('grows', 3)];
    assert.deepEqual(await make(fewer), []);
    assert.deepEqual(await differences(topics(), fewer), []);
    const [kept] = keptPartitions(fewer, partitionsOf(await topics().observe(fewer, signal())));
    assert.match(kept ?? '', /topic grows keeps its 5 partitions instead of 3, as Kafka cannot take any away: set/);
    // Another change must not lower them by the way.
    await make([topic('grows', 3, { 'cleanup.policy': 'compact' })]);
    assert.equal((await read('grows'))?.spec?.partitions, 5);
  });

  it('puts back what somebody changed, keeps what others added, and takes back what it no longer wants', async () => {
    const desired = [topic('drifts', 1, { 'retention.ms': '1000' })];
    await make(desired);
    await client.mergePatch(KAFKA_TOPIC, namespace, 'drifts', {
      spec: { config: { 'retention.ms': 7, 'max.message.bytes': 2_000_000 } },
    });
    assert.deepEqual(await make(desired), ['update topic drifts: retention.ms is 7 instead of 1000']);
    assert.deepEqual((await read('drifts'))?.spec?.config, { 'retention.ms': '1000', 'max.message.bytes': 2_000_000 });
  });

  it('takes over a resource that people made, and keeps away from another cluster', async () => {
    const made = (name: string, cluster: string) =>
      client.create(KAFKA_TOPIC, {
        apiVersion: 'kafka.strimzi.io/v1',
        kind: 'KafkaTopic',
        metadata: { name, namespace, labels: { 'strimzi.io/cluster': cluster } },
        spec: { partitions: 9, replicas: 2 },
      } as KubeObject);
    await made('theirs', 'shop');
    await made('elsewhere', 'other');
    const desired = [topic('theirs', 3), topic('elsewhere', 3)];
    assert.deepEqual(await make(desired), ['update topic theirs: lacks the labels of its cluster and platform']);
    assert.deepEqual((await read('theirs'))?.spec, { topicName: 'theirs', partitions: 9, replicas: 2 });
    const found = await differences(topics(), desired);
    assert.match(found[0] ?? '', /theirs: has replication factor 2 instead of 3: change spec.replicas/);
    assert.match(found.at(-1) ?? '', /elsewhere: KafkaTopic elsewhere is for the cluster other instead of shop/);
    assert.equal((await read('elsewhere'))?.metadata.labels?.['app.kubernetes.io/managed-by'], undefined);
  });

  it('tells a paused and an unmanaged topic by what to type', async () => {
    await make([topic('paused', 1)]);
    for (const type of ['ReconciliationPaused', 'Unmanaged']) {
      const status = { conditions: [{ type, status: 'True' }] };
      await client.mergePatch(KAFKA_TOPIC, namespace, 'paused', { status }, { subresource: 'status' });
      const [line] = await differences(topics(), [topic('paused', 1)]);
      assert.match(line ?? '', /kubectl annotate kafkatopic paused strimzi.io\/(pause-reconciliation|managed)-$/);
    }
  });

  it('removes only what is ours, twice too', async () => {
    await make([topic('goes', 1)]);
    await client.create(KAFKA_TOPIC, {
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'KafkaTopic',
      metadata: { name: 'stays', namespace },
      spec: { partitions: 1 },
    } as KubeObject);
    const both = [topic('goes', 1), topic('stays', 1)];
    await topics().remove(both, signal());
    await topics().remove(both, signal());
    assert.equal(await read('goes'), undefined);
    assert.ok(await read('stays'));
  });
});
