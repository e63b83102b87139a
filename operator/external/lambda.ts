import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetProvisionedConcurrencyConfigCommand,
  type LambdaClient,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  paginateListVersionsByFunction,
  type Runtime,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { Clock } from '#runtime/clock.ts';
import type { Adapter } from './adapter.ts';
import { absent } from './aws-errors.ts';
import { ALIAS, configurationOf, type DesiredFunction, OWNER_TAG } from './lambda-desired.ts';
import {
  diffFunctions,
  type FunctionChange,
  type ObservedFunction,
  type ObservedFunctions,
  type ObservedVersion,
} from './lambda-diff.ts';
import type { AliasTraffic } from './lambda-rollout.ts';

/** Versions that we published say so in their description, followed by the fingerprint. */
const VERSION_MARK = 'ticketbottle ';
/** The alias' description carries when its traffic last moved, so that a rollout survives its operator. */
const SHIFT_MARK = 'traffic moved at ';

/** The functions of a platform: code, configuration, versions, the alias `live`, concurrency. */
export function createFunctions(
  client: LambdaClient,
  clock: Clock,
): Adapter<readonly DesiredFunction[], ObservedFunctions, FunctionChange> {
  return {
    async observe(desired, signal) {
      const found = await Promise.all(
        desired.map(async ({ name }) => [name, await observeFunction(client, name, signal)] as const),
      );
      return {
        atMs: clock.now(),
        functions: new Map(found.flatMap(([name, one]) => (one === undefined ? [] : [[name, one] as const]))),
      };
    },
    diff: diffFunctions,
    async apply(changes, signal) {
      for (const change of changes) await applyChange(client, change, clock.now(), signal);
    },
    async remove(desired, abortSignal) {
      for (const { name, owner } of desired) {
        const found = await absent(client.send(new GetFunctionCommand({ FunctionName: name }), { abortSignal }));
        // Never with a qualifier here: without one, the whole function goes, aliases and versions included.
        if (found !== undefined && (found.Tags?.[OWNER_TAG] ?? owner) === owner)
          await absent(client.send(new DeleteFunctionCommand({ FunctionName: name }), { abortSignal }));
      }
    },
  };
}

async function observeFunction(
  client: LambdaClient,
  name: string,
  abortSignal: AbortSignal,
): Promise<ObservedFunction | undefined> {
  const found = await absent(client.send(new GetFunctionCommand({ FunctionName: name }), { abortSignal }));
  const configuration = found?.Configuration;
  if (configuration === undefined) return undefined;
  const [versions, alias, provisioned] = await Promise.all([
    listVersions(client, name, abortSignal),
    absent(client.send(new GetAliasCommand({ FunctionName: name, Name: ALIAS }), { abortSignal })),
    absent(
      client.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName: name, Qualifier: ALIAS }), {
        abortSignal,
      }),
      'ProvisionedConcurrencyConfigNotFoundException',
    ),
  ]);
  return {
    state: configuration.State ?? 'Active',
    stateReason: configuration.StateReason,
    lastUpdate: configuration.LastUpdateStatus ?? 'Successful',
    lastUpdateReason: configuration.LastUpdateStatusReason,
    revisionId: configuration.RevisionId,
    codeSha256: configuration.CodeSha256 ?? '',
    configuration: {
      runtime: configuration.Runtime ?? '',
      handler: configuration.Handler ?? '',
      memoryMB: configuration.MemorySize ?? 0,
      timeoutSeconds: configuration.Timeout ?? 0,
      roleArn: configuration.Role ?? '',
      env: configuration.Environment?.Variables ?? {},
      subnetIds: [...(configuration.VpcConfig?.SubnetIds ?? [])].sort(),
      securityGroupIds: [...(configuration.VpcConfig?.SecurityGroupIds ?? [])].sort(),
    },
    owner: found?.Tags?.[OWNER_TAG],
    reservedConcurrency: found?.Concurrency?.ReservedConcurrentExecutions,
    provisionedConcurrency: provisioned?.RequestedProvisionedConcurrentExecutions,
    versions,
    alias: alias?.FunctionVersion === undefined ? undefined : trafficOf(alias),
  };
}

async function listVersions(client: LambdaClient, name: string, abortSignal: AbortSignal): Promise<ObservedVersion[]> {
  const versions: ObservedVersion[] = [];
  for await (const page of paginateListVersionsByFunction({ client }, { FunctionName: name }, { abortSignal }))
    for (const { Version, Description } of page.Versions ?? [])
      if (Version !== undefined && Version !== '$LATEST')
        versions.push({
          version: Version,
          fingerprint: Description?.startsWith(VERSION_MARK) ? Description.slice(VERSION_MARK.length) : undefined,
        });
  return versions.sort((a, b) => Number(a.version) - Number(b.version));
}

