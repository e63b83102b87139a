import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { TOPIC } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { parseEnv } from '#runtime/config.ts';
import { invalidArgument } from '#runtime/errors.ts';
import type { EventEnvelope } from '#runtime/event-envelope.ts';
import { type Invocation, lambdaFunction } from '#runtime/lambda/lambda-function.ts';
import { handleBatch, pipedEnvelope, type SqsBatchResponse, type SqsEvent } from '#runtime/lambda/sqs-batch.ts';
import { retry } from '#runtime/retry.ts';
import { confirmationMail } from './confirmation.ts';
import { readMailFeedback } from './mail-feedback.ts';
import { MailMarks, type Marked } from './mail-marks.ts';
import { parseMoneyReturned } from './money-returned.ts';
import { moneyReturnedMail } from './money-returned-mail.ts';
import type { Mail } from './order-mail.ts';
import { parsePaidOrder } from './paid-order.ts';
import { ParkedAddresses } from './parked-addresses.ts';
import { refundMail } from './refund.ts';
import { parseRefundedOrder } from './refunded-order.ts';
import { refusalOf } from './refusal.ts';
import { whenSentTooFast } from './sending-rate.ts';

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

/** A mail that somebody is owed. */
interface OwedMail extends Marked {
  readonly email: string;
  readonly mail: Mail;
}

/** The one mail of an order that says that its money is back. */
const refundOf = (orderId: string): Marked => ({ orderId, version: 'refunded' });

/** The call that a message came with. */
type Call = Pick<Invocation, 'log' | 'remainingMs'>;

/** What a message makes us write; undefined when nobody is to be told. */
async function owedMail({ type, data }: EventEnvelope): Promise<OwedMail | undefined> {
  if (type === TOPIC.orderRefunded) {
    const order = parseRefundedOrder(data);
    return { ...refundOf(order.orderId), email: order.email, mail: refundMail(order, config.publicUrl) };
  }
  if (type === TOPIC.orderMoneyReturned) {
    const money = parseMoneyReturned(data);
    const { orderId, email, returnId } = money;
    return { orderId, email, version: `returned-${returnId}`, mail: moneyReturnedMail(money, config.publicUrl) };
  }
  if (type !== TOPIC.orderPaid) throw invalidArgument('UNKNOWN_MESSAGE', `no mail is known for ${type}`);
  const order = parsePaidOrder(data);
  // Two topics, no order between them: whoever knows of the refund is not told that the tickets are ready.
  if (order === undefined || (await marks.has(refundOf(order.orderId)))) return undefined;
  const { orderId, email, ticketVersion } = order;
  return { orderId, email, version: ticketVersion, mail: confirmationMail(order, config.publicUrl) };
}

async function send({ orderId, email, mail }: OwedMail): Promise<void> {
  await ses.send(
    new SendEmailCommand({
      FromEmailAddress: config.from,
      ConfigurationSetName: config.configurationSet,
      Destination: { ToAddresses: [email] },
      Content: {
        Simple: {
          Subject: { Data: mail.subject, Charset: 'UTF-8' },
          Body: { Text: { Data: mail.text, Charset: 'UTF-8' }, Html: { Data: mail.html, Charset: 'UTF-8' } },
        },
      },
      EmailTags: [{ Name: 'order', Value: orderId }],
    }),
  );
}

/**
 * One mail per version of an order's tickets, one about its refund, and one each time that money went back which was not its
 * price. A crash between sending and marking sends it twice: better than a buyer who hears nothing. An address that can never be
 * written to is parked with the reason, not tried until the dead-letter queue.
 */
async function tell(body: string, { log, remainingMs }: Call): Promise<'sent' | 'parked' | 'nothing to do'> {
  const envelope = pipedEnvelope(body);
  const owed = await owedMail(envelope);
  if (owed === undefined || (await marks.has(owed))) return 'nothing to do';
  await marks.claim(owed);
  // Between the look and the claim somebody may have finished.
  if (await marks.has(owed)) return 'nothing to do';
  const about = { order_id: owed.orderId, topic: envelope.type };
  const refused = (await parkedAddresses.reasonFor(owed.email)) ?? (await refusalOfSend(owed, remainingMs));
  if (refused !== undefined) {
    await marks.park(owed, refused, envelope.id);
    log.warn({ ...about, reason: refused }, 'mail parked: the address takes none');
    return 'parked';
  }
  await marks.sent(owed, envelope.id);
  log.info(about, 'mail sent');
  return 'sent';
}

/** Sends; why it never can, or undefined once it is sent. Throws what may pass. */
async function refusalOfSend(owed: OwedMail, remainingMs: () => number): Promise<string | undefined> {
  try {
    await retry(whenSentTooFast(remainingMs), () => send(owed), { clock: systemClock });
    return undefined;
  } catch (error) {
    const reason = refusalOf(error);
    if (reason !== undefined) return reason;
    await marks.release(owed);
    throw error;
  }
}

/** Takes what is told of orders from one queue, and from another what became of the mails. */
export const handler = lambdaFunction<SqsEvent, SqsBatchResponse>({
  name: 'email-sender',
  env: process.env,
  clock: systemClock,
  async handle(event, { log, metrics, fault, remainingMs }) {
    const counts = { sent: 0, parked: 0, 'nothing to do': 0, hard: 0, soft: 0, complaint: 0 };
    const answer = await handleBatch(event, log, async (body) => {
      const feedback = readMailFeedback(body);
      if (feedback === undefined) {
        counts[await tell(body, { log, remainingMs })] += 1;
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
