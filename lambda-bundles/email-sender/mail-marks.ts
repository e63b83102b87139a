import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '#runtime/clock.ts';

/** Longer than the function may run: a claim that is older belongs to one that is gone. */
const CLAIM_MS = 60_000;

/** One mail of an order. */
export interface Marked {
  readonly orderId: string;
  /** Which of its mails: the version of its tickets, `refunded`, or `returned-` and what went back. */
  readonly version: string;
}

/**
 * Remembers, beside the order's PDF, which mails have gone out and which never can; SES itself has no idempotency key. Parked
 * ones: `aws s3 ls s3://BUCKET/tickets/ | grep mail-parked`; delete the mark and send the message again to try anew.
 */
export class MailMarks {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #clock: Clock;

  constructor(s3: S3Client, bucket: string, clock: Clock) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#clock = clock;
  }

  /** Takes the sole right to send for a minute. Throws while somebody else has it: a queue may deliver a message twice at once. */
  async claim(mail: Marked): Promise<void> {
    const input = { Bucket: this.#bucket, Key: claimKey(mail), Body: String(this.#clock.now() + CLAIM_MS) };
    try {
      await this.#s3.send(new PutObjectCommand({ ...input, IfNoneMatch: '*' }));
      return;
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
    const known = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: claimKey(mail) }));
    const until = Number(await known.Body?.transformToString());
    if (until > this.#clock.now()) throw new Error('another call is sending this mail');
    await this.#s3.send(new PutObjectCommand({ ...input, IfMatch: known.ETag }));
  }

  /** The mail did not go: whoever is next need not wait. */
  async release(mail: Marked): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key: claimKey(mail), Body: '0' }));
  }

  /** Sent or parked: nothing is left to do. */
  async has(mail: Marked): Promise<boolean> {
    return (await this.#exists(sentKey(mail))) || (await this.#exists(parkedKey(mail)));
  }

  async sent(mail: Marked, messageId: string): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key: sentKey(mail), Body: messageId }));
  }

  async park(mail: Marked, reason: string, messageId: string): Promise<void> {
    const Body = JSON.stringify({ orderId: mail.orderId, messageId, reason });
    const input = { Bucket: this.#bucket, Key: parkedKey(mail), Body, ContentType: 'application/json' };
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

const isTaken = (error: unknown): boolean =>
  error instanceof Error && ['PreconditionFailed', 'ConditionalRequestConflict'].includes(error.name);

const claimKey = ({ orderId, version }: Marked) => `tickets/${orderId}.mail-claim-${version}`;
const sentKey = ({ orderId, version }: Marked) => `tickets/${orderId}.mail-sent-${version}`;
const parkedKey = ({ orderId, version }: Marked) => `tickets/${orderId}.mail-parked-${version}.json`;
