import { createTopics } from '../../external/kafka.ts';
import { admission } from '../adoption.ts';
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
  const { freeze } = pass;
  const inputs = [access, wanted, management, freeze.frozen, platform.spec.adoptionPolicy];
  const shown = await lookAfter(pass, 'TopicsReady', inputs, async (signal) => {
    if (management === 'StrimziKafkaTopic')
      throw new ConcernError(
        'InvalidSpec',
        'spec.kafka.management StrimziKafkaTopic is not supported yet: use Admin, or Unmanaged',
      );
    const topics = createTopics(withLog(access, pass.ctx.log));
    const { observed, pending, applied } = await converge(topics, wanted, {
      observeOnly,
      signal,
      admit: admission(
        pass,
        wanted.map(({ name }) => `topic ${name}`),
      ),
      // More partitions move keys between them, under the feet of whoever reads in order.
      holds: ({ step }) => freeze.frozen && step.kind === 'add-partitions',
    });
    const isReady = (name: string) => !pending.some(({ target }) => target === `topic ${name}`);
    const value = wanted.map(({ name, partitions }) => ({
      name,
      partitions: observed.get(name)?.partitions ?? partitions,
      ready: isReady(name),
    }));
    const finding = findingOf(pending, applied, value, { ready: `${wanted.length} topics`, observeOnly });
    if (observeOnly || !freeze.frozen || !pending.some(({ step }) => step.kind === 'add-partitions')) return finding;
    return {
      ...finding,
      state: 'drifted',
      reason: 'ChangeFrozen',
      message: `${finding.message}. Held back: ${freeze.reason}`,
    };
  });
  report.topics = shown ?? wanted.map(({ name, partitions }) => ({ name, partitions, ready: false }));
}
