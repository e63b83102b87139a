import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  type Projection,
  type TableDescription,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { Adapter, Change } from './adapter.ts';
import type { AwsAccess } from './aws-clients.ts';
import { absent, isAwsError } from './aws-errors.ts';

export interface DesiredTable {
  readonly name: string;
  readonly pointInTimeRecovery: boolean;
  /** Days that can be gone back; without them it is left as it is, 35 at first. */
  readonly recoveryDays?: number | undefined;
  readonly deletionProtection: boolean;
  /** Further regions that hold a replica; regions are only ever added. */
  readonly replicaRegions: readonly string[];
  /** Attribute whose time, in Unix seconds, ends an item; without one nothing ever expires. */
  readonly timeToLiveAttribute?: string | undefined;
  /** ARN of a KMS key of our own; without one the table's key is left as it is. */
  readonly kmsKeyArn?: string | undefined;
}

export interface ObservedIndex {
  readonly hash: string;
  readonly range: string | undefined;
  /** `ALL`, `KEYS_ONLY` or `INCLUDE a, b`; undefined when the endpoint does not say. */
  readonly projection: string | undefined;
  readonly active: boolean;
}

export interface ObservedTable {
  /** Undefined when there is no such table. */
  readonly status: string | undefined;
  readonly hash: string;
  readonly range: string | undefined;
  readonly indexes: ReadonlyMap<string, ObservedIndex>;
  readonly onDemand: boolean;
  readonly deletionProtection: boolean;
  /** Undefined when the endpoint knows no backups. */
  readonly pointInTimeRecovery: boolean | undefined;
  /** Undefined when the endpoint does not say. */
  readonly recoveryDays?: number | undefined;
  readonly streams: boolean;
  readonly replicas: ReadonlyMap<string, string>;
  /** `attribute` while it is on or being switched. Undefined when the endpoint knows no expiry. */
  readonly timeToLive: { readonly attribute: string | undefined; readonly switching: boolean } | undefined;
  /** ARN of the KMS key in use; undefined for the key that AWS owns. */
  readonly kmsKeyArn: string | undefined;
  /** What this endpoint cannot do at all, for people: a local implementation is not the real thing. */
  readonly gaps: readonly string[];
}

export type TableStep =
  | { readonly kind: 'create' }
  | { readonly kind: 'update'; readonly input: Omit<UpdateTableCommandInput, 'TableName'> }
  | { readonly kind: 'backups'; readonly enabled: boolean; readonly days?: number | undefined }
  | { readonly kind: 'time-to-live'; readonly attribute: string; readonly enabled: boolean }
  | { readonly kind: 'none' };

export interface TableChange extends Change {
  readonly step: TableStep;
  readonly table: DesiredTable;
}

/** The orders table: one item per order, found again by account and by event. Attribute names are the order service's. */
export const ORDERS_KEY = 'order_id';
export const ORDERS_INDEXES: Readonly<Record<string, { readonly hash: string; readonly range: string }>> = {
  'user_id-index': { hash: 'user_id', range: 'created_at' },
  'event_id-index': { hash: 'event_id', range: 'status' },
};

const PROJECTION = 'ALL';

/** Client of one region and endpoint; the caller destroys it. */
export function dynamoDbClient({ region, endpoint, credentials }: AwsAccess): DynamoDBClient {
  return new DynamoDBClient({
    region,
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000 },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  });
}

