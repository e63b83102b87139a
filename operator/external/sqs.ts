import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Adapter, Change } from './adapter.ts';
import { absent } from './aws-errors.ts';
import { canonicalJson } from './canonical-json.ts';

/** A queue and its dead-letter queue `<name>-dlq`, or only the latter, for a function that no queue feeds. */
export type DesiredQueue = WorkQueue | DeadLettersOnly;

interface DeadLettersOnly {
  readonly name: string;
  readonly deadLettersOnly: true;
  readonly arnPrefix: string;
  readonly tags: Readonly<Record<string, string>>;
}

interface WorkQueue {
  readonly name: string;
  readonly deadLettersOnly?: false;
  /** Six times the timeout of the function behind it, as AWS advises: a retry must not overtake a running batch. */
  readonly visibilityTimeoutSeconds: number;
  /** Receives after which a message goes to the dead-letter queue. */
  readonly maxReceives: number;
  /** `arn:aws:sqs:<region>:<account>`; needed for the redrive policy before the queue exists. */
  readonly arnPrefix: string;
  /** Who but the account itself may write into it. */
  readonly policy?: object;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ObservedQueue {
  readonly url: string;
  readonly arn: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export type ObservedQueues = ReadonlyMap<string, ObservedQueue>;

export interface QueueChange extends Change {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Of the existing queue, for an update. */
  readonly url?: string;
}

const FOURTEEN_DAYS = String(14 * 24 * 3600);

export const deadLetterQueue = (name: string): string => `${name}-dlq`;

export function createQueues(client: SQSClient): Adapter<readonly DesiredQueue[], ObservedQueues, QueueChange> {
  const urlOf = async (name: string, abortSignal: AbortSignal) =>
    (await absent(client.send(new GetQueueUrlCommand({ QueueName: name }), { abortSignal })))?.QueueUrl;
  return {
    async observe(desired, abortSignal) {
      const names = desired.flatMap(({ name, deadLettersOnly }) =>
        deadLettersOnly === true ? [deadLetterQueue(name)] : [deadLetterQueue(name), name],
      );
      const found = await Promise.all(
        names.map(async (name): Promise<[string, ObservedQueue][]> => {
          const url = await urlOf(name, abortSignal);
          if (url === undefined) return [];
          const attributes = await absent(
            client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }), { abortSignal }),
          );
          if (attributes === undefined) return [];
          const known = attributes.Attributes ?? {};
          return [[name, { url, arn: known['QueueArn'] ?? '', attributes: known }]];
        }),
      );
      return new Map(found.flat());
    },
    diff: diffQueues,
    async apply(changes, abortSignal) {
      for (const { action, name, attributes, tags, url } of changes) {
        if (action === 'create')
          await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes, tags }), { abortSignal });
        else
          await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes }), { abortSignal });
      }
    },
    async remove(desired, abortSignal) {
      for (const name of desired.flatMap((queue) => [queue.name, deadLetterQueue(queue.name)])) {
        const url = await urlOf(name, abortSignal);
        if (url !== undefined) await absent(client.send(new DeleteQueueCommand({ QueueUrl: url }), { abortSignal }));
      }
    },
  };
}

export function diffQueues(desired: readonly DesiredQueue[], observed: ObservedQueues): QueueChange[] {
  return desired.flatMap((queue) => {
    const { name, arnPrefix, tags } = queue;
    const dlq = deadLetterQueue(name);
    const letters = diffQueue(dlq, { MessageRetentionPeriod: FOURTEEN_DAYS }, tags, observed.get(dlq));
    if (queue.deadLettersOnly === true) return letters;
    const { visibilityTimeoutSeconds, maxReceives, policy } = queue;
    const redrive = { deadLetterTargetArn: `${arnPrefix}:${dlq}`, maxReceiveCount: maxReceives };
    // The dead-letter queue first: the other one's redrive policy names it.
    return [
      ...letters,
      ...diffQueue(
        name,
        {
          VisibilityTimeout: String(visibilityTimeoutSeconds),
          MessageRetentionPeriod: FOURTEEN_DAYS,
          RedrivePolicy: canonicalJson(redrive),
          ...(policy === undefined ? {} : { Policy: canonicalJson(policy) }),
        },
        tags,
        observed.get(name),
      ),
    ];
  });
}

function diffQueue(
  name: string,
  attributes: Record<string, string>,
  tags: Readonly<Record<string, string>>,
  found: ObservedQueue | undefined,
): QueueChange[] {
  const target = `queue ${name}`;
  if (found === undefined) return [{ target, action: 'create', reason: 'does not exist', name, attributes, tags }];
  const wrong = Object.keys(attributes).filter((key) => !sameAttribute(attributes[key], found.attributes[key]));
  if (wrong.length === 0) return [];
  const reason = `${wrong.join(', ')} ${wrong.length === 1 ? 'differs' : 'differ'}`;
  return [{ target, action: 'update', reason, name, attributes, tags, url: found.url }];
}

/** Policies are JSON whose spelling AWS may change, with numbers as text or not. */
function sameAttribute(want: string | undefined, have: string | undefined): boolean {
  if (want === have || want === undefined || have === undefined) return want === have;
  if (!want.startsWith('{')) return false;
  const normal = (text: string) =>
    canonicalJson(
      JSON.parse(text, (_key, value: unknown) => (typeof value === 'number' ? String(value) : value)) as object,
    );
  return normal(want) === normal(have);
}
