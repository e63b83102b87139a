import {
  CreatePipeCommand,
  DeletePipeCommand,
  DescribePipeCommand,
  type PipesClient,
  UpdatePipeCommand,
} from '@aws-sdk/client-pipes';
import type { Clock } from '#runtime/clock.ts';
import type { Adapter, Change } from './adapter.ts';
import { absent } from './aws-errors.ts';
import { shortHash } from './canonical-json.ts';

/** A topic of a Kafka cluster of our own, copied into a queue or a Firehose stream. */
export interface DesiredPipe {
  readonly name: string;
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly consumerGroup: string;
  readonly targetArn: string;
  /** What the target gets: the record's value as it is, or the whole record as Pipes describes it. */
  readonly body: 'value' | 'record';
  /** Records of one delivery, and how long it waits for them. */
  readonly batch: { readonly size: number; readonly windowSeconds?: number };
  readonly roleArn: string;
  readonly enabled: boolean;
  /** It shall not be there. */
  readonly unwanted?: boolean;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** Secrets Manager secret with username and password, and how it is used; undefined: no authentication. */
  readonly sasl?:
    | { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly secretArn: string }
    | undefined;
}

export interface ObservedPipe {
  readonly source: string | undefined;
  readonly targetArn: string | undefined;
  readonly roleArn: string | undefined;
  readonly desiredState: string | undefined;
  readonly currentState: string | undefined;
  readonly stateReason: string | undefined;
  /** Unix ms; undefined when unknown, which counts as long ago. */
  readonly modifiedAtMs: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** `atMs`: when this was seen, so that the diff needs no clock. */
export interface ObservedPipes {
  readonly atMs: number;
  readonly pipes: ReadonlyMap<string, ObservedPipe>;
}

export interface PipeChange extends Change {
  readonly step: 'create' | 'update' | 'delete' | 'wait';
  readonly pipe: DesiredPipe;
  /** AWS gave up on the pipe; this says what is wrong with it, and is tried again or waits for the next try. */
  readonly failed?: boolean;
}

/** A pipe that AWS gave up on gets so much rest between two tries: what is in its way is seldom mended within seconds. */
export const RETRY_PIPE_MS = 60_000;

/**
 * Tags say what a runner of pipes needs and `DescribePipe` may leave out (the source's parameters), and what cannot be
 * changed later: another topic or broker needs a new pipe.
 */
export const PIPE_TAG = {
  topic: 'ticketbottle.io/topic',
  consumerGroup: 'ticketbottle.io/consumer-group',
  source: 'ticketbottle.io/source-hash',
} as const;

export function createPipes(
  client: PipesClient,
  clock: Clock,
): Adapter<readonly DesiredPipe[], ObservedPipes, PipeChange> {
  return {
    async observe(desired, abortSignal) {
      const found = await Promise.all(
        desired.map(async ({ name }): Promise<[string, ObservedPipe][]> => {
          const pipe = await absent(client.send(new DescribePipeCommand({ Name: name }), { abortSignal }));
          if (pipe === undefined) return [];
          const observed = {
            source: pipe.Source,
            targetArn: pipe.Target,
            roleArn: pipe.RoleArn,
            desiredState: pipe.DesiredState,
            currentState: pipe.CurrentState,
            stateReason: pipe.StateReason,
            modifiedAtMs: pipe.LastModifiedTime?.getTime(),
            tags: pipe.Tags ?? {},
          };
          return [[name, observed]];
        }),
      );
      return { atMs: clock.now(), pipes: new Map(found.flat()) };
    },
    diff: diffPipes,
    async apply(changes, abortSignal) {
      for (const { step, pipe } of changes) {
        const DesiredState = pipe.enabled ? ('RUNNING' as const) : ('STOPPED' as const);
        const parameters = pipe.body === 'value' ? { TargetParameters: { InputTemplate: '<$.value>' } } : {};
        if (step === 'create')
          await client.send(
            new CreatePipeCommand({
              Name: pipe.name,
              RoleArn: pipe.roleArn,
              Source: sourceOf(pipe),
              SourceParameters: sourceParameters(pipe),
              Target: pipe.targetArn,
              ...parameters,
              DesiredState,
              Tags: tagsOf(pipe),
            }),
            { abortSignal },
          );
        if (step === 'update')
          await client.send(
            new UpdatePipeCommand({
              Name: pipe.name,
              RoleArn: pipe.roleArn,
              Target: pipe.targetArn,
              ...parameters,
              DesiredState,
            }),
            { abortSignal },
          );
        // When it is wanted, the next round creates it again; the consumer group keeps its place in the topic.
        if (step === 'delete') await client.send(new DeletePipeCommand({ Name: pipe.name }), { abortSignal });
      }
    },
    async remove(desired, abortSignal) {
      for (const { name } of desired) await absent(client.send(new DeletePipeCommand({ Name: name }), { abortSignal }));
    },
  };
}

export function diffPipes(desired: readonly DesiredPipe[], { atMs, pipes }: ObservedPipes): PipeChange[] {
  return desired.flatMap((pipe): PipeChange[] => {
    const target = `pipe ${pipe.name}`;
    const change = (step: PipeChange['step'], action: Change['action'], reason: string): PipeChange[] => [
      { target, action, reason, step, pipe },
    ];
    const found = pipes.get(pipe.name);
    if (/FAILED$/.test(found?.currentState ?? '') && found !== undefined) return [retryOf(pipe, found, atMs)];
    if (pipe.unwanted === true) {
      if (found === undefined || found.currentState === 'DELETING') return [];
      return change('delete', 'delete', 'is not wanted any more');
    }
    if (found === undefined) return change('create', 'create', 'does not exist');
    if (/^(CREATING|UPDATING|STARTING|STOPPING|DELETING)$/.test(found.currentState ?? ''))
      return change('wait', 'wait', `is ${found.currentState}`);
    if (otherSource(pipe, found)) return change('delete', 'delete', 'its source changed; it will be made anew');
    const wrong = [
      found.targetArn !== pipe.targetArn && 'target differs',
      found.roleArn !== pipe.roleArn && 'role differs',
      (found.desiredState === 'RUNNING') !== pipe.enabled && `is ${found.desiredState}`,
    ].filter((reason) => reason !== false);
    const onOff = wrong.length === 1 && (found.desiredState === 'RUNNING') !== pipe.enabled;
    return wrong.length === 0 ? [] : change('update', 'update', wrong.join('; ')).map((one) => ({ ...one, onOff }));
  });
}

/**
 * A pipe whose start, stop or update failed is asked once more; from all other failures only a new one helps (AWS takes no
 * update of a pipe that was never made), which goes on where its consumer group is.
 */
function retryOf(pipe: DesiredPipe, found: ObservedPipe, atMs: number): PipeChange {
  const { currentState = '', stateReason, modifiedAtMs } = found;
  const common = { target: `pipe ${pipe.name}`, pipe, failed: true };
  const reason = `is ${currentState}: ${stateReason ?? 'AWS gives no reason'}`;
  if (modifiedAtMs !== undefined && atMs - modifiedAtMs < RETRY_PIPE_MS)
    return { ...common, step: 'wait', action: 'wait', reason };
  const again =
    /^(START|STOP|UPDATE)_FAILED$/.test(currentState) && pipe.unwanted !== true && !otherSource(pipe, found);
  const rerouted = found.targetArn !== pipe.targetArn || found.roleArn !== pipe.roleArn;
  return again
    ? { ...common, step: 'update', action: 'update', reason, onOff: !rerouted }
    : // What carries nothing cannot be disturbed, so no freeze needs to hold this back.
      { ...common, step: 'delete', action: 'delete', reason, onOff: currentState === 'CREATE_FAILED' };
}

const otherSource = (pipe: DesiredPipe, found: ObservedPipe): boolean =>
  found.source !== sourceOf(pipe) || found.tags[PIPE_TAG.source] !== sourceTag(pipe);

function sourceOf(pipe: DesiredPipe): string {
  return `smk://${pipe.brokers[0]}`;
}

function tagsOf(pipe: DesiredPipe): Record<string, string> {
  return {
    [PIPE_TAG.topic]: pipe.topic,
    [PIPE_TAG.consumerGroup]: pipe.consumerGroup,
    [PIPE_TAG.source]: sourceTag(pipe),
  };
}

export const sourceTag = (pipe: DesiredPipe): string => shortHash([sourceParameters(pipe), pipe.brokers]);

function sourceParameters(pipe: DesiredPipe) {
  const { subnetIds, securityGroupIds, sasl } = pipe;
  const vpc = subnetIds.length === 0 ? {} : { Vpc: { Subnets: [...subnetIds], SecurityGroup: [...securityGroupIds] } };
  const more = pipe.brokers.length > 1 ? { AdditionalBootstrapServers: pipe.brokers.slice(1) } : {};
  return {
    SelfManagedKafkaParameters: {
      TopicName: pipe.topic,
      ConsumerGroupID: pipe.consumerGroup,
      StartingPosition: 'TRIM_HORIZON' as const,
      BatchSize: pipe.batch.size,
      ...(pipe.batch.windowSeconds === undefined ? {} : { MaximumBatchingWindowInSeconds: pipe.batch.windowSeconds }),
      ...more,
      ...vpc,
      ...(sasl === undefined ? {} : { Credentials: credentials(sasl) }),
    },
  };
}

function credentials({ mechanism, secretArn }: NonNullable<DesiredPipe['sasl']>) {
  switch (mechanism) {
    case 'plain':
      return { BasicAuth: secretArn };
    case 'scram-sha-256':
      return { SaslScram256Auth: secretArn };
    case 'scram-sha-512':
      return { SaslScram512Auth: secretArn };
  }
}
