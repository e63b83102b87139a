import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { decodeJwt } from 'jose';
import type { Order__Output } from '#proto/gen/ticketbottle/order/v1/Order.ts';
import type { Clock } from '#runtime/clock.ts';
import { invalidArgument, notFound, permissionDenied } from '#runtime/errors.ts';
import { createReadCache } from '#runtime/read-cache.ts';
import type { Redis } from '#runtime/redis.ts';
import { type Access, callerOf, requireRole } from '../access.ts';
import { orderJson } from '../api-json.ts';
import type { Clients } from '../clients.ts';
import { oneBodyPerKey } from '../idempotency.ts';
import { idempotencyKey, reading, writing } from '../onward.ts';
import type { PaymentProvider } from '../payment-providers.ts';
import type { RateLimits } from '../rate-limits.ts';
import { answers, idempotencyHeader, orderBody, orderParams, page, ref, refundBody } from '../schemas.ts';
import type { ReadTicketFile } from '../ticket-files.ts';
import { SECURED } from './auth.ts';

interface OrderDeps {
  readonly clients: Pick<Clients, 'orders' | 'users'>;
  readonly access: Access;
  readonly limits: RateLimits;
  readonly clock: Clock;
  readonly redis: Redis;
  /** Undefined when no bucket is configured. */
  readonly readTicketFile: ReadTicketFile | undefined;
}

interface OrderBody {
  readonly eventId: string;
  readonly lines: { readonly ticketClassId: string; readonly quantity: number }[];
  readonly provider: PaymentProvider | 'rehearsal';
  readonly admissionToken: string;
  readonly fullName?: string;
  readonly returnUrl?: string;
  readonly language?: string;
}

type ById = { Params: { id: string } };
const PROVIDER = {
  zalopay: 'PROVIDER_ZALOPAY',
  payos: 'PROVIDER_PAYOS',
  vnpay: 'PROVIDER_VNPAY',
  rehearsal: 'PROVIDER_REHEARSAL',
} as const;
/** The answer comes when the payment link exists, which includes a call to the provider. */
const ORDER_DEADLINE_MS = 25_000;

