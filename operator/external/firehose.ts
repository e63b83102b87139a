import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  type FirehoseClient,
  UpdateDestinationCommand,
} from '@aws-sdk/client-firehose';
import type { Adapter, Change } from './adapter.ts';
import { absent } from './aws-errors.ts';
import { canonicalJson } from './canonical-json.ts';

/** A Firehose stream that gathers records into compressed objects `<prefix>YYYY/MM/DD/HH/...` of a bucket. */
export interface DesiredStream {
  readonly name: string;
  readonly bucket: string;
  readonly prefix: string;
  /** Where records go that could not be written. */
  readonly errorPrefix: string;
  readonly roleArn: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The part of a destination that we decide, in the API's words. */
export interface StreamDestination {
  readonly BucketARN: string | undefined;
  readonly RoleARN: string | undefined;
  readonly Prefix: string | undefined;
  readonly ErrorOutputPrefix: string | undefined;
  readonly CompressionFormat: string | undefined;
}

export interface ObservedStream {
  /** CREATING, CREATING_FAILED, ACTIVE, DELETING, DELETING_FAILED. */
  readonly status: string;
  readonly failure: string | undefined;
  readonly versionId: string | undefined;
  readonly destinationId: string | undefined;
  readonly destination: StreamDestination;
}

export type ObservedStreams = ReadonlyMap<string, ObservedStream>;

export interface StreamChange extends Change {
  readonly step: 'create' | 'update' | 'replace' | 'wait';
  readonly stream: DesiredStream;
  readonly found?: ObservedStream;
}

export function createStreams(
  client: FirehoseClient,
): Adapter<readonly DesiredStream[], ObservedStreams, StreamChange> {
  return {
    async observe(desired, abortSignal) {
      const found = await Promise.all(
        desired.map(async ({ name }): Promise<[string, ObservedStream][]> => {
          const input = { DeliveryStreamName: name };
          const answer = await absent(client.send(new DescribeDeliveryStreamCommand(input), { abortSignal }));
          const stream = answer?.DeliveryStreamDescription;
          if (stream === undefined) return [];
          const [destination] = stream.Destinations ?? [];
          const s3 = destination?.ExtendedS3DestinationDescription;
          const observed = {
            status: stream.DeliveryStreamStatus ?? '',
            failure: stream.FailureDescription?.Details,
            versionId: stream.VersionId,
            destinationId: destination?.DestinationId,
            destination: {
              BucketARN: s3?.BucketARN,
              RoleARN: s3?.RoleARN,
              Prefix: s3?.Prefix,
              ErrorOutputPrefix: s3?.ErrorOutputPrefix,
              CompressionFormat: s3?.CompressionFormat,
            },
          };
          return [[name, observed]];
        }),
      );
      return new Map(found.flat());
    },
    diff: diffStreams,
    async apply(changes, abortSignal) {
      for (const { step, stream, found } of changes) {
        const DeliveryStreamName = stream.name;
        if (step === 'create') {
          const input = {
            DeliveryStreamName,
            DeliveryStreamType: 'DirectPut' as const,
            ExtendedS3DestinationConfiguration: configuration(stream),
            Tags: Object.entries(stream.tags).map(([Key, Value]) => ({ Key, Value })),
          };
          await client.send(new CreateDeliveryStreamCommand(input), { abortSignal });
        }
        if (step === 'update') {
          const input = {
            DeliveryStreamName,
            CurrentDeliveryStreamVersionId: found?.versionId,
            DestinationId: found?.destinationId,
            ExtendedS3DestinationUpdate: configuration(stream),
          };
          await client.send(new UpdateDestinationCommand(input), { abortSignal });
        }
        if (step === 'replace')
          await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName }), { abortSignal });
      }
    },
    async remove(desired, abortSignal) {
      for (const { name } of desired)
        await absent(client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: name }), { abortSignal }));
    },
  };
}

export function diffStreams(desired: readonly DesiredStream[], observed: ObservedStreams): StreamChange[] {
  return desired.flatMap((stream): StreamChange[] => {
    const target = `delivery stream ${stream.name}`;
    const found = observed.get(stream.name);
    if (found === undefined) return [{ target, action: 'create', reason: 'does not exist', step: 'create', stream }];
    if (/FAILED$/.test(found.status)) {
      const reason = `is ${found.status}: ${found.failure ?? 'AWS gives no reason'}; it will be made anew`;
      return [{ target, action: 'delete', reason, step: 'replace', stream }];
    }
    if (found.status !== 'ACTIVE')
      return [{ target, action: 'wait', reason: `is ${found.status}`, step: 'wait', stream }];
    const want = destinationOf(stream);
    const wrong = (Object.keys(want) as (keyof StreamDestination)[]).filter(
      (key) => canonicalJson(want[key]) !== canonicalJson(found.destination[key]),
    );
    if (wrong.length === 0) return [];
    const reason = `${wrong.join(', ')} ${wrong.length === 1 ? 'differs' : 'differ'}`;
    return [{ target, action: 'update', reason, step: 'update', stream, found }];
  });
}

function destinationOf({ bucket, prefix, errorPrefix, roleArn }: DesiredStream) {
  return {
    BucketARN: `arn:aws:s3:::${bucket}`,
    RoleARN: roleArn,
    Prefix: prefix,
    ErrorOutputPrefix: errorPrefix,
    CompressionFormat: 'GZIP' as const,
  };
}

function configuration(stream: DesiredStream) {
  return {
    ...destinationOf(stream),
    // Few, large objects; what is younger than five minutes stands in Kafka as well.
    BufferingHints: { SizeInMBs: 16, IntervalInSeconds: 300 },
    // One record a line, for people and for query engines.
    ProcessingConfiguration: {
      Enabled: true,
      Processors: [
        {
          Type: 'AppendDelimiterToRecord' as const,
          Parameters: [{ ParameterName: 'Delimiter' as const, ParameterValue: '\\n' }],
        },
      ],
    },
  };
}
