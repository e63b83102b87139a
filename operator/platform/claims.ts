import type { PlatformConcern } from '../api/conditions.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { isActive } from './cloud.ts';
import { DATABASE_SERVICES, databaseName } from './components/database-secret.ts';
import { wantedTopics } from './kafka-topics.ts';
import { ownerOf } from './names.ts';

/** One thing outside that a platform wants for itself. Equal `id`s are the same thing. */
export interface Claim {
  readonly concern: PlatformConcern;
  readonly id: string;
  /** As plans call it: `topic order.paid`. */
  readonly target: string;
  /** How to want another one. */
  readonly mend: string;
  /** Two regions of one platform may have it in common. */
  readonly shared?: boolean;
}

/** What a platform asks for outside. Those that only look claim nothing. Pure. */
export function claimsOf(platform: TicketBottlePlatform): Claim[] {
  const { spec, metadata } = platform;
  if (spec.managementPolicy === 'Observe') return [];
  const { aws, kafka, orders, postgres, services, storage, temporal } = spec;
  const shared = spec.region.failover !== undefined;
  const cloud = aws.endpoint ?? `${aws.accountId}/${aws.region}`;
  const claims: Claim[] = [];
  if (kafka.management !== 'Unmanaged')
    for (const { name } of wantedTopics(platform))
      for (const broker of kafka.brokers)
        claims.push({
          concern: 'TopicsReady',
          id: `kafka ${broker}/${name}`,
          target: `topic ${name}`,
          mend: 'use another Kafka cluster in spec.kafka.brokers, or spec.kafka.management Unmanaged',
          shared,
        });
  if (isActive(platform))
    for (const service of DATABASE_SERVICES.filter((one) => services[one].managed)) {
      const database = databaseName(platform, service);
      claims.push({
        concern: 'DatabasesReady',
        id: `postgres ${postgres.host}:${postgres.port}/${database}`,
        target: `database ${database}`,
        mend: 'use another server in spec.postgres.host, or, in a new platform, another spec.postgres.databasePrefix',
      });
    }
  claims.push(
    {
      concern: 'TemporalReady',
      id: `temporal ${temporal.address}/${temporal.namespace}`,
      target: `Temporal namespace ${temporal.namespace}`,
      mend: 'choose another name in spec.temporal.namespace',
      shared,
    },
    {
      concern: 'OrdersTableReady',
      id: `dynamodb ${orders.endpoint ?? aws.endpoint ?? `${aws.accountId}/${orders.region ?? aws.region}`}/${orders.table}`,
      target: `table ${orders.table}`,
      mend: 'choose another name in spec.orders.table, or, for another AWS account, set spec.aws.accountId',
      shared,
    },
    {
      concern: 'FunctionsReady',
      id: `s3 ${aws.endpoint ?? ''}/${storage.ticketBucket}`,
      target: `bucket ${storage.ticketBucket}`,
      mend: 'choose another name in spec.storage.ticketBucket',
    },
    {
      concern: 'FunctionsReady',
      id: `lambda ${cloud}/${metadata.name}`,
      target: `functions ${metadata.name}-*`,
      mend: 'give this object another name, or, for another AWS account, set spec.aws.accountId',
    },
  );
  return claims;
}

/** Whether one of them may have to do without something because of the other. Pure. */
export function haveInCommon(one: TicketBottlePlatform, other: TicketBottlePlatform): boolean {
  const ids = new Set(claimsOf(one).map(({ id }) => id));
  return claimsOf(other).some(({ id }) => ids.has(id));
}

export interface Conflict {
  readonly concern: PlatformConcern;
  readonly message: string;
}

/** Concerns in which an older platform wants the same thing: the oldest wins, whoever asks. One per concern. Pure. */
export function conflictsOf(platform: TicketBottlePlatform, all: readonly TicketBottlePlatform[]): Conflict[] {
  const older = all.filter((other) => isOlder(other, platform));
  const holders = new Map(
    older.flatMap((other) => claimsOf(other).map(({ id, shared }) => [id, { owner: ownerOf(other), shared }] as const)),
  );
  const found = new Map<PlatformConcern, { owner: string; mend: string; targets: Set<string> }>();
  for (const { concern, id, target, mend, shared } of claimsOf(platform)) {
    const holder = holders.get(id);
    if (holder === undefined || (shared && holder.shared)) continue;
    const { owner } = holder;
    const known = found.get(concern) ?? { owner, mend, targets: new Set<string>() };
    known.targets.add(target);
    found.set(concern, known);
  }
  return [...found].map(([concern, { owner, mend, targets }]) => {
    const [first, ...rest] = targets;
    const what = rest.length === 0 ? `${first} belongs` : `${first} and ${rest.length} more belong`;
    return {
      concern,
      message: `${what} to the older TicketBottlePlatform ${owner}: ${mend}, or delete one of the two. All that is not contested is looked after; pods and functions stay as they are`,
    };
  });
}

function isOlder(one: TicketBottlePlatform, other: TicketBottlePlatform): boolean {
  if (one.metadata.uid === other.metadata.uid) return false;
  const [a, b] = [one.metadata, other.metadata].map(({ creationTimestamp = '', uid }) => `${creationTimestamp} ${uid}`);
  return (a ?? '') < (b ?? '');
}

export type Origin = 'Created' | 'Adopted';

/** What belongs to one platform outside, as `status.claims` keeps it: written before the first change, so that no crash forgets. */
export interface Claims {
  has(target: string): boolean;
  add(targets: ReadonlyMap<string, Origin>): Promise<void>;
}