/** The orders table, on demand, with its indexes, backups and protection. A table is only ever extended, never rebuilt. */
export function createOrdersTable(client: DynamoDBClient): Adapter<DesiredTable, ObservedTable, TableChange> {
  return {
    async observe({ name }, abortSignal) {
      const answer = await absent(client.send(new DescribeTableCommand({ TableName: name }), { abortSignal }));
      if (answer?.Table === undefined) return NO_TABLE;
      const gaps: string[] = [];
      const backups = await unlessUnknown(gaps, 'point-in-time recovery', () =>
        client.send(new DescribeContinuousBackupsCommand({ TableName: name }), { abortSignal }),
      );
      const recovery = backups?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
      const pointInTimeRecovery = gaps.length > 0 ? undefined : recovery?.PointInTimeRecoveryStatus === 'ENABLED';
      const recoveryDays = recovery?.RecoveryPeriodInDays;
      const expiry = await unlessUnknown(gaps, 'time to live', () =>
        client.send(new DescribeTimeToLiveCommand({ TableName: name }), { abortSignal }),
      );
      const { AttributeName, TimeToLiveStatus: status = 'DISABLED' } = expiry?.TimeToLiveDescription ?? {};
      const timeToLive =
        expiry === undefined
          ? undefined
          : {
              attribute: status === 'ENABLED' || status === 'ENABLING' ? AttributeName : undefined,
              switching: status === 'ENABLING' || status === 'DISABLING',
            };
      return describe(answer.Table, { pointInTimeRecovery, recoveryDays, timeToLive, gaps });
    },
    diff: diffTable,
    async apply(changes, abortSignal) {
      for (const { step, table } of changes) {
        const TableName = table.name;
        if (step.kind === 'create') {
          await existing(client.send(new CreateTableCommand(creation(table)), { abortSignal }));
        } else if (step.kind === 'update') {
          await client.send(new UpdateTableCommand({ TableName, ...step.input }), { abortSignal });
        } else if (step.kind === 'time-to-live') {
          const TimeToLiveSpecification = { AttributeName: step.attribute, Enabled: step.enabled };
          await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }), { abortSignal });
        } else if (step.kind === 'backups') {
          const PointInTimeRecoverySpecification = {
            PointInTimeRecoveryEnabled: step.enabled,
            ...(step.days === undefined ? {} : { RecoveryPeriodInDays: step.days }),
          };
          await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }), {
            abortSignal,
          });
        }
      }
    },
    /** Takes the protection off first: who asks for removal has decided. */
    async remove({ name: TableName }, abortSignal) {
      const answer = await absent(client.send(new DescribeTableCommand({ TableName }), { abortSignal }));
      if (answer?.Table === undefined || answer.Table.TableStatus === 'DELETING') return;
      if (answer.Table.DeletionProtectionEnabled)
        await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }), { abortSignal });
      await absent(client.send(new DeleteTableCommand({ TableName }), { abortSignal }));
    },
  };
}

export function diffTable(table: DesiredTable, observed: ObservedTable): TableChange[] {
  const target = `table ${table.name}`;
  const change = (action: Change['action'], reason: string, step: TableStep): TableChange => ({
    target,
    action,
    reason,
    step,
    table,
  });
  const wait = (reason: string) => change('wait', reason, { kind: 'none' });
  if (observed.status === undefined) return [change('create', 'does not exist', { kind: 'create' })];
  // Nothing else is accepted meanwhile.
  if (observed.status !== 'ACTIVE') return [wait(`is ${observed.status.toLowerCase()}`)];
  const byHand = (reason: string): TableChange => ({ ...wait(reason), byHand: true });
  if (observed.hash !== ORDERS_KEY || observed.range !== undefined)
    return [
      byHand(
        `has the primary key ${keyText(observed)} instead of ${ORDERS_KEY}: name another table in spec.orders.table`,
      ),
    ];

  // DynamoDB takes one such change at a time, so the first of the list goes first and the rest follow once it is done.
  const updates = [...tableUpdates(table, observed), ...indexUpdates(observed), ...replicaUpdates(table, observed)].map(
    ({ reason, input }) => change('update', reason, { kind: 'update', input }),
  );
  const busy = [...observed.indexes]
    .filter(([, index]) => !index.active)
    .map(([name]) => wait(`index ${name} is being built`));
  const replicas = [...observed.replicas].filter(([, status]) => status !== 'ACTIVE');
  busy.push(...replicas.map(([region, status]) => wait(`the replica in ${region} is ${status.toLowerCase()}`)));
  const conflicting = [...observed.indexes].flatMap(([name, index]) => {
    const differs = indexDifference(name, index);
    if (differs === undefined) return [];
    const deletion = JSON.stringify([{ Delete: { IndexName: name } }]);
    return [
      byHand(
        `index ${name} ${differs}, and DynamoDB cannot change that: delete it, and it is made anew; until it is filled, nobody finds orders by it: aws dynamodb update-table --table-name ${table.name} --global-secondary-index-updates '${deletion}'`,
      ),
    ];
  });
  const next = busy.length > 0 ? busy : updates.slice(0, 1);
  return [
    ...next,
    ...conflicting,
    ...backupChanges(table, observed, change),
    ...timeToLiveChanges(table, observed, change),
  ];
}

