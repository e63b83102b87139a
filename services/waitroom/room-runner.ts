import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import type { Naps } from './naps.ts';
import type { RoomStore } from './room-store.ts';
import { numberOf, placeOf, type RoomSnapshot, roomState, tickIntervalMs } from './snapshot.ts';
import { type Tick, tickOf } from './tick.ts';

export interface RoomRunnerDeps {
  readonly store: RoomStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly replica: string;
  /** Up to `count` numbers that left before the draw. */
  readonly goneNumbers: (eventId: string, count: number) => Promise<readonly number[]>;
  /** Says a tick to everybody. */
  readonly publish: (tick: Tick) => Promise<void>;
  /** Told after every run; for the tick that answers carry, and for metrics. */
  readonly onSnapshot: (eventId: string, snapshot: RoomSnapshot) => void;
  readonly naps: Naps;
}

/** Between two runs in a room that people wait in to be let in. Other replicas' runs within half of it are enough. */
const RUN_MS = 100;
const IDLE_MS = 1_000;
/** Those who come to an open room at about the same time are let in together. */
const GATHER_MS = 20;
const SWEEP_CHUNK = 500;
const GONE_CHUNK = 500;
const IDLE_CHUNK = 500;
/** Between two looks for silent accounts: their timeout is minutes. */
const IDLE_EVERY_MS = 1_000;

/** Moves one room on until the signal aborts. Every replica does this for every room; the scripts make it one result. */
export async function runRoom(eventId: string, deps: RoomRunnerDeps, signal: AbortSignal): Promise<void> {
  const { clock, log, naps } = deps;
  let failures = 0;
  let minMs = RUN_MS / 2;
  let nextTickAt = 0;
  let said = '';
  let nextIdleAt = 0;
  while (!signal.aborted) {
    let waitMs: number;
    try {
      const snapshot = await deps.store.advance(eventId, minMs);
      const seenAt = clock.monotonic();
      deps.onSnapshot(eventId, snapshot);
      const state = roomState(snapshot);
      // Nobody is admitted until those who left before the draw have their places: that must not cost the opening a pause.
      if (await drawGone(eventId, snapshot, deps)) {
        minMs = 0;
        continue;
      }
      minMs = RUN_MS / 2;
      let more = await sweepLapsed(eventId, snapshot, deps);
      if ((snapshot.gate?.idleTimeoutMs ?? 0) > 0 && clock.monotonic() >= nextIdleAt) {
        const full = await expireIdle(eventId, snapshot, deps);
        if (full) more = true;
        else nextIdleAt = clock.monotonic() + IDLE_EVERY_MS;
      }
      if (state !== said || clock.monotonic() >= nextTickAt) {
        await sayTick(eventId, snapshot, deps);
        said = state;
        nextTickAt = clock.monotonic() + tickIntervalMs(snapshot.waiting);
      }
      failures = 0;
      if (more) waitMs = 0;
      else if (isQuiet(snapshot)) {
        const woken = await naps.take(eventId, Math.max(0, nextTickAt - clock.monotonic()), signal);
        if (woken) minMs = 0;
        waitMs = woken ? GATHER_MS : 0;
      } else waitMs = untilNextRun(snapshot, clock.monotonic() - seenAt);
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      // Redis away: the room stands still, nobody is admitted, and it goes on where it was.
      if (failures === 1 || failures % 60 === 0)
        log.error({ err: error, event_id: eventId }, 'the room cannot move on');
      waitMs = Math.min(2_000, 100 * 2 ** Math.min(failures, 5));
    }
    await clock.sleep(waitMs, signal).catch(() => {});
  }
}

/** Scripts do not have the permutation. True when some got their places, so that there may be more. */
async function drawGone(
  eventId: string,
  { draw, epoch, pendingGone }: RoomSnapshot,
  { store, goneNumbers }: RoomRunnerDeps,
) {
  if (draw === undefined || pendingGone === 0) return false;
  const numbers = await goneNumbers(eventId, GONE_CHUNK);
  const pairs = numbers.map((number) => ({ number, place: placeOf(number, draw) }));
  return (await store.drawGone(eventId, { epoch, draw }, pairs)) > 0;
}

/** Accounts whose claim window ended leave the queue. True when there is more at once. */
async function sweepLapsed(
  eventId: string,
  { draw, epoch, lapsedTo, sweptTo }: RoomSnapshot,
  { store }: RoomRunnerDeps,
) {
  if (draw === undefined || lapsedTo <= sweptTo) return false;
  const range = { from: sweptTo + 1, to: Math.min(lapsedTo, sweptTo + SWEEP_CHUNK) };
  const numbers = Array.from({ length: range.to - range.from + 1 }, (_, i) => numberOf(range.from + i, draw));
  await store.sweep(eventId, epoch, range, numbers);
  return range.to < lapsedTo;
}

/** Takes the places of accounts that fell silent. True when there may be more. */
async function expireIdle(eventId: string, { draw, epoch }: RoomSnapshot, { store }: RoomRunnerDeps) {
  const idlers = await store.idle(eventId, IDLE_CHUNK);
  if (idlers.length === 0) return false;
  const placed = idlers.map((idler) => ({ ...idler, place: draw === undefined ? 0 : placeOf(idler.number, draw) }));
  const expired = await store.expireIdle(eventId, { epoch, draw }, placed);
  return expired === IDLE_CHUNK;
}

async function sayTick(eventId: string, snapshot: RoomSnapshot, { store, publish, replica }: RoomRunnerDeps) {
  const turn = { intervalMs: tickIntervalMs(snapshot.waiting), state: roomState(snapshot), replica };
  const mine = await store.takeTick(eventId, turn);
  if (mine !== undefined) await publish(tickOf(eventId, mine));
}

/**
 * An open room where everybody who came has been let in: nothing happens before its next tick unless somebody joins. A platform
 * with hundreds of sales that trickle would spend most of its Redis on looks at them.
 */
function isQuiet({ gate, draw, nowMs, served, issued }: RoomSnapshot): boolean {
  return gate !== undefined && nowMs < gate.closesAtMs && draw !== undefined && served >= issued;
}

/** `spentMs`: what saying the tick took since the snapshot; the opening does not wait for it. */
function untilNextRun({ gate, draw, nowMs }: RoomSnapshot, spentMs: number): number {
  if (gate === undefined || nowMs >= gate.closesAtMs) return IDLE_MS;
  const usual = nowMs < gate.preQueueAtMs - IDLE_MS ? IDLE_MS : RUN_MS;
  const toOpening = gate.opensAtMs - nowMs;
  // The run right after the opening is the one that everybody waits for.
  return draw === undefined && toOpening > 0 ? Math.max(0, Math.min(usual, toOpening + 1 - spentMs)) : usual;
}
