import type { FunctionName } from '#proto/names.ts';
import type { AwsClients } from '../../external/aws-clients.ts';
import { shortHash } from '../../external/canonical-json.ts';
import { createRoles } from '../../external/iam.ts';
import { createFunctions } from '../../external/lambda.ts';
import type { Bundle, DesiredFunction } from '../../external/lambda-desired.ts';
import type { FunctionChange, ObservedFunction } from '../../external/lambda-diff.ts';
import { createLogGroups } from '../../external/logs.ts';
import { createMailIdentity } from '../../external/mail-identity.ts';
import { createBucket } from '../../external/s3.ts';
import { createSecrets } from '../../external/secrets.ts';
import { createQueues } from '../../external/sqs.ts';
import type { Bundles } from '../bundles.ts';
import {
  type Account,
  desiredBucket,
  desiredFunctions,
  desiredLogGroups,
  desiredMailIdentity,
  desiredQueues,
  desiredRoles,
  desiredSecrets,
  managedFunctions,
  SECRET_SUFFIX,
} from '../cloud.ts';
import { type Converged, converge } from '../converge.ts';
import type { Finding } from '../external-memo.ts';
import { ConcernError, findingOf, lookAfter } from '../look-after.ts';
import { cloudObject, cloudSecret, functionObject } from '../names.ts';
import type { Pass, PlatformStatus } from '../pass.ts';

/** What functions read from Secrets Manager. */
export interface CloudSecretValues {
  readonly paymentDatabaseUrl: string;
  readonly providers: Readonly<Record<string, string>>;
  readonly kafka: { readonly username: string; readonly password: string } | undefined;
}

/** Facts that triggers need. */
export interface CloudFacts {
  readonly account: Account;
  /** Functions whose alias exists. */
  readonly live: ReadonlySet<FunctionName>;
  readonly schedulerRoleArn: string | undefined;
  readonly pipeRoleArn: string | undefined;
  readonly kafkaSecretArn: string | undefined;
  readonly functions: NonNullable<PlatformStatus['functions']>;
}

const UNKNOWN_ACCOUNT = '000000000000';

/**
 * FunctionsReady: the five functions, and below them their roles, log groups, secrets, queues and the bucket. Each function
 * goes its own way, so one that is refused does not hold the others back.
 */
export async function lookAfterFunctions(
  pass: Pass,
  aws: AwsClients,
  bundles: Bundles,
  values: CloudSecretValues,
): Promise<CloudFacts | undefined> {
  const { platform } = pass;
  const names = managedFunctions(platform);
  const found = new Map<FunctionName, Bundle>();
  for (const name of names) {
    const bundle = await bundles.read(name);
    if (bundle !== undefined) found.set(name, bundle);
  }
  const { lambda, aws: awsSpec, storage, mail, kafka, ingress, observability, region, changeFreeze } = platform.spec;
  const codes = [...found].map(([name, { codeSha256 }]) => [name, codeSha256]);
  const inputs = [
    lambda,
    awsSpec,
    storage,
    mail,
    kafka,
    ingress,
    observability,
    region,
    changeFreeze,
    codes,
    shortHash(values),
  ];
  const facts = await lookAfter<CloudFacts>(pass, 'FunctionsReady', inputs, (signal) =>
    convergeFunctions(pass, aws, found, bundles.dir, values, signal),
  );
  pass.report.functions = facts?.functions ?? [];
  return facts;
}

