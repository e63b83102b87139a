import type { TopicSpec } from '#runtime/kafka.ts';
import { isNotFound } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { apiVersion, type KubeObject, type Resource } from '../kube/resource.ts';
import type { Adapter, Change } from './adapter.ts';

/** Strimzi's own kind. Read by polling: a watch of a kind that is not installed would fail for ever. */
export const KAFKA_TOPIC: Resource = {
  group: 'kafka.strimzi.io',
  version: 'v1',
  plural: 'kafkatopics',
  kind: 'KafkaTopic',
  namespaced: true,
};

export interface KafkaTopic extends KubeObject {
  readonly spec?: {
    readonly topicName?: string;
    readonly partitions?: number;
    readonly replicas?: number;
    /** Numbers and booleans need no quotes there. */
    readonly config?: Readonly<Record<string, string | number | boolean>>;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

/** Where the resources live, and which Strimzi cluster they are for. */
export interface StrimziPlace {
  readonly namespace: string;
  readonly cluster: string;
  /** Labels of ours, by which a resource counts as made by this platform. */
  readonly labels: Readonly<Record<string, string>>;
}

/** By the topic's name in Kafka. */
export type ObservedKafkaTopics = ReadonlyMap<string, KafkaTopic>;

export interface KafkaTopicChange extends Change {
  readonly step: { readonly kind: 'apply'; readonly object: KafkaTopic } | { readonly kind: 'none' };
}

/** The API server has no such kind. */
export class StrimziMissing extends Error {
  override readonly name = 'StrimziMissing';
}

const CLUSTER_LABEL = 'strimzi.io/cluster';
const FIELD_MANAGER = 'ticketbottle-operator';

/**
 * Topics as KafkaTopic resources: Strimzi's topic operator makes them in Kafka, we wait for its Ready. Partitions only ever
 * grow; settings that the spec does not name are kept.
 */
export function createKafkaTopics(
  client: KubeClient,
  place: StrimziPlace,
): Adapter<readonly TopicSpec[], ObservedKafkaTopics, KafkaTopicChange> {
  const list = async (signal: AbortSignal) => {
    try {
      return await client.list<KafkaTopic>(KAFKA_TOPIC, { namespace: place.namespace, signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new StrimziMissing(
        'this cluster has no KafkaTopic kafka.strimzi.io/v1: install Strimzi, or set spec.kafka.management to Admin',
        { cause: error },
      );
    }
  };
  return {
    async observe(desired, signal) {
      const wanted = new Set(desired.map(({ name }) => name));
      const found = new Map<string, KafkaTopic>();
      for (const topic of await list(signal)) if (wanted.has(topicName(topic))) found.set(topicName(topic), topic);
      return found;
    },
    diff: (desired, observed) => diffKafkaTopics(place, desired, observed),
    async apply(changes, signal) {
      for (const { step } of changes)
        if (step.kind === 'apply')
          await client.apply(KAFKA_TOPIC, step.object, { fieldManager: FIELD_MANAGER, signal });
    },
    async remove(desired, signal) {
      const wanted = new Set(desired.map(({ name }) => name));
      for (const topic of await list(signal))
        if (wanted.has(topicName(topic)) && isOurs(place, topic))
          await client.delete(KAFKA_TOPIC, place.namespace, topic.metadata.name, { signal });
    },
  };
}

export function diffKafkaTopics(
  place: StrimziPlace,
  desired: readonly TopicSpec[],
  observed: ObservedKafkaTopics,
): KafkaTopicChange[] {
  return desired.flatMap((topic): KafkaTopicChange[] => {
    const target = `topic ${topic.name}`;
    const found = observed.get(topic.name);
    const wait = (reason: string, byHand: boolean): KafkaTopicChange => ({
      ...{ target, action: 'wait', reason, byHand, step: { kind: 'none' } },
    });
    if (found === undefined) {
      const object = manifest(place, topic, objectName(topic.name), topic);
      return [{ target, action: 'create', reason: 'has no KafkaTopic', step: { kind: 'apply', object } }];
    }
    const cluster = found.metadata.labels?.[CLUSTER_LABEL];
    if (cluster !== undefined && cluster !== place.cluster)
      return [
        wait(
          `KafkaTopic ${found.metadata.name} is for the cluster ${cluster} instead of ${place.cluster}: delete it, or correct spec.kafka.strimzi.cluster`,
          true,
        ),
      ];
    const reasons = differencesOf(place, topic, found);
    if (reasons.length > 0) {
      const partitions = Math.max(topic.partitions, found.spec?.partitions ?? 0);
      const replicationFactor = found.spec?.replicas ?? topic.replicationFactor;
      const object = manifest(place, { ...topic, partitions, replicationFactor }, found.metadata.name, topic);
      const addsPartitions = (found.spec?.partitions ?? 0) < topic.partitions;
      return [
        { target, action: 'update', reason: reasons.join(', '), addsPartitions, step: { kind: 'apply', object } },
      ];
    }
    const replicas = found.spec?.replicas ?? topic.replicationFactor;
    const waits: KafkaTopicChange[] = [];
    if (replicas < topic.replicationFactor)
      waits.push(
        wait(
          `has replication factor ${replicas} instead of ${topic.replicationFactor}: change spec.replicas of KafkaTopic ${found.metadata.name} (Strimzi needs Cruise Control for it), or lower spec.kafka.replicationFactor`,
          true,
        ),
      );
    const verdict = verdictOf(found);
    if (verdict !== undefined) waits.push(wait(verdict, /kubectl/.test(verdict)));
    return waits;
  });
}

/** Number of partitions that each resource asks for, as `keptPartitions` wants them. */
export function partitionsOf(observed: ObservedKafkaTopics): Map<string, { partitions: number }> {
  return new Map([...observed].map(([name, { spec }]) => [name, { partitions: spec?.partitions ?? 0 }]));
}

function differencesOf(place: StrimziPlace, topic: TopicSpec, found: KafkaTopic): string[] {
  const reasons: string[] = [];
  const { partitions = 0, config = {} } = found.spec ?? {};
  if (partitions < topic.partitions) reasons.push(`has ${partitions} partitions instead of ${topic.partitions}`);
  for (const [setting, value] of Object.entries(topic.config ?? {}))
    if (String(config[setting]) !== value)
      reasons.push(`${setting} is ${config[setting] ?? 'not set'} instead of ${value}`);
  if (!isOurs(place, found) || found.metadata.labels?.[CLUSTER_LABEL] === undefined)
    reasons.push('lacks the labels of its cluster and platform');
  return reasons;
}

/** What keeps a topic from being ready in Strimzi's eyes; undefined when it is. */
function verdictOf({ metadata, status }: KafkaTopic): string | undefined {
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type && one.status === 'True');
  if (condition('ReconciliationPaused') !== undefined)
    return `is paused in Strimzi: kubectl annotate kafkatopic ${metadata.name} strimzi.io/pause-reconciliation-`;
  if (condition('Unmanaged') !== undefined)
    return `is unmanaged in Strimzi: kubectl annotate kafkatopic ${metadata.name} strimzi.io/managed-`;
  if (status?.observedGeneration !== metadata.generation) return 'waits for the topic operator of Strimzi';
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return undefined;
  if (ready === undefined) return 'waits for the topic operator of Strimzi';
  return `is not ready in Strimzi: ${ready.reason ?? 'no reason given'}${ready.message === undefined ? '' : `: ${ready.message}`}`;
}

function manifest(place: StrimziPlace, shape: TopicSpec, name: string, { config }: TopicSpec): KafkaTopic {
  return {
    apiVersion: apiVersion(KAFKA_TOPIC),
    kind: KAFKA_TOPIC.kind,
    metadata: {
      name,
      namespace: place.namespace,
      labels: { ...place.labels, [CLUSTER_LABEL]: place.cluster },
    },
    spec: {
      topicName: shape.name,
      partitions: shape.partitions,
      replicas: shape.replicationFactor,
      ...(config === undefined || Object.keys(config).length === 0 ? {} : { config }),
    },
  };
}

function isOurs({ labels }: StrimziPlace, { metadata }: KafkaTopic): boolean {
  return Object.entries(labels).every(([label, value]) => metadata.labels?.[label] === value);
}

function topicName({ metadata, spec }: KafkaTopic): string {
  return spec?.topicName ?? metadata.name;
}

/** Names of topics may hold capitals and underscores, names of objects may not. */
function objectName(topic: string): string {
  return topic
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
}
