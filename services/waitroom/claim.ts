import type { Clock } from '#runtime/clock.ts';
import { aborted, failedPrecondition } from '#runtime/errors.ts';
import type { SigningKey } from '#runtime/tokens.ts';
import { signAdmission } from './admission-token.ts';
import type { ClaimRefusal, RoomStore, Standing } from './room-store.ts';
import { placeOf } from './snapshot.ts';

export interface Claimed {
  readonly token: string;
  readonly endMs: number;
  readonly place: number;
}

/**
 * The admission token of an account whose place is served. The place is computed here from the revealed seed; the script
 * checks that number, draw and epoch are still the ones it was computed with. Asking again gives the same token.
 */
export async function claimPlace(
  deps: { readonly store: RoomStore; readonly key: SigningKey; readonly clock: Clock },
  eventId: string,
  userId: string,
): Promise<Claimed> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const standing = await deps.store.standing(eventId, userId);
    const { slot, number, draw, epoch, nowMs } = standing;
    if (standing.bypass) {
      const past = await claimPast(deps, eventId, userId, standing);
      if (past !== 'AGAIN') return past;
      continue;
    }
    if (slot && slot.token !== '') return { token: slot.token, endMs: slot.endMs, place: slot.place };
    if (number === undefined) throw refusal('NOT_JOINED');
    if (draw === undefined) throw refusal('NOT_OPEN');
    const place = placeOf(number, draw);
    if (place > standing.served) {
      throw refusal('NOT_ADMITTED_YET', { place, served: standing.served });
    }
    const grant = { eventId, userId, place, epoch, nowMs, ttlMs: standing.checkoutTtlMs };
    const { token, endMs } = await signAdmission(deps.key, deps.clock, grant);
    const claimed = await deps.store.claim(eventId, userId, { number, place, draw, epoch, token, endMs });
    if (claimed.outcome === 'OK') return { token: claimed.token, endMs: claimed.endMs, place: claimed.place };
    if (claimed.outcome !== 'STALE') throw refusal(claimed.outcome, { place });
  }
  throw aborted('ROOM_CHANGED', 'the room was rebuilt in the meantime, try again');
}

/** An account of the bypass list gives its place to the others, if it has one, and takes no slot of theirs. */
async function claimPast(
  deps: { readonly store: RoomStore; readonly key: SigningKey; readonly clock: Clock },
  eventId: string,
  userId: string,
  { nowMs, epoch, number, draw, waiting, checkoutTtlMs }: Standing,
): Promise<Claimed | 'AGAIN'> {
  const grant = { eventId, userId, place: 0, epoch, nowMs, ttlMs: checkoutTtlMs, bypass: true };
  const { token, endMs } = await signAdmission(deps.key, deps.clock, grant);
  const claimed = await deps.store.claimPast(eventId, userId, { epoch, token, endMs });
  if (claimed.outcome === 'STALE' || claimed.outcome === 'NOT_LISTED') return 'AGAIN';
  if (claimed.outcome !== 'OK') throw refusal(claimed.outcome);
  if (waiting && number !== undefined) {
    await deps.store.leave(eventId, userId, { place: draw === undefined ? 0 : placeOf(number, draw), draw, epoch });
  }
  return { token: claimed.token, endMs: claimed.endMs, place: 0 };
}

const REFUSALS: Readonly<Record<ClaimRefusal, readonly [reason: string, message: string]>> = {
  NOT_ARMED: ['ROOM_CLOSED', 'this event has no open waiting room'],
  NOT_JOINED: ['NOT_JOINED', 'this account is not in the queue'],
  NOT_OPEN: ['NOT_ADMITTED_YET', 'the sale has not opened yet'],
  CLOSED: ['ROOM_CLOSED', 'the sale is over'],
  PAUSED: ['PAUSED', 'the sale is paused; your place is kept and its time stands still'],
  SOLD_OUT: ['SOLD_OUT', 'everything is sold'],
  NOT_ADMITTED_YET: ['NOT_ADMITTED_YET', 'it is not your turn yet'],
  CLAIM_EXPIRED: ['CLAIM_EXPIRED', 'your turn has passed; join again to queue anew'],
};

function refusal(why: ClaimRefusal, details?: Readonly<Record<string, unknown>>) {
  const [reason, message] = REFUSALS[why];
  return failedPrecondition(reason, message, { details });
}
