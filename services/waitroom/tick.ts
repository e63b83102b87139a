import type { Tick as WireTick } from '#proto/gen/ticketbottle/waitroom/v1/Tick.ts';
import { toIso, toTimestamp } from '#runtime/timestamp.ts';
import { type RoomSnapshot, type RoomStateName, roomState, tickIntervalMs } from './snapshot.ts';

/** One tick as JSON: on the Redis channel, in Kafka, and as buyers see it. Times are RFC 3339. */
export interface Tick {
  readonly eventId: string;
  readonly epoch: number;
  readonly seq: number;
  readonly state: RoomStateName;
  readonly served: number;
  readonly issued: number;
  readonly ratePerSecond: number;
  readonly openTime?: string;
  readonly shuffledCount: number;
  readonly seedCommitment: string;
  readonly seed?: string;
  readonly message?: string;
  readonly serverTime: string;
  readonly nextTickMs: number;
}

export function tickOf(eventId: string, snapshot: RoomSnapshot): Tick {
  const { gate, draw } = snapshot;
  return {
    eventId,
    epoch: snapshot.epoch,
    seq: snapshot.seq,
    state: roomState(snapshot),
    served: snapshot.served,
    issued: snapshot.issued,
    ratePerSecond: Math.round(snapshot.ratePerSecond * 1000) / 1000,
    ...(gate ? { openTime: toIso(gate.opensAtMs) } : {}),
    shuffledCount: draw?.shuffledCount ?? 0,
    seedCommitment: snapshot.seedCommitment,
    ...(draw && draw.seed !== '' ? { seed: draw.seed } : {}),
    ...(gate && gate.message !== '' ? { message: gate.message } : {}),
    serverTime: toIso(snapshot.nowMs),
    nextTickMs: tickIntervalMs(snapshot.waiting),
  };
}

export function wireTick(tick: Tick): WireTick {
  const time = (iso: string) => toTimestamp(Date.parse(iso));
  return {
    ...tick,
    state: `ROOM_STATE_${tick.state}`,
    openTime: tick.openTime === undefined ? null : time(tick.openTime),
    serverTime: time(tick.serverTime),
  };
}

/** Whether `next` was read from Redis after `last`: ticks of several replicas may arrive out of order. */
export function isNewer(next: Tick, last: Tick | undefined): boolean {
  return last === undefined || next.serverTime > last.serverTime;
}
