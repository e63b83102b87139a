import { createAlarms } from '../../external/alarms.ts';
import type { AwsClients } from '../../external/aws-clients.ts';
import { desiredAlarms } from '../alarms.ts';
import { converge } from '../converge.ts';
import { findingOf, lookAfter } from '../look-after.ts';
import type { Pass } from '../pass.ts';

/** AlarmsReady: CloudWatch alarms on functions, dead letters, mails and the orders table. */
export async function lookAfterAlarms(pass: Pass, aws: AwsClients | undefined): Promise<void> {
  const { platform, report, observeOnly } = pass;
  if (aws === undefined) {
    report.say('AlarmsReady', 'False', 'WaitingForDependency', 'Waits for Secrets: see SecretsReady');
    return;
  }
  const desired = desiredAlarms(platform);
  await lookAfter(pass, 'AlarmsReady', [platform.spec.aws, desired], async (signal) => {
    const { pending, applied } = await converge(createAlarms(aws.cloudWatch), desired, { observeOnly, signal });
    const ready = desired.alarms.length === 0 ? 'No alarms are wanted' : `${desired.alarms.length} alarms are set`;
    return findingOf(pending, applied, true, { ready, observeOnly });
  });
}
