import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { uuidV5 } from '#runtime/ids.ts';
import type { JWK } from '#runtime/tokens.ts';
import type { Order, Ticket } from './order.ts';

export interface TicketSigner {
  readonly kid: string;
  readonly key: KeyObject;
}

/** Throws when the JWK is no Ed25519 private key with a kid. */
export function ticketSigner(jwk: JWK): TicketSigner {
  if (jwk.kid === undefined || jwk.crv !== 'Ed25519')
    throw new Error('TICKET_PRIVATE_JWK must be an Ed25519 key with a kid');
  return { kid: jwk.kid, key: createPrivateKey({ key: jwk as Record<string, unknown>, format: 'jwk' }) };
}

/**
 * One ticket per seat sold. Ids come from order, class and index, so that issuing twice gives the same tickets; Ed25519 has no
 * randomness, so the signatures are the same too.
 */
export function ticketsOf(order: Pick<Order, 'id' | 'eventId' | 'fullName' | 'lines'>, signer: TicketSigner): Ticket[] {
  return order.lines.flatMap((line) =>
    Array.from({ length: line.quantity }, (_, index) => {
      const id = uuidV5(order.id, `ticket/${line.ticketClassId}/${index}`);
      const claims = { t: id, o: order.id, e: order.eventId, c: line.className, n: order.fullName };
      return { id, ticketClassId: line.ticketClassId, className: line.className, qrPayload: qrPayload(claims, signer) };
    }),
  );
}

/** `TB1.<kid>.<base64url(claims)>.<base64url(signature over all before the last dot)>`; docs/contracts.md. */
function qrPayload(claims: object, { kid, key }: TicketSigner): string {
  const signed = `TB1.${kid}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}

/** The claims of a genuine payload, else undefined. What a scanner does; here for tests and tools. */
export function readQrPayload(payload: string, publicJwk: JWK): Record<string, string> | undefined {
  const dot = payload.lastIndexOf('.');
  const [version, kid, claims] = payload.slice(0, dot).split('.');
  if (version !== 'TB1' || kid !== publicJwk.kid || claims === undefined) return undefined;
  const key = createPublicKey({ key: publicJwk as Record<string, unknown>, format: 'jwk' });
  if (!verify(null, Buffer.from(payload.slice(0, dot)), key, Buffer.from(payload.slice(dot + 1), 'base64url')))
    return undefined;
  return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as Record<string, string>;
}
