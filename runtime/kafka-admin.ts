import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { systemClock } from './clock.ts';

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config?: Readonly<Record<string, string>>;
}

export interface TopicState {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Partitions that have no leader now. */
  readonly leaderless: number;
  /** Partitions with fewer in-sync replicas than replicas. */
  readonly underReplicated: number;
}

/** What the operator needs of a Kafka cluster. Every method connects on first use. */
export interface KafkaAdmin {
  listTopics(): Promise<string[]>;
  /** Those of the named topics that exist. Never creates one, also where the broker would. */
  describeTopics(names: readonly string[]): Promise<Map<string, TopicState>>;
  /** Creates what does not exist and waits for leaders; gives the names it created. */
  createTopics(topics: readonly TopicSpec[]): Promise<string[]>;
  /** Raises the number of partitions to `total`; Kafka cannot lower it and refuses. */
  createPartitions(name: string, total: number): Promise<void>;
  /** Settings made on the topic itself, without inherited and default ones. */
  describeConfigs(names: readonly string[]): Promise<Map<string, Readonly<Record<string, string>>>>;
  /**
   * Sets and removes settings and keeps the others. The call beneath replaces the whole set, so it is read first and sent
   * complete: a setting changed by somebody else in that moment is lost. Gives the set that was sent.
   */
  alterConfigs(
    name: string,
    set: Readonly<Record<string, string>>,
    remove?: readonly string[],
  ): Promise<Readonly<Record<string, string>>>;
  deleteTopics(names: readonly string[]): Promise<void>;
  /** Messages a group is behind, summed over the partitions of the topic. */
  groupLag(groupId: string, topic: string): Promise<number>;
  /** Whether Kafka holds records of the topic that it took between two moments, ms since the epoch. */
  hasRecords(topic: string, from: number, to: number): Promise<boolean>;
  /** Forgets groups that nobody is in any more. */
  deleteGroups(groupIds: readonly string[]): Promise<void>;
  /** Broker ids. For "is it there". */
  brokers(): Promise<number[]>;
  close(): Promise<void>;
}

const LEADER_WAIT_MS = 10_000;
const NOT_YET = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);

/** A topic that was just made is known to all brokers, and has leaders, only a moment later. */
async function leadersKnown(admin: Admin, topics: string[]): Promise<void> {
  const until = systemClock.monotonic() + LEADER_WAIT_MS;
  for (;;) {
    try {
      const metadata = await admin.fetchTopicMetadata({ topics });
      if (metadata.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
    } catch (error) {
      if (!(error instanceof Error && 'type' in error && NOT_YET.has(String(error.type)))) throw error;
    }
    if (systemClock.monotonic() > until)
      throw new Error(`no leaders after ${LEADER_WAIT_MS / 1000} s: ${topics.join(', ')}`);
    await systemClock.sleep(50);
  }
}

export function createKafkaAdmin(kafka: Kafka): KafkaAdmin {
  let connecting: Promise<Admin> | undefined;
  const connected = (): Promise<Admin> => {
    connecting ??= (async () => {
      const admin = kafka.admin({ retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 2_000 } });
      await admin.connect();
      return admin;
    })();
    // A failed connect is not kept.
    connecting.catch(() => {
      connecting = undefined;
    });
    return connecting;
  };

  const self: KafkaAdmin = {
    listTopics: async () => (await connected()).listTopics(),

    async describeTopics(names) {
      const admin = await connected();
      const present = new Set(await admin.listTopics());
      const topics = names.filter((name) => present.has(name));
      if (topics.length === 0) return new Map();
      const metadata = await admin.fetchTopicMetadata({ topics });
      return new Map(
        metadata.topics.map(({ name, partitions }) => [
          name,
          {
            name,
            partitions: partitions.length,
            replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
            leaderless: partitions.filter(({ leader }) => leader < 0).length,
            underReplicated: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
          },
        ]),
      );
    },

    async createTopics(topics) {
      const admin = await connected();
      const present = new Set(await admin.listTopics());
      const missing = topics.filter(({ name }) => !present.has(name));
      if (missing.length === 0) return [];
      // False means that somebody else was faster with all of them.
      const created = await admin.createTopics({
        // The library's own wait gives up when a broker has not heard of the topic yet.
        waitForLeaders: false,
        timeout: 10_000,
        topics: missing.map(({ name, partitions, replicationFactor, config }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor,
          configEntries: entries(config ?? {}),
        })),
      });
      await leadersKnown(
        admin,
        missing.map(({ name }) => name),
      );
      return created ? missing.map(({ name }) => name) : [];
    },

    async createPartitions(name, total) {
      await (await connected()).createPartitions({ timeout: 10_000, topicPartitions: [{ topic: name, count: total }] });
    },

    async describeConfigs(names) {
      if (names.length === 0) return new Map();
      const answer = await (await connected()).describeConfigs({
        includeSynonyms: false,
        resources: names.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
      });
      return new Map(
        answer.resources.map(({ resourceName, configEntries }) => [
          resourceName,
          Object.fromEntries(
            configEntries
              .filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG)
              .map(({ configName, configValue }) => [configName, configValue]),
          ),
        ]),
      );
    },

    async alterConfigs(name, set, remove = []) {
      const current = (await self.describeConfigs([name])).get(name) ?? {};
      const next = Object.fromEntries(Object.entries({ ...current, ...set }).filter(([key]) => !remove.includes(key)));
      await (await connected()).alterConfigs({
        validateOnly: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configEntries: entries(next) }],
      });
      return next;
    },

    async deleteTopics(names) {
      const admin = await connected();
      const present = new Set(await admin.listTopics());
      const topics = names.filter((name) => present.has(name));
      if (topics.length > 0) await admin.deleteTopics({ topics, timeout: 10_000 });
    },

    async groupLag(groupId, topic) {
      const admin = await connected();
      const ends = await admin.fetchTopicOffsets(topic);
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const at = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      return ends.reduce((sum, { partition, high, low }) => {
        const offset = at.get(partition) ?? -1;
        return sum + Math.max(0, Number(high) - (offset < 0 ? Number(low) : offset));
      }, 0);
    },

    async hasRecords(topic, from, to) {
      if (to <= from) return false;
      const admin = await connected();
      const starts = await admin.fetchTopicOffsetsByTimestamp(topic, from + 1);
      const ends = await admin.fetchTopicOffsetsByTimestamp(topic, to);
      const at = new Map(starts.map(({ partition, offset }) => [partition, Number(offset)]));
      return ends.some(({ partition, offset }) => Number(offset) > (at.get(partition) ?? Number.POSITIVE_INFINITY));
    },

    async deleteGroups(groupIds) {
      await (await connected()).deleteGroups([...groupIds]);
    },

    async brokers() {
      return (await (await connected()).describeCluster()).brokers.map(({ nodeId }) => nodeId);
    },

    async close() {
      const admin = await connecting?.catch(() => undefined);
      connecting = undefined;
      await admin?.disconnect();
    },
  };
  return self;
}

function entries(config: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(config).map(([name, value]) => ({ name, value }));
}
