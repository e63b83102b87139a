import { createHash } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '#runtime/clock.ts';
import type { MailFeedback } from './mail-feedback.ts';

/**
 * Addresses that get no mail any more, an object each under `mail/parked/`. To let one go: delete its object, and the address
 * from the suppression list of SES.
 */
export class ParkedAddresses {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #clock: Clock;

  constructor(s3: S3Client, bucket: string, clock: Clock) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#clock = clock;
  }

  async park({ addresses, reason, orderId }: MailFeedback): Promise<void> {
    for (const address of addresses) {
      const time = new Date(this.#clock.now()).toISOString();
      const Body = JSON.stringify({ address, reason, orderId, time });
      const input = { Bucket: this.#bucket, Key: parkedKey(address), Body, ContentType: 'application/json' };
      await this.#s3.send(new PutObjectCommand(input));
    }
  }

  /** Why this address gets no mail; undefined when it may. */
  async reasonFor(address: string): Promise<string | undefined> {
    try {
      const found = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: parkedKey(address) }));
      const { reason } = JSON.parse((await found.Body?.transformToString()) ?? '{}') as { reason?: string };
      return reason ?? 'parked by hand';
    } catch (error) {
      if (error instanceof Error && ['NoSuchKey', 'NotFound'].includes(error.name)) return undefined;
      throw error;
    }
  }
}

/** Hashed: the names of objects show up in logs and inventories. */
export const parkedKey = (address: string): string =>
  `mail/parked/${createHash('sha256').update(address.trim().toLowerCase()).digest('hex')}.json`;
