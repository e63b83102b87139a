import type { ReceivedMessage } from '#runtime/kafka.ts';

/** One Kafka record as EventBridge Pipes shows it: key, value and header values are bytes, so they are encoded. */
export interface PipeRecord {
  readonly eventSource: 'SelfManagedKafka';
  readonly bootstrapServers: string;
  readonly eventSourceKey: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: 'CREATE_TIME';
  readonly key: string;
  readonly value: string;
  readonly headers: readonly Readonly<Record<string, number[]>>[];
}

export function pipeRecord(message: ReceivedMessage, brokers: readonly string[]): PipeRecord {
  const { topic, partition, offset, key, value, headers, timestamp } = message;
  return {
    eventSource: 'SelfManagedKafka',
    bootstrapServers: brokers.join(','),
    eventSourceKey: `${topic}-${partition}`,
    topic,
    partition,
    offset: Number(offset),
    timestamp,
    timestampType: 'CREATE_TIME',
    key: Buffer.from(key).toString('base64'),
    value: value.toString('base64'),
    headers: Object.entries(headers).map(([name, text]) => ({ [name]: [...Buffer.from(text)] })),
  };
}

const PLACEHOLDER = /<\$((?:\.[A-Za-z0-9_-]+|\[[0-9]+\])+)>/g;

/**
 * The message body a pipe sends for a record: the record itself, or the template with its `<$.path>` filled in. As in
 * Pipes, key and value are seen decoded there, and parsed when they hold JSON. A value goes in as JSON, or as bare text
 * between quotes; a template that is one path and nothing else gives the text exactly as it was.
 */
export function messageBody(record: PipeRecord, template: string | undefined): string {
  if (template === undefined || template === '') return JSON.stringify(record);
  const decoded = { key: decode(record.key), value: decode(record.value) };
  const whole = /^<\$\.(key|value)>$/.exec(template.trim())?.[1] as 'key' | 'value' | undefined;
  if (whole !== undefined) return decoded[whole];
  const view: unknown = { ...record, key: parsed(decoded.key), value: parsed(decoded.value) };
  return template.replaceAll(PLACEHOLDER, (_match, path: string, at: number) => {
    const found = valueAt(view, path);
    const quoted = template[at - 1] === '"';
    if (typeof found === 'string') return quoted ? JSON.stringify(found).slice(1, -1) : JSON.stringify(found);
    return found === undefined ? '' : JSON.stringify(found);
  });
}

function valueAt(value: unknown, path: string): unknown {
  const steps = path.match(/[A-Za-z0-9_-]+/g) ?? [];
  return steps.reduce<unknown>((inner, step) => (isRecord(inner) ? inner[step] : undefined), value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
