import assert from 'node:assert/strict';
import { CreateEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreatePipeCommand,
  DeletePipeCommand,
  DescribePipeCommand,
  ListPipesCommand,
  PipesClient,
  StartPipeCommand,
  StopPipeCommand,
  TagResourceCommand,
  UpdatePipeCommand,
} from '@aws-sdk/client-pipes';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { createKafka, type EventProducer } from '#runtime/kafka.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { createLogger } from '#runtime/log.ts';
import { clientOptions, eventually, twoVersions } from './functions.ts';

const RoleArn = 'arn:aws:iam::000000000000:role/pipes';

describe('pipes from Kafka to SQS', function () {
  this.timeout(300_000);
  let backing: Backing<'aws' | 'kafka'>;
  let pipes: PipesClient;
  let sqs: SQSClient;
  let producer: EventProducer;
  let topics: (name: string) => Promise<unknown>;
  const closing: (() => unknown)[] = [];

  before(async () => {
    backing = await startBacking({ which: ['aws', 'kafka'] });
    pipes = new PipesClient(clientOptions(backing));
    sqs = new SQSClient(clientOptions(backing));
    const log = createLogger({ service: 'test', level: 'silent' });
    const kafka = createKafka({ brokers: backing.kafka.brokers, clientId: 'test', log });
    const admin = kafka.admin();
    producer = kafka.producer();
    topics = (name) => admin.createTopics([{ name, partitions: 3, replicationFactor: 1 }]);
    closing.push(
      () => producer.close(),
      () => admin.close(),
      () => pipes.destroy(),
      () => sqs.destroy(),
    );
  });
  after(async () => {
    for (const close of closing) await close();
    await backing?.stop();
  });

  async function queue(QueueName: string): Promise<{ url: string; arn: string }> {
    const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    return { url, arn: Attributes?.QueueArn ?? '' };
  }

  const receive = async (url: string): Promise<string | undefined> => {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 1 }));
    const [message] = Messages ?? [];
    if (message !== undefined)
      await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }));
    return message?.Body;
  };

  const create = (Name: string, topic: string, Target: string, InputTemplate?: string) =>
    new CreatePipeCommand({
      ...{ Name, RoleArn, Target, Source: `smk://${backing.kafka.brokers[0]}` },
      SourceParameters: {
        SelfManagedKafkaParameters: {
          TopicName: topic,
          ConsumerGroupID: `pipe-${Name}`,
          StartingPosition: 'TRIM_HORIZON',
        },
      },
      ...(InputTemplate === undefined ? {} : { TargetParameters: { InputTemplate } }),
      Tags: { owner: 'test' },
    });

  it('carry a record to a queue and on to a function', async () => {
    await topics('order.paid');
    const work = await queue('work');
    const report = await queue('report');
    const lambda = new LambdaClient(clientOptions(backing));
    const authorization =
      'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0';
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.SendMessage',
      authorization,
    };
    const source = `for (const { body } of event.Records) {
      await fetch(process.env.AWS_ENDPOINT_URL, { method: 'POST', headers: ${JSON.stringify(headers)},
        body: JSON.stringify({ QueueUrl: ${JSON.stringify(report.url)}, MessageBody: 'mail to ' + JSON.parse(body).data.email }) });
    }`;
    const FunctionName = await twoVersions(lambda, 'mailer', [source, `${source}//`]);
    await lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: work.arn, BatchSize: 10 }));
    await pipes.send(create('email', 'order.paid', work.arn, '<$.value>'));
    await producer.send('order.paid', [
      { key: 'o1', value: JSON.stringify({ id: 'e1', data: { email: 'a@example.com' } }) },
    ]);
    assert.equal(await eventually('the mail', 60_000, () => receive(report.url)), 'mail to a@example.com');
    lambda.destroy();
  });

  it('send the whole record as Pipes describes it when there is no template', async () => {
    await topics('raw');
    const { url, arn } = await queue('raw');
    await pipes.send(create('raw', 'raw', arn));
    await producer.send('raw', [{ key: 'k', value: 'text', headers: { h: 'v' } }]);
    const record = JSON.parse(await eventually('the record', 60_000, () => receive(url)));
    const { eventSource, topic, offset, key, value, headers } = record;
    assert.deepEqual(
      { eventSource, topic, offset, key, value, headers },
      {
        ...{ eventSource: 'SelfManagedKafka', topic: 'raw', offset: 0 },
        ...{ key: 'aw==', value: 'dGV4dA==', headers: [{ h: [118] }] },
      },
    );
  });

  it('stand still while stopped and continue where they were', async () => {
    await topics('steps');
    const { url, arn } = await queue('steps');
    await pipes.send(create('steps', 'steps', arn, '<$.value>'));
    await producer.send('steps', [{ key: 'k', value: 'one' }]);
    assert.equal(await eventually('one', 60_000, () => receive(url)), 'one');
    await pipes.send(new StopPipeCommand({ Name: 'steps' }));
    assert.equal((await pipes.send(new DescribePipeCommand({ Name: 'steps' }))).CurrentState, 'STOPPED');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await producer.send('steps', [{ key: 'k', value: 'two' }]);
    assert.equal(await receive(url), undefined);
    await pipes.send(new StartPipeCommand({ Name: 'steps' }));
    assert.equal(await eventually('two', 60_000, () => receive(url)), 'two');
    assert.equal(await receive(url), undefined, 'what was delivered is not delivered again');
  });

  it('wait for their queue, say so, and lose nothing', async () => {
    await topics('early');
    const arn = (await queue('raw')).arn.replace(/:raw$/, ':late');
    await pipes.send(create('early', 'early', arn, '<$.value>'));
    await producer.send('early', [
      { key: 'k', value: 'first' },
      { key: 'k', value: 'second' },
    ]);
    const reason = await eventually('a reason', 60_000, async () => {
      const { StateReason } = await pipes.send(new DescribePipeCommand({ Name: 'early' }));
      return StateReason === '' ? undefined : StateReason;
    });
    assert.match(reason ?? '', /queue does not accept/);
    const { url } = await queue('late');
    assert.deepEqual(
      [await eventually('first', 60_000, () => receive(url)), await eventually('second', 60_000, () => receive(url))],
      ['first', 'second'],
    );
  });

  it('are kept with what they were made of, changed, listed, tagged and removed', async () => {
    await topics('kept');
    const { arn } = await queue('kept');
    await pipes.send(create('kept', 'kept', arn, '<$.value>'));
    await assert.rejects(pipes.send(create('kept', 'kept', arn)), { name: 'ConflictException' });
    const found = await pipes.send(new DescribePipeCommand({ Name: 'kept' }));
    assert.equal(found.SourceParameters?.SelfManagedKafkaParameters?.TopicName, 'kept');
    assert.equal(found.TargetParameters?.InputTemplate, '<$.value>');
    assert.deepEqual(found.Tags, { owner: 'test' });
    await pipes.send(new TagResourceCommand({ resourceArn: found.Arn, tags: { more: 'yes' } }));
    await pipes.send(new UpdatePipeCommand({ Name: 'kept', RoleArn, Description: 'new', DesiredState: 'STOPPED' }));
    const changed = await pipes.send(new DescribePipeCommand({ Name: 'kept' }));
    assert.deepEqual([changed.Description, changed.CurrentState, changed.Tags?.more], ['new', 'STOPPED', 'yes']);
    const { Pipes } = await pipes.send(new ListPipesCommand({ NamePrefix: 'ke' }));
    assert.deepEqual(
      Pipes?.map(({ Name }) => Name),
      ['kept'],
    );
    await pipes.send(new DeletePipeCommand({ Name: 'kept' }));
    await assert.rejects(pipes.send(new DescribePipeCommand({ Name: 'kept' })), { name: 'NotFoundException' });
  });

  it('are refused when they could not run here', async () => {
    const { arn } = await queue('kept');
    const { input } = create('bad', 'kept', arn);
    for (const wrong of [
      { Source: 'arn:aws:kinesis:us-east-1:000000000000:stream/s' },
      { Target: 'arn:aws:sns:us-east-1:000000000000:t' },
    ]) {
      await assert.rejects(pipes.send(new CreatePipeCommand({ ...input, ...wrong })), { name: 'ValidationException' });
    }
  });
});
