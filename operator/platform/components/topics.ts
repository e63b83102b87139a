import { createTopics } from '../../external/kafka.ts';
import { converge } from '../converge.ts';
import { wantedTopics } from '../kafka-topics.ts';
import { ConcernError, findingOf, lookAfter } from '../look-after.ts';
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
  const access = kafkaAccess(pass);
  if (access === undefined) {
    report.say(
      'TopicsReady',
      'False',
      'WaitingForDependency',
      'Waits for the Secret with the credentials: see SecretsReady',
    );
    return;
  }
  const shown = await lookAfter(pass, 'TopicsReady', [access, wanted, management], async (signal) => {
    if (management === 'StrimziKafkaTopic')
      throw new ConcernError(
        'InvalidSpec',
        'spec.kafka.management StrimziKafkaTopic is not supported yet: use Admin, or Unmanaged',
      );
    const topics = createTopics(withLog(access, pass.ctx.log));
    const { observed, pending, applied } = await converge(topics, wanted, { observeOnly, signal });
    const isReady = (name: string) => !pending.some(({ target }) => target === `topic ${name}`);
    const value = wanted.map(({ name, partitions }) => ({
      name,
      partitions: observed.get(name)?.partitions ?? partitions,
      ready: isReady(name),
    }));
    return findingOf(pending, applied, value, { ready: `${wanted.length} topics`, observeOnly });
  });
  report.topics = shown ?? wanted.map(({ name, partitions }) => ({ name, partitions, ready: false }));
}
