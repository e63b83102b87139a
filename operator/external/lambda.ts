import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  type AliasConfiguration,
  type FunctionConfiguration as AwsConfiguration,
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetFunctionCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  type LambdaClient,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  paginateListAliases,
  paginateListVersionsByFunction,
  type Runtime,
  TagResourceCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { Clock } from '#runtime/clock.ts';
import type { Adapter } from './adapter.ts';
import { absent } from './aws-errors.ts';
import { readAliasNote, writeAliasNote } from './lambda-alias-note.ts';
import type { CanaryHealth } from './lambda-canary.ts';
import {
  ALIAS,
  type Bundle,
  configurationOf,
  type DesiredFunction,
  type FunctionConfiguration,
  fingerprint,
  fingerprintOf,
  OWNER_TAG,
} from './lambda-desired.ts';
import {
  diffFunctions,
  type FunctionChange,
  type ObservedFunction,
  type ObservedFunctions,
  type ObservedVersion,
  tagsOf,
  targetOf,
} from './lambda-diff.ts';
import { readHealth } from './lambda-health.ts';
import type { AliasTraffic } from './lambda-rollout.ts';
import { readAlarms } from './rollout-alarms.ts';
import { readQueries } from './rollout-queries.ts';

/** What a function is called with when somebody wants to know whether it could work. Its bundle answers without side effects. */
export const CHECK_EVENT = { ticketbottle: 'check' } as const;

export interface FunctionClients {
  readonly lambda: LambdaClient;
  readonly cloudWatch: CloudWatchClient;
}

