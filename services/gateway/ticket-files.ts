import type { Readable } from 'node:stream';
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { ticketPdfKey } from '#proto/names.ts';

export interface TicketFile {
  readonly body: Readable;
  readonly bytes: number | undefined;
}

/** Reads the PDF of an order; undefined while it does not exist yet. */
export type ReadTicketFile = (orderId: string, signal: AbortSignal) => Promise<TicketFile | undefined>;

export function ticketFiles(s3: S3Client, bucket: string): ReadTicketFile {
  return async (orderId, signal) => {
    try {
      const command = new GetObjectCommand({ Bucket: bucket, Key: ticketPdfKey(orderId) });
      const { Body, ContentLength } = await s3.send(command, { abortSignal: signal });
      // In Node the SDK's body is a Readable; the type also covers browsers.
      return Body && { body: Body as Readable, bytes: ContentLength };
    } catch (error) {
      if (error instanceof NoSuchKey || (error instanceof Error && error.name === 'NoSuchKey')) return undefined;
      throw error;
    }
  };
}
