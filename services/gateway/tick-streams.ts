import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '#runtime/clock.ts';
import { resourceExhausted, unavailable } from '#runtime/errors.ts';
import type { Logger } from '#runtime/log.ts';
import { type TickJson, tickJson } from './api-json.ts';
import type { WaitroomClient } from './clients.ts';
import { placeIn } from './place.ts';
import { noStreamLeft } from './stream-share.ts';

export interface TickStreamsDeps {
  readonly waitroom: Pick<WaitroomClient, 'watch' | 'heartbeat'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly maxStreams: number;
  readonly random?: () => number;
  /** Told of each tick once every listener was served: seconds since the room was read. */
  readonly onSent?: (seconds: number) => void;
}

/** One buyer's open response. The head is written already. */
export interface StreamSeat {
  readonly eventId: string;
  readonly userId: string;
  readonly number: number;
  readonly epoch: number;
  /** What the reader heard last, when it comes back after a break. */
  readonly heard?: HeardTick | undefined;
}

export interface HeardTick {
  readonly epoch: number;
  readonly seq: number;
}

/** `Last-Event-ID` of a reader that comes back; undefined when it is new, or the id is none of ours. */
export function heardTick(lastEventId: string | undefined): HeardTick | undefined {
  const found = /^(\d{1,16})-(\d{1,16})$/.exec(lastEventId ?? '');
  return found === null ? undefined : { epoch: Number(found[1]), seq: Number(found[2]) };
}

interface Listener extends StreamSeat {
  readonly response: ServerResponse;
  place: number | undefined;
}

interface Room {
  readonly listeners: Set<Listener>;
  readonly stop: AbortController;
  last: TickJson | undefined;
  lastAt: number;
  /** A round over all listeners is under way; a tick that comes meanwhile is sent in the next round. */
  sending: boolean;
}

/** Listeners served before the event loop gets a turn: about a millisecond of work. */
const CHUNK = 250;
/** A reader this far behind is cut off; it comes back with the newest tick. */
const MAX_BUFFERED_BYTES = 256 * 1024;
const MAX_STREAMS_PER_ACCOUNT = 8;
/** How long the room is followed after its last listener left. */
const LINGER_MS = 10_000;
const HEARTBEAT_MS = 20_000;
const BEAT = Buffer.from(': hb\n\n');

/**
 * Server-sent events to thousands of buyers from one upstream watch per event. A tick is written to text once for
 * everybody; places are computed here from the revealed seed.
 */
export class TickStreams {
  readonly #deps: TickStreamsDeps;
  readonly #rooms = new Map<string, Room>();
  readonly #perAccount = new Map<string, number>();
  readonly #following = new Set<Promise<void>>();
  #count = 0;
  #closed = false;

  constructor(deps: TickStreamsDeps) {
    this.#deps = deps;
  }

  get count(): number {
    return this.#count;
  }

  /** The newest tick heard for a room that somebody here listens to; undefined when it is older than `maxAgeMs`. */
  latest(eventId: string, maxAgeMs: number): TickJson | undefined {
    const room = this.#rooms.get(eventId);
    return room && this.#deps.clock.monotonic() - room.lastAt <= maxAgeMs ? room.last : undefined;
  }

