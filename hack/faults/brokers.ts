import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { TOPIC } from '#proto/names.ts';
import { createKafka, type KafkaAdmin, type KafkaPort } from '#runtime/kafka.ts';
import { ORDERS_TABLE, type Shop } from '#runtime/local/shop/shop.ts';
import { silentLogger } from '#runtime/log.ts';
import type { Finding } from './audit.ts';
import { lostFromBrokers } from './broker-log.ts';
import { type Fault, type FaultContext, freezeServer, pause, until } from './fault.ts';
import { caughtUp, now, publishedIds, publishedSince, waiting } from './outboxes.ts';

const TOPICS = Object.values(TOPIC);
const ACKNOWLEDGED = 'acknowledged';
/** Nobody listens to it. */
const PROBE = 'faults.probe';
/** The first one is the controller too, and stays: what is lost here are replicas. */
const BROKERS = ['kafka', 'kafka-2', 'kafka-3'] as const;
/** Of three partitions: so many that each consumer is most likely in the midst of some. */
const UNHANDLED = 6;
const UNREADABLE = [
  'no json',
  '{"id":"x"}',
  '{"id":"y","type":"payment.completed","time":"x","key":"k","data":{"orderId":7}}',
];

/** Kafka brokers that go away, with what is written on them. */
export const brokers: readonly Fault[] = [
  {
    number: 12,
    name: 'kafka-brokers',
    title:
      'one of three brokers killed, then a second; all frozen for ten minutes, then killed; a message nobody can read; a consumer that dies mid-batch',
    brokers: 3,
    async run(context) {
      const { shop, lasting, say } = context;
      const kafka = createKafka({ brokers: shop.backing.kafka.brokers, clientId: 'faults', log: silentLogger() });
      const admin = kafka.admin();
      await using stack = new AsyncDisposableStack();
      stack.defer(() => admin.close());
      stack.defer(() => shop.backing.start('kafka'));
      await admin.createTopics([
        { name: PROBE, partitions: 3, replicationFactor: 3, config: { 'min.insync.replicas': '2' } },
      ]);

      say('killing one of three brokers');
      const one = await withTwoInSync(context, admin);
      say(`${one.said}; killing a second broker`);
      const two = await withOneInSync(context, kafka, admin);
      say(`${two.said}; freezing all three`);

      const frozenMs = lasting(600_000, 15_000);
      const thaw = BROKERS.map((name) => freezeServer(shop, name));
      await pause(frozenMs);
      for (const go of thaw) go();
      say('killing all three');
      await shop.backing.restart('kafka', 'SIGKILL');
      await caughtUp(shop, 'what waited through the outage');
      say('messages that nobody can read, and a consumer that dies');
      const producer = kafka.producer();
      stack.defer(() => producer.close());
      const unreadable = UNREADABLE.map((value) => ({ key: 'poison', value }));
      await producer.send(TOPIC.paymentCompleted, unreadable, { signal: AbortSignal.timeout(60_000) });
      const unhandled = await consumerDies(context, admin);
      await until('what nobody can read is put aside', async () => (await parked(shop)) >= unreadable.length, 60_000);
      say('reading all that the brokers have');
      const lost = await lostFromBrokers(shop.backing.kafka.brokers, TOPICS, await publishedIds(shop));
      return {
        note: `${one.said}; ${two.said}; all frozen for ${frozenMs / 1000} s and killed; ${unreadable.length} unreadable messages; a consumer joined and died with ${unhandled} unhandled`,
        findings: [...two.findings, ...lost],
      };
    },
  },
];

/** A broker is killed: its partitions get other leaders, and all goes on. */
async function withTwoInSync({ shop, lasting }: FaultContext, admin: KafkaAdmin): Promise<{ readonly said: string }> {
  kill(shop, 'kafka-3');
  const killed = performance.now();
  await until(
    'the partitions of the killed broker have other leaders',
    async () => {
      const topics = [...(await admin.describeTopics(TOPICS).catch(() => new Map())).values()];
      return topics.length > 0 && topics.every((topic) => topic.leaderless === 0 && topic.underReplicated > 0);
    },
    60_000,
  );
  const electedMs = performance.now() - killed;
  await caughtUp(shop, 'what waited for the election');
  const caughtUpMs = performance.now() - killed - electedMs;
  const since = await now(shop);
  await pause(lasting(60_000, 6_000));
  await caughtUp(shop, 'what came with two brokers');
  const { count, slowestMs } = await publishedSince(shop, since);
  if (count === 0) throw new Error('nothing was published with two brokers');
  return {
    said: `new leaders ${seconds(electedMs)} after one of three was killed, the outboxes empty ${seconds(caughtUpMs)} later, then ${count} messages in at most ${seconds(slowestMs)} each`,
  };
}

