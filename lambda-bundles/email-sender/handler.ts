import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { systemClock } from '#runtime/clock.ts';
import { parseEnv } from '#runtime/config.ts';
import { lambdaFunction } from '#runtime/lambda/lambda-function.ts';
import { handleBatch, type SqsBatchResponse, type SqsEvent } from '#runtime/lambda/sqs-batch.ts';
import { confirmationMail, type PaidOrder } from './confirmation.ts';
import { MailMarks } from './mail-marks.ts';
import { parsePaidOrder } from './paid-order.ts';
import { refusalOf } from './refusal.ts';

const config = parseEnv(process.env, (env) => ({
  from: env.required('MAIL_FROM'),
  publicUrl: env.url('PUBLIC_URL'),
  bucket: env.required('TICKET_BUCKET'),
}));
const ses = new SESv2Client({});
const s3 = new S3Client({ forcePathStyle: true });
const marks = new MailMarks(s3, config.bucket, systemClock);

async function send(order: PaidOrder): Promise<void> {
  const mail = confirmationMail(order, config.publicUrl);
  await ses.send(
    new SendEmailCommand({
      FromEmailAddress: config.from,
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
export const handler = lambdaFunction<SqsEvent, SqsBatchResponse>({
  name: 'email-sender',
  env: process.env,
  clock: systemClock,
  async handle(event, { log, metrics, fault }) {
    let sent = 0;
    let parked = 0;
    const answer = await handleBatch(event, log, async (envelope) => {
      const order = parsePaidOrder(envelope.data);
      if (order === undefined || (await marks.has(order))) return;
      await marks.claim(order);
      // Between the look and the claim somebody may have finished.
      if (await marks.has(order)) return;
      try {
        await send(order);
      } catch (error) {
        const reason = refusalOf(error);
        if (reason === undefined) {
          await marks.release(order);
          throw error;
        }
        await marks.park(order, reason, envelope.id);
        parked += 1;
        log.warn({ order_id: order.orderId, reason }, 'mail parked: the address is refused');
        return;
      }
      await marks.sent(order, envelope.id);
      sent += 1;
      log.info({ order_id: order.orderId }, 'confirmation sent');
    });
    if (answer.batchItemFailures.length > 0) fault();
    metrics.Sent = [sent, 'Count'];
    metrics.Parked = [parked, 'Count'];
    metrics.Failures = [answer.batchItemFailures.length, 'Count'];
    return answer;
  },
  async check() {
    await s3.send(new HeadBucketCommand({ Bucket: config.bucket }));
  },
});
