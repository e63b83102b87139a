import { permissionDenied } from '#runtime/errors.ts';
import type { JwtVerifier } from '#runtime/tokens.ts';

/** A verified admission: this account may place one order for this event. */
export interface Admission {
  readonly jti: string;
  readonly expireTimeMs: number;
  readonly rehearsal: boolean;
}

/**
 * Verifies an admission token without asking anybody. Throws UNAUTHENTICATED (TOKEN_EXPIRED, TOKEN_INVALID) or
 * PERMISSION_DENIED TOKEN_FOREIGN when it is for another account or event.
 */
export async function verifyAdmission(
  verify: JwtVerifier,
  token: string,
  userId: string,
  eventId: string,
): Promise<Admission> {
  const claims = await verify(token);
  if (claims.sub !== userId || claims['event_id'] !== eventId || typeof claims.jti !== 'string') {
    throw permissionDenied('TOKEN_FOREIGN', 'this admission is for another account or event');
  }
  return { jti: claims.jti, expireTimeMs: Number(claims.exp) * 1000, rehearsal: claims['rehearsal'] === true };
}
