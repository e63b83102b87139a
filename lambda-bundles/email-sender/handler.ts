import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { systemClock } from '#runtime/clock.ts';
import { parseEnv } from '#runtime/config.ts';
import { lambdaFunction } from '#runtime/lambda/lambda-function.ts';
import { handleBatch, pipedEnvelope, type SqsBatchResponse, type SqsEvent } from '#runtime/lambda/sqs-batch.ts';
import type { Logger } from '#runtime/log.ts';
import { confirmationMail, type PaidOrder } from './confirmation.ts';
import { readMailFeedback } from './mail-feedback.ts';
import { MailMarks } from './mail-marks.ts';
import { parsePaidOrder } from './paid-order.ts';
import { ParkedAddresses } from './parked-addresses.ts';
import { refusalOf } from './refusal.ts';

const config = parseEnv(process.env, (env) => ({
  from: env.required('MAIL_FROM'),
  publicUrl: env.url('PUBLIC_URL'),
  bucket: env.required('TICKET_BUCKET'),
  configurationSet: env.optional('MAIL_CONFIGURATION_SET'),
}));
const ses = new SESv2Client({});
const s3 = new S3Client({ forcePathStyle: true });
const marks = new MailMarks(s3, config.bucket, systemClock);
const parkedAddresses = new ParkedAddresses(s3, config.bucket, systemClock);

async function send(order: PaidOrder): Promise<void> {
  const mail = confirmationMail(order, config.publicUrl);
  await ses.send(
    new SendEmailCommand({
      FromEmailAddress: config.from,
      ConfigurationSetName: config.configurationSet,
      Destination: { ToAddresses: [order.email] },
      Content: {
        Simple: {
          Subject: { Data: mail.subject, Charset: 'UTF-8' },
          Body: { Text: { Data: mail.text, Charset: 'UTF-8' }, Html: { Data: mail.html, Charset: 'UTF-8' } },
        },
      },
      EmailTags: [{ Name: 'order', Value: order.orderId }],
    }),
  );
}

/**
 * One mail per version of an order's tickets. A crash between sending and marking sends it twice: better than a buyer who
 * hears nothing. An address that can never be written to is parked with the reason, not tried until the dead-letter queue.
 */
async function confirm(body: string, log: Logger): Promise<'sent' | 'parked' | 'nothing to do'> {
  const envelope = pipedEnvelope(body);
  const order = parsePaidOrder(envelope.data);
  if (order === undefined || (await marks.has(order))) return 'nothing to do';
  await marks.claim(order);
  // Between the look and the claim somebody may have finished.
  if (await marks.has(order)) return 'nothing to do';
  const refused = (await parkedAddresses.reasonFor(order.email)) ?? (await refusalOfSend(order));
  if (refused !== undefined) {
    await marks.park(order, refused, envelope.id);
    log.warn({ order_id: order.orderId, reason: refused }, 'mail parked: the address takes none');
    return 'parked';
  }
  await marks.sent(order, envelope.id);
  log.info({ order_id: order.orderId }, 'confirmation sent');
  return 'sent';
}

/** Sends; why it never can, or undefined once it is sent. Throws what may pass. */
async function refusalOfSend(order: PaidOrder): Promise<string | undefined> {
  try {
    await send(order);
    return undefined;
  } catch (error) {
    const reason = refusalOf(error);
    if (reason !== undefined) return reason;
    await marks.release(order);
    throw error;
  }
}

/** Takes paid orders from one queue, and from another what became of the mails. */
export const handler = lambdaFunction<SqsEvent, SqsBatchResponse>({
  name: 'email-sender',
  env: process.env,
  clock: systemClock,
  async handle(event, { log, metrics, fault }) {
    const counts = { sent: 0, parked: 0, 'nothing to do': 0, hard: 0, soft: 0, complaint: 0 };
    const answer = await handleBatch(event, log, async (body) => {
      const feedback = readMailFeedback(body);
      if (feedback === undefined) {
        counts[await confirm(body, log)] += 1;
        return;
      }
      const { kind, reason, orderId } = feedback;
      if (kind !== 'soft') await parkedAddresses.park(feedback);
      counts[kind] += 1;
      log.warn({ order_id: orderId, reason }, kind === 'soft' ? 'mail bounced' : 'mail came back: address parked');
    });
    if (answer.batchItemFailures.length > 0) fault();
    metrics.Sent = [counts.sent, 'Count'];
    metrics.Parked = [counts.parked, 'Count'];
    metrics.HardBounces = [counts.hard, 'Count'];
    metrics.SoftBounces = [counts.soft, 'Count'];
    metrics.Complaints = [counts.complaint, 'Count'];
    metrics.Failures = [answer.batchItemFailures.length, 'Count'];
    return answer;
  },
  async check() {
    await s3.send(new HeadBucketCommand({ Bucket: config.bucket }));
  },
});
