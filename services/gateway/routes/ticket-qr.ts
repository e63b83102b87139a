import type { FastifyInstance } from 'fastify';
import QRCode from 'qrcode';
import { notFound } from '#runtime/errors.ts';
import { type Access, callerOf } from '../access.ts';
import type { Clients } from '../clients.ts';
import { reading } from '../onward.ts';
import type { RateLimits } from '../rate-limits.ts';
import { answers, object, orderParams } from '../schemas.ts';
import { SECURED } from './auth.ts';

interface QrDeps {
  readonly clients: Pick<Clients, 'orders'>;
  readonly access: Access;
  readonly limits: RateLimits;
}

type One = { Params: { id: string; ticketId: string } };
const params = object({ ...orderParams.properties, ticketId: orderParams.properties.id }, ['id', 'ticketId']);

/** A ticket's QR code as a picture, so that no page needs a library for it. */
export function ticketQrRoutes(app: FastifyInstance, { clients: { orders }, access, limits }: QrDeps): void {
  app.get<One>(
    '/orders/:id/tickets/:ticketId/qr.svg',
    {
      schema: {
        tags: ['orders'],
        security: SECURED,
        params,
        response: answers(200, { content: { 'image/svg+xml': { schema: { type: 'string' } } } }),
      },
      onRequest: [access.signedIn, limits.perAccount],
    },
    async (request, reply) => {
      const { userId } = callerOf(request);
      const { order } = await orders.getOrder({ orderId: request.params.id, userId }, reading(request));
      const ticket =
        order?.userId === userId && order.state === 'ORDER_STATE_PAID'
          ? order.tickets.find(({ id }) => id === request.params.ticketId)
          : undefined;
      if (ticket === undefined) throw notFound('TICKET_NOT_FOUND', 'there is no such ticket');
      const svg = await QRCode.toString(ticket.qrPayload, { type: 'svg', margin: 2, errorCorrectionLevel: 'M' });
      return reply.type('image/svg+xml').header('cache-control', 'private, no-store').send(svg);
    },
  );
}
