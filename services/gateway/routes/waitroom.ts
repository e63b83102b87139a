import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '#runtime/clock.ts';
import { notFound, ServiceError } from '#runtime/errors.ts';
import { int64ToNumber } from '#runtime/int64.ts';
import { createReadCache } from '#runtime/read-cache.ts';
import { type Access, callerOf, requireRole } from '../access.ts';
import { admissionJson, tickJson, timeJson } from '../api-json.ts';
import type { Clients } from '../clients.ts';
import { withEtag } from '../etag.ts';
import { reading, writing } from '../onward.ts';
import { type RateLimits, UNLIMITED } from '../rate-limits.ts';
import { answers, cacheable, eventParams, page, ref } from '../schemas.ts';
import { heardTick, type TickStreams, VOID_STREAM } from '../tick-streams.ts';
import { SECURED } from './auth.ts';

interface WaitroomDeps {
  readonly clients: Pick<Clients, 'waitroom' | 'sales'>;
  readonly access: Access;
  readonly limits: RateLimits;
  readonly streams: TickStreams;
  readonly clock: Clock;
}

type ById = { Params: { id: string } };

/** The way through the waiting room: join, listen, claim. */
export function waitroomRoutes(app: FastifyInstance, deps: WaitroomDeps): void {
  const { access, limits, streams, clock } = deps;
  const { waitroom } = deps.clients;
  const tags = ['waiting room'];
  const secured = { tags, security: SECURED, params: eventParams };
  const signedIn = [access.signedIn, limits.perAccount];
  const ticks = createReadCache({
    read: async (eventId) => {
      const { tick } = await waitroom.getTick({ eventId }, { deadlineMs: 3_000, idempotent: true });
      return tick ? tickJson(tick) : undefined;
    },
    clock,
    maxAgeMs: 250,
    maxEntries: 1_000,
  });
  /** Organisers see the audit of their own sales, administrators of all. */
  async function mayAudit(request: FastifyRequest, eventId: string): Promise<void> {
    const { userId, roles } = callerOf(request);
    if (roles.includes('admin')) return;
    const { sales } = await deps.clients.sales.listSales({ organiserId: userId }, reading(request));
    if (!sales.some((sale) => sale.organiserId === userId && sale.eventId === eventId)) {
      throw notFound('EVENT_NOT_FOUND', 'there is no such event of yours');
    }
  }

  app.post<ById>(
    '/events/:id/waitroom/join',
    { schema: { ...secured, response: answers(200, ref('Joined')) }, onRequest: signedIn },
    async (request) => {
      const joined = await waitroom.join(
        { eventId: request.params.id, userId: callerOf(request).userId },
        { ...writing(request), idempotent: true },
      );
      const place = int64ToNumber(joined.place, 'place');
      return {
        sessionId: joined.sessionId,
        number: int64ToNumber(joined.number, 'number'),
        ...(place > 0 ? { place } : {}),
        epoch: int64ToNumber(joined.epoch, 'epoch'),
        tick: joined.tick ? tickJson(joined.tick) : undefined,
      };
    },
  );

  app.get<ById>(
    '/events/:id/waitroom/tick',
    {
      schema: { tags, params: eventParams, response: cacheable(ref('Tick')) },
      config: UNLIMITED,
      onSend: withEtag,
    },
    async (request, reply) => {
      // The same for everybody, so a CDN may answer a million buyers with one request a second.
      reply.header('cache-control', 'public, max-age=1, s-maxage=1, stale-while-revalidate=2, stale-if-error=5');
      const heard = streams.latest(request.params.id, 1_200);
      if (heard) return heard;
      limits.countIp(request, reply);
      return await ticks.get(request.params.id);
    },
  );

  app.get<ById & { Querystring: { access_token?: string; lastEventId?: string } }>(
    '/events/:id/waitroom/stream',
    {
      exposeHeadRoute: false,
      schema: {
        ...secured,
        description:
          'Server-sent events: `place` {number, place?, epoch}, `tick` (its id is `<epoch>-<seq>`) and `void` when the number is lost: join again. Reconnect as `retry` says, with `Last-Event-ID`.',
        headers: { type: 'object', properties: { 'last-event-id': { type: 'string', maxLength: 200 } } },
        querystring: {
          type: 'object',
          properties: {
            access_token: { type: 'string', description: 'For EventSource, which cannot set a header' },
            lastEventId: {
              type: 'string',
              maxLength: 200,
              description: 'For a new EventSource, in place of the header',
            },
          },
        },
        response: answers(200, { content: { 'text/event-stream': { schema: { type: 'string' } } } }),
      },
      onRequest: [access.signedInOrQuery, limits.perAccount],
    },
    async (request, reply) => {
      const eventId = request.params.id;
      const { userId } = callerOf(request);
      streams.admit(userId, eventId);
      const heard = heardTick(request.headers['last-event-id']?.toString() ?? request.query.lastEventId);
      const standing = await waitroom.getPlace({ eventId, userId }, reading(request)).catch((error: unknown) => {
        if (heard !== undefined && error instanceof ServiceError && error.reason === 'NOT_JOINED') return undefined;
        throw error;
      });
      if (standing === undefined) {
        reply.type('text/event-stream; charset=utf-8').header('cache-control', 'no-store');
        return reply.send(VOID_STREAM);
      }
      const tick = standing.tick ? tickJson(standing.tick) : undefined;
      const response = reply.raw;
      reply.hijack();
      if (response.destroyed) return;
      // Without chunks one tick is one write of one shared buffer, half the work per buyer; the end of the connection ends
      // the stream, which is how streams end anyway.
      response.useChunkedEncodingByDefault = false;
      response.writeHead(200, {
        connection: 'close',
        ...headersOf(reply.getHeaders()),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // Proxies of the nginx family would hold events back otherwise.
        'x-accel-buffering': 'no',
      });
      const number = int64ToNumber(standing.number, 'number');
      streams.add({ eventId, userId, number, epoch: tick?.epoch ?? 0, heard }, response, tick);
    },
  );

  app.post<ById>(
    '/events/:id/waitroom/claim',
    { schema: { ...secured, response: answers(200, ref('Claimed')) }, onRequest: signedIn },
    async (request) => {
      const claimed = await waitroom.claim(
        { eventId: request.params.id, userId: callerOf(request).userId },
        { ...writing(request), idempotent: true },
      );
      return {
        admissionToken: claimed.admissionToken,
        expireTime: timeJson(claimed.expireTime),
        place: int64ToNumber(claimed.place, 'place'),
      };
    },
  );

  app.post<ById>(
    '/events/:id/waitroom/leave',
    { schema: { ...secured, response: answers(204, null) }, onRequest: signedIn },
    async (request, reply) => {
      await waitroom.leave(
        { eventId: request.params.id, userId: callerOf(request).userId },
        { ...writing(request), idempotent: true },
      );
      return reply.code(204).send();
    },
  );

  app.get<ById & { Querystring: { pageSize?: number; pageToken?: string } }>(
    '/events/:id/admissions',
    {
      schema: {
        ...secured,
        querystring: { type: 'object', properties: page },
        response: answers(200, ref('Admissions')),
      },
      onRequest: [...signedIn, requireRole('organiser', 'admin')],
    },
    async (request) => {
      const { pageSize = 100, pageToken = '' } = request.query;
      await mayAudit(request, request.params.id.toLowerCase());
      const listed = await waitroom.listAdmissions(
        { eventId: request.params.id, pageSize, pageToken },
        reading(request, 10_000),
      );
      return { admissions: listed.admissions.map(admissionJson), nextPageToken: listed.nextPageToken };
    },
  );
}

/** What hooks have set so far (CORS, security, request id), in the form that Node takes. */
function headersOf(headers: Record<string, number | string | string[] | undefined>) {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
    string,
    number | string | string[]
  >;
}
