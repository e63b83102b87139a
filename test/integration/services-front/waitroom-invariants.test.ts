import assert from 'node:assert/strict';
import { type Admission, type RevealedDraw, rateExcess, verifyAdmissions } from '#hack/verify-draw/verify.ts';
import { systemClock } from '#runtime/clock.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import type { Redis } from '#runtime/redis.ts';
import { readAdmissions } from '#services/waitroom/admissions-log.ts';
import { placeOf } from '#services/waitroom/snapshot.ts';
import { arm, eventually, roomStore, startRunner } from './room-on-redis.ts';
import { connectRedis } from './servers.ts';

/** I6, I7 and I8, each under concurrency on a real Redis, and each again with its guard taken out of the script. */
describe('invariants of the waitroom', function () {
  this.timeout(60_000);
  let backing: Backing<'redis'> | undefined;
  let redis: Redis;
  before(async function () {
    this.timeout(180_000);
    backing = await startBacking({ which: ['redis'] });
    redis = connectRedis(backing.redis.address);
  });
  after(async () => {
    redis?.disconnect();
    await backing?.stop();
  });

  type Edit = NonNullable<Parameters<typeof roomStore>[1]>;
  /** Takes out, or exchanges, what a script does; fails when it is not there. */
  const without =
    (script: string, ...changes: readonly (readonly [what: string | RegExp, instead: string])[]): Edit =>
    (name, text) => {
      if (name !== script) return text;
      return changes.reduce((before, [what, instead]) => {
        const after = before.replace(what, instead);
        assert.notEqual(after, before, `${script}.lua has no ${what}`);
        return after;
      }, text);
    };

  interface Played {
    readonly admissions: readonly Admission[];
    readonly draw: RevealedDraw;
    /** issued - waiting - admitted - abandoned - voided, wherever it was not 0. */
    readonly leaks: readonly number[];
  }

  /** Many buyers who join, leave, fall asleep, ask for their slot all the time and give it back, under three replicas. */
  async function play(gate: Parameters<typeof arm>[1], edit?: Edit): Promise<Played> {
    const store = roomStore(redis, edit);
    const { eventId, seed, commitment } = await arm(redis, gate);
    const leaks = new Set<number>();
    const look = async () => {
      const room = await store.read(eventId);
      leaks.add(room.issued - room.waiting - room.admitted - room.abandoned - room.voided);
      return room;
    };
    const buyers = new Set(Array.from({ length: 120 }, (_, i) => `u${i}`));
    await Promise.all([...buyers].map((user) => store.join(eventId, user, 's')));
    await using _a = startRunner(redis, store, eventId);
    await using _b = startRunner(redis, store, eventId);
    await using _c = startRunner(redis, store, eventId);
    const asleep = new Set([...buyers].filter((_, i) => i % 10 === 3));
    const leaving = new Set([...buyers].filter((_, i) => i % 10 === 7));
    for (const user of asleep) buyers.delete(user);
    await eventually(async () => {
      await Promise.all(
        [...buyers].map(async (user) => {
          const { number, draw, epoch } = await store.standing(eventId, user);
          if (number === undefined) return void buyers.delete(user);
          const place = draw === undefined ? 0 : placeOf(number, draw);
          if (leaving.has(user) && Math.random() < 0.2) {
            if ((await store.leave(eventId, user, { place, draw, epoch })) === 'LEFT') buyers.delete(user);
            return;
          }
          if (draw === undefined) return;
          // The script alone judges here: no look at `served` before it is asked.
          const offer = { number, place, draw, epoch, token: `t-${user}`, endMs: Date.now() + 60_000 };
          const claimed = await store.claim(eventId, user, offer);
          if (claimed.outcome !== 'OK') return;
          buyers.delete(user);
          await systemClock.sleep(Math.random() * 20);
          await store.release(eventId, user, 'paid');
        }),
      );
      await look();
      return buyers.size === 0;
    }, 40_000);
    const drained = eventually(async () => (await look()).waiting === 0, edit === undefined ? 10_000 : 3_000);
    // A room without its guard may never come to rest.
    await (edit === undefined ? drained : drained.catch(() => {}));
    const { entries } = await readAdmissions(redis, eventId, 1000, '');
    const room = await look();
    return {
      admissions: entries.map((entry) => ({ ...entry, grantTimeMs: entry.grantMs })),
      draw: { seed, seedCommitment: commitment, shuffledCount: room.draw?.shuffledCount ?? 0 },
      leaks: [...leaks].filter((leak) => leak !== 0),
    };
  }
  const crowd = { opensIn: 400, slots: 12, perMinute: 1_800, burst: 5, claimWindowMs: 600 };

  it('I6, I7, I8: slots, rate and order hold, and no place is lost', async () => {
    const { admissions, draw, leaks } = await play(crowd);
    assert.ok(admissions.length >= 80, `only ${admissions.length} came in: the test did not press`);
    assert.deepEqual(verifyAdmissions(admissions, draw), []);
    // The bucket holds at least what flows in during 250 ms.
    assert.ok(rateExcess(admissions, crowd.perMinute, Math.max(crowd.burst, crowd.perMinute / 240)) <= 0);
    assert.deepEqual(leaks, [], 'issued = waiting + admitted + abandoned + voided, at every instant');
  });

  it('I6, negative control: without the bucket the rate is broken', async () => {
    const { admissions } = await play(crowd, without('advance', [/^.*-- guard: rate$/m, '']));
    assert.ok(rateExcess(admissions, crowd.perMinute, Math.max(crowd.burst, crowd.perMinute / 240)) > 0);
  });

  it('I7, negative control: a script that lets anybody claim who asks breaks the order', async () => {
    const open = without(
      'claim',
      [/^.*return \{ 'NOT_ADMITTED_YET' \}.*$/m, ''],
      ['granted, deadline = batch_of(place)', 'granted, deadline = batch_of(served)'],
    );
    const { admissions, draw } = await play(crowd, open);
    assert.notDeepEqual(verifyAdmissions(admissions, draw), []);
  });

  it('I8, negative control: a pop that forgets whom it took out leaks places', async () => {
    const { leaks } = await play(crowd, without('sweep', [/^.*'lapsed', removed.*$/m, '']));
    assert.notDeepEqual(leaks, []);
  });
});
