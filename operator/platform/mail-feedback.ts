import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { OWNER_TAG } from '../external/lambda-desired.ts';
import type { DesiredMailFeedback } from '../external/mail-feedback.ts';
import type { Account } from './account.ts';
import { cloudObject, ownerOf } from './names.ts';

/** How the platform hears of mails that came back: SES, a rule of EventBridge, a queue, email-sender. Pure. */

/** Mails carry its name; SES tells what becomes of them. */
export const mailConfigurationSet = (platform: TicketBottlePlatform): string => cloudObject(platform, 'mail');

export const feedbackQueue = (platform: TicketBottlePlatform): string => cloudObject(platform, 'mail-feedback');

export const feedbackQueueArn = (platform: TicketBottlePlatform, { accountId, region }: Account): string =>
  `arn:aws:sqs:${region}:${accountId}:${feedbackQueue(platform)}`;

const ruleArn = (platform: TicketBottlePlatform, { accountId, region }: Account): string =>
  `arn:aws:events:${region}:${accountId}:rule/${feedbackQueue(platform)}`;

export function desiredMailFeedback(platform: TicketBottlePlatform, account: Account): DesiredMailFeedback {
  return {
    configurationSet: mailConfigurationSet(platform),
    rule: feedbackQueue(platform),
    queueArn: feedbackQueueArn(platform, account),
    busArn: `arn:aws:events:${account.region}:${account.accountId}:event-bus/default`,
    tags: { [OWNER_TAG]: ownerOf(platform) },
  };
}

/** Lets that rule, and nobody else, write into the queue. */
export function feedbackQueuePolicy(platform: TicketBottlePlatform, account: Account): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: feedbackQueueArn(platform, account),
        Condition: { ArnEquals: { 'aws:SourceArn': ruleArn(platform, account) } },
      },
    ],
  };
}
