import { redisKey } from '#proto/names.ts';
import { roomKeys, tickLockKey } from './room-keys.ts';
import type { RunScript } from './room-scripts.ts';
import { type Draw, parseSnapshot, type RoomSnapshot } from './snapshot.ts';

/** RECOVERING: Redis failed over a moment ago, ask again. */
export type JoinRefusal = 'NOT_ARMED' | 'NOT_YET' | 'CLOSED' | 'SOLD_OUT' | 'QUEUE_FULL' | 'RECOVERING';
export type ClaimRefusal =
  | 'NOT_ARMED'
  | 'NOT_JOINED'
  | 'NOT_OPEN'
  | 'CLOSED'
  | 'PAUSED'
  | 'SOLD_OUT'
  | 'NOT_ADMITTED_YET'
  | 'CLAIM_EXPIRED';

export interface Joined {
  readonly outcome: 'OK';
  readonly number: number;
  readonly epoch: number;
  readonly sessionId: string;
  readonly rejoined: boolean;
  readonly draw: Draw | undefined;
  readonly served: number;
}

export type JoinAnswer = Joined | { readonly outcome: JoinRefusal };

export interface Join {
  readonly userId: string;
  /** For an account that has none yet. */
  readonly newSessionId: string;
}

/** One account in one room. */
export interface Standing {
  readonly nowMs: number;
  /** Undefined: neither waiting nor checking out. */
  readonly number: number | undefined;
  readonly epoch: number;
  readonly waiting: boolean;
  /** A live checkout slot. */
  readonly slot: { readonly endMs: number; readonly token: string; readonly place: number } | undefined;
  readonly draw: Draw | undefined;
  readonly served: number;
  readonly checkoutTtlMs: number;
  /** May check out past the queue. */
  readonly bypass: boolean;
}

export interface ClaimAttempt {
  readonly number: number;
  readonly place: number;
  readonly draw: Draw;
  readonly epoch: number;
  readonly token: string;
  /** End of slot and token, Unix ms of Redis time. */
  readonly endMs: number;
}

/** Claims kept for audits; the oldest beyond it are dropped. */
const ADMISSIONS_KEPT = 1_000_000;

/** The scripts of redis/ with types. Every method is one atomic step on the room; Redis time decides. */
export class RoomStore {
  readonly #run: RunScript;
  /** The highest number seen of each room: what a Redis that failed over may have forgotten. */
  readonly #seen = new Map<string, { readonly epoch: number; readonly number: number }>();

  constructor(run: RunScript) {
    this.#run = run;
  }

  async join(eventId: string, userId: string, newSessionId: string): Promise<JoinAnswer> {
    const [answer] = await this.joinAll(eventId, [{ userId, newSessionId }]);
    return answer as JoinAnswer; // one in, one out
  }

  /** Answers in the order of the joins. All of them in one step: the room is read once for the whole crowd. */
  async joinAll(eventId: string, joins: readonly Join[]): Promise<readonly JoinAnswer[]> {
    const keys = [...roomKeys(eventId), ...joins.map(({ userId }) => redisKey.session(eventId, userId))];
    const args = joins.flatMap(({ userId, newSessionId }) => [userId, newSessionId]);
    const reply = await this.#run('join', keys, [...this.#seenOf(eventId), ...args]);
    if (!Array.isArray(reply) || reply.length !== joins.length + 1)
      throw new TypeError('not an answer for each account');
    const [common, ...answers] = reply;
    const [epoch, count, seed, served, opened] = texts(common);
    const draw = opened === '1' ? { shuffledCount: Number(count), seed: String(seed) } : undefined;
    const room = { epoch: Number(epoch), draw, served: Number(served) };
    let highest = 0;
    const joined = answers.map((answer): JoinAnswer => {
      const [outcome, number, sessionId, rejoined] = texts(answer);
      if (outcome !== 'OK') return { outcome: outcome as JoinRefusal };
      highest = Math.max(highest, Number(number));
      return { outcome, number: Number(number), sessionId: String(sessionId), rejoined: rejoined === '1', ...room };
    });
    if (highest > 0) this.#note(eventId, room.epoch, highest);
    return joined;
  }

