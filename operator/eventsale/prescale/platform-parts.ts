import { conditionOf } from '#operator/api/conditions.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { FUNCTIONS, TOPIC } from '#proto/names.ts';
import type { PrescaleLine } from './line.ts';

/**
 * What the platform keeps ready at all times and a sale only verifies: the platform as a whole, its topics, its functions.
 * Partitions are decided when a platform is set up; changing them for a sale would move keys between partitions.
 */
export function platformLines(platform: TicketBottlePlatform): PrescaleLine[] {
  return [wholeLine(platform), ...topicLine(platform), ...functionLine(platform)];
}

function wholeLine(platform: TicketBottlePlatform): PrescaleLine {
  const ready = conditionOf(platform.status?.conditions, 'Ready');
  const line = {
    what: 'platform',
    want: 'Ready',
    have: ready?.reason ?? 'no status yet',
    ready: ready?.status === 'True',
  };
  if (line.ready) return { ...line, have: 'Ready' };
  return {
    ...line,
    message: ready?.message ?? `TicketBottlePlatform ${platform.metadata.name} has no Ready condition yet`,
  };
}

function topicLine({ spec, status }: TicketBottlePlatform): PrescaleLine[] {
  if (spec.kafka.management === 'Unmanaged') return [];
  const names = Object.values(TOPIC);
  const missing = names.filter((name) => status?.topics?.find((topic) => topic.name === name)?.ready !== true);
  return [countLine('kafka', 'topics', names.length, missing), partitionLine(spec, status)];
}

/** What a platform asks for when its spec says nothing: as operator/platform/kafka-topics.ts has it. */
const DEFAULT_PARTITIONS = 3;

/** More than asked for is fine: partitions only ever go up, and never for a sale. */
function partitionLine(spec: TicketBottlePlatform['spec'], status: TicketBottlePlatform['status']): PrescaleLine {
  const short = Object.values(TOPIC).filter((name) => {
    const have = status?.topics?.find((topic) => topic.name === name)?.partitions ?? 0;
    return have < (spec.kafka.topics?.[name]?.partitions ?? DEFAULT_PARTITIONS);
  });
  const total = (status?.topics ?? []).reduce((sum, topic) => sum + (topic.partitions ?? 0), 0);
  const line = {
    what: 'kafka/partitions',
    want: 'as the platform says',
    have: `${total} partitions`,
    ready: short.length === 0,
  };
  return line.ready ? line : { ...line, message: `too few: ${short.join(', ')}; see TopicsReady of the platform` };
}

function functionLine({ spec, status }: TicketBottlePlatform): PrescaleLine[] {
  const names = FUNCTIONS.filter((name) => spec.lambda.functions[name]?.managed !== false);
  if (names.length === 0) return [];
  const dead = names.filter((name) => {
    const live = status?.functions?.find((one) => one.name === name || one.name.endsWith(`-${name}`));
    return live?.liveVersion === undefined;
  });
  return [countLine('lambda', 'functions live', names.length, dead)];
}

function countLine(what: string, noun: string, total: number, missing: readonly string[]): PrescaleLine {
  const line = {
    what,
    want: `${total} ${noun}`,
    have: `${total - missing.length} ${noun}`,
    ready: missing.length === 0,
  };
  return line.ready ? line : { ...line, message: `missing: ${missing.join(', ')}; see the conditions of the platform` };
}
