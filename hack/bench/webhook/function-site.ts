import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Backing } from '#runtime/local/backing.ts';

export interface FunctionSite extends AsyncDisposable {
  secret(name: string, value: object): Promise<void>;
  /** Makes a function with an HTTP API before it; gives the address of its webhook. */
  publish(name: string, zip: Uint8Array, variables: Readonly<Record<string, string>>): Promise<string>;
}

/** The local endpoint, which runs the zips behind its own API Gateway. */
export function functionSite({ aws }: Pick<Backing<'aws'>, 'aws'>): FunctionSite {
  const { endpoint, region, accessKeyId, secretAccessKey } = aws;
  const options = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  const lambda = new LambdaClient(options);
  const api = new ApiGatewayV2Client(options);
  const secrets = new SecretsManagerClient(options);
  return {
    async secret(Name, value) {
      await secrets.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(value) }));
    },
    async publish(FunctionName, ZipFile, variables) {
      const made = await lambda.send(
        new CreateFunctionCommand({
          ...{ FunctionName, Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { ZipFile }, Timeout: 30 },
          ...{ Role: 'arn:aws:iam::000000000000:role/bench', MemorySize: 256, Environment: { Variables: variables } },
        }),
      );
      await waitUntilFunctionActiveV2(
        { client: lambda, maxWaitTime: 60, minDelay: 0.2, maxDelay: 1 },
        { FunctionName },
      );
      const { ApiId } = await api.send(new CreateApiCommand({ Name: FunctionName, ProtocolType: 'HTTP' }));
      const { IntegrationId } = await api.send(
        new CreateIntegrationCommand({
          ...{ ApiId, IntegrationType: 'AWS_PROXY', IntegrationUri: made.FunctionArn, PayloadFormatVersion: '2.0' },
        }),
      );
      const Target = `integrations/${IntegrationId}`;
      await api.send(new CreateRouteCommand({ ApiId, RouteKey: 'ANY /webhook/{provider}', Target }));
      await api.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
      return `${endpoint}/_aws/execute-api/${ApiId}/$default/webhook/zalopay`;
    },
    async [Symbol.asyncDispose]() {
      for (const client of [lambda, api, secrets]) client.destroy();
    },
  };
}
