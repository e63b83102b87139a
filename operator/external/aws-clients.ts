import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { PipesClient } from '@aws-sdk/client-pipes';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** How one platform reaches AWS. Without `credentials` the SDK's own chain (IRSA, instance role) gives the identity. */
export interface AwsAccess {
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

export interface AwsClients {
  readonly apiGateway: ApiGatewayV2Client;
  readonly cloudWatch: CloudWatchClient;
  readonly elastiCache: ElastiCacheClient;
  readonly events: EventBridgeClient;
  readonly firehose: FirehoseClient;
  readonly iam: IAMClient;
  readonly lambda: LambdaClient;
  readonly logs: CloudWatchLogsClient;
  readonly pipes: PipesClient;
  readonly rds: RDSClient;
  readonly s3: S3Client;
  readonly scheduler: SchedulerClient;
  readonly secrets: SecretsManagerClient;
  readonly ses: SESv2Client;
  readonly sqs: SQSClient;
  /** RDS of another region; the caller destroys it. */
  rdsIn(region: string): RDSClient;
  /** The account that the credentials belong to; asked for once. */
  accountId(signal: AbortSignal): Promise<string>;
  /** Closes the sockets. */
  destroy(): void;
}

/** Clients of the services that the operator drives. */
export function createAwsClients(access: AwsAccess): AwsClients {
  const config = {
    region: access.region,
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000 },
    ...(access.endpoint === undefined ? {} : { endpoint: access.endpoint }),
    ...(access.credentials === undefined ? {} : { credentials: access.credentials }),
  };
  const clients = {
    apiGateway: new ApiGatewayV2Client(config),
    cloudWatch: new CloudWatchClient(config),
    elastiCache: new ElastiCacheClient(config),
    events: new EventBridgeClient(config),
    firehose: new FirehoseClient(config),
    iam: new IAMClient(config),
    lambda: new LambdaClient(config),
    logs: new CloudWatchLogsClient(config),
    pipes: new PipesClient(config),
    rds: new RDSClient(config),
    // Buckets as host names need DNS that a local endpoint does not have.
    s3: new S3Client({ ...config, forcePathStyle: access.endpoint !== undefined }),
    scheduler: new SchedulerClient(config),
    secrets: new SecretsManagerClient(config),
    ses: new SESv2Client(config),
    // A local queue URL names the host that the server believes in, which pods need not reach.
    sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: access.endpoint === undefined }),
    sts: new STSClient(config),
  };
  let account: string | undefined;
  return {
    ...clients,
    rdsIn: (region) => new RDSClient({ ...config, region }),
    async accountId(abortSignal) {
      account ??= (await clients.sts.send(new GetCallerIdentityCommand({}), { abortSignal })).Account;
      if (account === undefined) throw new Error('AWS did not say which account the credentials belong to');
      return account;
    },
    destroy: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
