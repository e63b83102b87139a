import { messageFields, optionalText } from '#runtime/message-fields.ts';

/** What SES says later about a mail that it took. */
export interface MailFeedback {
  /** `hard`: the address will never take a mail. `soft`: this one did not get through. `complaint`: it was called spam. */
  readonly kind: 'hard' | 'soft' | 'complaint';
  readonly addresses: readonly string[];
  readonly reason: string;
  /** Empty when the mail was not about an order. */
  readonly orderId: string;
}

const { record, text, missing } = messageFields('BAD_MAIL_FEEDBACK', 'the event of SES');

/**
 * Reads an event of SES as EventBridge hands it on; undefined when it is something else. Throws what it lacks.
 * Source: SES developer guide, "Examples of event data that Amazon SES publishes".
 */
export function readMailFeedback(body: string): MailFeedback | undefined {
  const event: unknown = JSON.parse(body);
  if (typeof event !== 'object' || event === null || !('source' in event) || event.source !== 'aws.ses')
    return undefined;
  const detail = record((event as { detail?: unknown }).detail, 'detail');
  const eventType = text(detail.eventType, 'eventType');
  const orderId = orderOf(detail.mail);
  if (eventType === 'Bounce') {
    const bounce = record(detail.bounce, 'bounce');
    return {
      kind: bounce.bounceType === 'Permanent' ? 'hard' : 'soft',
      addresses: addressesOf(bounce.bouncedRecipients, 'bounce.bouncedRecipients'),
      reason: `bounce: ${optionalText(bounce.bounceType)} ${optionalText(bounce.bounceSubType)}`.trim(),
      orderId,
    };
  }
  if (eventType === 'Complaint') {
    const complaint = record(detail.complaint, 'complaint');
    return {
      kind: 'complaint',
      addresses: addressesOf(complaint.complainedRecipients, 'complaint.complainedRecipients'),
      reason: `complaint: ${optionalText(complaint.complaintFeedbackType) || 'no type'}`,
      orderId,
    };
  }
  throw missing(`eventType that is known: it is ${eventType}`);
}

function addressesOf(recipients: unknown, name: string): string[] {
  if (!Array.isArray(recipients) || recipients.length === 0) throw missing(name);
  return recipients.map((one, n) => text(record(one, `${name}[${n}]`).emailAddress, `${name}[${n}].emailAddress`));
}

function orderOf(mail: unknown): string {
  const tags = (mail as { tags?: { order?: unknown } } | undefined)?.tags?.order;
  return Array.isArray(tags) ? optionalText(tags[0]) : '';
}
