import type { FunctionName } from '#proto/names.ts';
import type { AwsClients } from '../../external/aws-clients.ts';
import { type AwsErrorClass, classifyAwsError } from '../../external/aws-errors.ts';
import { shortHash } from '../../external/canonical-json.ts';
import { createRoles } from '../../external/iam.ts';
import { createFunctions } from '../../external/lambda.ts';
import { type Bundle, type DesiredFunction, OWNER_TAG } from '../../external/lambda-desired.ts';
import { type FunctionChange, type ObservedFunction, targetOf } from '../../external/lambda-diff.ts';
import { createLogGroups } from '../../external/logs.ts';
import { createMailFeedback } from '../../external/mail-feedback.ts';
import { createMailIdentity } from '../../external/mail-identity.ts';
import { createBucket } from '../../external/s3.ts';
import { createSaleConcurrency } from '../../external/sale-concurrency.ts';
import { SALE_HOLD_TAG } from '../../external/sale-hold.ts';
import { createSecrets } from '../../external/secrets.ts';
import { createQueues } from '../../external/sqs.ts';
import type { Account } from '../account.ts';
import type { Bundles } from '../bundles.ts';
import {
  desiredBucket,
  desiredFunctions,
  desiredLogGroups,
  desiredMailIdentity,
  desiredQueues,
  desiredRoles,
  desiredSecrets,
  hearsOfMails,
  managedFunctions,
  SECRET_SUFFIX,
} from '../cloud.ts';
import { type Converged, converge } from '../converge.ts';
import { archiveRoleName } from '../event-archive.ts';
import type { Finding } from '../external-memo.ts';
import { withAdvice } from '../failure.ts';
import { ConcernError, findingOf, lookAfter } from '../look-after.ts';
import { desiredMailFeedback } from '../mail-feedback.ts';
import { cloudObject, cloudSecret, functionObject } from '../names.ts';
import type { Pass, PlatformStatus } from '../pass.ts';

/** What functions read from Secrets Manager. */
export interface CloudSecretValues {
  /** Undefined where no managed function works on it and nobody said where it is. */
  readonly paymentDatabaseUrl: string | undefined;
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
  readonly archiveRoleArn: string | undefined;
  readonly functions: NonNullable<PlatformStatus['functions']>;
}

/** The bundles, and the folder that they come from. */
interface BundlesFound {
  readonly found: ReadonlyMap<FunctionName, Bundle>;
  readonly dir: string;
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
  const { lambda, aws: awsSpec, storage, mail, kafka, ingress, observability, region } = platform.spec;
  const { frozen, by } = pass.freeze;
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
    [frozen, by, pass.salesHold()],
    codes,
    shortHash(values),
  ];
  const facts = await lookAfter<CloudFacts>(pass, 'FunctionsReady', inputs, (signal) =>
    convergeFunctions(pass, aws, { found, dir: bundles.dir }, values, signal),
  );
  if (facts !== undefined) pass.report.functions = facts.functions;
  return facts;
}

