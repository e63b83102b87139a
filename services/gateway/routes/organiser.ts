import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Sale__Output } from '#proto/gen/ticketbottle/event/v1/Sale.ts';
import type { Clock } from '#runtime/clock.ts';
import { failedPrecondition, internal, notFound } from '#runtime/errors.ts';
import { newId } from '#runtime/ids.ts';
import type { Redis } from '#runtime/redis.ts';
import { type Access, callerOf, requireRole } from '../access.ts';
import type { Clients } from '../clients.ts';
import { oneBodyPerKey } from '../idempotency.ts';
import { idempotencyKey, reading, writing } from '../onward.ts';
import { orderRows } from '../orders-csv.ts';
import { cancelBody, extendBody, pauseBody, saleParams } from '../organiser-schemas.ts';
import type { RateLimits } from '../rate-limits.ts';
import { createSaleFigures } from '../sale-figures.ts';
import { historyJson, type SaleContentJson, saleContentWire, saleJson } from '../sale-json.ts';
import { answers, idempotencyHeader, ref } from '../schemas.ts';
import { SECURED } from './auth.ts';

interface OrganiserDeps {
  readonly clients: Pick<Clients, 'sales' | 'inventory' | 'waitroom' | 'orders'>;
  readonly access: Access;
  readonly limits: RateLimits;
  readonly redis: Redis;
  readonly clock: Clock;
}

type ByName = { Params: { name: string } };
const FIGURES_EVERY_MS = 2_000;
const HEARTBEAT_MS = 20_000;

