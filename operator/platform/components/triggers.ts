import type { Change } from '../../external/adapter.ts';
import { apiBaseUrl, createHttpApi } from '../../external/apigateway.ts';
import type { AwsClients } from '../../external/aws-clients.ts';
import { createEventSourceMappings } from '../../external/event-source-mappings.ts';
import { createStreams } from '../../external/firehose.ts';
import { createPipes, type PipeChange } from '../../external/pipes.ts';
import { createSchedules } from '../../external/scheduler.ts';
import { desiredApi, desiredMappings, desiredSchedules, isActive } from '../cloud.ts';
import { converge } from '../converge.ts';
import { desiredStreams } from '../event-archive.ts';
import type { Finding } from '../external-memo.ts';
import { withAdvice } from '../failure.ts';
import { desiredPipes } from '../kafka-pipes.ts';
import { findingOf, lookAfter } from '../look-after.ts';
import type { Pass } from '../pass.ts';
import type { CloudFacts } from './functions.ts';

/**
 * TriggersReady: the webhook API, queues to functions, schedules, pipes and the archive. In a standby region they exist and are
 * off, except the API: who still calls there must hear "again", not that nobody lives here.
 */
export async function lookAfterTriggers(
  pass: Pass,
  aws: AwsClients,
  facts: CloudFacts | undefined,
): Promise<{ readonly webhookUrl: string | undefined } | undefined> {
  const { platform, report } = pass;
  if (facts === undefined) {
    report.say('TriggersReady', 'False', 'WaitingForDependency', 'Triggers come after functions: see FunctionsReady');
    return undefined;
  }
  const { aws: awsSpec, kafka, lambda, region, storage } = platform.spec;
  const { functions: _shown, live, ...ids } = facts;
  const { frozen, by } = pass.freeze;
  const inputs = [awsSpec, kafka, lambda, region, storage, ids, [...live].sort(), frozen, by];
  const found = await lookAfter(pass, 'TriggersReady', inputs, (signal) => convergeTriggers(pass, aws, facts, signal));
  if (found !== undefined) report.webhookUrl = found.webhookUrl;
  return found;
}

async function convergeTriggers(
  pass: Pass,
  aws: AwsClients,
  facts: CloudFacts,
  signal: AbortSignal,
): Promise<Finding<{ webhookUrl: string | undefined }>> {
  const { platform, observeOnly } = pass;
  const { account, live, schedulerRoleArn, pipeRoleArn, kafkaSecretArn, archiveRoleArn } = facts;
  // During a sale nothing is rerouted; what is missing is made, and a failover still turns triggers on and off.
  const holds = ({ action, onOff }: Change) => pass.freeze.frozen && action !== 'create' && onOff !== true;
  const options = { observeOnly, signal, holds };
  const api = desiredApi(platform, account, live);
  const streams =
    archiveRoleArn === undefined
      ? undefined
      : await converge(createStreams(aws.firehose), desiredStreams(platform, archiveRoleArn), options);
  // A pipe is refused while its target is not there.
  const busy = new Set((streams?.pending ?? []).map(({ stream }) => stream.name));
  const readyPipes =
    pipeRoleArn === undefined
      ? []
      : desiredPipes(platform, account, pipeRoleArn, kafkaSecretArn).filter(({ name }) => !busy.has(name));
  const [http, mappings, schedules, pipes] = await Promise.all([
    api === undefined ? undefined : converge(createHttpApi(aws.apiGateway, aws.lambda), api, options),
    converge(createEventSourceMappings(aws.lambda), desiredMappings(platform, account, live), options),
    schedulerRoleArn === undefined
      ? undefined
      : converge(createSchedules(aws.scheduler), desiredSchedules(platform, account, schedulerRoleArn, live), options),
    converge(createPipes(aws.pipes, pass.ctx.clock), readyPipes, options),
  ]);
  const all = [streams, http, mappings, schedules, pipes].filter((one) => one !== undefined);
  const webhookUrl = http?.observed === undefined ? undefined : apiBaseUrl(http.observed, platform.spec.aws.endpoint);
  const finding = findingOf(
    all.flatMap((one) => [...one.pending]),
    all.flatMap((one) => [...one.applied]),
    { webhookUrl },
    {
      ready: isActive(platform)
        ? 'All triggers are on'
        : 'Queues, schedules and pipes are off: this region is a standby. Its webhook address stays, and tells providers to call again',
      observeOnly,
    },
  );
  const broken = observeOnly ? undefined : brokenPipes(pipes.pending, pipes.applied);
  if (broken !== undefined) return { ...finding, state: 'failed', reason: 'Refused', message: broken };
  const held = all.flatMap((one) => [...one.pending]).filter((change) => change.action !== 'wait' && holds(change));
  if (held.length > 0 && !observeOnly) {
    const lines = held.map(({ action, target, reason }) => `${action} ${target}: ${reason}`).join('; ');
    return {
      ...finding,
      state: 'drifted',
      reason: 'ChangeFrozen',
      message: `Held back: ${lines}. ${pass.freeze.reason}`,
    };
  }
  const incomplete = Object.entries(platform.spec.lambda.functions).filter(
    ([name, { managed }]) => managed && ![...live].some((one) => one === name),
  );
  if (finding.state !== 'ready' || incomplete.length === 0) return finding;
  const names = incomplete.map(([name]) => name).join(', ');
  return {
    ...finding,
    state: 'waiting',
    reason: 'WaitingForDependency',
    message: `Not live yet, so without triggers: ${names}. See FunctionsReady`,
    // News about functions change the inputs, which ends the wait at once.
    againMs: 60_000,
  };
}

/** What to say of pipes that AWS gave up on, also of those that were asked to try again just now; undefined without any. */
export function brokenPipes(pending: readonly PipeChange[], applied: readonly PipeChange[]): string | undefined {
  const failed = [...pending, ...applied].filter((change) => change.failed === true);
  const lines = new Set(failed.map(({ target, reason }) => `${target} ${reason} (it is tried again each minute)`));
  return lines.size === 0 ? undefined : withAdvice([...lines].join('; '), 'TriggersReady', 'refused');
}
