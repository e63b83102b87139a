import { DescribeContinuousBackupsCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { absent } from '../aws-errors.ts';
import { type BackupState, isOlder } from './backup-state.ts';

export interface ObservedTableBackups {
  readonly recovery: 'on' | 'off' | 'no table';
  readonly restorableUntil: number | undefined;
  /** Undefined where the endpoint does not say; AWS keeps 35 days then. */
  readonly recoveryDays: number | undefined;
}

/** DynamoDB itself is some five minutes behind. */
const MAX_LAG_MS = 15 * 60_000;

export async function observeTableBackups(
  client: DynamoDBClient,
  table: string,
  abortSignal: AbortSignal,
): Promise<ObservedTableBackups> {
  const found = await absent(
    client.send(new DescribeContinuousBackupsCommand({ TableName: table }), { abortSignal }),
    'TableNotFoundException',
  );
  const recovery = found?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  return {
    recovery: found === undefined ? 'no table' : recovery?.PointInTimeRecoveryStatus === 'ENABLED' ? 'on' : 'off',
    restorableUntil: recovery?.LatestRestorableDateTime?.getTime(),
    recoveryDays: recovery?.RecoveryPeriodInDays,
  };
}

/** Every moment can be restored, so there is no last backup to name. */
export function tableBackups(
  want: { readonly table: string; readonly retentionDays: number },
  found: ObservedTableBackups,
  nowMs: number,
): BackupState {
  const how = `point-in-time recovery of table ${want.table}`;
  const state = (...problems: string[]): BackupState => ({ how, lastAt: undefined, problems });
  if (found.recovery === 'no table') return state(`table ${want.table} is not there yet: see OrdersTableReady`);
  if (found.recovery === 'off')
    return state(`table ${want.table} has no point-in-time recovery: set spec.orders.pointInTimeRecovery to true`);
  const problems: string[] = [];
  if ((found.recoveryDays ?? 35) < want.retentionDays)
    problems.push(
      `table ${want.table} can be restored for ${found.recoveryDays} days instead of ${want.retentionDays}`,
    );
  if (isOlder(found.restorableUntil, MAX_LAG_MS, nowMs))
    problems.push(`table ${want.table} cannot be restored to a moment within the last 15m: ask AWS why`);
  return state(...problems);
}