async function convergeFunctions(
  pass: Pass,
  aws: AwsClients,
  bundles: ReadonlyMap<FunctionName, Bundle>,
  bundleDir: string,
  values: CloudSecretValues,
  signal: AbortSignal,
): Promise<Finding<CloudFacts>> {
  const { platform, observeOnly } = pass;
  const { aws: awsSpec, changeFreeze } = platform.spec;
  const account: Account = { accountId: await aws.accountId(signal), region: awsSpec.region };
  if (awsSpec.accountId !== UNKNOWN_ACCOUNT && awsSpec.accountId !== account.accountId)
    throw new ConcernError(
      'InvalidSpec',
      `The AWS credentials belong to account ${account.accountId}, spec.aws.accountId says ${awsSpec.accountId}: correct one of them`,
    );

  const options = { observeOnly, signal };
  const wantedSecrets = desiredSecrets(platform, values);
  const [bucket, mail, logs, roles, secrets, queues] = await Promise.all([
    converge(createBucket(aws.s3), desiredBucket(platform), options),
    converge(createMailIdentity(aws.ses), desiredMailIdentity(platform), options),
    converge(createLogGroups(aws.logs), desiredLogGroups(platform), options),
    converge(createRoles(aws.iam), desiredRoles(platform, account), options),
    converge(createSecrets(aws.secrets), wantedSecrets, options),
    converge(createQueues(aws.sqs), desiredQueues(platform, account), options),
  ]);

  const desired = desiredFunctions(platform, {
    bundles,
    roleArns: new Map([...roles.observed].map(([name, { arn }]) => [name, arn])),
    secretVersions: new Map([...secrets.observed].map(([name, { versionId }]) => [name, versionId])),
  });
  const adapter = createFunctions(aws.lambda, pass.ctx.clock);
  const held = observeOnly || changeFreeze.enabled;
  const results = await Promise.allSettled(
    desired.map((one) => converge(adapter, [one], { observeOnly: held, signal })),
  );
  signal.throwIfAborted();

  const settled = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const observed = new Map(settled.flatMap(({ observed: { functions } }) => [...functions]));
  const pending = [bucket, mail, logs, roles, secrets, queues, ...settled].flatMap((one) => [...one.pending]);
  const applied = [bucket, mail, logs, roles, secrets, queues, ...settled].flatMap((one) => [...one.applied]);
  const functionsPending = settled.flatMap((one: Converged<unknown, FunctionChange>) => [...one.pending]);
  const kafkaSecret = secrets.observed.get(cloudSecret(platform, SECRET_SUFFIX.kafka));
  const facts: CloudFacts = {
    account,
    live: new Set(managedFunctions(platform).filter((name) => observed.get(functionObject(platform, name))?.alias)),
    schedulerRoleArn: roles.observed.get(cloudObject(platform, 'scheduler'))?.arn,
    pipeRoleArn: roles.observed.get(cloudObject(platform, 'pipes'))?.arn,
    kafkaSecretArn: kafkaSecret?.arn,
    functions: managedFunctions(platform).map((name) =>
      functionStatus(name, bundles.has(name), observed.get(functionObject(platform, name)), functionsPending),
    ),
  };

  const stuck = functionsPending.filter(({ step }) => step.kind === 'stuck');
  const waits = functionsPending.flatMap(({ step }) => (step.kind === 'wait' ? [step.forMs] : []));
  const finding = findingOf(pending, applied, facts, {
    ready: `${desired.length} functions answer under the alias live`,
    observeOnly,
    ...(waits.length === 0 ? {} : { againMs: Math.min(...waits) }),
  });
  const problem = firstProblem(results, desired, stuck, missingBundles(platform, bundles), bundleDir);
  if (problem !== undefined) return { ...finding, state: 'failed', ...problem };
  if (changeFreeze.enabled && functionsPending.length > 0 && !observeOnly)
    return {
      ...finding,
      state: 'drifted',
      reason: 'ChangeFrozen',
      message: `spec.changeFreeze holds back: ${finding.message}${changeFreeze.reason ? ` (${changeFreeze.reason})` : ''}`,
    };
  return finding;
}

function missingBundles({ spec }: Pass['platform'], bundles: ReadonlyMap<FunctionName, Bundle>): FunctionName[] {
  return (Object.keys(spec.lambda.functions) as FunctionName[]).filter(
    (name) => spec.lambda.functions[name].managed && !bundles.has(name),
  );
}

function firstProblem(
  results: readonly PromiseSettledResult<unknown>[],
  desired: readonly DesiredFunction[],
  stuck: readonly FunctionChange[],
  missing: readonly FunctionName[],
  bundleDir: string,
): Pick<Finding<unknown>, 'reason' | 'message'> | undefined {
  const problems = results.flatMap((result, index) =>
    result.status === 'rejected' ? [`function ${desired[index]?.name}: ${messageOf(result.reason)}`] : [],
  );
  problems.push(...stuck.map(({ target, reason }) => `${target} ${reason}`));
  if (problems.length > 0) return { reason: 'Refused', message: problems.join('; ') };
  if (missing.length === 0) return undefined;
  const files = missing.map((name) => `${name}.zip`).join(', ');
  return {
    reason: 'BundleMissing',
    message: `${bundleDir} lacks ${files}: build the operator's image with npm run images, or set managed: false on functions that you bring yourself`,
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function functionStatus(
  name: FunctionName,
  bundled: boolean,
  found: ObservedFunction | undefined,
  pending: readonly FunctionChange[],
): CloudFacts['functions'][number] {
  const next = pending.find(({ desired }) => desired.name.endsWith(`-${name}`));
  const state = !bundled
    ? 'BundleMissing'
    : found === undefined
      ? 'Missing'
      : next === undefined
        ? 'Live'
        : next.reason;
  const { alias } = found ?? {};
  return {
    name,
    state,
    ...(found === undefined ? {} : { codeSha256: found.codeSha256 }),
    ...(alias === undefined ? {} : { liveVersion: alias.version }),
    ...(alias?.candidate === undefined
      ? {}
      : { candidateVersion: alias.candidate.version, candidateWeight: alias.candidate.weightPercent }),
  };
}
