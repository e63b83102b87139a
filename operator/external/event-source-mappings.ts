import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import type { Adapter, Change } from './adapter.ts';
import { absent } from './aws-errors.ts';

/** A queue that feeds the alias of a function. One failed message of a batch is retried alone. */
export interface DesiredMapping {
  readonly functionName: string;
  readonly alias: string;
  readonly queueArn: string;
  readonly batchSize: number;
  /**
   * Batches at once, 2 to 1000; undefined: as many as Lambda likes. Without it the pollers take more than a function with
   * reserved concurrency may do at once; what is throttled counts as received and ends in the dead-letter queue unread.
   */
  readonly maxConcurrency: number | undefined;
  readonly enabled: boolean;
}

export interface ObservedMapping {
  readonly uuid: string;
  /** Creating, Enabling, Enabled, Disabling, Disabled, Updating, Deleting. */
  readonly state: string;
  readonly batchSize: number | undefined;
  readonly maxConcurrency: number | undefined;
  readonly reportsItemFailures: boolean;
}

/** By `mappingKey`. */
export type ObservedMappings = ReadonlyMap<string, ObservedMapping>;

export interface MappingChange extends Change {
  readonly mapping: DesiredMapping;
  readonly uuid?: string;
}

export const mappingKey = ({ functionName, alias, queueArn }: DesiredMapping): string =>
  `${queueArn} ${functionName}:${alias}`;

export function createEventSourceMappings(
  client: LambdaClient,
): Adapter<readonly DesiredMapping[], ObservedMappings, MappingChange> {
  async function find(mapping: DesiredMapping, abortSignal: AbortSignal): Promise<ObservedMapping | undefined> {
    const input = { FunctionName: `${mapping.functionName}:${mapping.alias}`, EventSourceArn: mapping.queueArn };
    const answer = await absent(client.send(new ListEventSourceMappingsCommand(input), { abortSignal }));
    const found = answer?.EventSourceMappings?.find(({ State }) => State !== 'Deleting');
    if (found?.UUID === undefined) return undefined;
    return {
      uuid: found.UUID,
      state: found.State ?? 'Enabled',
      batchSize: found.BatchSize,
      maxConcurrency: found.ScalingConfig?.MaximumConcurrency,
      reportsItemFailures: found.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    };
  }
  return {
    async observe(desired, signal) {
      const found = await Promise.all(
        desired.map(async (mapping) => [mappingKey(mapping), await find(mapping, signal)] as const),
      );
      return new Map(found.flatMap(([key, one]) => (one === undefined ? [] : [[key, one] as const])));
    },
    diff: diffMappings,
    async apply(changes, abortSignal) {
      for (const { action, mapping, uuid } of changes) {
        if (action === 'wait') continue;
        const common = {
          FunctionName: `${mapping.functionName}:${mapping.alias}`,
          BatchSize: mapping.batchSize,
          // An empty one takes the limit away.
          ScalingConfig: mapping.maxConcurrency === undefined ? {} : { MaximumConcurrency: mapping.maxConcurrency },
          Enabled: mapping.enabled,
          FunctionResponseTypes: ['ReportBatchItemFailures' as const],
        };
        if (uuid === undefined) {
          const input = { ...common, EventSourceArn: mapping.queueArn };
          await client.send(new CreateEventSourceMappingCommand(input), { abortSignal });
        } else await client.send(new UpdateEventSourceMappingCommand({ ...common, UUID: uuid }), { abortSignal });
      }
    },
    async remove(desired, signal) {
      for (const mapping of desired) {
        const found = await find(mapping, signal);
        if (found !== undefined)
          await absent(client.send(new DeleteEventSourceMappingCommand({ UUID: found.uuid }), { abortSignal: signal }));
      }
    },
  };
}

export function diffMappings(desired: readonly DesiredMapping[], observed: ObservedMappings): MappingChange[] {
  return desired.flatMap((mapping): MappingChange[] => {
    const target = `trigger of ${mapping.functionName}`;
    const found = observed.get(mappingKey(mapping));
    if (found === undefined) return [{ target, action: 'create', reason: 'no event source mapping', mapping }];
    // AWS refuses updates until the last one has settled.
    if (/^(Creating|Enabling|Disabling|Updating)$/.test(found.state))
      return [{ target, action: 'wait', reason: `is ${found.state}`, mapping, uuid: found.uuid }];
    const wrong = [
      found.batchSize !== mapping.batchSize && `batch size is ${found.batchSize}`,
      found.maxConcurrency !== mapping.maxConcurrency &&
        `takes ${found.maxConcurrency ?? 'any number of'} batches at once, want ${mapping.maxConcurrency ?? 'no limit'}`,
      !found.reportsItemFailures && 'a failed message would fail its whole batch',
      (found.state === 'Enabled') !== mapping.enabled && `is ${found.state}`,
    ].filter((reason) => reason !== false);
    if (wrong.length === 0) return [];
    const onOff = wrong.length === 1 && (found.state === 'Enabled') !== mapping.enabled;
    return [{ target, action: 'update', reason: wrong.join('; '), mapping, uuid: found.uuid, onOff }];
  });
}
