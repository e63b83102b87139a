import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { JSONWebKeySet } from '#runtime/tokens.ts';

/** What a genuine QR code says; docs/contracts.md. */
export interface TicketClaims {
  readonly ticketId: string;
  readonly orderId: string;
  readonly eventId: string;
  readonly className: string;
  readonly holder: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Reads `TB1.<kid>.<claims>.<signature>`; undefined when it is not ours. Needs the public keys only. */
export function createTicketReader(jwks: JSONWebKeySet): (payload: string) => TicketClaims | undefined {
  const keys = new Map<string, KeyObject>();
  for (const jwk of jwks.keys) {
    if (jwk.kid === undefined || jwk.crv !== 'Ed25519') continue;
    keys.set(jwk.kid, createPublicKey({ key: jwk as Record<string, unknown>, format: 'jwk' }));
  }
  return (payload) => {
    const [version, kid = '', claims = '', signature = '', ...more] = payload.split('.');
    const key = keys.get(kid);
    if (version !== 'TB1' || key === undefined || more.length > 0) return undefined;
    const bytes = Buffer.from(signature, 'base64url');
    // The canonical spelling only: one ticket has one payload.
    if (bytes.length !== 64 || bytes.toString('base64url') !== signature) return undefined;
    if (!verify(null, Buffer.from(`TB1.${kid}.${claims}`), key, bytes)) return undefined;
    const said = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as Record<string, unknown> | null;
    const { t, o, e, c, n } = said ?? {};
    if (![t, o, e].every((id) => typeof id === 'string' && UUID.test(id))) return undefined;
    return { ticketId: String(t), orderId: String(o), eventId: String(e), className: String(c), holder: String(n) };
  };
}
