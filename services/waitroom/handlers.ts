import type { Tick as WireTick } from '#proto/gen/ticketbottle/waitroom/v1/Tick.ts';
import type { WaitroomServiceHandlers } from '#proto/gen/ticketbottle/waitroom/v1/WaitroomService.ts';
import type { Clock } from '#runtime/clock.ts';
import {
  failedPrecondition,
  invalidArgument,
  resourceExhausted,
  type ServiceError,
  unavailable,
} from '#runtime/errors.ts';
import type { ImplementationOf } from '#runtime/grpc-types.ts';
import { newId } from '#runtime/ids.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import type { SigningKey } from '#runtime/tokens.ts';
import { signAdmission } from './admission-token.ts';
import { readAdmissions, type StreamReader } from './admissions-log.ts';
import { claimPlace } from './claim.ts';
import { bypassKey } from './room-keys.ts';
import type { Join, JoinAnswer, JoinRefusal, RoomStore } from './room-store.ts';
import { type Draw, placeOf, type RoomSnapshot } from './snapshot.ts';
import { tickOf, wireTick } from './tick.ts';
import type { TickHub } from './tick-hub.ts';

export interface HandlerDeps {
  readonly store: RoomStore;
  /** Joins, together with whoever else joins at this moment. */
  readonly join: (eventId: string, join: Join) => Promise<JoinAnswer>;
  readonly hub: TickHub;
  readonly redis: StreamReader & {
    /** Adds to and removes from a SET; its size afterwards. */
    changeSet(key: string, add: readonly string[], remove: readonly string[]): Promise<number>;
  };
  readonly key: SigningKey;
  readonly clock: Clock;
  /** The room as the runner saw it last, at most some hundred ms ago. */
  readonly latest: (eventId: string) => RoomSnapshot | undefined;
  readonly rehearsalTtlMs: number;
}

