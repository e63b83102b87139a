import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ticketPdfKey } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { parseEnv } from '#runtime/config.ts';
import { lambdaFunction } from '#runtime/lambda/lambda-function.ts';
import { handleBatch, pipedEnvelope, type SqsBatchResponse, type SqsEvent } from '#runtime/lambda/sqs-batch.ts';
import { parseOrderPaid } from './order-paid.ts';
import { sampleOrder } from './sample-order.ts';
import { ticketDocument } from './ticket-document.ts';

const config = parseEnv(process.env, (env) => ({ bucket: env.required('TICKET_BUCKET') }));
// Local implementations of S3 know no bucket host names.
const s3 = new S3Client({ forcePathStyle: true });
const fontDir = join(import.meta.dirname, 'fonts');
const fonts = {
  regular: readFileSync(join(fontDir, 'regular.ttf')),
  bold: readFileSync(join(fontDir, 'bold.ttf')),
};

/** One document per paid order. The same message again writes the same bytes to the same key. */
export const handler = lambdaFunction<SqsEvent, SqsBatchResponse>({
  name: 'pdf-generator',
  env: process.env,
  clock: systemClock,
  async handle(event, { log, metrics, fault }) {
    let tickets = 0;
    const answer = await handleBatch(event, log, async (body) => {
      const order = parseOrderPaid(pipedEnvelope(body).data);
      if (order.rehearsal) return;
      const document = await ticketDocument(order, fonts);
      await s3.send(
        new PutObjectCommand({
          Bucket: config.bucket,
          Key: ticketPdfKey(order.orderId),
          Body: document,
          ContentType: 'application/pdf',
          ContentDisposition: `inline; filename="${order.code}.pdf"`,
          // S3 refuses the object when it arrives changed, and keeps the sum for whoever reads it.
          ChecksumAlgorithm: 'SHA256',
        }),
      );
      tickets += order.tickets.length;
      log.info({ order_id: order.orderId, tickets: order.tickets.length, bytes: document.length }, 'tickets written');
    });
    if (answer.batchItemFailures.length > 0) fault();
    metrics.Tickets = [tickets, 'Count'];
    metrics.Failures = [answer.batchItemFailures.length, 'Count'];
    return answer;
  },
  async check() {
    await s3.send(new HeadBucketCommand({ Bucket: config.bucket }));
    await ticketDocument(sampleOrder, fonts);
  },
});
