import assert from 'node:assert/strict';
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateEmailIdentityCommand, SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { clientOptions, eventually, twoVersions } from './functions.ts';

describe('local AWS endpoint', function () {
  this.timeout(300_000);
  let backing: Backing<'aws'>;
  let lambda: LambdaClient;
  let sqs: SQSClient;

  before(async () => {
    backing = await startBacking({ which: ['aws'] });
    lambda = new LambdaClient(clientOptions(backing));
    sqs = new SQSClient(clientOptions(backing));
  });
  after(async () => {
    lambda?.destroy();
    sqs?.destroy();
    await backing?.stop();
  });

  const weigh = async (name: string, weights: Record<string, number>) =>
    await lambda.send(
      new UpdateAliasCommand({
        ...{ FunctionName: name, Name: 'live', FunctionVersion: '1' },
        RoutingConfig: { AdditionalVersionWeights: weights },
      }),
    );

  /** A queue that a function writes to when it was called by something that does not wait for its answer. */
  async function reportQueue(name: string): Promise<{ url: string; sourceTo: (text: string) => string }> {
    const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const { endpoint } = backing.aws;
    const authorization =
      'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0';
    const headers = {
      ...{ 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage', authorization },
    };
    const sourceTo = (text: string) => `
      const body = JSON.stringify({ QueueUrl: ${JSON.stringify(url)}, MessageBody: ${text} });
      const answer = await fetch(${JSON.stringify(endpoint)}, { method: 'POST', headers: ${JSON.stringify(headers)}, body });
      if (answer.status !== 200) throw new Error(await answer.text());`;
    return { url, sourceTo };
  }

  const receive = async (url: string): Promise<string | undefined> => {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 1 }));
    const [message] = Messages ?? [];
    if (message === undefined) return undefined;
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }));
    return message.Body;
  };

  describe('aliases', () => {
    const counts = { '1': 0, '2': 0 };
    let arn = '';

    before(async () => {
      arn = await twoVersions(lambda, 'weighted', ["console.log(1); return '1';", "console.log(2); return '2';"]);
    });

    async function invoke(FunctionName: string, Qualifier?: string): Promise<string> {
      const input = Qualifier === undefined ? { FunctionName } : { FunctionName, Qualifier };
      const answer = await lambda.send(new InvokeCommand(input));
      const result = JSON.parse(answer.Payload?.transformToString() ?? 'null');
      assert.equal(answer.ExecutedVersion, result, 'ExecutedVersion names the version that ran');
      return result;
    }

    it('run one version without weights, however the alias is written', async () => {
      for (const [name, qualifier] of [['weighted', 'live'], ['weighted:live'], [arn]] as const) {
        for (let n = 0; n < 10; n++) assert.equal(await invoke(name, qualifier), '1');
      }
      assert.equal(await invoke('weighted', '2'), '2');
    });

    it('give the second version its share of 1000 invocations', async () => {
      await weigh('weighted', { '2': 0.1 });
      let left = 1000;
      const caller = async () => {
        while (left-- > 0)
          counts[(await invoke(left % 2 === 0 ? arn : 'weighted', left % 2 === 0 ? undefined : 'live')) as '1' | '2']++;
      };
      await Promise.all(Array.from({ length: 8 }, caller));
      assert.equal(counts['1'] + counts['2'], 1000);
      assert.ok(counts['2'] >= 50 && counts['2'] <= 150, `version 2 got ${counts['2']}`);
    });

    it('keep telling the version they name', async () => {
      await weigh('weighted', { '2': 0.9 });
      for (let n = 0; n < 20; n++) {
        const input = { FunctionName: 'weighted', Qualifier: 'live' };
        assert.equal((await lambda.send(new GetFunctionConfigurationCommand(input))).Version, '1');
      }
      await weigh('weighted', {});
    });

    it('answer for HTTP APIs, by weight', async () => {
      const api = new ApiGatewayV2Client(clientOptions(backing));
      const { ApiId } = await api.send(new CreateApiCommand({ Name: 'webhooks', ProtocolType: 'HTTP' }));
      const source = (version: string) =>
        `console.log(event.routeKey); return { statusCode: 201, body: '${version}:' + event.pathParameters.provider + ':' + event.body };`;
      const alias = await twoVersions(lambda, 'behind-http', [source('1'), source('2')]);
      const { IntegrationId } = await api.send(
        new CreateIntegrationCommand({
          ...{ ApiId, IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0', IntegrationUri: alias },
        }),
      );
      const route = { ApiId, RouteKey: 'POST /webhook/{provider}', Target: `integrations/${IntegrationId}` };
      await api.send(new CreateRouteCommand(route));
      await api.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
      const url = `${backing.aws.endpoint}/_aws/execute-api/${ApiId}/$default/webhook/zalopay`;
      const call = async () => {
        const answer = await fetch(url, { method: 'POST', body: 'raw {"text"}' });
        assert.equal(answer.status, 201);
        return await answer.text();
      };
      assert.equal(await call(), '1:zalopay:raw {"text"}');
      await weigh('behind-http', { '2': 0.5 });
      const answers = await Promise.all(Array.from({ length: 60 }, call));
      const second = answers.filter((text) => text.startsWith('2:')).length;
      assert.ok(second >= 12 && second <= 48, `version 2 answered ${second} of 60`);
      api.destroy();
    });

    it('are called by queues, with what failed coming back', async () => {
      const report = await reportQueue('esm-report');
      const source = (version: string) => `
        const failed = [];
        for (const record of event.Records) {
          if (record.body === 'bad' && record.attributes.ApproximateReceiveCount === '1') { failed.push({ itemIdentifier: record.messageId }); continue; }
          ${report.sourceTo(`'${version}:' + record.body`)}
        }
        return { batchItemFailures: failed };`;
      const FunctionName = await twoVersions(lambda, 'behind-queue', [source('1'), source('2')]);
      const attributes = { VisibilityTimeout: '2' };
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'work', Attributes: attributes }));
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
      await lambda.send(
        new CreateEventSourceMappingCommand({
          ...{ FunctionName, EventSourceArn: Attributes?.QueueArn, BatchSize: 10 },
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        }),
      );
      for (const MessageBody of ['good', 'bad']) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
      const got = [
        await eventually('the first message', 30_000, () => receive(report.url)),
        await eventually('the second message', 30_000, () => receive(report.url)),
      ];
      assert.deepEqual(got.sort(), ['1:bad', '1:good']);
    });

    it('are called by schedules', async () => {
      const report = await reportQueue('schedule-report');
      const source = (version: string) => report.sourceTo(`'${version}:' + event.why`);
      const Arn = await twoVersions(lambda, 'behind-schedule', [source('1'), source('2')]);
      const scheduler = new SchedulerClient(clientOptions(backing));
      const at = new Date(Date.now() + 3_000).toISOString().slice(0, 19);
      await scheduler.send(
        new CreateScheduleCommand({
          ...{ Name: 'once', ScheduleExpression: `at(${at})`, FlexibleTimeWindow: { Mode: 'OFF' } },
          Target: { Arn, RoleArn: 'arn:aws:iam::000000000000:role/test', Input: '{"why":"time"}' },
        }),
      );
      assert.equal(await eventually('the call', 60_000, () => receive(report.url)), '1:time');
      scheduler.destroy();
    });
  });

  it('measures executions per executed version of an alias, whoever calls, and metrics that functions print', async () => {
    const cloudwatch = new CloudWatchClient(clientOptions(backing));
    const sum = async (Namespace: string, MetricName: string, dimensions: Record<string, string>, Stat = 'Sum') => {
      const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
      const { MetricDataResults } = await cloudwatch.send(
        new GetMetricDataCommand({
          StartTime: new Date(Date.now() - 600_000),
          EndTime: new Date(Date.now() + 60_000),
          MetricDataQueries: [
            { Id: 'm', MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: 3600, Stat } },
          ],
        }),
      );
      return (MetricDataResults?.[0]?.Values ?? []).reduce((a, b) => a + b, 0);
    };
    const emf = JSON.stringify({
      _aws: {
        Timestamp: 0,
        CloudWatchMetrics: [{ Namespace: 'N', Dimensions: [['F', 'V']], Metrics: [{ Name: 'Faults', Unit: 'Count' }] }],
      },
      ...{ F: 'measured', V: '2', Faults: 3 },
    });
    const FunctionName = await twoVersions(lambda, 'measured', [
      "console.log(1); return '1';",
      `console.log(${JSON.stringify(emf)}); throw new Error('broken');`,
    ]);
    await weigh('measured', { '2': 0.5 });
    for (let n = 0; n < 30; n++) await lambda.send(new InvokeCommand({ FunctionName }));
    const { QueueUrl } = await sqs.send(
      new CreateQueueCommand({ QueueName: 'measured', Attributes: { VisibilityTimeout: '30' } }),
    );
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    await lambda.send(
      new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: Attributes?.QueueArn, BatchSize: 1 }),
    );
    for (let n = 0; n < 10; n++) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'm' }));

    const live = { FunctionName: 'measured', Resource: 'measured:live' };
    const of = (version: string) => ({ ...live, ExecutedVersion: version });
    await eventually('40 executions', 30_000, async () =>
      (await sum('AWS/Lambda', 'Invocations', live)) >= 40 ? true : undefined,
    );
    const [first, second, errors] = await Promise.all([
      sum('AWS/Lambda', 'Invocations', of('1')),
      sum('AWS/Lambda', 'Invocations', of('2')),
      sum('AWS/Lambda', 'Errors', of('2')),
    ]);
    assert.equal(first + second, 40);
    assert.equal(errors, second);
    assert.equal(await sum('AWS/Lambda', 'Errors', of('1')), 0);
    assert.ok((await sum('AWS/Lambda', 'Duration', of('1'), 'p99')) > 0);
    assert.equal(await sum('N', 'Faults', { F: 'measured', V: '2' }), 3 * second);
    cloudwatch.destroy();
  });

  it('SES sends from verified senders only and keeps mails to look at', async () => {
    const ses = new SESv2Client(clientOptions(backing));
    const mail = (from: string) =>
      new SendEmailCommand({
        FromEmailAddress: from,
        Destination: { ToAddresses: ['buyer@example.com'] },
        Content: {
          Simple: {
            Subject: { Data: 'Vé của bạn' },
            Body: { Text: { Data: 'plain text' }, Html: { Data: '<p>html</p>' } },
          },
        },
      });
    await assert.rejects(ses.send(mail('nobody@example.com')), /not verified/i);
    await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: 'tickets@example.com' }));
    await ses.send(mail('tickets@example.com'));
    const mailbox = await (await fetch(backing.aws.mailboxUrl)).text();
    for (const part of ['buyer@example.com', 'plain text', '<p>html</p>']) assert.ok(mailbox.includes(part), part);
    assert.ok(JSON.stringify(JSON.parse(mailbox)).includes('Vé của bạn'));
    ses.destroy();
  });

  it('S3 gives back what was put, large and small', async () => {
    const s3 = new S3Client({ ...clientOptions(backing), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'tickets' }));
    const Body = Buffer.alloc(3_000_000, 'pdf');
    await s3.send(new PutObjectCommand({ Bucket: 'tickets', Key: 'a/b c.pdf', Body }));
    const { Body: got } = await s3.send(new GetObjectCommand({ Bucket: 'tickets', Key: 'a/b c.pdf' }));
    assert.ok(Buffer.from((await got?.transformToByteArray()) ?? []).equals(Body));
    s3.destroy();
  });

  it('says so when ministack is not there', async () => {
    // The front of another endpoint whose ministack was never started.
    const { Upstream } = await import('#hack/backing/aws-front/upstream.ts');
    const { createServer } = await import('node:http');
    const upstream = new Upstream(new URL('http://127.0.0.1:9'));
    const server = createServer((request, response) => void upstream.forward(request, response)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' });
    assert.equal(answer.status, 502);
    server.closeAllConnections();
    server.close();
    upstream.close();
  });
});
