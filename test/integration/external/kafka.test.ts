import assert from 'node:assert/strict';
import { createTopics } from '#operator/external/kafka.ts';
import { createKafka, type KafkaAdmin, type KafkaOptions } from '#runtime/kafka.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { bringTo, differences } from './converging.ts';

describe('Kafka topics on a real broker', () => {
  let backing: Backing<'kafka'>;
  let access: KafkaOptions;
  let admin: KafkaAdmin;
  const topic = (name: string, partitions: number, config: Record<string, string> = {}) => ({
    name,
    partitions,
    replicationFactor: 1,
    config,
  });

  before(async function () {
    this.timeout(180_000);
    backing = await startBacking({ which: ['kafka'] });
    access = { brokers: backing.kafka.brokers, clientId: 'test', log: silentLogger() };
    admin = createKafka(access).admin();
  });
  after(async () => {
    await admin?.close();
    await backing?.stop();
  });

  it('makes topics with their settings, then finds nothing to do', async () => {
    const topics = createTopics(access);
    const desired = [topic('order.paid', 3, { 'retention.ms': '3600000' }), topic('queue.position', 1)];
    const done = await bringTo(topics, desired);
    assert.deepEqual(
      done.map(({ action, target }) => `${action} ${target}`),
      ['create topic order.paid', 'create topic queue.position'],
    );
    assert.deepEqual(await differences(topics, desired), []);
    assert.equal((await admin.describeTopics(['order.paid'])).get('order.paid')?.partitions, 3);
  });

  it('adds partitions and never takes any away', async () => {
    const topics = createTopics(access);
    await bringTo(topics, [topic('grows', 2)]);
    await bringTo(topics, [topic('grows', 5)]);
    assert.deepEqual(await bringTo(topics, [topic('grows', 3)]), []);
    assert.equal((await admin.describeTopics(['grows'])).get('grows')?.partitions, 5);
  });

  it('keeps the settings that it does not know when it changes one', async () => {
    const topics = createTopics(access);
    await bringTo(topics, [topic('tuned', 1, { 'retention.ms': '3600000' })]);
    await admin.alterConfigs('tuned', { 'max.message.bytes': '2000000' });
    const done = await bringTo(topics, [topic('tuned', 1, { 'retention.ms': '7200000' })]);
    assert.deepEqual(
      done.map(({ reason }) => reason),
      ['retention.ms is 3600000 instead of 7200000'],
    );
    assert.deepEqual((await admin.describeConfigs(['tuned'])).get('tuned'), {
      'max.message.bytes': '2000000',
      'retention.ms': '7200000',
    });
  });

  it('puts back what somebody changed behind its back', async () => {
    const topics = createTopics(access);
    const desired = [topic('drifts', 1, { 'cleanup.policy': 'compact' })];
    await bringTo(topics, desired);
    await admin.alterConfigs('drifts', { 'cleanup.policy': 'delete' });
    assert.deepEqual(await differences(topics, desired), ['topic drifts: cleanup.policy is delete instead of compact']);
    await bringTo(topics, desired);
    assert.deepEqual(await differences(topics, desired), []);
  });

  it('says which topic the broker refused and why', async () => {
    const topics = createTopics(access);
    const desired = [{ ...topic('too-many', 1), replicationFactor: 3 }];
    const changes = topics.diff(desired, new Map());
    await assert.rejects(topics.apply(changes, AbortSignal.timeout(20_000)), /too-many: .*replication/i);
  });

  it('says which setting the broker refused, which says nothing itself', async () => {
    const topics = createTopics(access);
    await bringTo(topics, [topic('refusing', 1)]);
    const desired = [{ ...topic('refusing', 1), config: { 'retention.ms': 'soon' } }];
    const observed = await topics.observe(desired, AbortSignal.timeout(20_000));
    const applied = topics.apply(topics.diff(desired, observed), AbortSignal.timeout(20_000));
    await assert.rejects(applied, { name: 'TopicsRefused', message: /^refusing: .*retention\.ms=soon.*: ./ });
  });

  it('removes topics, twice too', async () => {
    const topics = createTopics(access);
    await bringTo(topics, [topic('goes', 1)]);
    await topics.remove([topic('goes', 1)], AbortSignal.timeout(20_000));
    await topics.remove([topic('goes', 1)], AbortSignal.timeout(20_000));
    assert.deepEqual(await differences(topics, [topic('goes', 1)]), ['topic goes: does not exist']);
  });

  it('fails in bounded time when no broker answers', async function () {
    this.timeout(30_000);
    const nobody = createTopics({ ...access, brokers: ['127.0.0.1:1'] });
    await assert.rejects(nobody.observe([topic('x', 1)], AbortSignal.timeout(25_000)));
  });
});