function trafficOf(alias: {
  FunctionVersion?: string | undefined;
  Description?: string | undefined;
  RoutingConfig?: { AdditionalVersionWeights?: Record<string, number> | undefined } | undefined;
}): AliasTraffic {
  const [candidate] = Object.entries(alias.RoutingConfig?.AdditionalVersionWeights ?? {});
  const moved = alias.Description?.startsWith(SHIFT_MARK)
    ? Date.parse(alias.Description.slice(SHIFT_MARK.length))
    : NaN;
  return {
    version: alias.FunctionVersion ?? '',
    candidate:
      candidate === undefined ? undefined : { version: candidate[0], weightPercent: Math.round(candidate[1] * 100) },
    changedAtMs: Number.isNaN(moved) ? undefined : moved,
  };
}

async function applyChange(
  client: LambdaClient,
  { step, desired }: FunctionChange,
  nowMs: number,
  abortSignal: AbortSignal,
): Promise<void> {
  const FunctionName = desired.name;
  switch (step.kind) {
    case 'wait':
    case 'stuck':
      return;
    case 'create':
      await client.send(
        new CreateFunctionCommand({
          ...configurationInput(desired),
          Code: { ZipFile: desired.bundle.zip },
          Tags: { [OWNER_TAG]: desired.owner },
        }),
        { abortSignal },
      );
      return;
    case 'code':
      await client.send(
        new UpdateFunctionCodeCommand({ FunctionName, ZipFile: desired.bundle.zip, RevisionId: step.revisionId }),
        { abortSignal },
      );
      return;
    case 'configuration':
      await client.send(
        new UpdateFunctionConfigurationCommand({ ...configurationInput(desired), RevisionId: step.revisionId }),
        { abortSignal },
      );
      return;
    case 'publish':
      await client.send(
        new PublishVersionCommand({
          FunctionName,
          // Refused by AWS if somebody changed the code since we looked.
          CodeSha256: desired.bundle.codeSha256,
          Description: `${VERSION_MARK}${step.fingerprint}`,
        }),
        { abortSignal },
      );
      return;
    case 'shift': {
      const { version, candidate } = step.traffic;
      const weights = candidate === undefined ? {} : { [candidate.version]: candidate.weightPercent / 100 };
      const input = {
        FunctionName,
        Name: ALIAS,
        FunctionVersion: version,
        Description: `${SHIFT_MARK}${new Date(nowMs).toISOString()}`,
        RoutingConfig: { AdditionalVersionWeights: weights },
      };
      if (step.exists) await client.send(new UpdateAliasCommand(input), { abortSignal });
      else await client.send(new CreateAliasCommand(input), { abortSignal });
      return;
    }
    case 'reserve':
      if (desired.reservedConcurrency === undefined)
        await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }), { abortSignal });
      else {
        const ReservedConcurrentExecutions = desired.reservedConcurrency;
        await client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }), {
          abortSignal,
        });
      }
      return;
    case 'provision': {
      const where = { FunctionName, Qualifier: ALIAS };
      const ProvisionedConcurrentExecutions = desired.provisionedConcurrency ?? 0;
      if (ProvisionedConcurrentExecutions === 0)
        await client.send(new DeleteProvisionedConcurrencyConfigCommand(where), { abortSignal });
      else
        await client.send(new PutProvisionedConcurrencyConfigCommand({ ...where, ProvisionedConcurrentExecutions }), {
          abortSignal,
        });
      return;
    }
    case 'prune':
      // The qualifier is a number by construction: `$LATEST` or nothing would delete the whole function.
      if (!/^\d+$/.test(step.version)) throw new RangeError(`"${step.version}" is not a published version`);
      await absent(
        client.send(new DeleteFunctionCommand({ FunctionName, Qualifier: step.version }), { abortSignal }),
        'ResourceConflictException',
      );
      return;
    default:
      step satisfies never;
  }
}

function configurationInput(desired: DesiredFunction) {
  const configuration = configurationOf(desired);
  return {
    FunctionName: desired.name,
    Description: desired.description,
    // The SDK's list of runtimes ends where its release ends; AWS is the judge of what exists.
    Runtime: configuration.runtime as Runtime,
    Handler: configuration.handler,
    MemorySize: configuration.memoryMB,
    Timeout: configuration.timeoutSeconds,
    Role: configuration.roleArn,
    Environment: { Variables: { ...configuration.env } },
    VpcConfig: { SubnetIds: [...configuration.subnetIds], SecurityGroupIds: [...configuration.securityGroupIds] },
  };
}
