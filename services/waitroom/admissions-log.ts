import { invalidArgument } from '#runtime/errors.ts';
import { admissionsKey } from './room-keys.ts';

export interface AdmissionEntry {
  readonly place: number;
  readonly number: number;
  readonly userId: string;
  /** Redis time at which `served` passed the place, Unix ms. */
  readonly grantMs: number;
  /** `served` right after that grant. */
  readonly servedAtGrant: number;
}

export interface StreamReader {
  xrange(key: string, from: string, to: string, count: 'COUNT', limit: number): Promise<unknown>;
}

const PAGE_TOKEN = /^\d{1,15}-\d{1,15}$/;

/** One page of claims, oldest first. The token of the next page is empty at the end. */
export async function readAdmissions(
  redis: StreamReader,
  eventId: string,
  pageSize: number,
  pageToken: string,
): Promise<{ readonly entries: readonly AdmissionEntry[]; readonly nextPageToken: string }> {
  if (pageToken !== '' && !PAGE_TOKEN.test(pageToken)) {
    throw invalidArgument('INVALID_PAGE_TOKEN', 'page_token is not one that this service gave');
  }
  const from = pageToken === '' ? '-' : `(${pageToken}`;
  const rows = (await redis.xrange(admissionsKey(eventId), from, '+', 'COUNT', pageSize)) as [string, string[]][];
  const entries = rows.map(([, flat]) => {
    const field = (name: string) => flat[flat.indexOf(name) + 1] ?? '';
    return {
      place: Number(field('place')),
      number: Number(field('number')),
      userId: field('user'),
      grantMs: Number(field('grantedMs')),
      servedAtGrant: Number(field('served')),
    };
  });
  return { entries, nextPageToken: rows.length < pageSize ? '' : (rows.at(-1)?.[0] ?? '') };
}
