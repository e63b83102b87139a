import { randomUUID } from 'node:crypto';
import { redisKey } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import type { Shop } from '#runtime/local/shop/shop.ts';
import { silentLogger } from '#runtime/log.ts';
import { createRedis } from '#runtime/redis.ts';
import { retry } from '#runtime/retry.ts';
import { auditBurst, type BurstBooks } from './burst-audit.ts';
import { type Fault, pause } from './fault.ts';
import { openRoom } from './room.ts';

const AT_ONCE = 100;
const LOOK_MS = 200;
/** Those who vanish, one of ten, hold half of the slots until their windows end. */
const GATE = { opensInMs: 3_000, admissionsPerMinute: 24_000, slots: 800, claimWindowMs: 10_000 };
const ALL_IN_WITHIN_MS = 240_000;

/** People who all come at the same moment. */
export const burst: readonly Fault[] = [
  {
    number: 25,
    name: 'join-burst',
    title:
      '20,000 joins in one burst; a fifth go away at once, three of ten join again with the same account: nobody twice, nobody held up',
    async run(context) {
      const { shop, redisAddress, lasting, say } = context;
      const eventId = randomUUID();
      const redis = createRedis({ address: redisAddress, log: silentLogger(), connectionName: 'faults' });
      try {
        await openRoom(redis, eventId, GATE);
        const people = Array.from({ length: lasting(20_000, 5_000) }, (_, index) => new Person(shop, eventId, index));
        const started = performance.now();
        const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
        let joined = '';
        const joining = inParallel(people, (person) => person.come()).then(() => {
          joined = `${people.length} had joined after ${seconds()} s`;
          say(joined);
        });
        const [seen] = await Promise.all([letIn(shop, eventId, people), joining]);
        const said = `${joined}, whoever stayed was in after ${seconds()} s, at most ${(seen.stillMs / 1000).toFixed(1)} s without anybody let in`;
        const admissions = await admissionsOf(shop, eventId);
        const room = await atRest(shop, eventId);
        const { slots, claimWindowMs } = GATE;
        return { note: said, findings: auditBurst({ people, admissions, room, slots, claimWindowMs, ...seen }) };
      } finally {
        await redis.srem(redisKey.rooms(), eventId);
        redis.disconnect();
      }
    },
  },
];

/** Of ten: one leaves, one goes without a word, three of those who stay join again. */
class Person {
  readonly userId = randomUUID();
  readonly numbers: number[] = [];
  readonly deed: BurstBooks['people'][number]['deed'];
  let: BurstBooks['people'][number]['let'] = 'never';
  readonly #shop: Shop;
  readonly #eventId: string;
  readonly #joinsAgain: boolean;
  /** Has joined as often as it will: who is inside would begin anew. */
  #here = false;

  constructor(shop: Shop, eventId: string, index: number) {
    this.#shop = shop;
    this.#eventId = eventId;
    this.deed = index % 10 === 0 ? 'leaves' : index % 10 === 1 ? 'vanishes' : 'stays';
    this.#joinsAgain = index % 10 >= 7;
  }

  isDue(served: number): boolean {
    const [number] = this.numbers;
    return this.#here && number !== undefined && number <= served;
  }

  async come(): Promise<void> {
    await this.#join();
    if (this.#joinsAgain) await this.#join();
    if (this.deed === 'leaves') await insist(() => this.#shop.waitroom.leave(this.#at));
    this.#here = true;
  }

  async claim(): Promise<void> {
    try {
      await insist(() => this.#shop.waitroom.claim(this.#at));
      this.let = 'in';
    } catch (error) {
      // Whoever is answered nothing at all was never let in.
      if (error instanceof ServiceError && error.reason === 'CLAIM_EXPIRED') this.let = 'too late';
      return;
    }
    // A slot that is not given back ends by itself.
    await insist(() => this.#shop.waitroom.releaseSlot({ ...this.#at, outcome: 'paid' })).catch(() => undefined);
  }

  get #at() {
    return { eventId: this.#eventId, userId: this.userId };
  }

  async #join(): Promise<void> {
    this.numbers.push(Number((await insist(() => this.#shop.waitroom.join(this.#at))).number));
  }
}

/** Everybody looks at the same tick and claims when their number is served, as pages do. */
async function letIn(
  shop: Shop,
  eventId: string,
  people: readonly Person[],
): Promise<Pick<BurstBooks, 'stillMs' | 'mostActive'>> {
  let [stillMs, mostActive, served, issued, movedAt] = [0, 0, 0, 0, Date.now() + GATE.opensInMs];
  const left = new Set(people.filter(({ deed }) => deed === 'stays'));
  const claims: Promise<void>[] = [];
  for (const end = performance.now() + ALL_IN_WITHIN_MS; left.size > 0 && performance.now() < end; ) {
    const { tick, active } = await insist(() => shop.waitroom.getRoom({ eventId }));
    mostActive = Math.max(mostActive, Number(active));
    const now = Number(tick?.served ?? 0);
    if (served < issued) stillMs = Math.max(stillMs, Date.now() - movedAt);
    issued = Number(tick?.issued ?? 0);
    if (now > served || now >= issued) movedAt = Math.max(movedAt, Date.now());
    served = now;
    for (const person of left) {
      if (!person.isDue(served)) continue;
      left.delete(person);
      claims.push(person.claim());
    }
    await pause(LOOK_MS);
  }
  await Promise.all(claims);
  return { stillMs, mostActive };
}

async function admissionsOf(shop: Shop, eventId: string): Promise<BurstBooks['admissions']> {
  const admissions: BurstBooks['admissions'][number][] = [];
  for (let pageToken = ''; ; ) {
    const page = await insist(() => shop.waitroom.listAdmissions({ eventId, pageSize: 1_000, pageToken }));
    for (const { userId, place, servedAtGrant } of page.admissions)
      admissions.push({ userId, place: Number(place), servedAtGrant: Number(servedAtGrant) });
    pageToken = page.nextPageToken;
    if (pageToken === '') return admissions;
  }
}

/** The room once the windows of those who vanished have ended, or as it is when they do not. */
async function atRest(shop: Shop, eventId: string): Promise<BurstBooks['room']> {
  for (const end = performance.now() + 3 * GATE.claimWindowMs; ; await pause(LOOK_MS)) {
    const { tick, ...room } = await insist(() => shop.waitroom.getRoom({ eventId }));
    const waiting = Number(room.waiting);
    if (waiting > 0 && performance.now() < end) continue;
    return {
      ...{ issued: Number(tick?.issued), waiting, admitted: Number(room.admitted) },
      ...{ abandoned: Number(room.abandoned), voided: Number(room.voided) },
    };
  }
}

/** Asks again when nobody answered: all of these calls may be repeated. */
async function insist<T>(call: () => Promise<T>): Promise<T> {
  const unanswered = (error: unknown) =>
    error instanceof ServiceError && (error.retryable || error.code === 'DEADLINE_EXCEEDED');
  return await retry({ maxAttempts: 20, initialMs: 100, maxMs: 1_000, shouldRetry: unanswered }, call, {
    clock: systemClock,
  });
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}
