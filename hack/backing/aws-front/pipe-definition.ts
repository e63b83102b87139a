import { randomUUID } from 'node:crypto';
import type { Caller } from './caller.ts';

/** A pipe as it is kept: what its creator said, in the API's own words, and the state it is in. */
export interface PipeDefinition {
  readonly Name: string;
  readonly Arn: string;
  readonly Description: string;
  readonly RoleArn: string;
  readonly Source: string;
  readonly SourceParameters: { readonly SelfManagedKafkaParameters: KafkaParameters };
  readonly Target: string;
  readonly TargetParameters: TargetParameters;
  readonly DesiredState: 'RUNNING' | 'STOPPED';
  readonly CurrentState: 'RUNNING' | 'STOPPED';
  readonly StateReason: string;
  readonly Tags: Readonly<Record<string, string>>;
  /** Unix seconds. */
  readonly CreationTime: number;
  readonly LastModifiedTime: number;
}

export interface KafkaParameters {
  readonly TopicName: string;
  readonly ConsumerGroupID: string;
  readonly StartingPosition?: 'TRIM_HORIZON' | 'LATEST';
  readonly AdditionalBootstrapServers?: readonly string[];
  readonly BatchSize?: number;
  readonly Credentials?: unknown;
}

export interface TargetParameters {
  readonly InputTemplate?: string;
  readonly SqsQueueParameters?: { readonly MessageGroupId?: string; readonly MessageDeduplicationId?: string };
}

/** An answer of the Pipes API that is not 200. */
export class PipesError extends Error {
  override readonly name = 'PipesError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const invalid = (message: string) => new PipesError(400, 'ValidationException', message);

const SERVER = /^[A-Za-z0-9.-]+:[0-9]{1,5}$/;
const QUEUE_ARN = /^arn:aws:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}(\.fifo)?$/;
const STREAM_ARN = /^arn:aws:firehose:[a-z0-9-]+:[0-9]{12}:deliverystream\/[A-Za-z0-9_.-]{1,64}$/;

const isTarget = (arn: unknown) => QUEUE_ARN.test(String(arn)) || STREAM_ARN.test(String(arn));

/** Checks a CreatePipe request and makes the pipe of it. Throws PipesError. Only Kafka to SQS and Firehose runs here. */
export function newPipe(
  name: string,
  body: Record<string, unknown>,
  caller: Caller,
  nowSeconds: number,
): PipeDefinition {
  const { Source, Target, RoleArn, SourceParameters, TargetParameters, Tags, Description } = body;
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name)) throw invalid(`Invalid pipe name: ${name}`);
  for (const [field, value] of Object.entries({ Source, Target, RoleArn })) {
    if (typeof value !== 'string' || value === '') throw invalid(`${field} is required`);
  }
  const source = String(Source);
  if (!source.startsWith('smk://') || !SERVER.test(source.slice(6))) {
    throw invalid(`Source ${source}: the local endpoint runs pipes from self-managed Kafka (smk://host:port) only`);
  }
  if (!isTarget(Target)) {
    throw invalid(`Target ${Target}: the local endpoint runs pipes to SQS queues and Firehose streams only`);
  }
  const kafka = (SourceParameters as { SelfManagedKafkaParameters?: Partial<KafkaParameters> } | undefined)
    ?.SelfManagedKafkaParameters;
  if (typeof kafka?.TopicName !== 'string' || kafka.TopicName === '') {
    throw invalid('SourceParameters.SelfManagedKafkaParameters.TopicName is required');
  }
  if (kafka.Credentials !== undefined) throw invalid('the local endpoint connects to Kafka without credentials only');
  const state = requestedState(body.DesiredState);
  return {
    Name: name,
    Arn: `arn:aws:pipes:${caller.region}:${caller.account}:pipe/${name}`,
    Description: String(Description ?? ''),
    RoleArn: String(RoleArn),
    Source: source,
    SourceParameters: {
      SelfManagedKafkaParameters: {
        ...kafka,
        TopicName: kafka.TopicName,
        ConsumerGroupID: kafka.ConsumerGroupID ?? randomUUID(),
      },
    },
    Target: String(Target),
    TargetParameters: (TargetParameters ?? {}) as TargetParameters,
    DesiredState: state,
    CurrentState: state,
    StateReason: '',
    Tags: (Tags ?? {}) as Record<string, string>,
    CreationTime: nowSeconds,
    LastModifiedTime: nowSeconds,
  };
}

/** Applies an UpdatePipe request; what it leaves out stays. The source cannot be changed, as on AWS. Throws PipesError. */
export function updatedPipe(pipe: PipeDefinition, body: Record<string, unknown>, nowSeconds: number): PipeDefinition {
  if (body.Target !== undefined && !isTarget(body.Target))
    throw invalid(`Target ${body.Target} is neither queue nor Firehose stream`);
  const state = body.DesiredState === undefined ? pipe.DesiredState : requestedState(body.DesiredState);
  return {
    ...pipe,
    Description: String(body.Description ?? pipe.Description),
    RoleArn: String(body.RoleArn ?? pipe.RoleArn),
    Target: String(body.Target ?? pipe.Target),
    TargetParameters: (body.TargetParameters ?? pipe.TargetParameters) as TargetParameters,
    DesiredState: state,
    CurrentState: state,
    StateReason: '',
    LastModifiedTime: nowSeconds,
  };
}

export function brokersOf({ Source, SourceParameters }: PipeDefinition): string[] {
  return [
    Source.slice('smk://'.length),
    ...(SourceParameters.SelfManagedKafkaParameters.AdditionalBootstrapServers ?? []),
  ];
}

function requestedState(value: unknown): 'RUNNING' | 'STOPPED' {
  if (value === undefined || value === 'RUNNING') return 'RUNNING';
  if (value === 'STOPPED') return 'STOPPED';
  throw invalid('DesiredState must be RUNNING or STOPPED');
}