/** The functions of a platform: code, configuration, versions, the alias `live`, concurrency. */
export function createFunctions(
  { lambda: client, cloudWatch }: FunctionClients,
  clock: Clock,
): Adapter<readonly DesiredFunction[], ObservedFunctions, FunctionChange> {
  return {
    async observe(desired, signal) {
      const found = await Promise.all(
        desired.map(async (one) => {
          const found = await observeFunction(client, one.name, signal);
          if (found === undefined) return [one.name, undefined] as const;
          const [health, alarms, queries] = await Promise.all([
            healthOf(cloudWatch, one, found, clock.now(), signal),
            readAlarms(cloudWatch, one.alarms ?? [], signal),
            one.analysis !== undefined && isRolling(one, found) ? readQueries(one.analysis, signal) : [],
          ]);
          return [one.name, { ...found, health, alarms: [...alarms, ...queries] }] as const;
        }),
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

/** Some version has, or shall get, traffic beside the one that serves. */
const isRolling = (desired: DesiredFunction, found: ObservedFunction): boolean =>
  found.alias?.candidate !== undefined || found.alias?.version !== targetOf(desired, found);

/** Only while there is a candidate: nothing else is judged. */
async function healthOf(
  cloudWatch: CloudWatchClient,
  desired: DesiredFunction,
  { alias }: ObservedFunction,
  nowMs: number,
  signal: AbortSignal,
): Promise<CanaryHealth | undefined> {
  if (alias?.candidate === undefined) return undefined;
  const versions = { live: alias.version, candidate: alias.candidate.version };
  const fromMs = alias.changedAtMs ?? nowMs - Math.max(desired.intervalMs, 60_000);
  return await readHealth(cloudWatch, desired.name, versions, { fromMs, toMs: nowMs }, signal);
}

async function observeFunction(
  client: LambdaClient,
  name: string,
  abortSignal: AbortSignal,
): Promise<ObservedFunction | undefined> {
  const found = await absent(client.send(new GetFunctionCommand({ FunctionName: name }), { abortSignal }));
  const configuration = found?.Configuration;
  if (configuration === undefined) return undefined;
  const [versions, aliases, provisioned] = await Promise.all([
    listVersions(client, name, abortSignal),
    listAliases(client, name, abortSignal),
    absent(
      client.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName: name, Qualifier: ALIAS }), {
        abortSignal,
      }),
      'ProvisionedConcurrencyConfigNotFoundException',
    ),
  ]);
  const alias = aliases.find(({ Name }) => Name === ALIAS);
  return {
    arn: configuration.FunctionArn ?? '',
    state: configuration.State ?? 'Active',
    stateReason: configuration.StateReason,
    lastUpdate: configuration.LastUpdateStatus ?? 'Successful',
    lastUpdateReason: configuration.LastUpdateStatusReason,
    revisionId: configuration.RevisionId,
    codeSha256: configuration.CodeSha256 ?? '',
    configuration: readConfiguration(configuration),
    tags: found?.Tags ?? {},
    reservedConcurrency: found?.Concurrency?.ReservedConcurrentExecutions,
    provisionedConcurrency: provisioned?.RequestedProvisionedConcurrentExecutions,
    provisioning: provisioned && {
      status: provisioned.Status ?? 'READY',
      reason: provisioned.StatusReason,
      changedAtMs: timeOf(provisioned.LastModified),
    },
    versions,
    namedElsewhere: aliases.filter((one) => one !== alias).flatMap(versionsOf),
    alias: alias?.FunctionVersion === undefined ? undefined : trafficOf(alias),
    aliasRevisionId: alias?.RevisionId,
  };
}

function timeOf(text: string | undefined): number | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

function readConfiguration(found: AwsConfiguration): FunctionConfiguration {
  return {
    runtime: found.Runtime ?? '',
    handler: found.Handler ?? '',
    memoryMB: found.MemorySize ?? 0,
    timeoutSeconds: found.Timeout ?? 0,
    roleArn: found.Role ?? '',
    env: found.Environment?.Variables ?? {},
    subnetIds: [...(found.VpcConfig?.SubnetIds ?? [])].sort(),
    securityGroupIds: [...(found.VpcConfig?.SecurityGroupIds ?? [])].sort(),
    layers: (found.Layers ?? []).map(({ Arn }) => Arn ?? ''),
    deadLetterArn: found.DeadLetterConfig?.TargetArn ?? '',
    tracing: found.TracingConfig?.Mode ?? 'PassThrough',
  };
}

/** Versions by what they hold, so that those that somebody else published count as well. */
async function listVersions(client: LambdaClient, name: string, abortSignal: AbortSignal): Promise<ObservedVersion[]> {
  const versions: ObservedVersion[] = [];
  for await (const page of paginateListVersionsByFunction({ client }, { FunctionName: name }, { abortSignal }))
    for (const one of page.Versions ?? [])
      if (one.Version !== undefined && one.Version !== '$LATEST')
        versions.push({
          version: one.Version,
          fingerprint: fingerprintOf(one.CodeSha256 ?? '', readConfiguration(one)),
          splitKey: `${one.Role ?? ''} ${one.DeadLetterConfig?.TargetArn ?? ''}`,
        });
  return versions.sort((a, b) => Number(a.version) - Number(b.version));
}

async function listAliases(
  client: LambdaClient,
  name: string,
  abortSignal: AbortSignal,
): Promise<AliasConfiguration[]> {
  const aliases: AliasConfiguration[] = [];
  for await (const page of paginateListAliases({ client }, { FunctionName: name }, { abortSignal }))
    aliases.push(...(page.Aliases ?? []));
  return aliases;
}

const versionsOf = ({ FunctionVersion, RoutingConfig }: AliasConfiguration): string[] => [
  ...(FunctionVersion === undefined ? [] : [FunctionVersion]),
  ...Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {}),
];

