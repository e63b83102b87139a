import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { PaidOrder } from './confirmation.ts';

type Marked = Pick<PaidOrder, 'orderId' | 'ticketVersion'>;

/**
 * Remembers, beside the order's PDF, which mails have gone out and which never can; SES itself has no idempotency key. Parked
 * ones: `aws s3 ls s3://BUCKET/tickets/ | grep mail-parked`; delete the mark and send the message again to try anew.
 */
export class MailMarks {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  /** Sent or parked: nothing is left to do. */
  async has(order: Marked): Promise<boolean> {
    return (await this.#exists(sentKey(order))) || (await this.#exists(parkedKey(order)));
  }

  async sent(order: Marked, messageId: string): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key: sentKey(order), Body: messageId }));
  }

  async park(order: Marked, reason: string, messageId: string): Promise<void> {
    const Body = JSON.stringify({ orderId: order.orderId, messageId, reason });
    const input = { Bucket: this.#bucket, Key: parkedKey(order), Body, ContentType: 'application/json' };
    await this.#s3.send(new PutObjectCommand(input));
  }

  async #exists(Key: string): Promise<boolean> {
    try {
      await this.#s3.send(new HeadObjectCommand({ Bucket: this.#bucket, Key }));
      return true;
    } catch (error) {
      if (error instanceof Error && ['NotFound', 'NoSuchKey'].includes(error.name)) return false;
      throw error;
    }
  }
}

const sentKey = ({ orderId, ticketVersion }: Marked) => `tickets/${orderId}.mail-sent-${ticketVersion}`;
const parkedKey = ({ orderId, ticketVersion }: Marked) => `tickets/${orderId}.mail-parked-${ticketVersion}.json`;
