import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ticketPdfKey } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { parseEnv } from '#runtime/config.ts';
import { emitMetrics } from '#runtime/lambda/embedded-metrics.ts';
import { handleBatch, type SqsBatchResponse, type SqsEvent } from '#runtime/lambda/sqs-batch.ts';
import { createLogger } from '#runtime/log.ts';
import { parseOrderPaid } from './order-paid.ts';
import { ticketDocument } from './ticket-document.ts';

const config = parseEnv(process.env, (env) => ({ bucket: env.required('TICKET_BUCKET') }));
const log = createLogger({ service: 'pdf-generator' });
// Local implementations of S3 know no bucket host names.
const s3 = new S3Client({ forcePathStyle: true });
const fontDir = join(import.meta.dirname, 'fonts');
const fonts = {
  regular: readFileSync(join(fontDir, 'regular.ttf')),
  bold: readFileSync(join(fontDir, 'bold.ttf')),
};

/** One document per paid order. The same message again writes the same bytes to the same key. */
export const handler = async (event: SqsEvent): Promise<SqsBatchResponse> => {
  const startedAt = systemClock.monotonic();
  let tickets = 0;
  const answer = await handleBatch(event, log, async (envelope) => {
    const order = parseOrderPaid(envelope.data);
    if (order.rehearsal) return;
    const document = await ticketDocument(order, fonts);
    await s3.send(
      new PutObjectCommand({
        Bucket: config.bucket,
        Key: ticketPdfKey(order.orderId),
        Body: document,
        ContentType: 'application/pdf',
        ContentDisposition: `inline; filename="${order.code}.pdf"`,
        ChecksumAlgorithm: 'SHA256',
      }),
    );
    tickets += order.tickets.length;
    log.info({ order_id: order.orderId, tickets: order.tickets.length, bytes: document.length }, 'tickets written');
  });
  emitMetrics(systemClock, 'pdf-generator', {
    Tickets: [tickets, 'Count'],
    Failures: [answer.batchItemFailures.length, 'Count'],
    BatchDuration: [systemClock.monotonic() - startedAt, 'Milliseconds'],
  });
  return answer;
};
