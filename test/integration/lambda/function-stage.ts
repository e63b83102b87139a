import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { strToU8 } from 'fflate';
import { bundleFunction } from '#hack/lambda/bundle.ts';
import { zipFiles } from '#hack/lambda/zip.ts';
import type { Adapter, Change } from '#operator/external/adapter.ts';
import { createFunctions } from '#operator/external/lambda.ts';
import type { Bundle, DesiredFunction } from '#operator/external/lambda-desired.ts';
import type { FunctionChange, ObservedFunction } from '#operator/external/lambda-diff.ts';
import { converge } from '#operator/platform/converge.ts';
import type { FunctionName } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import type { Backing } from '#runtime/local/backing.ts';

export const ROOT = join(import.meta.dirname, '..', '..', '..');
export const ACCOUNT = '000000000000';

/** Arguments of every client of the local endpoint. */
export function clientOptions({ aws }: Backing<'aws'>) {
  const { endpoint, region, accessKeyId, secretAccessKey } = aws;
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
}

/** The real bundle of a function. `around` is source of a module that may import the real handler from `./real.mjs`. */
export async function bundleOf(name: FunctionName, around?: string): Promise<Bundle> {
  const files = new Map(await bundleFunction(ROOT, name));
  const real = files.get('index.mjs');
  if (around !== undefined && real !== undefined) {
    files.set('real.mjs', real);
    files.set('index.mjs', strToU8(around));
  }
  const zip = zipFiles(files).bytes;
  return { zip, codeSha256: createHash('sha256').update(zip).digest('base64') };
}

/** Calls the real handler for the operator's check and does `body` for everybody else; `event` and `real` are at hand. */
export const onlyWithTraffic = (body: string): string => `import { handler as real } from './real.mjs';
export const handler = async (event, context) => {
  if (event?.ticketbottle === 'check') return await real(event, context);
  ${body}
};
`;

/** Small limits and short steps, as a platform would say them for a test. */
export function desiredFunction(
  name: string,
  bundle: Bundle,
  env: Record<string, string>,
  change: Partial<DesiredFunction> = {},
): DesiredFunction {
  return {
    name,
    description: 'test',
    runtime: 'nodejs24.x',
    handler: 'index.handler',
    memoryMB: 256,
    timeoutSeconds: 30,
    roleArn: `arn:aws:iam::${ACCOUNT}:role/test`,
    env,
    subnetIds: [],
    securityGroupIds: [],
    layers: [],
    deadLetterArn: undefined,
    bundle,
    reservedConcurrency: undefined,
    provisionedConcurrency: undefined,
    steps: [30, 60, 100],
    intervalMs: 1_500,
    limits: { errorRate: 0.05, p90Ms: 20_000 },
    owner: 'tests/tb',
    tags: {},
    ...change,
  };
}

export interface Stage {
  readonly lambda: LambdaClient;
  readonly cloudWatch: CloudWatchClient;
  /** Brings the function to what is wanted, as the operator does; ends when it is live or was taken back. */
  roll(desired: DesiredFunction, watch?: (seen: ObservedFunction) => void): Promise<Rolled>;
  close(): void;
}

export interface Rolled {
  readonly live: string;
  readonly rejected: { readonly version: string; readonly why: string } | undefined;
  /** Every state of the alias that was seen, `1`, `1+2@30` (version 2 gets 30 %), `2`. */
  readonly path: readonly string[];
}

export function createStage(backing: Backing<'aws'>): Stage {
  const lambda = new LambdaClient(clientOptions(backing));
  const cloudWatch = new CloudWatchClient(clientOptions(backing));
  return {
    lambda,
    cloudWatch,
    roll: (desired, watch) => rollOut({ lambda, cloudWatch }, desired, watch),
    close: () => {
      lambda.destroy();
      cloudWatch.destroy();
    },
  };
}

/** Throws what the clients throw, also when a client is made to break. */
export async function rollOut(
  clients: { readonly lambda: LambdaClient; readonly cloudWatch: CloudWatchClient },
  desired: DesiredFunction,
  watch: (seen: ObservedFunction) => void = () => {},
): Promise<Rolled> {
  const path: string[] = [];
  const inner = createFunctions(clients, systemClock);
  // Each look counts: on a busy machine several steps may come due within one pass.
  const adapter: typeof inner = {
    ...inner,
    async observe(wanted, signal) {
      const observed = await inner.observe(wanted, signal);
      const seen = observed.functions.get(desired.name);
      if (seen !== undefined) watch(seen);
      const state = seen === undefined ? '-' : aliasText(seen);
      if (state !== '-' && path.at(-1) !== state) path.push(state);
      return observed;
    },
  };
  const signal = AbortSignal.timeout(120_000);
  for (;;) {
    const { observed, pending } = await converge(adapter, [desired], { observeOnly: false, signal });
    const seen = observed.functions.get(desired.name);
    const kinds = pending.map(({ step }: FunctionChange) => step.kind);
    if (pending.length === 0 || kinds.includes('rejected'))
      return { live: seen?.alias?.version ?? '', rejected: seen?.alias?.rejected, path };
    const stuck = pending.find(({ step }) => step.kind === 'stuck');
    if (stuck !== undefined) throw new Error(stuck.reason);
    const waits = pending.flatMap(({ step }) => (step.kind === 'wait' ? [step.forMs] : []));
    await sleep(Math.min(...waits, 500));
  }
}

export function aliasText({ alias }: ObservedFunction): string {
  if (alias === undefined) return '-';
  const { version, candidate } = alias;
  return candidate === undefined ? version : `${version}+${candidate.version}@${candidate.weightPercent}`;
}

/** Applies an adapter until nothing is left to do. */
export async function apply<D, O, C extends Change>(adapter: Adapter<D, O, C>, desired: D): Promise<O> {
  const signal = AbortSignal.timeout(60_000);
  for (;;) {
    const { observed, pending } = await converge(adapter, desired, { observeOnly: false, signal });
    if (pending.length === 0) return observed;
    await sleep(300);
  }
}