async function convergeFunctions(
  pass: Pass,
  aws: AwsClients,
  bundles: BundlesFound,
  values: CloudSecretValues,
  signal: AbortSignal,
): Promise<Finding<CloudFacts>> {
  const { platform, observeOnly } = pass;
  const awsSpec = platform.spec.aws;
  const { freeze } = pass;
  const account: Account = { accountId: await aws.accountId(signal), region: awsSpec.region };
  if (awsSpec.accountId !== UNKNOWN_ACCOUNT && awsSpec.accountId !== account.accountId)
    throw new ConcernError(
      'InvalidSpec',
      `The AWS credentials belong to account ${account.accountId}, spec.aws.accountId says ${awsSpec.accountId}: correct one of them`,
    );

  const options = { observeOnly, signal };
  const wantedSecrets = desiredSecrets(platform, values);
  const [bucket, mail, feedback, logs, roles, secrets, queues] = await Promise.all([
    converge(createBucket(aws.s3), desiredBucket(platform), options),
    converge(createMailIdentity(aws.ses), desiredMailIdentity(platform), options),
    // Before functions: SES refuses mails with a configuration set that is not there.
    hearsOfMails(platform)
      ? converge(createMailFeedback(aws.ses, aws.events), desiredMailFeedback(platform, account), options)
      : { pending: [], applied: [] },
    converge(createLogGroups(aws.logs), desiredLogGroups(platform), options),
    converge(createRoles(aws.iam), desiredRoles(platform, account), options),
    converge(createSecrets(aws.secrets), wantedSecrets, options),
    converge(createQueues(aws.sqs), desiredQueues(platform, account), options),
  ]);

  const desired = desiredFunctions(platform, {
    bundles: bundles.found,
    account,
    roleArns: new Map([...roles.observed].map(([name, { arn }]) => [name, arn])),
    secretVersions: new Map([...secrets.observed].map(([name, { versionId }]) => [name, versionId])),
  });
  const adapter = createFunctions(aws, pass.ctx.clock);
  const holds = freeze.frozen ? (change: FunctionChange) => !allowedWhileFrozen(change) : () => false;
  const results = await Promise.allSettled(desired.map((one) => converge(adapter, [one], { ...options, holds })));
  signal.throwIfAborted();

  const settled = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const observed = new Map(settled.flatMap(({ observed: { functions } }) => [...functions]));
  await takeBackFromSales(pass, aws, desired, observed, signal);
  const pending = [bucket, mail, feedback, logs, roles, secrets, queues, ...settled].flatMap((one) => [...one.pending]);
  const applied = [bucket, mail, feedback, logs, roles, secrets, queues, ...settled].flatMap((one) => [...one.applied]);
  const functionsPending = settled.flatMap((one: Converged<unknown, FunctionChange>) => [...one.pending]);
  const kafkaSecret = secrets.observed.get(cloudSecret(platform, SECRET_SUFFIX.kafka));
  const facts: CloudFacts = {
    account,
    live: new Set(managedFunctions(platform).filter((name) => observed.get(functionObject(platform, name))?.alias)),
    schedulerRoleArn: roles.observed.get(cloudObject(platform, 'scheduler'))?.arn,
    pipeRoleArn: roles.observed.get(cloudObject(platform, 'pipes'))?.arn,
    kafkaSecretArn: kafkaSecret?.arn,
    archiveRoleArn: roles.observed.get(archiveRoleName(platform))?.arn,
    functions: managedFunctions(platform).map((name) =>
      functionStatus(
        platform,
        name,
        desired.find((one) => one.name === functionObject(platform, name)),
        observed.get(functionObject(platform, name)),
        functionsPending,
      ),
    ),
  };

  const waits = functionsPending.flatMap(({ step }) => (step.kind === 'wait' ? [step.forMs] : []));
  const finding = findingOf(pending, applied, facts, {
    ready: `${desired.length} functions answer under the alias live`,
    observeOnly,
    ...(waits.length === 0 ? {} : { againMs: Math.min(...waits) }),
  });
  const problem = problemOf(results, desired, functionsPending, missingBundles(platform, bundles.found), bundles.dir);
  if (problem !== undefined) return { ...finding, ...problem };
  const held = functionsPending.filter((change) => change.action !== 'wait' && holds(change));
  if (held.length > 0 && !observeOnly) {
    const lines = held.map(({ action, target, reason }) => `${action} ${target}: ${reason}`).join('; ');
    // Held back or not, a candidate that has traffic is watched on, so that it can be taken back.
    const state = waits.length === 0 ? ('drifted' as const) : ('waiting' as const);
    return { ...finding, state, reason: 'ChangeFrozen', message: `Held back: ${lines}. ${freeze.reason}` };
  }
  const rejected = functionsPending.filter(({ step }) => step.kind === 'rejected');
  if (rejected.length > 0) {
    const message = rejected.map(({ target, reason }) => `${target}: ${reason}`).join('; ');
    return { ...finding, state: waits.length === 0 ? 'drifted' : 'waiting', reason: 'RolledBack', message };
  }
  return finding;
}

/**
 * A sale that was deleted while AWS did not answer left its warm environments behind, and no other gives them back. A sale says
 * in its status that it raises something before it does: what is found held with no such status is nobody's.
 */
async function takeBackFromSales(
  { platform, observeOnly, salesHold }: Pass,
  { lambda }: AwsClients,
  desired: readonly DesiredFunction[],
  observed: ReadonlyMap<string, ObservedFunction>,
  signal: AbortSignal,
): Promise<void> {
  const functionName = functionObject(platform, 'payment-webhook-handler');
  const tags = observed.get(functionName)?.tags;
  const ours = desired.find(({ name }) => name === functionName)?.owner === tags?.[OWNER_TAG];
  if (observeOnly || !ours || tags?.[SALE_HOLD_TAG] === undefined || salesHold()) return;
  await createSaleConcurrency(lambda).remove({ functionName, environments: 0 }, signal);
}

