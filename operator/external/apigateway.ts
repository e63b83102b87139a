import {
  type ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
  DeleteApiCommand,
  GetApisCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStagesCommand,
  UpdateIntegrationCommand,
  UpdateRouteCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import {
  AddPermissionCommand,
  GetPolicyCommand,
  type LambdaClient,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import type { Adapter, Change } from './adapter.ts';
import { absent } from './aws-errors.ts';

/** An HTTP API with one route to one function alias, open to the world: its callers prove themselves by signature. */
export interface DesiredApi {
  readonly name: string;
  /** `ANY /webhook/{provider}` */
  readonly routeKey: string;
  readonly functionName: string;
  readonly alias: string;
  /** False: the route is made, but nobody can be allowed yet to call what does not exist. */
  readonly functionExists: boolean;
  /** ARN of the alias. */
  readonly targetArn: string;
  /** `arn:aws:execute-api:<region>:<account>` */
  readonly executeArnPrefix: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ObservedApi {
  readonly apiId: string;
  /** Base URL as AWS gives it; local endpoints are reached by path instead. */
  readonly endpoint: string | undefined;
  readonly integration:
    | { readonly id: string; readonly uri: string | undefined; readonly payload: string | undefined }
    | undefined;
  readonly route: { readonly id: string; readonly target: string | undefined } | undefined;
  readonly stage: { readonly autoDeploy: boolean } | undefined;
  /** Source ARN that may call the alias. */
  readonly permission: string | undefined;
}

export interface ApiChange extends Change {
  readonly step: 'api' | 'integration' | 'route' | 'stage' | 'permission';
  readonly api: DesiredApi;
  readonly observed: ObservedApi | undefined;
}

const STAGE = '$default';
const STATEMENT = 'apigateway';
const PAYLOAD = '2.0';

export function createHttpApi(
  client: ApiGatewayV2Client,
  lambda: LambdaClient,
): Adapter<DesiredApi, ObservedApi | undefined, ApiChange> {
  async function findApi(name: string, abortSignal: AbortSignal) {
    let NextToken: string | undefined;
    do {
      const page = await client.send(new GetApisCommand(NextToken === undefined ? {} : { NextToken }), { abortSignal });
      const found = page.Items?.find((api) => api.Name === name && api.ProtocolType === 'HTTP');
      if (found?.ApiId !== undefined) return { apiId: found.ApiId, endpoint: found.ApiEndpoint };
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return undefined;
  }

  async function findPermission(api: DesiredApi, abortSignal: AbortSignal): Promise<string | undefined> {
    const input = { FunctionName: api.functionName, Qualifier: api.alias };
    const answer = await absent(lambda.send(new GetPolicyCommand(input), { abortSignal }));
    if (answer?.Policy === undefined) return undefined;
    const policy = JSON.parse(answer.Policy) as {
      Statement?: { Sid?: string; Condition?: { ArnLike?: Record<string, string> } }[];
    };
    const statement = policy.Statement?.find(({ Sid }) => Sid === STATEMENT);
    const arns = Object.entries(statement?.Condition?.ArnLike ?? {});
    return arns.find(([name]) => name.toLowerCase() === 'aws:sourcearn')?.[1];
  }

  return {
    async observe(desired, abortSignal) {
      const api = await findApi(desired.name, abortSignal);
      if (api === undefined) return undefined;
      const ApiId = api.apiId;
      const [integrations, routes, stages, permission] = await Promise.all([
        client.send(new GetIntegrationsCommand({ ApiId }), { abortSignal }),
        client.send(new GetRoutesCommand({ ApiId }), { abortSignal }),
        client.send(new GetStagesCommand({ ApiId }), { abortSignal }),
        findPermission(desired, abortSignal),
      ]);
      const integration =
        integrations.Items?.find(({ IntegrationUri }) => IntegrationUri === desired.targetArn) ??
        integrations.Items?.[0];
      const route = routes.Items?.find(({ RouteKey }) => RouteKey === desired.routeKey);
      const stage = stages.Items?.find(({ StageName }) => StageName === STAGE);
      return {
        ...api,
        integration:
          integration?.IntegrationId === undefined
            ? undefined
            : {
                id: integration.IntegrationId,
                uri: integration.IntegrationUri,
                payload: integration.PayloadFormatVersion,
              },
        route: route?.RouteId === undefined ? undefined : { id: route.RouteId, target: route.Target },
        stage: stage === undefined ? undefined : { autoDeploy: stage.AutoDeploy ?? false },
        permission,
      };
    },
    diff: diffApi,
    async apply(changes, abortSignal) {
      for (const { step, api, observed } of changes) {
        if (step === 'api') {
          await client.send(new CreateApiCommand({ Name: api.name, ProtocolType: 'HTTP', Tags: { ...api.tags } }), {
            abortSignal,
          });
          continue;
        }
        if (observed === undefined) continue;
        const ApiId = observed.apiId;
        switch (step) {
          case 'integration': {
            const input = {
              ApiId,
              IntegrationType: 'AWS_PROXY' as const,
              IntegrationUri: api.targetArn,
              PayloadFormatVersion: PAYLOAD,
              TimeoutInMillis: 30_000,
            };
            const { integration } = observed;
            if (integration === undefined) await client.send(new CreateIntegrationCommand(input), { abortSignal });
            else
              await client.send(new UpdateIntegrationCommand({ ...input, IntegrationId: integration.id }), {
                abortSignal,
              });
            break;
          }
          case 'route': {
            const input = { ApiId, RouteKey: api.routeKey, Target: `integrations/${observed.integration?.id}` };
            if (observed.route === undefined) await client.send(new CreateRouteCommand(input), { abortSignal });
            else await client.send(new UpdateRouteCommand({ ...input, RouteId: observed.route.id }), { abortSignal });
            break;
          }
          case 'stage': {
            const input = { ApiId, StageName: STAGE, AutoDeploy: true };
            if (observed.stage === undefined) await client.send(new CreateStageCommand(input), { abortSignal });
            else await client.send(new UpdateStageCommand(input), { abortSignal });
            break;
          }
          case 'permission': {
            const where = { FunctionName: api.functionName, Qualifier: api.alias, StatementId: STATEMENT };
            await absent(lambda.send(new RemovePermissionCommand(where), { abortSignal }));
            await lambda.send(
              new AddPermissionCommand({
                ...where,
                Action: 'lambda:InvokeFunction',
                Principal: 'apigateway.amazonaws.com',
                SourceArn: sourceArn(api, ApiId),
              }),
              { abortSignal },
            );
          }
        }
      }
    },
    async remove(desired, abortSignal) {
      const api = await findApi(desired.name, abortSignal);
      if (api !== undefined) await absent(client.send(new DeleteApiCommand({ ApiId: api.apiId }), { abortSignal }));
    },
  };
}

/** One level at a time: an id that the next level needs is known only after it was made. */
export function diffApi(api: DesiredApi, observed: ObservedApi | undefined): ApiChange[] {
  const change = (step: ApiChange['step'], action: Change['action'], reason: string): ApiChange => ({
    target: `API ${api.name}`,
    action,
    reason,
    step,
    api,
    observed,
  });
  if (observed === undefined) return [change('api', 'create', 'does not exist')];
  const { integration, route, stage, permission } = observed;
  if (integration === undefined) return [change('integration', 'create', 'no integration with the function')];
  if (integration.uri !== api.targetArn || integration.payload !== PAYLOAD)
    return [change('integration', 'update', `calls ${integration.uri}, want ${api.targetArn}`)];
  const changes: ApiChange[] = [];
  if (route === undefined) changes.push(change('route', 'create', `no route ${api.routeKey}`));
  else if (route.target !== `integrations/${integration.id}`)
    changes.push(change('route', 'update', 'route leads elsewhere'));
  if (stage === undefined) changes.push(change('stage', 'create', `no stage ${STAGE}`));
  else if (!stage.autoDeploy) changes.push(change('stage', 'update', 'stage does not deploy by itself'));
  if (api.functionExists && permission !== sourceArn(api, observed.apiId))
    changes.push(change('permission', 'update', 'the API may not call the function'));
  return changes;
}

function sourceArn(api: DesiredApi, apiId: string): string {
  const path = api.routeKey.slice(api.routeKey.indexOf(' ') + 1);
  return `${api.executeArnPrefix}:${apiId}/*/*${path}`;
}

/** Base URL for callers; with `localEndpoint` the path style of local AWS implementations. */
export function apiBaseUrl(observed: ObservedApi, localEndpoint: string | undefined): string | undefined {
  if (localEndpoint === undefined) return observed.endpoint;
  return `${localEndpoint.replace(/\/$/, '')}/_aws/execute-api/${observed.apiId}/${STAGE}`;
}