/** What of an index of ours is not as it would be made; indexes of others are theirs. */
function indexDifference(name: string, index: ObservedIndex): string | undefined {
  const wanted = ORDERS_INDEXES[name];
  if (wanted === undefined) return undefined;
  if (wanted.hash !== index.hash || wanted.range !== index.range)
    return `has the key ${keyText(index)} instead of ${keyText(wanted)}`;
  // Services read whole orders from it.
  if (index.projection !== undefined && index.projection !== PROJECTION)
    return `projects ${index.projection} instead of ${PROJECTION}`;
  return undefined;
}

interface Update {
  readonly reason: string;
  readonly input: Omit<UpdateTableCommandInput, 'TableName'>;
}

function tableUpdates(table: DesiredTable, observed: ObservedTable): Update[] {
  const updates: Update[] = [];
  if (!observed.onDemand)
    updates.push({ reason: 'is not billed on demand', input: { BillingMode: 'PAY_PER_REQUEST' } });
  if (observed.deletionProtection !== table.deletionProtection)
    updates.push({
      reason: `has deletion protection ${onOff(observed.deletionProtection)} instead of ${onOff(table.deletionProtection)}`,
      input: { DeletionProtectionEnabled: table.deletionProtection },
    });
  if (table.kmsKeyArn !== undefined && observed.kmsKeyArn !== table.kmsKeyArn)
    updates.push({
      reason: `is encrypted with ${observed.kmsKeyArn ?? 'the key that AWS owns'} instead of ${table.kmsKeyArn}`,
      input: { SSESpecification: encryption(table.kmsKeyArn) },
    });
  return updates;
}

function indexUpdates(observed: ObservedTable): Update[] {
  return Object.entries(ORDERS_INDEXES)
    .filter(([name]) => !observed.indexes.has(name))
    .map(([IndexName, { hash, range }]) => ({
      reason: `has no index ${IndexName}`,
      input: {
        AttributeDefinitions: [stringAttribute(hash), stringAttribute(range)],
        GlobalSecondaryIndexUpdates: [
          { Create: { IndexName, KeySchema: keySchema(hash, range), Projection: { ProjectionType: PROJECTION } } },
        ],
      },
    }));
}

function replicaUpdates(table: DesiredTable, observed: ObservedTable): Update[] {
  const missing = table.replicaRegions.filter((region) => !observed.replicas.has(region));
  if (missing.length === 0) return [];
  const streams: Update[] = observed.streams
    ? []
    : [
        {
          reason: 'has no stream, which replicas need',
          input: { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } },
        },
      ];
  const replicas = missing.map((RegionName) => ({
    reason: `has no replica in ${RegionName}`,
    input: { ReplicaUpdates: [{ Create: { RegionName } }] },
  }));
  return [...streams, ...replicas];
}

function backupChanges(
  table: DesiredTable,
  { pointInTimeRecovery, recoveryDays }: ObservedTable,
  change: (action: Change['action'], reason: string, step: TableStep) => TableChange,
): TableChange[] {
  if (pointInTimeRecovery === undefined) return [];
  const enabled = table.pointInTimeRecovery;
  const days = enabled ? table.recoveryDays : undefined;
  if (pointInTimeRecovery !== enabled) {
    const reason = `has point-in-time recovery ${onOff(pointInTimeRecovery)} instead of ${onOff(enabled)}`;
    return [change('update', reason, { kind: 'backups', enabled, days })];
  }
  if (days === undefined || recoveryDays === undefined || days === recoveryDays) return [];
  const reason = `can be restored for ${recoveryDays} days instead of ${days}`;
  return [change('update', reason, { kind: 'backups', enabled, days })];
}

/** DynamoDB switches to another attribute only after the one in use was turned off, and takes its time for each. */
function timeToLiveChanges(
  { timeToLiveAttribute: wanted }: DesiredTable,
  { timeToLive: found }: ObservedTable,
  change: (action: Change['action'], reason: string, step: TableStep) => TableChange,
): TableChange[] {
  if (found === undefined || found.attribute === wanted) return [];
  if (found.switching) return [change('wait', 'is switching its time to live', { kind: 'none' })];
  if (found.attribute !== undefined) {
    const reason = `lets items expire by ${found.attribute}${wanted === undefined ? ', which nobody asked for' : ` instead of ${wanted}`}`;
    return [change('update', reason, { kind: 'time-to-live', attribute: found.attribute, enabled: false })];
  }
  if (wanted === undefined) return [];
  const reason = `does not let items expire by ${wanted}`;
  return [change('update', reason, { kind: 'time-to-live', attribute: wanted, enabled: true })];
}