/**
 * What may happen during a sale: functions that are not there yet, what moves no traffic, and the way back from a version that
 * does badly or to one that a person pinned.
 */
export function allowedWhileFrozen({ step }: Pick<FunctionChange, 'step'>): boolean {
  switch (step.kind) {
    case 'create':
    case 'publish':
    case 'tags':
      return true;
    case 'shift':
      return !step.exists || step.retreats;
    default:
      return false;
  }
}

function missingBundles({ spec }: Pass['platform'], found: ReadonlyMap<FunctionName, Bundle>): FunctionName[] {
  return (Object.keys(spec.lambda.functions) as FunctionName[]).filter((name) => {
    const { managed, code } = spec.lambda.functions[name];
    return managed && code === undefined && !found.has(name);
  });
}

/** What keeps functions from being right, the worst first. AWS being busy is no problem but is asked again ever less often. */
export function problemOf(
  results: readonly PromiseSettledResult<unknown>[],
  desired: readonly DesiredFunction[],
  pending: readonly FunctionChange[],
  missing: readonly FunctionName[],
  bundleDir: string,
): Pick<Finding<unknown>, 'state' | 'reason' | 'message'> | undefined {
  const failures = results.flatMap((result, index) =>
    result.status === 'rejected'
      ? [
          {
            kind: classifyAwsError(result.reason),
            line: `function ${desired[index]?.name}: ${messageOf(result.reason)}`,
          },
        ]
      : [],
  );
  const linesOf = (...kinds: AwsErrorClass[]) =>
    failures.filter(({ kind }) => kinds.includes(kind)).map(({ line }) => line);
  const said = (lines: readonly string[], reason: Finding<unknown>['reason'], kind: AwsErrorClass) =>
    ({ state: 'failed', reason, message: withAdvice(lines.join('; '), 'FunctionsReady', kind) }) as const;
  const stuck = pending.filter(({ step }) => step.kind === 'stuck').map(({ target, reason }) => `${target} ${reason}`);
  const refused = [...linesOf('refused'), ...stuck];
  const unknown = linesOf('unknown');
  if (linesOf('denied').length > 0) return said(linesOf('denied'), 'AccessDenied', 'denied');
  if (refused.length > 0) return said([...refused, ...unknown], 'Refused', 'refused');
  if (unknown.length > 0) return said(unknown, 'Refused', 'unknown');
  if (linesOf('unreachable').length > 0) return said(linesOf('unreachable'), 'Unreachable', 'unreachable');
  if (missing.length > 0) {
    const files = missing.map((name) => `${name}.zip`).join(', ');
    const advice =
      "build the operator's image with npm run images, or set managed: false on functions that you bring yourself";
    return { state: 'failed', reason: 'BundleMissing', message: `${bundleDir} lacks ${files}: ${advice}` };
  }
  return failures.length === 0 ? undefined : said(linesOf('later'), 'Progressing', 'later');
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function functionStatus(
  platform: Pass['platform'],
  name: FunctionName,
  desired: DesiredFunction | undefined,
  found: ObservedFunction | undefined,
  pending: readonly FunctionChange[],
): CloudFacts['functions'][number] {
  const next = pending.find((change) => change.desired.name === functionObject(platform, name));
  const settled = found === undefined ? 'Missing' : (next?.reason ?? 'Live');
  const { alias } = found ?? {};
  const target = desired === undefined || found === undefined ? undefined : targetOf(desired, found);
  const rejected = alias?.rejected !== undefined && alias.rejected.version === target ? alias.rejected : undefined;
  return {
    name,
    state: desired === undefined ? 'BundleMissing' : settled,
    ...(found === undefined ? {} : { codeSha256: found.codeSha256 }),
    ...(alias === undefined ? {} : { liveVersion: alias.version }),
    ...(alias?.candidate === undefined
      ? {}
      : { candidateVersion: alias.candidate.version, candidateWeight: alias.candidate.weightPercent }),
    ...(rejected === undefined ? {} : { rejectedVersion: rejected.version, rejectedBecause: rejected.why }),
    ...(desired?.pin === undefined ? {} : { pinnedVersion: desired.pin }),
  };
}
