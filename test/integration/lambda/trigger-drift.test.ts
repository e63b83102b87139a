import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ApiGatewayV2Client, DeleteRouteCommand, GetRoutesCommand } from '@aws-sdk/client-apigatewayv2';
import {
  ListEventSourceMappingsCommand,
  RemovePermissionCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { strToU8 } from 'fflate';
import { zipFiles } from '#hack/lambda/zip.ts';
import type { Adapter, Change } from '#operator/external/adapter.ts';
import { apiBaseUrl, createHttpApi } from '#operator/external/apigateway.ts';
import { createEventSourceMappings } from '#operator/external/event-source-mappings.ts';
import { createSchedules } from '#operator/external/scheduler.ts';
import { createQueues } from '#operator/external/sqs.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { differences } from '../external/converging.ts';
import { ACCOUNT, apply, clientOptions, createStage, desiredFunction, type Stage } from './function-stage.ts';

const NAME = 'triggered';
const ARN = (service: string) => `arn:aws:${service}:us-east-1:${ACCOUNT}`;

describe('a trigger that somebody changes by hand', function () {
  this.timeout(120_000);
  let backing: Backing<'aws'>;
  let stage: Stage;
  let api: ApiGatewayV2Client;
  let scheduler: SchedulerClient;
  let sqs: SQSClient;
  const queue = { name: NAME, visibilityTimeoutSeconds: 60, maxReceives: 5, arnPrefix: ARN('sqs'), tags: {} };

  before(async () => {
    backing = await startBacking({ which: ['aws'] });
    stage = createStage(backing);
    const options = clientOptions(backing);
    api = new ApiGatewayV2Client(options);
    scheduler = new SchedulerClient(options);
    sqs = new SQSClient({ ...options, useQueueUrlAsEndpoint: false });
    const source =
      "export const handler = async (event) => ({ statusCode: 200, body: event.pathParameters?.provider ?? '' });";
    const zip = zipFiles(new Map([['index.mjs', strToU8(source)]])).bytes;
    await stage.roll(desiredFunction(NAME, { zip, codeSha256: createHash('sha256').update(zip).digest('base64') }, {}));
    await apply(createQueues(sqs), [queue]);
  });
  after(async () => {
    for (const client of [api, scheduler, sqs]) client?.destroy();
    stage?.close();
    await backing?.stop();
  });

  /** Made, changed by `hand`, told in the words of `lines`, and brought back. */
  async function comesBack<D, O, C extends Change>(
    adapter: Adapter<D, O, C>,
    desired: D,
    hand: (made: O) => Promise<unknown>,
    lines: readonly string[],
  ): Promise<O> {
    const made = await apply(adapter, desired);
    assert.deepEqual(await differences(adapter, desired), []);
    await hand(made);
    assert.deepEqual(await differences(adapter, desired), lines);
    const back = await apply(adapter, desired);
    assert.deepEqual(await differences(adapter, desired), []);
    return back;
  }

  it('is brought back: a queue that lost its dead-letter queue and its time', async () => {
    const hand = async () => {
      const QueueUrl = (await createQueues(sqs).observe([queue], AbortSignal.timeout(10_000))).get(NAME)?.url;
      const Attributes = { VisibilityTimeout: '1', RedrivePolicy: '' };
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    };
    const lines = [`queue ${NAME}: VisibilityTimeout, RedrivePolicy differ`];
    const { attributes } = (await comesBack(createQueues(sqs), [queue], hand, lines)).get(NAME) ?? {};
    assert.equal(attributes?.['VisibilityTimeout'], '60');
    const { deadLetterTargetArn } = JSON.parse(attributes?.['RedrivePolicy'] ?? '{}') as Record<string, unknown>;
    assert.equal(deadLetterTargetArn, `${ARN('sqs')}:${NAME}-dlq`);
  });

  it('is brought back: a queue that feeds its function no more, too much at once, or fails whole batches', async () => {
    const mapping = {
      ...{ functionName: NAME, alias: 'live', queueArn: `${ARN('sqs')}:${NAME}` },
      ...{ batchSize: 10, maxConcurrency: 8, enabled: true },
    };
    const hand = async () => {
      const input = { FunctionName: `${NAME}:live`, EventSourceArn: mapping.queueArn };
      const { EventSourceMappings = [] } = await stage.lambda.send(new ListEventSourceMappingsCommand(input));
      assert.equal(EventSourceMappings[0]?.ScalingConfig?.MaximumConcurrency, 8);
      const change = {
        ...{ UUID: EventSourceMappings[0]?.UUID, Enabled: false, BatchSize: 1 },
        ...{ ScalingConfig: { MaximumConcurrency: 100 }, FunctionResponseTypes: [] },
      };
      await stage.lambda.send(new UpdateEventSourceMappingCommand(change));
    };
    const adapter = createEventSourceMappings(stage.lambda);
    await comesBack(adapter, [mapping], hand, [
      `trigger of ${NAME}: batch size is 1; takes 100 batches at once, want 8; a failed message would fail its whole batch; is Disabled`,
    ]);
    const unlimited = { ...mapping, maxConcurrency: undefined };
    assert.deepEqual(await differences(adapter, [unlimited]), [
      `trigger of ${NAME}: takes 8 batches at once, want no limit`,
    ]);
    await apply(adapter, [unlimited]);
    assert.deepEqual(await differences(adapter, [unlimited]), []);
  });

  it('is brought back: a schedule that is off, at another time', async () => {
    const schedule = {
      ...{ name: NAME, expression: 'cron(0 2 * * ? *)', retries: 3, enabled: true },
      ...{ targetArn: `${ARN('lambda')}:function:${NAME}:live`, roleArn: `arn:aws:iam::${ACCOUNT}:role/scheduler` },
    };
    const hand = async () => {
      const now = await scheduler.send(new GetScheduleCommand({ Name: NAME }));
      const { Name, FlexibleTimeWindow, Target, ScheduleExpressionTimezone } = now;
      const change = { Name, FlexibleTimeWindow, Target, ScheduleExpressionTimezone, State: 'DISABLED' as const };
      await scheduler.send(new UpdateScheduleCommand({ ...change, ScheduleExpression: 'rate(9 minutes)' }));
    };
    await comesBack(createSchedules(scheduler), [schedule], hand, [`schedule ${NAME}: expression, state changed`]);
  });

  it('is brought back: the webhook address without its route and its right to call', async () => {
    const desired = {
      ...{ name: 'tb-webhooks', routeKey: 'ANY /webhook/{provider}', functionName: NAME, alias: 'live' },
      ...{ functionExists: true, targetArn: `${ARN('lambda')}:function:${NAME}:live` },
      ...{ executeArnPrefix: ARN('execute-api'), tags: {} },
    };
    const back = await comesBack(
      createHttpApi(api, stage.lambda),
      desired,
      async (made) => {
        const ApiId = made?.apiId;
        const { Items = [] } = await api.send(new GetRoutesCommand({ ApiId }));
        for (const { RouteId } of Items) await api.send(new DeleteRouteCommand({ ApiId, RouteId }));
        const right = { FunctionName: NAME, Qualifier: 'live', StatementId: 'apigateway' };
        await stage.lambda.send(new RemovePermissionCommand(right));
      },
      ['API tb-webhooks: no route ANY /webhook/{provider}', 'API tb-webhooks: the API may not call the function'],
    );
    assert.ok(back !== undefined);
    const answer = await fetch(`${apiBaseUrl(back, backing.aws.endpoint)}/webhook/payos`, {
      method: 'POST',
      body: '{}',
    });
    assert.deepEqual([answer.status, await answer.text()], [200, 'payos']);
  });
});
