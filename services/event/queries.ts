import type { EventQueryServiceHandlers } from '#proto/gen/ticketbottle/event/v1/EventQueryService.ts';
import { invalidArgument, notFound } from '#runtime/errors.ts';
import type { ImplementationOf } from '#runtime/grpc-types.ts';
import { isUuid } from '#runtime/ids.ts';
import type { Pool } from '#runtime/pg.ts';
import { fromTimestamp } from '#runtime/timestamp.ts';
import { STATES, type StoredEvent } from './event.ts';
import { eventIdOf, wireEvent } from './event-wire.ts';
import { type Cursor, listEvents } from './sql/events.ts';

/** What reads events; `get` may answer from memory. */
export function eventQueries(deps: {
  readonly pool: Pool;
  readonly get: (eventId: string) => Promise<StoredEvent | undefined>;
}): ImplementationOf<EventQueryServiceHandlers> {
  return {
    async getEvent(request) {
      const event = await deps.get(eventIdOf(request.eventId));
      if (event === undefined) throw notFound('EVENT_NOT_FOUND', 'there is no such event');
      return { event: wireEvent(event) };
    },
    async listEvents(request) {
      const size = Math.min(100, request.pageSize > 0 ? request.pageSize : 20);
      const found = await listEvents(deps.pool, {
        state: STATES.find((state) => `EVENT_STATE_${state}` === request.state),
        organiserId: request.organiserId || undefined,
        updatedAfterMs: fromTimestamp(request.updatedAfter, 'updated_after'),
        after: request.pageToken === '' ? undefined : cursorOf(request.pageToken),
        limit: size + 1,
      });
      const page = found.slice(0, size);
      const last = found.length > size ? page.at(-1) : undefined;
      return { events: page.map(({ event }) => wireEvent(event)), nextPageToken: last ? tokenOf(last.cursor) : '' };
    },
  };
}

function tokenOf({ createMicros, id }: Cursor): string {
  return Buffer.from(`${createMicros}/${id}`).toString('base64url');
}

function cursorOf(token: string): Cursor {
  const [createMicros = '', id = ''] = Buffer.from(token, 'base64url').toString().split('/');
  if (!/^\d{1,18}$/.test(createMicros) || !isUuid(id)) {
    throw invalidArgument('INVALID_PAGE_TOKEN', 'page_token is not one that this service gave');
  }
  return { createMicros, id };
}
