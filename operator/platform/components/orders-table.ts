import type { AwsAccess } from '../../external/aws-clients.ts';
import { createOrdersTable, dynamoDbClient } from '../../external/dynamodb.ts';
import { admission } from '../adoption.ts';
import { converge } from '../converge.ts';
import { findingOf, lookAfter } from '../look-after.ts';
import type { Pass } from '../pass.ts';

/** OrdersTableReady: the table with its indexes, point-in-time recovery, deletion protection, expiry, key and replicas. */
export async function lookAfterOrdersTable(pass: Pass, aws: AwsAccess | undefined): Promise<void> {
  const { report, observeOnly } = pass;
  if (aws === undefined) {
    report.say(
      'OrdersTableReady',
      'False',
      'WaitingForDependency',
      'Waits for the Secret with the AWS keys: see SecretsReady',
    );
    return;
  }
  const { access, desired } = ordersTable(pass, aws);
  const { adoptionPolicy } = pass.platform.spec;
  await lookAfter(pass, 'OrdersTableReady', [access, desired, adoptionPolicy], async (signal) => {
    const client = dynamoDbClient(access);
    try {
      const { observed, pending, applied } = await converge(createOrdersTable(client), desired, {
        observeOnly,
        signal,
        admit: admission(pass, [`table ${desired.name}`]),
      });
      const gaps = observed.gaps.length === 0 ? '' : `; ${observed.gaps.join('; ')}`;
      return findingOf(pending, applied, true, { ready: `Table ${desired.name} is active${gaps}`, observeOnly });
    } finally {
      client.destroy();
    }
  });
}

/** How the table is reached, and what it should be. */
export function ordersTable({ platform }: Pass, aws: AwsAccess) {
  const {
    table,
    region,
    endpoint,
    pointInTimeRecovery,
    deletionProtection,
    timeToLiveAttribute,
    kmsKeyArn,
    replicaRegions = [],
  } = platform.spec.orders;
  const recoveryDays = platform.spec.backup?.orders?.retentionDays;
  return {
    access: { ...aws, region: region ?? aws.region, endpoint: endpoint ?? aws.endpoint },
    desired: {
      ...(recoveryDays === undefined ? {} : { recoveryDays }),
      name: table,
      pointInTimeRecovery,
      deletionProtection,
      timeToLiveAttribute,
      kmsKeyArn,
      replicaRegions,
    },
  };
}