  /** Throws when this process or the account has too many; to be asked before the head is written. */
  admit(userId: string, eventId: string): void {
    if (this.#closed) throw unavailable('SERVER_DRAINING', 'this server is going away, connect again');
    const inRoom = this.#rooms.get(eventId)?.listeners.size ?? 0;
    const rooms = this.#listenedRooms();
    if (noStreamLeft({ max: this.#deps.maxStreams, open: this.#count, rooms, inRoom })) {
      throw unavailable('STREAMS_EXHAUSTED', 'too many streams here, connect again');
    }
    if ((this.#perAccount.get(userId) ?? 0) >= MAX_STREAMS_PER_ACCOUNT) {
      throw resourceExhausted('TOO_MANY_STREAMS', 'this account has too many open streams');
    }
  }

  /** Takes over the response until the buyer goes away or this process does. */
  add(seat: StreamSeat, response: ServerResponse, now: TickJson | undefined): void {
    const listener: Listener = { ...seat, response, place: undefined };
    const room = this.#roomOf(seat.eventId);
    room.listeners.add(listener);
    this.#count++;
    this.#perAccount.set(seat.userId, (this.#perAccount.get(seat.userId) ?? 0) + 1);
    response.once('close', () => this.#remove(room, listener));
    // Spread, so that a thousand who lost one server do not all knock at the same moment.
    const retryMs = Math.round(1_000 + (this.#deps.random ?? Math.random)() * 4_000);
    response.write(`retry: ${retryMs}\n\n`);
    const tick = newer(room.last, now);
    listener.place = tick && placeIn(tick, seat.number);
    response.write(placeText(listener));
    // A gateway that lags behind the one before must not turn a queue back.
    if (tick && !isOlder(tick, seat.heard)) response.write(tickText(tick));
  }

  /** Comments that keep proxies from closing quiet connections, until the signal aborts. */
  async beat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#deps.clock.sleep(HEARTBEAT_MS, signal).catch(() => {});
      for (const room of this.#rooms.values()) {
        await inChunks(room.listeners, ({ response }) => {
          if (!signal.aborted && !response.writableNeedDrain) response.write(BEAT);
        });
      }
    }
  }

  /** Tells the waitroom which accounts are still here, a few at a time, once per interval, until the signal aborts. */
  async reportPresence(intervalMs: number, signal: AbortSignal): Promise<void> {
    const { waitroom, clock } = this.#deps;
    while (!signal.aborted && intervalMs > 0) {
      await clock.sleep(intervalMs, signal).catch(() => {});
      const present = new Map<string, StreamSeat>();
      for (const room of this.#rooms.values()) {
        for (const seat of room.listeners) present.set(`${seat.eventId}/${seat.userId}`, seat);
      }
      const seats = [...present.values()];
      for (let i = 0; i < seats.length && !signal.aborted; i += 20) {
        // A beat that is lost changes nothing; the next one comes.
        await Promise.allSettled(
          seats.slice(i, i + 20).map(({ eventId, userId }) => {
            return waitroom.heartbeat({ eventId, userId }, { deadlineMs: 2_000, signal });
          }),
        );
      }
    }
  }

  /** Ends every stream, spread over a moment, and asks buyers to come back elsewhere. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const room of this.#rooms.values()) {
      room.stop.abort();
      await inChunks(room.listeners, ({ response }) => response.end(': going away\n\n'));
    }
    await Promise.all(this.#following);
  }

  /** Without those that are only followed a little longer. */
  #listenedRooms(): number {
    let rooms = 0;
    for (const { listeners } of this.#rooms.values()) if (listeners.size > 0) rooms++;
    return rooms;
  }

  #roomOf(eventId: string): Room {
    const known = this.#rooms.get(eventId);
    if (known) return known;
    const room: Room = {
      listeners: new Set(),
      stop: new AbortController(),
      last: undefined,
      lastAt: Number.NEGATIVE_INFINITY,
      sending: false,
    };
    this.#rooms.set(eventId, room);
    const following = this.#follow(eventId, room).finally(() => this.#following.delete(following));
    this.#following.add(following);
    return room;
  }

  #remove(room: Room, listener: Listener): void {
    if (!room.listeners.delete(listener)) return;
    this.#count--;
    const left = (this.#perAccount.get(listener.userId) ?? 1) - 1;
    if (left > 0) this.#perAccount.set(listener.userId, left);
    else this.#perAccount.delete(listener.userId);
    if (room.listeners.size === 0) void this.#forgetWhenEmpty(listener.eventId, room);
  }

  async #forgetWhenEmpty(eventId: string, room: Room): Promise<void> {
    await this.#deps.clock.sleep(LINGER_MS, room.stop.signal).catch(() => {});
    if (room.listeners.size > 0 || this.#rooms.get(eventId) !== room) return;
    this.#rooms.delete(eventId);
    room.stop.abort();
  }

  async #follow(eventId: string, room: Room): Promise<void> {
    const { waitroom, clock, log } = this.#deps;
    const { signal } = room.stop;
    let failures = 0;
    while (!signal.aborted) {
      try {
        for await (const wire of waitroom.watch({ eventId }, { signal, waitForReady: true })) {
          failures = 0;
          this.#heard(room, tickJson(wire));
        }
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        if (failures === 1) log.warn({ err: error, event_id: eventId }, 'the watch of a room broke, watching again');
      }
      // A closed room ends its watch; it may still be opened again by an edit.
      const pause = room.last?.state === 'CLOSED' ? 5_000 : Math.min(3_000, 50 * 2 ** Math.min(failures, 6));
      await clock.sleep(pause * (0.5 + Math.random()), signal).catch(() => {});
    }
  }

  #heard(room: Room, tick: TickJson): void {
    room.last = tick;
    room.lastAt = this.#deps.clock.monotonic();
    if (!room.sending) void this.#send(room);
  }

  /** The room was read by the clock of Redis; clocks that differ a little must not make it negative. */
  #sent({ serverTime }: TickJson): void {
    if (serverTime === undefined) return;
    this.#deps.onSent?.(Math.max(0, this.#deps.clock.now() - Date.parse(serverTime)) / 1000);
  }

  async #send(room: Room): Promise<void> {
    room.sending = true;
    let sent: TickJson | undefined;
    while (room.last !== undefined && room.last !== sent) {
      const tick = room.last;
      sent = tick;
      // Encoded once for everybody.
      const bytes = Buffer.from(tickText(tick));
      await inChunks(room.listeners, (listener) => tell(listener, tick, bytes));
      this.#sent(tick);
    }
    room.sending = false;
  }
}

function tell(listener: Listener, tick: TickJson, bytes: Buffer): void {
  const { response } = listener;
  if (tick.epoch > listener.epoch && listener.epoch > 0) {
    // The room was rebuilt: the number is void and the buyer has to join again.
    response.end(VOID_STREAM);
    return;
  }
  if (response.writableLength > MAX_BUFFERED_BYTES) {
    response.destroy();
    return;
  }
  if (listener.place === undefined) {
    listener.place = placeIn(tick, listener.number);
    if (listener.place !== undefined) response.write(placeText(listener));
  }
  // Who is slow misses this tick and hears the next: it says everything.
  if (!response.writableNeedDrain) response.write(bytes);
}

/** The whole answer to a reader whose number was lost with a room that was rebuilt: it has to join again. */
export const VOID_STREAM = 'retry: 2000\n\nevent: void\ndata: {}\n\n';

function placeText({ number, place, epoch }: Listener): string {
  return `event: place\ndata: ${JSON.stringify({ number, place, epoch })}\n\n`;
}

function tickText(tick: TickJson): string {
  return `event: tick\nid: ${tick.epoch}-${tick.seq}\ndata: ${JSON.stringify(tick)}\n\n`;
}

function isOlder(tick: TickJson, heard: HeardTick | undefined): boolean {
  return heard !== undefined && tick.epoch === heard.epoch && tick.seq < heard.seq;
}

function newer(a: TickJson | undefined, b: TickJson | undefined): TickJson | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return (b.serverTime ?? '') > (a.serverTime ?? '') ? b : a;
}

async function inChunks<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  let done = 0;
  for (const item of items) {
    work(item);
    if (++done % CHUNK === 0) await setImmediate();
  }
}
