import { ID_NAMESPACE, TOKEN } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import { newId, uuidV5 } from '#runtime/ids.ts';
import { type SigningKey, signJwt } from '#runtime/tokens.ts';

export interface AdmissionGrant {
  readonly eventId: string;
  readonly userId: string;
  /** 0 for a rehearsal or a bypass, which stand outside the queue. */
  readonly place: number;
  readonly epoch: number;
  /** Redis time at which it is given, Unix ms. */
  readonly nowMs: number;
  readonly ttlMs: number;
  readonly rehearsal?: boolean;
  readonly bypass?: boolean;
}

/** The proof that lets its holder check out; verified by the order service without Redis. Ends on a whole second. */
export async function signAdmission(
  key: SigningKey,
  clock: Clock,
  grant: AdmissionGrant,
): Promise<{ readonly token: string; readonly endMs: number }> {
  // Signed by Redis time, so that token and slot end together whatever this machine's clock says.
  const redisClock: Clock = {
    now: () => grant.nowMs,
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
  const token = await signJwt({
    key,
    clock: redisClock,
    issuer: TOKEN.issuer,
    audience: TOKEN.admissionAudience,
    subject: grant.userId,
    ttlMs: grant.ttlMs,
    jwtId: tokenId(grant, clock),
    claims: {
      event_id: grant.eventId,
      place: grant.place,
      epoch: grant.epoch,
      ...(grant.rehearsal ? { rehearsal: true } : {}),
      ...(grant.bypass ? { bypass: true } : {}),
    },
  });
  return { token, endMs: Math.ceil((grant.nowMs + grant.ttlMs) / 1000) * 1000 };
}

/**
 * One id per place and account: should Redis forget a claim in a failover and the buyer claim again, both tokens are one to
 * the order service, which lets each id buy once.
 */
function tokenId({ eventId, userId, place, epoch }: AdmissionGrant, clock: Clock): string {
  if (place === 0) return newId(undefined, clock);
  return uuidV5(ID_NAMESPACE, `admission/${eventId}/${epoch}/${place}/${userId}`);
}
