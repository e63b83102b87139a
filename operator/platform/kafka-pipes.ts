import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import type { DesiredPipe } from '../external/pipes.ts';
import type { Account } from './account.ts';
import { isActive, queueArn, queueFunctions } from './cloud.ts';
import { archivedTopics, isArchived, streamArn } from './event-archive.ts';
import { FUNCTION_CATALOGUE } from './function-catalogue.ts';
import { archiveObject, cloudObject } from './names.ts';

/** Everything that leaves Kafka through EventBridge Pipes: news of orders to the functions, every topic to the archive. Pure. */
export function desiredPipes(
  platform: TicketBottlePlatform,
  account: Account,
  pipeRoleArn: string,
  kafkaSecretArn: string | undefined,
): DesiredPipe[] {
  const { brokers, sasl } = platform.spec.kafka;
  const network = platform.spec.lambda.network;
  const common = {
    brokers,
    roleArn: pipeRoleArn,
    enabled: isActive(platform),
    subnetIds: network?.subnetIds ?? [],
    securityGroupIds: network?.securityGroupIds ?? [],
    sasl:
      sasl === undefined || kafkaSecretArn === undefined
        ? undefined
        : { mechanism: sasl.mechanism, secretArn: kafkaSecretArn },
  };
  const toFunctions = queueFunctions(platform).flatMap((name): DesiredPipe[] => {
    const { trigger } = FUNCTION_CATALOGUE[name];
    if (trigger.kind !== 'queue') return [];
    return trigger.pipes.map((pipe) => ({
      ...common,
      name: cloudObject(platform, pipe.name),
      topic: pipe.topic,
      consumerGroup: cloudObject(platform, pipe.name),
      targetArn: queueArn(platform, account, name),
      body: 'value',
      batch: { size: 10 },
    }));
  });
  const toArchive = archivedTopics(platform).map((topic): DesiredPipe => {
    const pipe = archiveObject(platform, topic);
    return {
      ...common,
      name: pipe,
      topic,
      consumerGroup: pipe,
      targetArn: streamArn(platform, account, topic),
      // Key, partition and offset too: a replay needs all of them.
      body: 'record',
      batch: { size: 100, windowSeconds: 10 },
      unwanted: !isArchived(platform),
    };
  });
  return [...toFunctions, ...toArchive];
}
