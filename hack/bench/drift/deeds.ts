import {
  DescribeContinuousBackupsCommand,
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import pg from 'pg';
import { createKafka } from '#runtime/kafka.ts';
import type { Backing } from '#runtime/local/backing.ts';
import type { Logger } from '#runtime/log.ts';

export type Stores = Backing<'postgres' | 'redis' | 'kafka' | 'temporal' | 'aws'>;

/** Something that a person does by hand in a system outside, and whether it is undone. */
export interface Deed {
  readonly system: string;
  do(): Promise<unknown>;
  undone(): Promise<boolean>;
}

export const RETENTION_MS = '3600000';
export const TEMPORAL_RETENTION_HOURS = 72;

/** One deed in each system that the operator changes. */
export async function deedsOn(
  { stores, platform, log }: { readonly stores: Stores; readonly platform: string; readonly log: Logger },
  names: { readonly table: string; readonly temporalNamespace: string },
): Promise<AsyncDisposable & { readonly deeds: readonly Deed[] }> {
  const { postgres, kafka, temporal, aws } = stores;
  const { endpoint, region, accessKeyId, secretAccessKey } = aws;
  const options = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  await using stack = new AsyncDisposableStack();
  const admin = createKafka({ brokers: kafka.brokers, clientId: 'by-hand', log }).admin();
  stack.defer(() => admin.close());
  const sql = new pg.Client({ connectionString: postgres.url });
  await sql.connect();
  stack.defer(() => sql.end());
  const connection = await Connection.connect({ address: temporal.address });
  stack.defer(() => connection.close());
  const [dynamo, lambda, scheduler] = [
    new DynamoDBClient(options),
    new LambdaClient(options),
    new SchedulerClient(options),
  ];
  for (const client of [dynamo, lambda, scheduler]) stack.defer(() => client.destroy());

  const { table: TableName, temporalNamespace: namespace } = names;
  const FunctionName = `${platform}-outbox-cleanup`;
  const schedule = { Name: `${platform}-outbox-cleanup` };
  const deeds: Deed[] = [
    {
      system: 'kafka',
      do: () => admin.alterConfigs('order.paid', { 'retention.ms': '1000' }),
      undone: async () =>
        (await admin.describeConfigs(['order.paid'])).get('order.paid')?.['retention.ms'] === RETENTION_MS,
    },
    {
      system: 'postgres',
      do: () => sql.query('ALTER ROLE tb_user CREATEDB'),
      undone: async () => {
        const { rows } = await sql.query(`SELECT rolcreatedb FROM pg_roles WHERE rolname = 'tb_user'`);
        return rows[0]?.rolcreatedb === false;
      },
    },
    {
      system: 'temporal',
      do: () =>
        connection.workflowService.updateNamespace({
          namespace,
          config: { workflowExecutionRetentionTtl: msToTs(24 * 3_600_000) },
        }),
      undone: async () => {
        const { config } = await connection.workflowService.describeNamespace({ namespace });
        return tsToMs(config?.workflowExecutionRetentionTtl) === TEMPORAL_RETENTION_HOURS * 3_600_000;
      },
    },
    {
      system: 'dynamodb',
      do: () =>
        dynamo.send(
          new UpdateContinuousBackupsCommand({
            TableName,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
          }),
        ),
      undone: async () => {
        const { ContinuousBackupsDescription: found } = await dynamo.send(
          new DescribeContinuousBackupsCommand({ TableName }),
        );
        return found?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED';
      },
    },
    {
      system: 'lambda',
      do: () => lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 2_048 })),
      undone: async () =>
        (await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).MemorySize !== 2_048,
    },
    {
      system: 'scheduler',
      do: async () => {
        const { Target, FlexibleTimeWindow } = await scheduler.send(new GetScheduleCommand(schedule));
        const ScheduleExpression = 'rate(7 days)';
        return await scheduler.send(
          new UpdateScheduleCommand({ ...schedule, Target, FlexibleTimeWindow, ScheduleExpression }),
        );
      },
      undone: async () =>
        (await scheduler.send(new GetScheduleCommand(schedule))).ScheduleExpression !== 'rate(7 days)',
    },
  ];
  const owned = stack.move();
  return { deeds, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