export function waitroomHandlers(deps: HandlerDeps): ImplementationOf<WaitroomServiceHandlers> {
  const { store, hub, latest } = deps;
  const snapshot = async (eventId: string) => latest(eventId) ?? (await store.read(eventId));
  // A crowd is answered from one snapshot: its tick is made once.
  const ticks = new WeakMap<RoomSnapshot, WireTick>();
  const tick = async (eventId: string) => {
    const seen = await snapshot(eventId);
    const made = ticks.get(seen) ?? wireTick(tickOf(eventId, seen));
    ticks.set(seen, made);
    return made;
  };

  return {
    async join(request) {
      const { eventId, userId } = account(request);
      const joined = await deps.join(eventId, { userId, newSessionId: newId(undefined, deps.clock) });
      if (joined.outcome !== 'OK') throw joinRefusal(joined.outcome);
      return {
        sessionId: joined.sessionId,
        number: joined.number,
        epoch: joined.epoch,
        place: knownPlace(joined.number, joined.draw),
        rejoined: joined.rejoined,
        tick: await tick(eventId),
      };
    },

    async getPlace(request) {
      const { eventId, userId } = account(request);
      const standing = await store.standing(eventId, userId);
      if (standing.number === undefined) throw failedPrecondition('NOT_JOINED', 'this account is not in the queue');
      const place = knownPlace(standing.number, standing.draw);
      const mayClaim = standing.waiting && place > 0 && place <= standing.served;
      const claimBy = mayClaim ? await store.claimBy(eventId, place) : undefined;
      return {
        number: standing.number,
        place,
        admitted: claimBy !== undefined || standing.slot !== undefined,
        claimed: standing.slot !== undefined,
        claimByTime: claimBy === undefined ? null : toTimestamp(claimBy),
        tick: await tick(eventId),
      };
    },

    async heartbeat(request) {
      const { eventId, userId } = account(request);
      await store.heartbeat(eventId, userId);
      return {};
    },

    async leave(request) {
      const { eventId, userId } = account(request);
      for (let attempt = 0; attempt < 3; attempt++) {
        const { number, draw, epoch } = await store.standing(eventId, userId);
        const place = number === undefined ? 0 : knownPlace(number, draw);
        if ((await store.leave(eventId, userId, { place, draw, epoch })) !== 'STALE') break;
      }
      return {};
    },

    async *watch(request, ctx) {
      for await (const said of hub.watch(idOf(request.eventId, 'event_id'), ctx.signal)) yield wireTick(said);
    },

    async getTick(request) {
      return { tick: await tick(idOf(request.eventId, 'event_id')) };
    },

    async claim(request) {
      const { eventId, userId } = account(request);
      const claimed = await claimPlace(deps, eventId, userId);
      return { admissionToken: claimed.token, expireTime: toTimestamp(claimed.endMs), place: claimed.place };
    },

    async releaseSlot(request) {
      const { eventId, userId } = account(request);
      if (!OUTCOMES.has(request.outcome)) {
        throw invalidArgument('INVALID_OUTCOME', `outcome must be one of ${[...OUTCOMES].join(', ')}`);
      }
      await store.release(eventId, userId, request.outcome);
      return {};
    },

    async setSoldOut(request) {
      await store.setSoldOut(idOf(request.eventId, 'event_id'), request.soldOut);
      return {};
    },

    // Only the operator may reach this: the network policy of the waitroom lets in its callers and nobody else. What the
    // token can buy is bounded by its mark: inventory reserves nothing but rehearsal classes for it.
    async issueRehearsalToken(request, ctx) {
      const { eventId, userId } = account(request);
      const { nowMs, epoch } = await store.read(eventId);
      const grant = { eventId, userId, place: 0, epoch, nowMs, ttlMs: deps.rehearsalTtlMs, rehearsal: true };
      const { token, endMs } = await signAdmission(deps.key, deps.clock, grant);
      ctx.log.info({ event_id: eventId, user_id: userId }, 'rehearsal token issued');
      return { admissionToken: token, expireTime: toTimestamp(endMs) };
    },

    async updateBypass(request, ctx) {
      const eventId = idOf(request.eventId, 'event_id');
      const add = request.addUserIds.map((id) => idOf(id, 'add_user_ids'));
      const remove = request.removeUserIds.map((id) => idOf(id, 'remove_user_ids'));
      if (add.length + remove.length > MAX_BYPASS_CHANGES) {
        throw invalidArgument('TOO_MANY', `at most ${MAX_BYPASS_CHANGES} accounts per call`);
      }
      const listed = await deps.redis.changeSet(bypassKey(eventId), add, remove);
      ctx.log.info({ event_id: eventId, added: add.length, removed: remove.length, listed }, 'bypass list changed');
      return { listed };
    },

    async getRoom(request) {
      const eventId = idOf(request.eventId, 'event_id');
      const room = await store.read(eventId);
      return {
        tick: wireTick(tickOf(eventId, room)),
        waiting: room.waiting,
        active: room.active,
        admitted: room.admitted,
        abandoned: room.abandoned,
        gateGeneration: room.gate?.generation ?? 0,
        firstAdmissionTime: room.firstAdmissionMs === undefined ? null : toTimestamp(room.firstAdmissionMs),
        maxConcurrentCheckouts: room.gate?.maxConcurrentCheckouts ?? 0,
        admissionsPerMinute: room.gate?.admissionsPerMinute ?? 0,
        idled: room.idled,
        bypassed: room.bypassed,
        voided: room.voided,
        failovers: room.failovers,
      };
    },

    async listAdmissions(request) {
      const size = Math.min(1000, request.pageSize > 0 ? request.pageSize : 100);
      const eventId = idOf(request.eventId, 'event_id');
      const page = await readAdmissions(deps.redis, eventId, size, request.pageToken);
      return {
        admissions: page.entries.map((entry) => ({
          place: entry.place,
          number: entry.number,
          userId: entry.userId,
          grantTime: toTimestamp(entry.grantMs),
          servedAtGrant: entry.servedAtGrant,
        })),
        nextPageToken: page.nextPageToken,
      };
    },
  };
}

const MAX_BYPASS_CHANGES = 1_000;
const OUTCOMES: ReadonlySet<string> = new Set(['paid', 'cancelled', 'expired', 'left', 'failed']);
/** What may stand in a Redis key: braces would move it to another slot of a cluster. */
const ID = /^[A-Za-z0-9_.-]{1,64}$/;

function idOf(text: string, field: string): string {
  if (!ID.test(text)) throw invalidArgument('INVALID_ID', `${field} is not an id`, { details: { field } });
  return text;
}

function account(request: { readonly eventId: string; readonly userId: string }) {
  return { eventId: idOf(request.eventId, 'event_id'), userId: idOf(request.userId, 'user_id') };
}

function knownPlace(number: number, draw: Draw | undefined): number {
  return draw === undefined ? 0 : placeOf(number, draw);
}

function joinRefusal(why: JoinRefusal): ServiceError {
  switch (why) {
    case 'QUEUE_FULL':
      return resourceExhausted('QUEUE_FULL', 'the queue is full, try again in a while', {
        details: { retryAfterMs: 5_000 },
      });
    case 'SOLD_OUT':
      return failedPrecondition('SOLD_OUT', 'everything is sold');
    case 'NOT_ARMED':
    case 'NOT_YET':
      return failedPrecondition('ROOM_CLOSED', 'the queue has not opened yet', { details: { state: why } });
    case 'RECOVERING':
      return unavailable('ROOM_RECOVERING', 'the queue is being put in order, try again in a moment');
    case 'CLOSED':
      return failedPrecondition('ROOM_CLOSED', 'the sale is over', { details: { state: why } });
    default:
      return why satisfies never;
  }
}
