import type { FastifyInstance } from 'fastify';
import type { Event__Output } from '#proto/gen/ticketbottle/event/v1/Event.ts';
import type { Clock } from '#runtime/clock.ts';
import { notFound } from '#runtime/errors.ts';
import { createReadCache } from '#runtime/read-cache.ts';
import { type Access, requireRole } from '../access.ts';
import { availabilityJson, eventJson } from '../api-json.ts';
import type { Clients } from '../clients.ts';
import { withEtag } from '../etag.ts';
import { reading, writing } from '../onward.ts';
import { cancelBody } from '../organiser-schemas.ts';
import type { RateLimits } from '../rate-limits.ts';
import { answers, cacheable, eventParams, page, ref } from '../schemas.ts';
import { SECURED } from './auth.ts';

interface EventDeps {
  readonly clients: Pick<Clients, 'events' | 'eventCommands' | 'inventory'>;
  readonly access: Access;
  readonly limits: RateLimits;
  readonly clock: Clock;
}

/** Drafts are nobody's business but the organiser's. */
const PUBLIC_STATES: ReadonlySet<string> = new Set(['EVENT_STATE_PUBLISHED', 'EVENT_STATE_CANCELLED']);
const CALL = { deadlineMs: 5_000, idempotent: true } as const;

/** What everybody may read. Thousands ask for the same event at the same moment, so it is read once per moment. */
export function eventRoutes(app: FastifyInstance, deps: EventDeps): void {
  const { access, limits, clock } = deps;
  const { events, eventCommands, inventory } = deps.clients;
  const tags = ['events'];
  const eventCache = createReadCache({
    read: async (eventId) => (await events.getEvent({ eventId }, CALL)).event ?? undefined,
    clock,
    maxAgeMs: 1_000,
    maxEntries: 1_000,
  });
  // Inventory's own snapshot is up to half a second old: together at most one second.
  const stockCache = createReadCache({
    read: (eventId) => inventory.getAvailability({ eventId }, CALL),
    clock,
    maxAgeMs: 450,
    maxEntries: 1_000,
  });

  async function publicEvent(id: string): Promise<Event__Output> {
    const event = await eventCache.get(id.toLowerCase());
    if (event === undefined || !PUBLIC_STATES.has(event.state)) {
      throw notFound('EVENT_NOT_FOUND', 'there is no such event');
    }
    return event;
  }

  app.get<{ Querystring: { pageSize?: number; pageToken?: string } }>(
    '/events',
    {
      schema: {
        tags,
        querystring: { type: 'object', properties: page },
        response: answers(200, {
          type: 'object',
          properties: { events: { type: 'array', items: ref('Event') }, nextPageToken: { type: 'string' } },
          required: ['events', 'nextPageToken'],
        }),
      },
    },
    async (request) => {
      const { pageSize = 20, pageToken = '' } = request.query;
      const listed = await events.listEvents(
        { pageSize, pageToken, state: 'EVENT_STATE_PUBLISHED', organiserId: '' },
        reading(request),
      );
      return { events: listed.events.map(eventJson), nextPageToken: listed.nextPageToken };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/events/:id',
    { schema: { tags, params: eventParams, response: cacheable(ref('Event')) }, onSend: withEtag },
    async (request, reply) => {
      reply.header('cache-control', 'public, max-age=1, stale-while-revalidate=5');
      return eventJson(await publicEvent(request.params.id));
    },
  );

  app.get<{ Params: { id: string } }>(
    '/events/:id/ticket-classes',
    { schema: { tags, params: eventParams, response: cacheable(ref('Availability')) }, onSend: withEtag },
    async (request, reply) => {
      const stock = await stockCache.get(request.params.id.toLowerCase());
      if (stock === undefined) throw notFound('EVENT_NOT_FOUND', 'there is no such event');
      reply.header('cache-control', 'public, max-age=1');
      return availabilityJson(stock);
    },
  );

  app.post<{ Params: { id: string }; Body: { reason?: string } | undefined }>(
    '/events/:id/cancel',
    {
      schema: {
        tags,
        security: SECURED,
        description:
          'For admins; organisers cancel through their sale. For good: nothing is sold any more, tickets stop being valid, and every buyer gets the money back',
        params: eventParams,
        body: { ...cancelBody, type: ['object', 'null'] },
        response: answers(200, ref('Event')),
      },
      onRequest: [access.signedIn, limits.perAccount, requireRole('admin')],
    },
    async (request) => {
      const { event } = await eventCommands.cancelEvent(
        { eventId: request.params.id, reason: request.body?.reason ?? '' },
        { ...writing(request), idempotent: true },
      );
      if (event === null) throw notFound('EVENT_NOT_FOUND', 'there is no such event');
      return eventJson(event);
    },
  );
}
