import {
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetProvisionedConcurrencyConfigCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-lambda';
import type { Adapter, Change } from './adapter.ts';
import { absent } from './aws-errors.ts';
import { ALIAS } from './lambda-desired.ts';
import { type ConcurrencyBefore, formatBefore, parseBefore, SALE_HOLD_TAG } from './sale-hold.ts';

/** Environments that sales need warm on the alias `live`, all sales together; 0 when none needs any. */
export interface DesiredConcurrency {
  readonly functionName: string;
  readonly environments: number;
}

export interface ObservedConcurrency {
  /** Undefined when there is no such function. */
  readonly arn: string | undefined;
  readonly hasAlias: boolean;
  /** Traffic is being shifted: AWS refuses provisioned concurrency on such an alias. */
  readonly shifting: boolean;
  readonly provisioned: number | undefined;
  readonly available: number;
  readonly status: string | undefined;
  readonly statusReason: string | undefined;
  readonly reserved: number | undefined;
  /** Values from before the first sale that raised them; undefined while none does. */
  readonly before: ConcurrencyBefore | undefined;
}

export type ConcurrencyStep =
  | { readonly kind: 'record'; readonly arn: string; readonly before: ConcurrencyBefore }
  | { readonly kind: 'reserve'; readonly value: number | undefined }
  | { readonly kind: 'provision'; readonly value: number | undefined }
  | { readonly kind: 'forget'; readonly arn: string }
  | { readonly kind: 'wait' };

export interface ConcurrencyChange extends Change {
  readonly functionName: string;
  readonly step: ConcurrencyStep;
}

export type SaleConcurrency = Adapter<DesiredConcurrency, ObservedConcurrency, ConcurrencyChange>;

/**
 * Warm environments of a function for sales. The values from before are written down beside the function first, so every
 * crash in between ends with exactly those; steps come in an order that AWS accepts (reserved is never below provisioned).
 */
export function createSaleConcurrency(client: LambdaClient): SaleConcurrency {
  const adapter: SaleConcurrency = {
    observe: ({ functionName }, signal) => observe(client, functionName, signal),
    diff: diffConcurrency,
    async apply(changes, signal) {
      for (const change of changes) await carryOut(client, change, signal);
    },
    async remove({ functionName }, signal) {
      const desired = { functionName, environments: 0 };
      await adapter.apply(diffConcurrency(desired, await observe(client, functionName, signal)), signal);
    },
  };
  return adapter;
}

export function diffConcurrency(desired: DesiredConcurrency, found: ObservedConcurrency): ConcurrencyChange[] {
  const { functionName, environments } = desired;
  const change = (action: Change['action'], step: ConcurrencyStep, reason: string): ConcurrencyChange => ({
    target: `function ${functionName}`,
    action,
    reason,
    functionName,
    step,
  });
  if (found.arn === undefined || !found.hasAlias)
    return environments === 0
      ? []
      : [change('wait', { kind: 'wait' }, 'has no live version yet: see FunctionsReady of the platform')];
  if (environments === 0) return found.before === undefined ? [] : giveBack(found.arn, found.before, found, change);

  const before = found.before ?? { provisioned: found.provisioned, reserved: found.reserved };
  const provisioned = Math.max(environments, before.provisioned ?? 0);
  // No reservation means that the whole account's concurrency is there for the asking.
  const reserved = before.reserved === undefined ? undefined : Math.max(before.reserved, provisioned);
  if (found.provisioned === provisioned && found.reserved === reserved)
    return found.status === 'READY' && found.available >= provisioned
      ? []
      : [change('wait', { kind: 'wait' }, waitReason(found, provisioned))];
  if (found.shifting)
    return [change('wait', { kind: 'wait' }, 'its alias is shifting traffic to a new version: comes when that ended')];
  const changes: ConcurrencyChange[] = [];
  if (found.before === undefined)
    changes.push(change('update', { kind: 'record', arn: found.arn, before }, formatBefore(before)));
  const reserve =
    found.reserved === reserved
      ? []
      : [change('update', { kind: 'reserve', value: reserved }, `reserve ${reserved ?? 'nothing'}`)];
  const provision =
    found.provisioned === provisioned
      ? []
      : [change('update', { kind: 'provision', value: provisioned }, `provision ${provisioned}`)];
  const down = (found.provisioned ?? 0) > provisioned;
  return [...changes, ...(down ? [...provision, ...reserve] : [...reserve, ...provision])];
}

type MakeChange = (action: Change['action'], step: ConcurrencyStep, reason: string) => ConcurrencyChange;

function giveBack(
  arn: string,
  before: ConcurrencyBefore,
  found: ObservedConcurrency,
  change: MakeChange,
): ConcurrencyChange[] {
  return [
    ...(found.provisioned === before.provisioned
      ? []
      : [change('update', { kind: 'provision', value: before.provisioned }, 'give provisioned concurrency back')]),
    ...(found.reserved === before.reserved
      ? []
      : [change('update', { kind: 'reserve', value: before.reserved }, 'give reserved concurrency back')]),
    change('update', { kind: 'forget', arn }, 'no sale holds it any more'),
  ];
}

function waitReason(found: ObservedConcurrency, wanted: number): string {
  if (found.status === 'FAILED') return `AWS could not provision it: ${found.statusReason ?? 'no reason given'}`;
  return `${found.available} of ${wanted} environments are ready`;
}

async function observe(client: LambdaClient, FunctionName: string, signal: AbortSignal): Promise<ObservedConcurrency> {
  const abort = { abortSignal: signal };
  const [found, alias, provisioned] = await Promise.all([
    absent(client.send(new GetFunctionCommand({ FunctionName }), abort)),
    absent(client.send(new GetAliasCommand({ FunctionName, Name: ALIAS }), abort)),
    absent(
      client.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: ALIAS }), abort),
      'ProvisionedConcurrencyConfigNotFoundException',
    ),
  ]);
  return {
    arn: found?.Configuration?.FunctionArn,
    hasAlias: alias?.FunctionVersion !== undefined,
    shifting: Object.keys(alias?.RoutingConfig?.AdditionalVersionWeights ?? {}).length > 0,
    provisioned: provisioned?.RequestedProvisionedConcurrentExecutions,
    available: provisioned?.AvailableProvisionedConcurrentExecutions ?? 0,
    status: provisioned?.Status,
    statusReason: provisioned?.StatusReason,
    reserved: found?.Concurrency?.ReservedConcurrentExecutions,
    before: parseBefore(found?.Tags?.[SALE_HOLD_TAG]),
  };
}

async function carryOut(client: LambdaClient, change: ConcurrencyChange, abortSignal: AbortSignal): Promise<void> {
  const { functionName: FunctionName, step } = change;
  const send = { abortSignal };
  switch (step.kind) {
    case 'wait':
      return;
    case 'record': {
      const Tags = { [SALE_HOLD_TAG]: formatBefore(step.before) };
      await client.send(new TagResourceCommand({ Resource: step.arn, Tags }), send);
      return;
    }
    case 'forget':
      await client.send(new UntagResourceCommand({ Resource: step.arn, TagKeys: [SALE_HOLD_TAG] }), send);
      return;
    case 'reserve':
      if (step.value === undefined) await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }), send);
      else
        await client.send(
          new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: step.value }),
          send,
        );
      return;
    case 'provision': {
      const where = { FunctionName, Qualifier: ALIAS };
      if (step.value === undefined) await client.send(new DeleteProvisionedConcurrencyConfigCommand(where), send);
      else
        await client.send(
          new PutProvisionedConcurrencyConfigCommand({ ...where, ProvisionedConcurrentExecutions: step.value }),
          send,
        );
      return;
    }
    default:
      step satisfies never;
  }
}
