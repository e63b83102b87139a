import {
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Adapter, Change } from './adapter.ts';
import { absent, isAwsError } from './aws-errors.ts';

export interface DesiredLogGroup {
  readonly name: string;
  readonly retentionDays: number;
}

/** Retention in days by group name; `undefined` as value: kept forever. */
export type ObservedLogGroups = ReadonlyMap<string, number | undefined>;

export interface LogGroupChange extends Change {
  readonly group: DesiredLogGroup;
}

/** Log groups made by us before Lambda makes them without retention. */
export function createLogGroups(
  client: CloudWatchLogsClient,
): Adapter<readonly DesiredLogGroup[], ObservedLogGroups, LogGroupChange> {
  return {
    async observe(desired, abortSignal) {
      const found = await Promise.all(
        desired.map(async ({ name }) => {
          const answer = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }), { abortSignal });
          return answer.logGroups?.find((group) => group.logGroupName === name);
        }),
      );
      return new Map(
        found.flatMap((group) =>
          group?.logGroupName === undefined ? [] : [[group.logGroupName, group.retentionInDays]],
        ),
      );
    },
    diff: diffLogGroups,
    async apply(changes, abortSignal) {
      for (const { action, group } of changes) {
        if (action === 'create') {
          try {
            await client.send(new CreateLogGroupCommand({ logGroupName: group.name }), { abortSignal });
          } catch (error) {
            if (!isAwsError(error, 'ResourceAlreadyExistsException')) throw error;
          }
        }
        const retention = { logGroupName: group.name, retentionInDays: group.retentionDays };
        await client.send(new PutRetentionPolicyCommand(retention), { abortSignal });
      }
    },
    async remove(desired, abortSignal) {
      for (const { name } of desired)
        await absent(client.send(new DeleteLogGroupCommand({ logGroupName: name }), { abortSignal }));
    },
  };
}

export function diffLogGroups(desired: readonly DesiredLogGroup[], observed: ObservedLogGroups): LogGroupChange[] {
  return desired.flatMap((group): LogGroupChange[] => {
    const target = `log group ${group.name}`;
    if (!observed.has(group.name)) return [{ target, action: 'create', reason: 'does not exist', group }];
    const days = observed.get(group.name);
    if (days === group.retentionDays) return [];
    return [
      {
        target,
        action: 'update',
        reason: `retention is ${days ?? 'endless'}, want ${group.retentionDays} days`,
        group,
      },
    ];
  });
}
