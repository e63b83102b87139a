import { TOPIC } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';

export interface WantedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

const DEFAULT_PARTITIONS = 3;

/** The topics of the platform, as the spec overrides them, and those that it adds. */
export function wantedTopics({ spec }: TicketBottlePlatform): WantedTopic[] {
  const { replicationFactor, topics = {} } = spec.kafka;
  const names = new Set([...Object.values(TOPIC), ...Object.keys(topics)]);
  return [...names].sort().map((name) => ({
    name,
    partitions: topics[name]?.partitions ?? DEFAULT_PARTITIONS,
    replicationFactor,
    config: topics[name]?.config ?? {},
  }));
}