  /** Does nothing when it ran less than `minGapMs` ago. */
  async advance(eventId: string, minGapMs: number): Promise<RoomSnapshot> {
    const reply = await this.#run('advance', roomKeys(eventId), [minGapMs, ...this.#seenOf(eventId)]);
    const snapshot = parseSnapshot(reply);
    this.#note(eventId, snapshot.epoch, snapshot.issued);
    return snapshot;
  }

  async read(eventId: string): Promise<RoomSnapshot> {
    return parseSnapshot(await this.#run('read', roomKeys(eventId), []));
  }

  async standing(eventId: string, userId: string): Promise<Standing> {
    const [now, number, epoch, waiting, slotEnd, token, count, seed, served, ttl, place, opened, bypass] = texts(
      await this.#run('place', accountKeys(eventId, userId), [userId]),
    );
    return {
      nowMs: Number(now),
      number: number === '' ? undefined : Number(number),
      epoch: Number(epoch),
      waiting: waiting === '1',
      slot: slotEnd ? { endMs: Number(slotEnd), token: String(token), place: Number(place) } : undefined,
      draw: opened === '1' ? { shuffledCount: Number(count), seed: String(seed) } : undefined,
      served: Number(served),
      checkoutTtlMs: Number(ttl),
      bypass: bypass === '1',
    };
  }

  /** Until when an admitted place may claim, Unix ms; undefined when it may not (yet, or any more). */
  async claimBy(eventId: string, place: number): Promise<number | undefined> {
    const deadline = Number(await this.#run('window', roomKeys(eventId), [place]));
    return deadline > 0 ? deadline : undefined;
  }

  /** STALE: the attempt was computed for another state of the room; read the standing again. */
  async claim(
    eventId: string,
    userId: string,
    attempt: ClaimAttempt,
  ): Promise<
    | { readonly outcome: 'OK'; readonly token: string; readonly endMs: number; readonly place: number }
    | { readonly outcome: ClaimRefusal | 'STALE' }
  > {
    const [outcome, token, endMs, place] = texts(
      await this.#run('claim', accountKeys(eventId, userId), [
        userId,
        attempt.number,
        attempt.place,
        attempt.draw.shuffledCount,
        attempt.epoch,
        attempt.token,
        attempt.endMs,
        ADMISSIONS_KEPT,
      ]),
    );
    if (outcome !== 'OK') return { outcome: outcome as ClaimRefusal | 'STALE' };
    return { outcome, token: String(token), endMs: Number(endMs), place: Number(place) };
  }