/** Orders of the caller, but for what admins do. Those of others do not exist: 404, never 403. */
export function orderRoutes(app: FastifyInstance, deps: OrderDeps): void {
  const { access, limits, readTicketFile } = deps;
  const { orders, users } = deps.clients;
  const tags = ['orders'];
  const onRequest = [access.signedIn, limits.perAccount];
  const accounts = createReadCache({
    read: async (id) => (await users.getUser({ id }, { deadlineMs: 5_000, idempotent: true })).user ?? undefined,
    clock: deps.clock,
    maxAgeMs: 60_000,
    maxEntries: 10_000,
  });

  /** The order service is asked for the caller's order only; the second look costs nothing and guards against its bugs. */
  function own(order: Order__Output | null, userId: string): Order__Output {
    if (order === null || order.userId !== userId) throw notFound('ORDER_NOT_FOUND', 'there is no such order');
    return order;
  }

  app.post<{ Body: OrderBody }>(
    '/orders',
    {
      schema: {
        tags,
        security: SECURED,
        headers: idempotencyHeader,
        body: orderBody,
        response: answers(201, ref('Order')),
      },
      onRequest,
      // A buyer who comes again with the same key may have claimed a fresh admission meanwhile.
      preHandler: oneBodyPerKey(deps.redis, ['admissionToken']),
    },
    async (request, reply) => {
      const { userId } = callerOf(request);
      const { body } = request;
      // An early word only; the order service verifies the token and decides.
      if (body.provider === 'rehearsal' && !isRehearsal(body.admissionToken)) {
        throw permissionDenied('REHEARSAL_ONLY', 'this provider is for rehearsals');
      }
      const account = await accounts.get(userId);
      if (account === undefined) throw notFound('USER_NOT_FOUND', 'this account is gone');
      const created = await orders.createOrder(
        {
          // Without a key of the caller's, the admission is the key: it buys one order.
          idempotencyKey: idempotencyKey(request) || createHash('sha256').update(body.admissionToken).digest('hex'),
          eventId: body.eventId,
          userId,
          email: account.email,
          fullName: body.fullName ?? account.fullName,
          lines: body.lines,
          provider: PROVIDER[body.provider],
          admissionToken: body.admissionToken,
          returnUrl: body.returnUrl ?? '',
          language: body.language ?? 'vi',
        },
        { ...writing(request, ORDER_DEADLINE_MS), idempotent: true },
      );
      reply.code(201);
      return orderJson(own(created.order, userId));
    },
  );

  app.get<{ Querystring: { eventId?: string; pageSize?: number; pageToken?: string } }>(
    '/orders',
    {
      schema: {
        tags,
        security: SECURED,
        querystring: { type: 'object', properties: { ...page, eventId: orderParams.properties.id } },
        response: answers(200, {
          type: 'object',
          properties: { orders: { type: 'array', items: ref('Order') }, nextPageToken: { type: 'string' } },
          required: ['orders', 'nextPageToken'],
        }),
      },
      onRequest,
    },
    async (request) => {
      const { userId } = callerOf(request);
      const { eventId = '', pageSize = 20, pageToken = '' } = request.query;
      const listed = await orders.listOrders(
        { userId, eventId, pageSize, pageToken, state: 'ORDER_STATE_UNSPECIFIED' },
        reading(request),
      );
      const mine = listed.orders.filter((order) => order.userId === userId);
      return { orders: mine.map(orderJson), nextPageToken: listed.nextPageToken };
    },
  );

  app.get<ById>(
    '/orders/:id',
    { schema: { tags, security: SECURED, params: orderParams, response: answers(200, ref('Order')) }, onRequest },
    async (request) => {
      const { userId } = callerOf(request);
      const { order } = await orders.getOrder({ orderId: request.params.id, userId }, reading(request));
      return orderJson(own(order, userId));
    },
  );

  app.post<ById>(
    '/orders/:id/cancel',
    { schema: { tags, security: SECURED, params: orderParams, response: answers(200, ref('Order')) }, onRequest },
    async (request) => {
      const { userId } = callerOf(request);
      const { order } = await orders.cancelOrder(
        { orderId: request.params.id, userId, undoRehearsal: false, reason: 'cancelled by the buyer' },
        { ...writing(request, 15_000), idempotent: true },
      );
      return orderJson(own(order, userId));
    },
  );

  app.post<ById & { Body: { reason?: string } | undefined }>(
    '/orders/:id/refund',
    {
      schema: {
        tags,
        security: SECURED,
        description:
          'For admins: tickets of this paid order stop being valid, go back on sale, and the buyer gets the money back and a mail once it is there',
        params: orderParams,
        body: refundBody,
        response: answers(200, ref('Order')),
      },
      onRequest: [...onRequest, requireRole('admin')],
    },
    async (request) => {
      const { order } = await orders.refundOrder(
        { orderId: request.params.id, reason: request.body?.reason ?? '' },
        { ...writing(request, 15_000), idempotent: true },
      );
      if (order === null) throw notFound('ORDER_NOT_FOUND', 'there is no such order');
      return orderJson(order);
    },
  );

  app.get<ById>(
    '/orders/:id/tickets.pdf',
    {
      schema: {
        tags,
        security: SECURED,
        params: orderParams,
        response: answers(200, { content: { 'application/pdf': { schema: { type: 'string', format: 'binary' } } } }),
      },
      onRequest,
    },
    async (request, reply) => {
      const { userId } = callerOf(request);
      const { order } = await orders.getOrder({ orderId: request.params.id, userId }, reading(request));
      const { id, code, state } = own(order, userId);
      if (state === 'ORDER_STATE_REFUNDING' || state === 'ORDER_STATE_REFUNDED')
        throw notFound('TICKET_NOT_FOUND', 'this order was refunded; its tickets are not valid');
      const file = await readTicketFile?.(id, request.signal);
      if (file === undefined) {
        reply.header('retry-after', '3');
        throw notFound('TICKETS_NOT_READY', 'the tickets are not printed yet');
      }
      reply.type('application/pdf');
      reply.header('content-disposition', `inline; filename="tickets-${code.replace(/[^\w-]/g, '')}.pdf"`);
      reply.header('cache-control', 'private, no-store');
      if (file.bytes !== undefined) reply.header('content-length', file.bytes);
      return reply.send(file.body);
    },
  );
}

function isRehearsal(token: string): boolean {
  try {
    return decodeJwt(token)['rehearsal'] === true;
  } catch (cause) {
    throw invalidArgument('INVALID_REQUEST', 'admissionToken is not a token', { cause });
  }
}
