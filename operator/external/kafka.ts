import { createKafka, type KafkaAdmin, type KafkaOptions, type TopicSpec, type TopicState } from '#runtime/kafka.ts';
import type { Adapter, Change } from './adapter.ts';

export interface ObservedTopic extends TopicState {
  /** Settings made on the topic itself. */
  readonly config: Readonly<Record<string, string>>;
}

/** Topics that exist, of those asked for. */
export type ObservedTopics = ReadonlyMap<string, ObservedTopic>;

export type TopicStep =
  | { readonly kind: 'create'; readonly topic: TopicSpec }
  | { readonly kind: 'add-partitions'; readonly name: string; readonly total: number }
  | { readonly kind: 'set-config'; readonly name: string; readonly config: Readonly<Record<string, string>> }
  | { readonly kind: 'none' };

export interface TopicChange extends Change {
  readonly step: TopicStep;
}

/** Kafka refused one or more topics. The message names each with the broker's reason. */
export class TopicsRefused extends Error {
  override readonly name = 'TopicsRefused';
}

/**
 * Topics and their settings. Partitions only ever grow; settings that the spec does not name are kept. Connects for each
 * operation: a look every few minutes does not keep sockets open for ever.
 */
export function createTopics(access: KafkaOptions): Adapter<readonly TopicSpec[], ObservedTopics, TopicChange> {
  return {
    observe: (desired, signal) =>
      withAdmin(access, signal, async (admin) => {
        const names = desired.map(({ name }) => name);
        const states = await admin.describeTopics(names);
        const configs = await admin.describeConfigs([...states.keys()]);
        return new Map([...states].map(([name, state]) => [name, { ...state, config: configs.get(name) ?? {} }]));
      }),
    diff: diffTopics,
    apply: (changes, signal) =>
      withAdmin(access, signal, async (admin) => {
        const steps = changes.map(({ step }) => step);
        const missing = steps.flatMap((step) => (step.kind === 'create' ? [step.topic] : []));
        if (missing.length > 0) await admin.createTopics(missing);
        for (const step of steps) {
          signal.throwIfAborted();
          if (step.kind === 'add-partitions')
            await named(`${step.name}: ${step.total} partitions`, admin.createPartitions(step.name, step.total));
          // Reads the present set first and sends it whole, as the call beneath resets what it is not given.
          if (step.kind === 'set-config')
            await named(`${step.name}: ${settingsText(step.config)}`, admin.alterConfigs(step.name, step.config));
        }
      }),
    remove: (desired, signal) =>
      withAdmin(access, signal, (admin) => admin.deleteTopics(desired.map(({ name }) => name))),
  };
}

export function diffTopics(desired: readonly TopicSpec[], observed: ObservedTopics): TopicChange[] {
  return desired.flatMap((topic): TopicChange[] => {
    const target = `topic ${topic.name}`;
    const found = observed.get(topic.name);
    if (found === undefined)
      return [{ target, action: 'create', reason: 'does not exist', step: { kind: 'create', topic } }];
    return [...partitionChanges(topic, found), ...configChanges(topic, found), ...durabilityChanges(topic, found)].map(
      (change) => ({ target, ...change }),
    );
  });
}

/** Topics with more partitions than the spec says, as lines for people. They stay: Kafka cannot take partitions away. */
export function keptPartitions(
  desired: readonly TopicSpec[],
  observed: ReadonlyMap<string, { readonly partitions: number }>,
): string[] {
  return desired.flatMap(({ name, partitions }) => {
    const found = observed.get(name)?.partitions ?? 0;
    if (found <= partitions) return [];
    return [
      `topic ${name} keeps its ${found} partitions instead of ${partitions}, as Kafka cannot take any away: set spec.kafka.topics["${name}"].partitions to ${found}, or make the topic anew`,
    ];
  });
}

type Partial = Omit<TopicChange, 'target'>;

/** More partitions than wanted are fine: they cannot be taken away, and a sale may have raised them. */
function partitionChanges({ name, partitions }: TopicSpec, found: ObservedTopic): Partial[] {
  if (found.partitions >= partitions) return [];
  const reason = `has ${found.partitions} partitions instead of ${partitions}`;
  return [
    { action: 'update', reason, addsPartitions: true, step: { kind: 'add-partitions', name, total: partitions } },
  ];
}

function configChanges({ name, config = {} }: TopicSpec, found: ObservedTopic): Partial[] {
  const wrong = Object.entries(config).filter(([setting, value]) => found.config[setting] !== value);
  if (wrong.length === 0) return [];
  const reason = wrong
    .map(([setting, value]) => `${setting} is ${found.config[setting] ?? 'not set'} instead of ${value}`)
    .join(', ');
  return [{ action: 'update', reason, step: { kind: 'set-config', name, config: Object.fromEntries(wrong) } }];
}

/** What only people or time can mend. */
function durabilityChanges({ replicationFactor }: TopicSpec, found: ObservedTopic): Partial[] {
  const wait = (reason: string, byHand: boolean): Partial => ({
    action: 'wait',
    reason,
    byHand,
    step: { kind: 'none' },
  });
  const waits: Partial[] = [];
  if (found.leaderless > 0)
    waits.push(
      wait(`${found.leaderless} of its partitions have no leader: bring the broker back that holds them`, false),
    );
  if (found.replicationFactor < replicationFactor) {
    const reason = `has replication factor ${found.replicationFactor} instead of ${replicationFactor}: reassign its partitions, or lower spec.kafka.replicationFactor`;
    waits.push(wait(reason, true));
  }
  return waits;
}

async function withAdmin<T>(
  access: KafkaOptions,
  signal: AbortSignal,
  use: (admin: KafkaAdmin) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const admin = createKafka(access).admin();
  try {
    return await use(admin);
  } catch (error) {
    throw explain(error);
  } finally {
    await admin.close();
  }
}

const settingsText = (config: Readonly<Record<string, string>>): string =>
  Object.entries(config)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');

/** What a broker refuses, it refuses without a word about which. */
async function named<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const { type } = error as { type?: unknown };
    if (typeof type !== 'string' || !/^(INVALID_|POLICY_)/.test(type)) throw error;
    throw new TopicsRefused(`${what}: ${(error as Error).message}`, { cause: error });
  }
}

/** One error out of an aggregate, whose own message says nothing. */
function explain(error: unknown): unknown {
  const inner = (error as { errors?: unknown }).errors;
  if (!Array.isArray(inner)) return error;
  const lines = inner.map(
    (one: { topic?: string; message?: string }) => `${one.topic ?? 'topic'}: ${one.message ?? one}`,
  );
  return new TopicsRefused(lines.join('; '), { cause: error });
}