/** On-sales of the caller. Those of others do not exist: 404, never 403. */
export function organiserRoutes(app: FastifyInstance, deps: OrganiserDeps): void {
  const { access, limits, clock } = deps;
  const { sales, orders } = deps.clients;
  const onRequest = [access.signedIn, limits.perAccount, requireRole('organiser', 'admin')];
  const schema = { tags: ['organisers'], security: SECURED };
  const byName = { ...schema, params: saleParams };
  const figures = createSaleFigures(deps);

  /** The event service looks at the owner; the second look guards against its bugs. */
  function own(sale: Sale__Output | null, organiserId: string): Sale__Output {
    if (sale === null) throw internal('INTERNAL', 'a service answered without its sale');
    if (sale.organiserId !== organiserId) throw notFound('SALE_NOT_FOUND', 'there is no such sale');
    return sale;
  }

  app.post<{ Body: SaleContentJson }>(
    '/organiser/sales',
    {
      schema: { ...schema, headers: idempotencyHeader, body: ref('SaleContent'), response: answers(201, ref('Sale')) },
      onRequest,
      preHandler: oneBodyPerKey(deps.redis),
    },
    async (request, reply) => {
      const organiserId = callerOf(request).userId;
      const requestId = idempotencyKey(request) || newId();
      const content = saleContentWire(request.body);
      const { sale } = await sales.scheduleSale({ requestId, organiserId, content }, writing(request, 10_000));
      reply.code(201);
      return saleJson(own(sale, organiserId));
    },
  );

  app.get(
    '/organiser/sales',
    {
      schema: {
        ...schema,
        response: answers(200, {
          type: 'object',
          properties: { sales: { type: 'array', items: ref('Sale') } },
          required: ['sales'],
        }),
      },
      onRequest,
    },
    async (request) => {
      const organiserId = callerOf(request).userId;
      const listed = await sales.listSales({ organiserId }, reading(request, 10_000));
      return { sales: listed.sales.filter((sale) => sale.organiserId === organiserId).map(saleJson) };
    },
  );

  app.get<ByName>(
    '/organiser/sales/:name',
    { schema: { ...byName, response: answers(200, ref('Sale')) }, onRequest },
    async (request, reply) => {
      const organiserId = callerOf(request).userId;
      const { sale } = await sales.getSale({ organiserId, name: request.params.name }, reading(request));
      const answer = saleJson(own(sale, organiserId));
      reply.header('etag', `"${answer.etag}"`).header('cache-control', 'private, no-cache');
      return answer;
    },
  );

  app.put<ByName & { Body: SaleContentJson }>(
    '/organiser/sales/:name',
    {
      schema: {
        ...byName,
        headers: { type: 'object', properties: { 'if-match': { type: 'string', maxLength: 200 } } },
        body: ref('SaleContent'),
        response: answers(200, ref('Sale')),
      },
      onRequest,
    },
    async (request, reply) => {
      const organiserId = callerOf(request).userId;
      const etag = (request.headers['if-match'] ?? '').replace(/^W\//, '').replaceAll('"', '');
      const content = saleContentWire(request.body);
      const wanted = { organiserId, name: request.params.name, content, etag: etag === '*' ? '' : etag };
      const { sale } = await sales.updateSale(wanted, writing(request, 10_000));
      const answer = saleJson(own(sale, organiserId));
      reply.header('etag', `"${answer.etag}"`);
      return answer;
    },
  );

  const command = { schema: { ...byName, response: answers(200, ref('Sale')) }, onRequest };

  app.post<ByName & { Body: { message?: string } | undefined }>(
    '/organiser/sales/:name/pause',
    {
      ...command,
      schema: { ...command.schema, body: { ...pauseBody, type: ['object', 'null'] } },
    },
    async (request) => {
      const who = { organiserId: callerOf(request).userId, name: request.params.name };
      const { sale } = await sales.pauseSale(
        { ...who, message: request.body?.message ?? '' },
        writing(request, 10_000),
      );
      return saleJson(own(sale, who.organiserId));
    },
  );

  for (const [verb, method] of [
    ['resume', 'resumeSale'],
    ['close', 'closeSale'],
  ] as const) {
    app.post<ByName>(`/organiser/sales/:name/${verb}`, command, async (request) => {
      const who = { organiserId: callerOf(request).userId, name: request.params.name };
      const { sale } = await sales[method](who, writing(request, 10_000));
      return saleJson(own(sale, who.organiserId));
    });
  }

  app.post<ByName & { Body: { reason?: string } | undefined }>(
    '/organiser/sales/:name/cancel-event',
    {
      ...command,
      schema: {
        ...command.schema,
        description:
          'For good: nothing is sold any more, tickets stop being valid, and every buyer gets the money back',
        body: { ...cancelBody, type: ['object', 'null'] },
      },
    },
    async (request) => {
      const who = { organiserId: callerOf(request).userId, name: request.params.name };
      const { sale } = await sales.cancelSaleEvent(
        { ...who, reason: request.body?.reason ?? '' },
        writing(request, 10_000),
      );
      return saleJson(own(sale, who.organiserId));
    },
  );

  app.post<ByName & { Body: { closeTime: string } }>(
    '/organiser/sales/:name/extend',
    { ...command, schema: { ...command.schema, body: extendBody } },
    async (request) => {
      const who = { organiserId: callerOf(request).userId, name: request.params.name };
      // As a write: a request that had a body counts as gone once the body is read.
      const before = own((await sales.getSale(who, writing(request))).sale, who.organiserId);
      const { content, etag } = before;
      if (content === null) throw internal('INTERNAL', 'a service answered without the content of its sale');
      const changed = saleContentWire({ ...saleJson(before).content, closeTime: request.body.closeTime });
      // The etag: an edit that somebody makes meanwhile is not undone.
      const { sale } = await sales.updateSale({ ...who, content: changed, etag }, writing(request, 10_000));
      return saleJson(own(sale, who.organiserId));
    },
  );

  app.get<ByName>(
    '/organiser/sales/:name/figures',
    { schema: { ...byName, response: answers(200, ref('Figures')) }, onRequest },
    async (request, reply) => {
      reply.header('cache-control', 'private, no-store');
      return await figures.get(callerOf(request).userId, request.params.name);
    },
  );

  app.get<ByName>(
    '/organiser/sales/:name/figures/history',
    { schema: { ...byName, response: answers(200, ref('SaleHistory')) }, onRequest },
    async (request, reply) => {
      const organiserId = callerOf(request).userId;
      reply.header('cache-control', 'private, no-store');
      const which = { organiserId, name: request.params.name };
      own((await sales.getSale(which, reading(request))).sale, organiserId);
      return historyJson(await sales.getSaleHistory(which, reading(request)));
    },
  );

  app.get<ByName & { Querystring: { access_token?: string } }>(
    '/organiser/sales/:name/figures/stream',
    {
      exposeHeadRoute: false,
      schema: {
        ...byName,
        description: 'Server-sent events: `figures` each two seconds while they change. Reconnect as `retry` says.',
        querystring: {
          type: 'object',
          properties: { access_token: { type: 'string', description: 'For EventSource, which cannot set a header' } },
        },
        response: answers(200, { content: { 'text/event-stream': { schema: { type: 'string' } } } }),
      },
      onRequest: [access.signedInOrQuery, limits.perAccount, requireRole('organiser', 'admin')],
    },
    async (request, reply) => {
      const { userId } = callerOf(request);
      const first = await figures.get(userId, request.params.name);
      reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no');
      return reply.send(
        Readable.from(events(first, userId, request.params.name, request.signal), { objectMode: false }),
      );
    },
  );

  /** Ends when the reader goes, after an hour (who still watches comes back), or with the sale. */
  async function* events(first: object, userId: string, name: string, signal: AbortSignal) {
    yield 'retry: 3000\n\n';
    let last = '';
    let saidAt = clock.monotonic();
    const endAt = clock.monotonic() + 60 * 60_000;
    for (let now: object | undefined = first; clock.monotonic() < endAt && !signal.aborted; ) {
      const { readTime: _time, ...content } = { readTime: '', ...now };
      const text = JSON.stringify(content);
      if (now !== undefined && text !== last) {
        last = text;
        saidAt = clock.monotonic();
        yield `event: figures\ndata: ${JSON.stringify(now)}\n\n`;
      } else if (clock.monotonic() - saidAt >= HEARTBEAT_MS) {
        saidAt = clock.monotonic();
        yield ': hb\n\n';
      }
      await clock.sleep(FIGURES_EVERY_MS, signal).catch(() => {});
      // A service that is away for a moment does not end the stream.
      now = await figures.get(userId, name).catch(() => undefined);
      if (now === undefined) now = JSON.parse(last) as object;
    }
  }

  app.get<ByName>(
    '/organiser/sales/:name/orders.csv',
    {
      exposeHeadRoute: false,
      schema: { ...byName, response: answers(200, { content: { 'text/csv': { schema: { type: 'string' } } } }) },
      onRequest,
    },
    async (request, reply) => {
      const organiserId = callerOf(request).userId;
      const { name } = request.params;
      const { eventId } = own((await sales.getSale({ organiserId, name }, reading(request))).sale, organiserId);
      if (eventId === '')
        throw failedPrecondition('SALE_NOT_PREPARED', 'nothing was sold yet: the sale is not prepared');
      const rows = orderRows(async (pageToken) => {
        const query = { userId: '', eventId, pageSize: 100, pageToken, state: 'ORDER_STATE_UNSPECIFIED' as const };
        return await orders.listOrders(query, { ...reading(request, 10_000), idempotent: true });
      });
      // The first page is read before the head is sent, so that a failure is still an answer and not half a file.
      const head = await rows.next();
      const rest = async function* () {
        if (!head.done) yield head.value;
        yield* rows;
      };
      reply.type('text/csv; charset=utf-8').header('cache-control', 'private, no-store');
      reply.header('content-disposition', `attachment; filename="orders-${name}.csv"`);
      return reply.send(Readable.from(rest(), { objectMode: false }));
    },
  );
}
