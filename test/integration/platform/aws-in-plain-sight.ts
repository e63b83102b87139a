import {
  ApiGatewayV2Client,
  GetApisCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStagesCommand,
} from '@aws-sdk/client-apigatewayv2';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import {
  LambdaClient,
  ListAliasesCommand,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
} from '@aws-sdk/client-lambda';
import { DescribePipeCommand, ListPipesCommand, PipesClient } from '@aws-sdk/client-pipes';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions } from '../lambda/function-stage.ts';
import type { Stores } from './platform-world.ts';

/** Everything in AWS that somebody may read who may read no secret, as text by what it is. */
export async function inPlainSight(stores: Stores): Promise<Record<string, string>> {
  const options = clientOptions(stores);
  const found: [string, unknown][] = [];

  const lambda = new LambdaClient(options);
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  for (const { FunctionName, FunctionArn } of Functions) {
    found.push([`versions of ${FunctionName}`, await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }))]);
    found.push([`aliases of ${FunctionName}`, await lambda.send(new ListAliasesCommand({ FunctionName }))]);
    found.push([`tags of ${FunctionName}`, await lambda.send(new ListTagsCommand({ Resource: FunctionArn }))]);
  }
  found.push(['event source mappings', await lambda.send(new ListEventSourceMappingsCommand({}))]);
  lambda.destroy();

  const iam = new IAMClient(options);
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  for (const role of Roles) {
    const { RoleName } = role;
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const policies = PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })));
    found.push([`role ${RoleName}`, [role, await Promise.all(policies)]]);
  }
  iam.destroy();

  const sqs = new SQSClient({ ...options, useQueueUrlAsEndpoint: false });
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  for (const QueueUrl of QueueUrls)
    found.push([QueueUrl, await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))]);
  sqs.destroy();

  const scheduler = new SchedulerClient(options);
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({}));
  for (const { Name } of Schedules)
    found.push([`schedule ${Name}`, await scheduler.send(new GetScheduleCommand({ Name }))]);
  scheduler.destroy();

  const pipes = new PipesClient(options);
  const { Pipes = [] } = await pipes.send(new ListPipesCommand({}));
  for (const { Name } of Pipes) found.push([`pipe ${Name}`, await pipes.send(new DescribePipeCommand({ Name }))]);
  pipes.destroy();

  const api = new ApiGatewayV2Client(options);
  const { Items = [] } = await api.send(new GetApisCommand({}));
  for (const one of Items) {
    const { ApiId } = one;
    const parts = [new GetRoutesCommand({ ApiId }), new GetIntegrationsCommand({ ApiId })].map((part) =>
      api.send(part as GetRoutesCommand),
    );
    found.push([
      `API ${one.Name}`,
      [one, ...(await Promise.all(parts)), await api.send(new GetStagesCommand({ ApiId }))],
    ]);
  }
  api.destroy();

  const logs = new CloudWatchLogsClient(options);
  found.push(['log groups', await logs.send(new DescribeLogGroupsCommand({}))]);
  logs.destroy();
  const secrets = new SecretsManagerClient(options);
  found.push(['names and tags of secrets', await secrets.send(new ListSecretsCommand({}))]);
  secrets.destroy();
  return Object.fromEntries(found.map(([what, content]) => [what, JSON.stringify(content)]));
}
