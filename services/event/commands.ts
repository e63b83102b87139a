import type { Event as WireEvent } from '#proto/gen/ticketbottle/event/v1/Event.ts';
import type { EventCommandServiceHandlers } from '#proto/gen/ticketbottle/event/v1/EventCommandService.ts';
import { failedPrecondition, notFound } from '#runtime/errors.ts';
import type { ImplementationOf } from '#runtime/grpc-types.ts';
import { type Pool, withTransaction } from '#runtime/pg.ts';
import { type Command, sameContent, stateAfter, stateAfterUpsert } from './event.ts';
import { contentOf, eventIdOf, wireEvent } from './event-wire.ts';
import { findEvent, lockEvent, setState, writeEvent } from './sql/events.ts';

export interface CommandDeps {
  readonly pool: Pool;
  /** Told the id after the commit. */
  readonly onChange: (eventId: string) => void;
}

/** For good. The order service sees it and gives every order its money back. */
export const cancelEvent = (deps: CommandDeps, eventId: string, reason: string) =>
  command(deps, eventIdOf(eventId), 'cancel', reason.slice(0, 1000));

async function command(
  { pool, onChange }: CommandDeps,
  id: string,
  name: Command,
  reason?: string,
): Promise<{ event: WireEvent }> {
  const event = await withTransaction(pool, async (tx) => {
    const before = await lockEvent(tx, id);
    if (before === undefined) throw notFound('EVENT_NOT_FOUND', 'there is no such event');
    const next = stateAfter(name, before.state);
    if (next === 'REFUSED') {
      throw failedPrecondition('WRONG_STATE', `an event that is ${before.state} cannot be told to ${name}`, {
        details: { state: before.state },
      });
    }
    if (next === before.state) return before;
    await setState(tx, id, next, reason);
    return { ...before, ...(await findEvent(tx, id)) };
  });
  onChange(id);
  return { event: wireEvent(event) };
}

/** What changes an event. */
export function eventCommands(deps: CommandDeps): ImplementationOf<EventCommandServiceHandlers> {
  const { pool, onChange } = deps;

  return {
    async upsertEvent(request) {
      const content = contentOf(request.event);
      const event = await withTransaction(pool, async (tx) => {
        const before = await lockEvent(tx, content.id);
        const state = stateAfterUpsert(before?.state, content);
        if (state === 'REFUSED') {
          throw failedPrecondition(
            'WRONG_STATE',
            before?.state === 'CANCELLED'
              ? 'a cancelled event does not change any more'
              : 'an approved event keeps venue, start, sale window and ticket types',
            { details: { state: before?.state } },
          );
        }
        if (before && before.state === state && sameContent(before, content)) return before;
        await writeEvent(tx, content, state);
        const written = await findEvent(tx, content.id);
        if (written === undefined) throw new Error(`event ${content.id} is not there right after it was written`);
        return written;
      });
      onChange(content.id);
      return { event: wireEvent(event) };
    },
    approveEvent: (request) => command(deps, eventIdOf(request.eventId), 'approve'),
    publishEvent: (request) => command(deps, eventIdOf(request.eventId), 'publish'),
    cancelEvent: (request) => cancelEvent(deps, request.eventId, request.reason),
  };
}
