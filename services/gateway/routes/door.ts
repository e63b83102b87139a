import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalidArgument } from '#runtime/errors.ts';
import { fromTimestamp, toIso, toTimestamp } from '#runtime/timestamp.ts';
import { type JSONWebKeySet, jwksOf } from '#runtime/tokens.ts';
import { type Access, callerOf, requireRole } from '../access.ts';
import type { Clients } from '../clients.ts';
import { scanBody, scansAnswer, scansBody } from '../door-schemas.ts';
import { writing } from '../onward.ts';
import { type RateLimits, UNLIMITED } from '../rate-limits.ts';
import { answers, ref } from '../schemas.ts';
import { createTicketReader } from '../ticket-qr.ts';
import { SECURED } from './auth.ts';

interface DoorDeps {
  readonly clients: Pick<Clients, 'orders'>;
  readonly access: Access;
  readonly limits: RateLimits;
  readonly ticketJwks: JSONWebKeySet;
}

interface ScanJson {
  readonly qr: string;
  readonly direction: 'in' | 'out';
  readonly nonce: string;
  readonly scannedAt: string;
}
type ScanBody = ScanJson & { readonly eventId: string; readonly gate: string };
interface ScansBody {
  readonly eventId: string;
  readonly gate: string;
  readonly scans: readonly (ScanJson & { readonly opened: boolean })[];
}

/** Tickets at the door. Signatures are checked here, passages are counted by the order service. */
export function doorRoutes(app: FastifyInstance, { clients: { orders }, access, limits, ticketJwks }: DoorDeps): void {
  const tags = ['door'];
  const schema = { tags, security: SECURED };
  const onRequest = [access.signedIn, limits.perAccount, requireRole('door', 'admin')];
  const readTicket = createTicketReader(ticketJwks);
  const publicKeys = jwksOf(...ticketJwks.keys);

  app.get(
    '/door/keys',
    { schema: { tags, response: answers(200, ref('DoorKeys')) }, config: UNLIMITED },
    async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=300');
      return publicKeys;
    },
  );

  /** `opened`: what the scanner did by itself, offline; undefined when it waits for this answer. */
  async function scan(request: FastifyRequest, body: ScanBody, opened: boolean | undefined) {
    const { nonce, gate, direction, eventId } = body;
    const shut = (outcome: string, ticket?: object) => {
      return { nonce, outcome, accepted: false, conflict: opened === true, replayed: false, ...(ticket && { ticket }) };
    };
    const scannedMs = Date.parse(body.scannedAt);
    // A leap second fits the format and is no time of JavaScript's.
    if (Number.isNaN(scannedMs)) throw invalidArgument('INVALID_REQUEST', 'body.scannedAt is not a time');
    const claims = readTicket(body.qr);
    if (claims === undefined) return shut('FORGED');
    const { ticketId: id, orderId, className, holder } = claims;
    const ticket = { id, orderId, eventId: claims.eventId, className, holder };
    if (claims.eventId !== eventId.toLowerCase()) return shut('OTHER_EVENT', ticket);
    const verdict = await orders.scanTicket(
      {
        ticketId: id,
        orderId,
        eventId: claims.eventId,
        scan: {
          gate,
          direction: direction === 'in' ? 'SCAN_DIRECTION_IN' : 'SCAN_DIRECTION_OUT',
          scanTime: toTimestamp(scannedMs),
        },
        nonce,
        scannerId: callerOf(request).userId,
      },
      { ...writing(request), idempotent: true },
    );
    const outcome = verdict.outcome.slice('SCAN_OUTCOME_'.length);
    const accepted = outcome === 'ADMITTED' || outcome === 'LEFT';
    const at = fromTimestamp(verdict.previous?.scanTime ?? null);
    return {
      nonce,
      outcome,
      accepted,
      conflict: opened === true && !accepted,
      replayed: verdict.replayed,
      ticket,
      ...(verdict.previous && at !== undefined
        ? {
            previous: {
              gate: verdict.previous.gate,
              direction: verdict.previous.direction === 'SCAN_DIRECTION_OUT' ? 'out' : 'in',
              scannedAt: toIso(at),
            },
          }
        : {}),
    };
  }

  app.post<{ Body: ScanBody }>(
    '/door/scan',
    { schema: { ...schema, body: scanBody, response: answers(200, ref('ScanResult')) }, onRequest },
    async (request) => await scan(request, request.body, undefined),
  );

  app.post<{ Body: ScansBody }>(
    '/door/scans',
    {
      schema: { ...schema, body: scansBody, response: answers(200, scansAnswer) },
      bodyLimit: 1024 * 1024,
      onRequest,
    },
    async (request) => {
      const { eventId, gate, scans } = request.body;
      const results = [];
      // In order: somebody may have gone in, out and in again while the scanner was offline. Sending it all again is harmless.
      for (const one of scans) results.push(await scan(request, { ...one, eventId, gate }, one.opened));
      return { results, conflicts: results.filter(({ conflict }) => conflict).length };
    },
  );
}
