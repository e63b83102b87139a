import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  type EventBridgeClient,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateConfigurationSetCommand,
  CreateConfigurationSetEventDestinationCommand,
  DeleteConfigurationSetCommand,
  type EventDestination,
  type EventType,
  GetConfigurationSetCommand,
  GetConfigurationSetEventDestinationsCommand,
  PutConfigurationSetReputationOptionsCommand,
  type SESv2Client,
  UpdateConfigurationSetEventDestinationCommand,
} from '@aws-sdk/client-sesv2';
import type { Adapter, Change } from './adapter.ts';
import { absent } from './aws-errors.ts';
import { canonicalJson } from './canonical-json.ts';

/** What becomes of mails later, bounces and complaints, from SES over EventBridge into a queue. */
export interface DesiredMailFeedback {
  /** Mails that are sent with this configuration set are told about. */
  readonly configurationSet: string;
  readonly rule: string;
  readonly queueArn: string;
  readonly busArn: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ObservedMailFeedback {
  readonly configurationSet: boolean;
  /** It tells CloudWatch its rates of bounces and complaints. */
  readonly rates: boolean;
  /** Our event destination; undefined when there is none. */
  readonly destination: Pick<EventDestination, 'Enabled' | 'MatchingEventTypes' | 'EventBridgeDestination'> | undefined;
  readonly rule: { readonly pattern: string | undefined; readonly state: string | undefined } | undefined;
  readonly targets: readonly string[];
}

type Step = 'configuration set' | 'rates' | 'new destination' | 'destination' | 'rule' | 'target';

export interface MailFeedbackChange extends Change {
  readonly step: Step;
  readonly feedback: DesiredMailFeedback;
}

const DESTINATION = 'feedback';
const TARGET = 'queue';
const EVENTS: EventType[] = ['BOUNCE', 'COMPLAINT'];

export function createMailFeedback(
  ses: SESv2Client,
  events: EventBridgeClient,
): Adapter<DesiredMailFeedback, ObservedMailFeedback, MailFeedbackChange> {
  return {
    async observe({ configurationSet, rule }, abortSignal) {
      const input = { ConfigurationSetName: configurationSet };
      const [set, destinations, found, targets] = await Promise.all([
        absent(ses.send(new GetConfigurationSetCommand(input), { abortSignal })),
        absent(ses.send(new GetConfigurationSetEventDestinationsCommand(input), { abortSignal })),
        absent(events.send(new DescribeRuleCommand({ Name: rule }), { abortSignal })),
        absent(events.send(new ListTargetsByRuleCommand({ Rule: rule }), { abortSignal })),
      ]);
      return {
        configurationSet: set !== undefined && destinations !== undefined,
        rates: set?.ReputationOptions?.ReputationMetricsEnabled === true,
        destination: destinations?.EventDestinations?.find(({ Name }) => Name === DESTINATION),
        rule: found && { pattern: found.EventPattern, state: found.State },
        targets: (targets?.Targets ?? []).map(({ Arn }) => Arn ?? ''),
      };
    },
    diff: diffMailFeedback,
    async apply(changes, abortSignal) {
      for (const { step, feedback } of changes) {
        const { configurationSet: ConfigurationSetName, rule, queueArn, busArn, tags } = feedback;
        const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
        const destination = {
          ConfigurationSetName,
          EventDestinationName: DESTINATION,
          EventDestination: {
            Enabled: true,
            MatchingEventTypes: EVENTS,
            EventBridgeDestination: { EventBusArn: busArn },
          },
        };
        switch (step) {
          case 'configuration set': {
            // SES itself then refuses an address that bounced or complained before.
            const SuppressionOptions = { SuppressedReasons: EVENTS as ('BOUNCE' | 'COMPLAINT')[] };
            const ReputationOptions = { ReputationMetricsEnabled: true };
            const input = { ConfigurationSetName, SuppressionOptions, ReputationOptions, Tags };
            await ses.send(new CreateConfigurationSetCommand(input), { abortSignal });
            break;
          }
          case 'rates': {
            // Of these mails alone, for alarms.
            const input = { ConfigurationSetName, ReputationMetricsEnabled: true };
            await ses.send(new PutConfigurationSetReputationOptionsCommand(input), { abortSignal });
            break;
          }
          case 'new destination':
            await ses.send(new CreateConfigurationSetEventDestinationCommand(destination), { abortSignal });
            break;
          case 'destination':
            await ses.send(new UpdateConfigurationSetEventDestinationCommand(destination), { abortSignal });
            break;
          case 'rule': {
            const EventPattern = patternOf(feedback);
            await events.send(new PutRuleCommand({ Name: rule, EventPattern, State: 'ENABLED' }), { abortSignal });
            break;
          }
          case 'target':
            await events.send(new PutTargetsCommand({ Rule: rule, Targets: [{ Id: TARGET, Arn: queueArn }] }), {
              abortSignal,
            });
            break;
          default:
            step satisfies never;
        }
      }
    },
    async remove({ configurationSet, rule }, abortSignal) {
      await absent(events.send(new RemoveTargetsCommand({ Rule: rule, Ids: [TARGET] }), { abortSignal }));
      await absent(events.send(new DeleteRuleCommand({ Name: rule }), { abortSignal }));
      const input = { ConfigurationSetName: configurationSet };
      await absent(ses.send(new DeleteConfigurationSetCommand(input), { abortSignal }));
    },
  };
}

/** From the queue back to SES, so that no event comes before somebody takes it. */
export function diffMailFeedback(
  feedback: DesiredMailFeedback,
  { configurationSet, rates, destination, rule, targets }: ObservedMailFeedback,
): MailFeedbackChange[] {
  const change = (step: Step, target: string, action: Change['action'], reason: string): MailFeedbackChange[] => [
    { step, target, action, reason, feedback },
  ];
  const ruleName = `event rule ${feedback.rule}`;
  const setName = `mail configuration set ${feedback.configurationSet}`;
  if (rule === undefined) return change('rule', ruleName, 'create', 'does not exist');
  if (rule.state !== 'ENABLED' || !samePattern(rule.pattern, patternOf(feedback)))
    return change('rule', ruleName, 'update', 'its pattern or state differs');
  if (!targets.includes(feedback.queueArn)) return change('target', ruleName, 'update', 'does not feed the queue');
  if (!configurationSet) return change('configuration set', setName, 'create', 'does not exist');
  if (!rates) return change('rates', setName, 'update', 'does not tell CloudWatch its rates');
  if (destination === undefined) return change('new destination', setName, 'update', 'tells nobody of bounces');
  const right =
    destination.Enabled === true &&
    destination.EventBridgeDestination?.EventBusArn === feedback.busArn &&
    EVENTS.every((type) => destination.MatchingEventTypes?.includes(type));
  return right ? [] : change('destination', setName, 'update', 'does not tell of every bounce and complaint');
}

function patternOf({ configurationSet }: DesiredMailFeedback): string {
  const tags = { 'ses:configuration-set': [configurationSet] };
  return canonicalJson({ source: ['aws.ses'], detail: { eventType: ['Bounce', 'Complaint'], mail: { tags } } });
}

const samePattern = (found: string | undefined, want: string): boolean => {
  try {
    return canonicalJson(JSON.parse(found ?? '')) === want;
  } catch {
    return false;
  }
};
