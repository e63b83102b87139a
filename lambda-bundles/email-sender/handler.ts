import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { systemClock } from '#runtime/clock.ts';
import { parseEnv } from '#runtime/config.ts';
import { emitMetrics } from '#runtime/lambda/embedded-metrics.ts';
import { handleBatch, type SqsBatchResponse, type SqsEvent } from '#runtime/lambda/sqs-batch.ts';
import { createLogger } from '#runtime/log.ts';
import { confirmationMail } from './confirmation.ts';
import { parsePaidOrder } from './paid-order.ts';

const config = parseEnv(process.env, (env) => ({
  from: env.required('MAIL_FROM'),
  publicUrl: env.url('PUBLIC_URL'),
  bucket: env.required('TICKET_BUCKET'),
}));
const log = createLogger({ service: 'email-sender' });
const ses = new SESv2Client({});
const s3 = new S3Client({ forcePathStyle: true });

/** Remembers, beside the order's PDF, that its mail has gone out; SES itself has no idempotency key. */
const sentMark = (orderId: string) => `tickets/${orderId}.confirmation-sent`;

async function wasSent(orderId: string): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: config.bucket, Key: sentMark(orderId) }));
    return true;
  } catch (error) {
    if (error instanceof Error && ['NotFound', 'NoSuchKey'].includes(error.name)) return false;
    throw error;
  }
}

/** One mail per paid order. A crash between sending and marking sends it twice: better than a buyer who hears nothing. */
export const handler = async (event: SqsEvent): Promise<SqsBatchResponse> => {
  let sent = 0;
  const answer = await handleBatch(event, log, async (envelope) => {
    const order = parsePaidOrder(envelope.data);
    if (order === undefined || (await wasSent(order.orderId))) return;
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
    await s3.send(new PutObjectCommand({ Bucket: config.bucket, Key: sentMark(order.orderId), Body: envelope.id }));
    sent += 1;
    log.info({ order_id: order.orderId }, 'confirmation sent');
  });
  emitMetrics(systemClock, 'email-sender', {
    Sent: [sent, 'Count'],
    Failures: [answer.batchItemFailures.length, 'Count'],
  });
  return answer;
};