const encryption = (KMSMasterKeyId: string) => ({ Enabled: true, SSEType: 'KMS' as const, KMSMasterKeyId });

const NO_TABLE: ObservedTable = {
  status: undefined,
  hash: '',
  range: undefined,
  indexes: new Map(),
  onDemand: false,
  deletionProtection: false,
  pointInTimeRecovery: undefined,
  streams: false,
  replicas: new Map(),
  timeToLive: undefined,
  kmsKeyArn: undefined,
  gaps: [],
};

function describe(
  table: TableDescription,
  besides: Pick<ObservedTable, 'pointInTimeRecovery' | 'recoveryDays' | 'timeToLive' | 'gaps'>,
): ObservedTable {
  const types = new Map(
    table.AttributeDefinitions?.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
  );
  /** With its type where that is not the one of all keys of ours. */
  const keyOf = (schema: TableDescription['KeySchema'], kind: 'HASH' | 'RANGE') => {
    const name = schema?.find(({ KeyType }) => KeyType === kind)?.AttributeName;
    const type = types.get(name) ?? 'S';
    return name === undefined || type === 'S' ? name : `${name} (${type})`;
  };
  return {
    status: table.TableStatus ?? 'UNKNOWN',
    hash: keyOf(table.KeySchema, 'HASH') ?? '',
    range: keyOf(table.KeySchema, 'RANGE'),
    indexes: new Map(
      (table.GlobalSecondaryIndexes ?? []).map((index) => [
        index.IndexName ?? '',
        {
          hash: keyOf(index.KeySchema, 'HASH') ?? '',
          range: keyOf(index.KeySchema, 'RANGE'),
          projection: projectionOf(index.Projection),
          active: index.IndexStatus === 'ACTIVE',
        },
      ]),
    ),
    onDemand: table.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST',
    deletionProtection: table.DeletionProtectionEnabled ?? false,
    ...besides,
    kmsKeyArn: table.SSEDescription?.SSEType === 'KMS' ? table.SSEDescription.KMSMasterKeyArn : undefined,
    streams: table.StreamSpecification?.StreamEnabled ?? false,
    replicas: new Map(
      (table.Replicas ?? []).map(({ RegionName, ReplicaStatus }) => [RegionName ?? '', ReplicaStatus ?? '']),
    ),
  };
}

function projectionOf({ ProjectionType: type, NonKeyAttributes = [] }: Projection = {}): string | undefined {
  return type === 'INCLUDE' ? `INCLUDE ${NonKeyAttributes.toSorted().join(', ')}` : type;
}

function creation(table: DesiredTable): CreateTableCommandInput {
  const indexes = Object.entries(ORDERS_INDEXES);
  const attributes = new Set([ORDERS_KEY, ...indexes.flatMap(([, { hash, range }]) => [hash, range])]);
  return {
    TableName: table.name,
    BillingMode: 'PAY_PER_REQUEST',
    DeletionProtectionEnabled: table.deletionProtection,
    KeySchema: [{ AttributeName: ORDERS_KEY, KeyType: 'HASH' }],
    AttributeDefinitions: [...attributes].map(stringAttribute),
    GlobalSecondaryIndexes: indexes.map(([IndexName, { hash, range }]) => ({
      IndexName,
      KeySchema: keySchema(hash, range),
      Projection: { ProjectionType: PROJECTION },
    })),
    ...(table.kmsKeyArn === undefined ? {} : { SSESpecification: encryption(table.kmsKeyArn) }),
    ...(table.replicaRegions.length === 0
      ? {}
      : { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' as const } }),
  };
}

/** The value, or undefined and a line in `gaps` when the endpoint does not know the call. */
async function unlessUnknown<T>(gaps: string[], what: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (!isAwsError(error, 'UnknownOperationException', 'UnknownOperation', 'NotImplemented', 'InvalidAction'))
      throw error;
    gaps.push(`this endpoint has no ${what}`);
    return undefined;
  }
}

/** Somebody else was faster; the next look compares what they made. */
async function existing(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isAwsError(error, 'ResourceInUseException')) throw error;
  }
}

function stringAttribute(AttributeName: string) {
  return { AttributeName, AttributeType: 'S' as const };
}

function keySchema(hash: string, range: string) {
  return [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
}

function keyText({ hash, range }: { readonly hash: string; readonly range: string | undefined }): string {
  return range === undefined ? hash : `${hash}, ${range}`;
}

function onOff(on: boolean): string {
  return on ? 'on' : 'off';
}