function trafficOf(alias: {
  FunctionVersion?: string | undefined;
  Description?: string | undefined;
  RoutingConfig?: { AdditionalVersionWeights?: Record<string, number> | undefined } | undefined;
}): AliasTraffic {
  const [candidate] = Object.entries(alias.RoutingConfig?.AdditionalVersionWeights ?? {});
  return {
    version: alias.FunctionVersion ?? '',
    candidate:
      candidate === undefined ? undefined : { version: candidate[0], weightPercent: Math.round(candidate[1] * 100) },
    ...readAliasNote(alias.Description),
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
    case 'rejected':
      return;
    case 'create':
      refuseOtherCode(
        desired.bundle,
        await client.send(
          new CreateFunctionCommand({
            ...configurationInput(desired),
            PackageType: 'imageUri' in desired.bundle ? 'Image' : 'Zip',
            Code: codeInput(desired.bundle),
            Tags: tagsOf(desired),
          }),
          { abortSignal },
        ),
      );
      return;
    case 'code':
      refuseOtherCode(
        desired.bundle,
        await client.send(
          new UpdateFunctionCodeCommand({ FunctionName, ...codeInput(desired.bundle), RevisionId: step.revisionId }),
          { abortSignal },
        ),
      );
      return;
    case 'configuration':
      await client.send(
        new UpdateFunctionConfigurationCommand({ ...configurationInput(desired), RevisionId: step.revisionId }),
        { abortSignal },
      );
      return;
    case 'tags':
      await client.send(new TagResourceCommand({ Resource: step.arn, Tags: tagsOf(desired) }), { abortSignal });
      return;
    case 'publish':
      await client.send(
        new PublishVersionCommand({
          FunctionName,
          // Refused by AWS if somebody changed the code since we looked.
          CodeSha256: desired.bundle.codeSha256,
          Description: `ticketbottle ${fingerprint(desired)}`,
        }),
        { abortSignal },
      );
      return;
    case 'check': {
      const why = await checkVersion(client, FunctionName, step.version, abortSignal);
      const { version, candidate, ...note } = step.alias;
      const found =
        why === undefined
          ? { ...note, checked: step.version }
          : { ...note, rejected: { version: step.version, why: `its check failed: ${why}` } };
      await client.send(
        new UpdateAliasCommand({
          ...{ FunctionName, Name: ALIAS, RevisionId: step.revisionId },
          Description: writeAliasNote(found),
        }),
        { abortSignal },
      );
      return;
    }
    case 'shift': {
      const { version, candidate, checked, rejected } = step.traffic;
      const weights = candidate === undefined ? {} : { [candidate.version]: candidate.weightPercent / 100 };
      const input = {
        FunctionName,
        Name: ALIAS,
        FunctionVersion: version,
        Description: writeAliasNote({ changedAtMs: nowMs, checked, rejected }),
        RoutingConfig: { AdditionalVersionWeights: weights },
      };
      // Refused when somebody moved the alias since we looked: then we look again.
      if (step.exists)
        await client.send(new UpdateAliasCommand({ ...input, RevisionId: step.revisionId }), { abortSignal });
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

/** Calls the version itself, which no alias sends anybody to. Returns what is wrong with it; throws when it cannot be called now. */
async function checkVersion(
  client: LambdaClient,
  FunctionName: string,
  Qualifier: string,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const Payload = Buffer.from(JSON.stringify(CHECK_EVENT));
  const answer = await client.send(new InvokeCommand({ FunctionName, Qualifier, Payload }), { abortSignal });
  if (answer.FunctionError === undefined) return undefined;
  const text = answer.Payload?.transformToString() ?? '';
  const message = /"errorMessage"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
  return message.slice(0, 120);
}

/** What lies there is not what was promised: nothing of it is published, and no second try makes it right. */
function refuseOtherCode(bundle: Bundle, { CodeSha256 = '' }: { readonly CodeSha256?: string | undefined }): void {
  if ('zip' in bundle || CodeSha256 === '' || CodeSha256 === bundle.codeSha256) return;
  const where = 's3' in bundle ? `s3://${bundle.s3.bucket}/${bundle.s3.key}` : bundle.imageUri;
  const hex = (hash: string) => ('s3' in bundle ? Buffer.from(hash, 'base64').toString('hex') : hash);
  throw new Error(
    `${where} has SHA-256 ${hex(CodeSha256)}, code.sha256 says ${hex(bundle.codeSha256)}: correct one of them`,
  );
}

function codeInput(bundle: Bundle) {
  if ('zip' in bundle) return { ZipFile: bundle.zip };
  if ('imageUri' in bundle) return { ImageUri: bundle.imageUri };
  const { bucket, key, objectVersion } = bundle.s3;
  return { S3Bucket: bucket, S3Key: key, ...(objectVersion === undefined ? {} : { S3ObjectVersion: objectVersion }) };
}

function configurationInput(desired: DesiredFunction) {
  const configuration = configurationOf(desired);
  const { deadLetterArn } = configuration;
  return {
    FunctionName: desired.name,
    Description: desired.description,
    // The SDK's list of runtimes ends where its release ends; AWS is the judge of what exists.
    ...('imageUri' in desired.bundle
      ? {}
      : { Runtime: configuration.runtime as Runtime, Handler: configuration.handler }),
    MemorySize: configuration.memoryMB,
    Timeout: configuration.timeoutSeconds,
    Role: configuration.roleArn,
    Environment: { Variables: { ...configuration.env } },
    VpcConfig: { SubnetIds: [...configuration.subnetIds], SecurityGroupIds: [...configuration.securityGroupIds] },
    ...('imageUri' in desired.bundle ? {} : { Layers: [...configuration.layers] }),
    DeadLetterConfig: { TargetArn: deadLetterArn },
    TracingConfig: { Mode: 'Active' as const },
  };
}