/** A second one is killed: the last one may take nothing, and says so; then both come back. */
async function withOneInSync(
  { shop, lasting }: FaultContext,
  kafka: KafkaPort,
  admin: KafkaAdmin,
): Promise<{ readonly said: string; readonly findings: readonly Finding[] }> {
  kill(shop, 'kafka-2');
  const answers: string[] = [];
  await until(
    'the last broker answers',
    async () => {
      answers.push(await probed(kafka));
      return ['NOT_ENOUGH_REPLICAS', ACKNOWLEDGED].includes(answers.at(-1) ?? '');
    },
    90_000,
  );
  const since = await now(shop);
  await pause(lasting(60_000, 8_000));
  const findings: Finding[] = [];
  const violated = (detail: string) => findings.push({ kind: 'violated', invariant: 'I11', detail });
  answers.push(await probed(kafka));
  if (answers.includes(ACKNOWLEDGED)) violated('one replica of three acknowledged a message');
  const { count } = await publishedSince(shop, since);
  if (count > 0) violated(`${count} messages were marked as published while two were needed to take them`);
  const held = await waiting(shop);
  if (held === 0 && findings.length === 0) throw new Error('no message waited for a second replica');
  const back = performance.now();
  await shop.backing.start('kafka');
  const startedMs = performance.now() - back;
  await caughtUp(shop, 'what waited for a second replica');
  await until(
    'all replicas are in sync again',
    async () =>
      [...(await admin.describeTopics(TOPICS)).values()].every(({ underReplicated }) => underReplicated === 0),
    120_000,
  );
  return {
    said: `with one in-sync replica left ${findings.length === 0 ? 'it refused' : 'messages were taken'}, and ${held} messages waited; both brokers back after ${seconds(startedMs)}, the outboxes empty ${seconds(performance.now() - back - startedMs)} later`,
    findings,
  };
}

/** A second worker takes over some partitions and dies with messages in hand. Returns how many nobody had handled. */
async function consumerDies({ shop, load }: FaultContext, admin: KafkaAdmin): Promise<number> {
  await shop.programs['order-2'].start();
  // Buyers who have their link already: without Temporal there are no new ones.
  load.hesitationMs = 6_000;
  await pause(load.hesitationMs);
  // Handlers wait for Temporal, whoever has the message.
  const thaw = freezeServer(shop, 'temporal');
  try {
    let unhandled = 0;
    await until('messages are in hand', async () => {
      unhandled = await admin.groupLag('order', TOPIC.paymentCompleted).catch(() => 0);
      return unhandled >= UNHANDLED;
    });
    await shop.programs['order-2'].stop('SIGKILL');
    return unhandled;
  } finally {
    thaw();
    load.hesitationMs = 0;
  }
}

function kill(shop: Shop, broker: (typeof BROKERS)[number]): void {
  const pid = shop.backing.pidOf(broker);
  if (pid === undefined) throw new Error(`${broker} does not run`);
  process.kill(pid, 'SIGKILL');
}

/** What becomes of a message to each partition: the error that the broker answered, if it said one. */
async function probed(kafka: KafkaPort): Promise<string> {
  const producer = kafka.producer();
  const messages = Array.from({ length: 16 }, (_, n) => ({ key: String(n), value: 'probe' }));
  try {
    await producer.send(PROBE, messages, { signal: AbortSignal.timeout(30_000) });
    return ACKNOWLEDGED;
  } catch (error) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      if ('type' in cause && typeof cause.type === 'string') return cause.type;
    return String(error);
  } finally {
    await producer.close();
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** Messages that the order service put aside because nobody can read them. */
async function parked({ dynamo }: Shop): Promise<number> {
  const { Count } = await dynamo.send(
    new ScanCommand({
      TableName: ORDERS_TABLE,
      ConsistentRead: true,
      FilterExpression: 'begins_with(order_id, :parked)',
      ExpressionAttributeValues: { ':parked': 'parked#' },
    }),
  );
  return Count ?? 0;
}