  /** For accounts of the bypass list: no place, no slot. */
  async claimPast(
    eventId: string,
    userId: string,
    offer: { readonly epoch: number; readonly token: string; readonly endMs: number },
  ): Promise<
    | { readonly outcome: 'OK'; readonly token: string; readonly endMs: number }
    | { readonly outcome: ClaimRefusal | 'NOT_LISTED' | 'STALE' }
  > {
    const args = [userId, offer.epoch, offer.token, offer.endMs];
    const [outcome, token, endMs] = texts(await this.#run('bypass-claim', accountKeys(eventId, userId), args));
    if (outcome !== 'OK') return { outcome: outcome as ClaimRefusal | 'NOT_LISTED' | 'STALE' };
    return { outcome, token: String(token), endMs: Number(endMs) };
  }

  /** Waiting accounts that were silent for the gate's idle timeout, with their numbers. */
  async idle(eventId: string, limit: number): Promise<readonly { readonly userId: string; readonly number: number }[]> {
    const flat = texts(await this.#run('idle', roomKeys(eventId), [limit]));
    return flat.flatMap((userId, i) => (i % 2 === 0 ? [{ userId, number: Number(flat[i + 1]) }] : []));
  }

  /** Gives up their places (0 before the draw) unless they were heard of meanwhile; how many. */
  async expireIdle(
    eventId: string,
    at: { readonly epoch: number; readonly draw: Draw | undefined },
    idlers: readonly { readonly userId: string; readonly number: number; readonly place: number }[],
  ): Promise<number> {
    const triples = idlers.flatMap(({ userId, number, place }) => [userId, number, place]);
    const args = [at.epoch, at.draw?.shuffledCount ?? 0, ...triples];
    return Number(await this.#run('expire-idle', roomKeys(eventId), args));
  }

  /** `place` 0 before the draw. */
  async leave(
    eventId: string,
    userId: string,
    at: { readonly place: number; readonly draw: Draw | undefined; readonly epoch: number },
  ): Promise<'LEFT' | 'RELEASED' | 'NOTHING' | 'STALE'> {
    const args = [userId, at.place, at.draw?.shuffledCount ?? 0, at.epoch];
    return (await this.#run('leave', accountKeys(eventId, userId), args)) as 'LEFT' | 'RELEASED' | 'NOTHING' | 'STALE';
  }

  async release(eventId: string, userId: string, outcome: string): Promise<boolean> {
    return (await this.#run('release', accountKeys(eventId, userId), [userId, outcome])) === 1;
  }

  async heartbeat(eventId: string, userId: string): Promise<boolean> {
    const keys = [...roomKeys(eventId), redisKey.session(eventId, userId)];
    return (await this.#run('heartbeat', keys, [userId])) === 1;
  }

  async setSoldOut(eventId: string, soldOut: boolean): Promise<boolean> {
    return (await this.#run('sold-out', roomKeys(eventId), [soldOut ? 1 : 0, this.#seenOf(eventId)[0]])) === 1;
  }

  #seenOf(eventId: string): [epoch: number, number: number] {
    const seen = this.#seen.get(eventId);
    return [seen?.epoch ?? 0, seen?.number ?? 0];
  }

  #note(eventId: string, epoch: number, number: number): void {
    const [knownEpoch, knownNumber] = this.#seenOf(eventId);
    if (epoch > knownEpoch || (epoch === knownEpoch && number > knownNumber))
      this.#seen.set(eventId, { epoch, number });
  }

  /** Undefined when another replica has said the tick of this interval. */
  async takeTick(
    eventId: string,
    { intervalMs, state, replica }: { intervalMs: number; state: string; replica: string },
  ): Promise<RoomSnapshot | undefined> {
    const reply = await this.#run('tick', [...roomKeys(eventId), tickLockKey(eventId)], [intervalMs, state, replica]);
    return reply === null ? undefined : parseSnapshot(reply);
  }

  /** Tells the room the places of numbers that left before the draw. */
  async drawGone(
    eventId: string,
    at: { readonly epoch: number; readonly draw: Draw },
    pairs: readonly { readonly number: number; readonly place: number }[],
  ): Promise<number> {
    const args = [at.epoch, at.draw.shuffledCount, ...pairs.flatMap(({ number, place }) => [number, place])];
    return Number(await this.#run('draw-gone', roomKeys(eventId), args));
  }

  /** Takes accounts of lapsed places out of the waiting set; -1 when another replica did. */
  async sweep(
    eventId: string,
    epoch: number,
    range: { readonly from: number; readonly to: number },
    numbers: readonly number[],
  ): Promise<number> {
    return Number(await this.#run('sweep', roomKeys(eventId), [epoch, range.from, range.to, ...numbers]));
  }
}

function accountKeys(eventId: string, userId: string): string[] {
  return [...roomKeys(eventId), redisKey.session(eventId, userId), redisKey.token(eventId, userId)];
}

function texts(reply: unknown): string[] {
  if (!Array.isArray(reply)) throw new TypeError('the script did not answer with a list');
  return reply.map(String);
}
