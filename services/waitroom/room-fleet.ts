import { redisKey } from '#proto/names.ts';
import { type RoomRunnerDeps, runRoom } from './room-runner.ts';

export interface RoomFleetDeps extends RoomRunnerDeps {
  /** Members of a SET. */
  readonly members: (key: string) => Promise<readonly string[]>;
  /** Told when a room has no gate any more. */
  readonly onGone: (eventId: string) => void;
}

const DISCOVER_MS = 1_000;

/** One runner per room that has a gate. Rooms come and go with the SET that the operator keeps. */
export async function runFleet(deps: RoomFleetDeps, signal: AbortSignal): Promise<void> {
  const running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();
  let failing = false;
  while (!signal.aborted) {
    try {
      const wanted = new Set(await deps.members(redisKey.rooms()));
      for (const eventId of wanted) {
        if (running.has(eventId)) continue;
        const stop = new AbortController();
        running.set(eventId, { stop, done: runRoom(eventId, deps, AbortSignal.any([signal, stop.signal])) });
        deps.log.info({ event_id: eventId }, 'room taken up');
      }
      for (const [eventId, { stop, done }] of running) {
        if (wanted.has(eventId)) continue;
        stop.abort();
        running.delete(eventId);
        deps.naps.forget(eventId);
        void done.then(() => deps.onGone(eventId));
        deps.log.info({ event_id: eventId }, 'room let go');
      }
      failing = false;
    } catch (error) {
      if (!failing) deps.log.error({ err: error }, 'the list of rooms cannot be read');
      failing = true;
    }
    await deps.clock.sleep(DISCOVER_MS, signal).catch(() => {});
  }
  await Promise.all([...running.values()].map(({ done }) => done));
}
