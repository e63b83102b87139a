import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import type { Adapter, Change } from './adapter.ts';
import { absent } from './aws-errors.ts';
import { canonicalJson } from './canonical-json.ts';

export interface DesiredSchedule {
  readonly name: string;
  /** `rate(1 minute)` or `cron(0 2 * * ? *)`, in UTC. */
  readonly expression: string;
  /** ARN of the alias that is called. */
  readonly targetArn: string;
  readonly roleArn: string;
  readonly enabled: boolean;
  /** Retries of a failed call; none where the next run does the same work anyway. */
  readonly retries: number;
}

/** The part of a schedule that we decide. */
export interface ScheduleFacts {
  readonly expression: string | undefined;
  readonly timeZone: string | undefined;
  readonly targetArn: string | undefined;
  readonly roleArn: string | undefined;
  readonly state: string | undefined;
  readonly retries: number | undefined;
}

export type ObservedSchedules = ReadonlyMap<string, ScheduleFacts>;

export interface ScheduleChange extends Change {
  readonly schedule: DesiredSchedule;
}

export function createSchedules(
  client: SchedulerClient,
): Adapter<readonly DesiredSchedule[], ObservedSchedules, ScheduleChange> {
  return {
    async observe(desired, abortSignal) {
      const found = await Promise.all(
        desired.map(async ({ name }): Promise<[string, ScheduleFacts][]> => {
          const one = await absent(client.send(new GetScheduleCommand({ Name: name }), { abortSignal }));
          if (one === undefined) return [];
          const facts = {
            expression: one.ScheduleExpression,
            timeZone: one.ScheduleExpressionTimezone,
            targetArn: one.Target?.Arn,
            roleArn: one.Target?.RoleArn,
            state: one.State,
            retries: one.Target?.RetryPolicy?.MaximumRetryAttempts,
          };
          return [[name, facts]];
        }),
      );
      return new Map(found.flat());
    },
    diff: diffSchedules,
    async apply(changes, abortSignal) {
      for (const { action, schedule } of changes) {
        const facts = factsOf(schedule);
        // UpdateSchedule replaces the whole schedule: everything is said each time.
        const input = {
          Name: schedule.name,
          ScheduleExpression: schedule.expression,
          ScheduleExpressionTimezone: facts.timeZone,
          FlexibleTimeWindow: { Mode: 'OFF' as const },
          State: schedule.enabled ? ('ENABLED' as const) : ('DISABLED' as const),
          Target: {
            Arn: schedule.targetArn,
            RoleArn: schedule.roleArn,
            Input: '{}',
            RetryPolicy: { MaximumRetryAttempts: schedule.retries },
          },
        };
        if (action === 'create') await client.send(new CreateScheduleCommand(input), { abortSignal });
        else await client.send(new UpdateScheduleCommand(input), { abortSignal });
      }
    },
    async remove(desired, abortSignal) {
      for (const { name } of desired)
        await absent(client.send(new DeleteScheduleCommand({ Name: name }), { abortSignal }));
    },
  };
}

export function diffSchedules(desired: readonly DesiredSchedule[], observed: ObservedSchedules): ScheduleChange[] {
  return desired.flatMap((schedule): ScheduleChange[] => {
    const target = `schedule ${schedule.name}`;
    const found = observed.get(schedule.name);
    if (found === undefined) return [{ target, action: 'create', reason: 'does not exist', schedule }];
    const want = factsOf(schedule);
    const wrong = (Object.keys(want) as (keyof ScheduleFacts)[]).filter(
      (key) => canonicalJson(want[key]) !== canonicalJson(found[key]),
    );
    const onOff = wrong.length === 1 && wrong[0] === 'state';
    return wrong.length === 0
      ? []
      : [{ target, action: 'update', reason: `${wrong.join(', ')} changed`, schedule, onOff }];
  });
}

function factsOf(schedule: DesiredSchedule): ScheduleFacts {
  return {
    expression: schedule.expression,
    timeZone: 'UTC',
    targetArn: schedule.targetArn,
    roleArn: schedule.roleArn,
    state: schedule.enabled ? 'ENABLED' : 'DISABLED',
    retries: schedule.retries,
  };
}
