import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { PipeDefinition } from './pipe-definition.ts';

/** Where a pipe leads. Bodies are taken in order and all of them, or the call throws; then they may come twice. */
export interface PipeTarget {
  readonly name: 'queue' | 'stream';
  deliver(bodies: readonly string[], signal: AbortSignal): Promise<void>;
  close(): void;
}

export function pipeTarget(pipe: PipeDefinition, endpoint: string): PipeTarget {
  const [, , service = '', region = '', account = '', resource = ''] = pipe.Target.split(':');
  const options = { endpoint, region, credentials: { accessKeyId: account, secretAccessKey: account } };
  return service === 'firehose'
    ? streamTarget(new FirehoseClient(options), resource.split('/')[1] ?? '')
    : queueTarget(new SQSClient({ ...options, useQueueUrlAsEndpoint: false }), resource, pipe);
}

function queueTarget(client: SQSClient, queue: string, { TargetParameters }: PipeDefinition): PipeTarget {
  const { MessageGroupId, MessageDeduplicationId } = TargetParameters.SqsQueueParameters ?? {};
  const fifo = {
    ...(MessageGroupId === undefined ? {} : { MessageGroupId }),
    ...(MessageDeduplicationId === undefined ? {} : { MessageDeduplicationId }),
  };
  let url: string | undefined;
  return {
    name: 'queue',
    async deliver(bodies, abortSignal) {
      url ??= (await client.send(new GetQueueUrlCommand({ QueueName: queue }), { abortSignal })).QueueUrl;
      for (const MessageBody of bodies)
        await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody, ...fifo }), { abortSignal });
    },
    close: () => client.destroy(),
  };
}

function streamTarget(client: FirehoseClient, DeliveryStreamName: string): PipeTarget {
  return {
    name: 'stream',
    async deliver(bodies, abortSignal) {
      const Records = bodies.map((body) => ({ Data: Buffer.from(body) }));
      const answer = await client.send(new PutRecordBatchCommand({ DeliveryStreamName, Records }), { abortSignal });
      const failed = answer.RequestResponses?.find(({ ErrorCode }) => ErrorCode !== undefined);
      if (failed !== undefined) throw new Error(failed.ErrorMessage ?? failed.ErrorCode);
    },
    close: () => client.destroy(),
  };
}
