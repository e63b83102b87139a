import type { Change } from '../../external/adapter.ts';
import { createTopics, keptPartitions } from '../../external/kafka.ts';
import { createKafkaTopics, partitionsOf, type StrimziPlace } from '../../external/kafka-strimzi.ts';
import { admission } from '../adoption.ts';
import { converge } from '../converge.ts';
import { wantedTopics } from '../kafka-topics.ts';
import { findingOf, lookAfter } from '../look-after.ts';
import { labelsOf } from '../names.ts';
import type { Pass } from '../pass.ts';
import { kafkaAccess, withLog } from '../store-access.ts';

/** TopicsReady: every topic with at least its partitions; partitions only ever go up. */
export async function lookAfterTopics(pass: Pass): Promise<void> {
  const { platform, report, observeOnly } = pass;
  const { management } = platform.spec.kafka;
  const wanted = wantedTopics(platform);
  if (management === 'Unmanaged') {
    report.say('TopicsReady', 'True', 'NotUsed', 'spec.kafka.management is Unmanaged: somebody else makes the topics');
    return;
  }
  const place = strimziPlace(pass);
  const access = kafkaAccess(pass);
  if (place === undefined && access === undefined) {
    report.say(
      'TopicsReady',
      'False',
      'WaitingForDependency',
      'Waits for the Secret with the credentials: see SecretsReady',
    );
    return;
  }
  const { freeze } = pass;
  const inputs = [place ?? access, wanted, management, freeze.frozen, platform.spec.adoptionPolicy];
  const shown = await lookAfter(pass, 'TopicsReady', inputs, async (signal) => {
    const admit = admission(
      pass,
      wanted.map(({ name }) => `topic ${name}`),
    );
    // More partitions move keys between them, under the feet of whoever reads in order.
    const holds = (change: Change) => freeze.frozen && change.addsPartitions === true;
    const options = { observeOnly, signal, admit, holds };
    const { observed, pending, applied } = await (place === undefined
      ? converge(createTopics(withLog(access as Access, pass.ctx.log)), wanted, options)
      : converge(createKafkaTopics(pass.children.client, place), wanted, options).then((found) => ({
          ...found,
          observed: partitionsOf(found.observed),
        })));
    const isReady = (name: string) => !pending.some(({ target }) => target === `topic ${name}`);
    const value = wanted.map(({ name, partitions }) => ({
      name,
      partitions: observed.get(name)?.partitions ?? partitions,
      ready: isReady(name),
    }));
    const kept = keptPartitions(wanted, observed);
    const ready = [`${wanted.length} topics`, ...kept].join('; ');
    const finding = findingOf(pending, applied, value, { ready, observeOnly });
    if (finding.state === 'ready' && kept.length > 0) return { ...finding, reason: 'PartitionsKept' };
    if (observeOnly || !pending.some(holds)) return finding;
    return {
      ...finding,
      state: 'drifted',
      reason: 'ChangeFrozen',
      message: `${finding.message}. Held back: ${freeze.reason}`,
    };
  });
  report.topics = shown ?? wanted.map(({ name, partitions }) => ({ name, partitions, ready: false }));
}

type Access = NonNullable<ReturnType<typeof kafkaAccess>>;

/** Where KafkaTopic resources belong; undefined when the operator talks to Kafka itself. */
export function strimziPlace({ platform }: Pick<Pass, 'platform'>): StrimziPlace | undefined {
  const { management, strimzi } = platform.spec.kafka;
  if (management !== 'StrimziKafkaTopic' || strimzi === undefined) return undefined;
  return {
    namespace: strimzi.namespace ?? platform.metadata.namespace,
    cluster: strimzi.cluster,
    labels: labelsOf(platform, 'kafka-topic'),
  };
}
