import assert from 'node:assert/strict';
import { redisKey } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { commitment, place } from '#runtime/permutation.ts';
import { type Redis, redisTimeMs } from '#runtime/redis.ts';
import { generateKeyPairJwk, importSigningKey, type SigningKey } from '#runtime/tokens.ts';
import { readAdmissions } from '#services/waitroom/admissions-log.ts';
import { claimPlace } from '#services/waitroom/claim.ts';
import { placeOf, roomState } from '#services/waitroom/snapshot.ts';
import { arm, eventually, roomStore, startRunner } from './room-on-redis.ts';
import { connectRedis } from './servers.ts';

describe('waitroom on a real Redis', () => {
  let backing: Backing<'redis'> | undefined;
  let redis: Redis;
  let key: SigningKey;
  before(async function () {
    this.timeout(180_000); // the first run on a machine downloads the server
    backing = await startBacking({ which: ['redis'] });
    redis = connectRedis(backing.redis.address);
    key = await importSigningKey((await generateKeyPairJwk()).privateJwk);
  });
  after(async () => {
    redis?.disconnect();
    await backing?.stop();
  });

  const users = (count: number, prefix = 'u') => Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);
  const claimer = (store = roomStore(redis)) => {
    return (eventId: string, userId: string) => claimPlace({ store, key, clock: systemClock }, eventId, userId);
  };
  const refused = (reason: string) => (error: unknown) => error instanceof ServiceError && error.reason === reason;

  it('gives each account one number, also when it joins from many tabs at once', async () => {
    const store = roomStore(redis);
    const { eventId } = await arm(redis, { opensIn: 60_000 });
    const answers = await Promise.all(
      users(50).flatMap((user) => [1, 2, 3, 4].map(() => store.join(eventId, user, `s-${Math.random()}`))),
    );
    const numbers = new Set(answers.map((answer) => (answer.outcome === 'OK' ? answer.number : -1)));
    assert.deepEqual(
      [...numbers].sort((a, b) => a - b),
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
    assert.equal(answers.filter((answer) => answer.outcome === 'OK' && !answer.rejoined).length, 50);
    assert.equal((await store.read(eventId)).issued, 50);
  });

  it('answers a crowd in one step as if each had come alone', async () => {
    const store = roomStore(redis);
    const { eventId } = await arm(redis, { opensIn: 60_000, maxQueue: 3 });
    const join = (userId: string) => ({ userId, newSessionId: `session of ${userId}` });
    await store.join(eventId, 'early', 'kept');
    const answers = await store.joinAll(eventId, ['a', 'early', 'b', 'a', 'late'].map(join));
    const told = answers.map((answer) =>
      answer.outcome === 'OK' ? [answer.number, answer.sessionId, answer.rejoined] : answer.outcome,
    );
    assert.deepEqual(told, [
      [2, 'session of a', false],
      [1, 'kept', true],
      [3, 'session of b', false],
      [2, 'session of a', true],
      'QUEUE_FULL',
    ]);
    assert.equal((await store.joinAll('no-such-event', [join('a'), join('b')])).length, 2);
  });

  it('refuses to join too early, too late, a full queue and a sold-out sale', async () => {
    const store = roomStore(redis);
    const early = await arm(redis, { preQueueIn: 60_000, opensIn: 90_000 });
    assert.equal((await store.join(early.eventId, 'a', 's')).outcome, 'NOT_YET');
    const late = await arm(redis, { opensIn: -5000, closesIn: -1 });
    assert.equal((await store.join(late.eventId, 'a', 's')).outcome, 'CLOSED');
    assert.equal((await store.join('no-such-event', 'a', 's')).outcome, 'NOT_ARMED');
    const full = await arm(redis, { opensIn: 60_000, maxQueue: 2 });
    for (const user of ['a', 'b']) assert.equal((await store.join(full.eventId, user, 's')).outcome, 'OK');
    assert.equal((await store.join(full.eventId, 'c', 's')).outcome, 'QUEUE_FULL');
    assert.equal((await store.join(full.eventId, 'a', 's')).outcome, 'OK', 'who is in stays in');
    await store.setSoldOut(early.eventId, true);
    const sold = await arm(redis, { opensIn: -1000 });
    await store.setSoldOut(sold.eventId, true);
    assert.equal((await store.join(sold.eventId, 'a', 's')).outcome, 'SOLD_OUT');
  });

  it('admits nobody before opensAt by Redis time, and somebody right after', async () => {
    const store = roomStore(redis);
    const claim = claimer(store);
    for (let round = 0; round < 4; round++) {
      const gate = await arm(redis, { opensIn: 250 + Math.floor(Math.random() * 400) });
      const names = users(30);
      await Promise.all(names.map((user) => store.join(gate.eventId, user, `s-${user}`)));
      let grants = 0;
      const attempts: Promise<void>[] = [];
      for (;;) {
        // Whatever the answer says, it was made at or after this instant of Redis time.
        const before = await redisTimeMs(redis);
        const snapshot = await store.advance(gate.eventId, 0);
        assert.ok(snapshot.served === 0 || snapshot.nowMs >= gate.opensAtMs, 'served before the opening');
        assert.ok(snapshot.draw === undefined || snapshot.nowMs >= gate.opensAtMs, 'seed revealed before the opening');
        attempts.push(
          ...names.map(async (user) => {
            await claim(gate.eventId, user).then(
              () => void grants++,
              (error) => assert.ok(error instanceof ServiceError),
            );
          }),
        );
        if (before < gate.opensAtMs - 20) assert.equal(grants, 0);
        if (snapshot.nowMs > gate.opensAtMs + 50) break;
        await systemClock.sleep(10);
      }
      await Promise.all(attempts);
      assert.equal(grants >= 30, true, 'everybody who asked after the opening came in');
      const { entries } = await readAdmissions(redis, gate.eventId, 100, '');
      assert.equal(entries.length, 30);
      for (const entry of entries) assert.ok(entry.grantMs >= gate.opensAtMs);
      const { firstAdmissionMs } = await store.read(gate.eventId);
      assert.ok(firstAdmissionMs !== undefined && firstAdmissionMs >= gate.opensAtMs);
      assert.ok(firstAdmissionMs - gate.opensAtMs < 500, `opened ${firstAdmissionMs - gate.opensAtMs} ms late`);
    }
  });

  it('draws places that anyone can check with the revealed seed, and appends later numbers', async () => {
    const store = roomStore(redis);
    const gate = await arm(redis, { opensIn: 150 });
    const names = users(101);
    const numbers = new Map<string, number>();
    for (const user of names) {
      const joined = await store.join(gate.eventId, user, 's');
      assert.ok(joined.outcome === 'OK');
      assert.equal(joined.draw, undefined, 'the seed stays secret until the opening');
      numbers.set(user, joined.number);
    }
    await eventually(async () => (await store.advance(gate.eventId, 0)).draw);
    const late = await store.join(gate.eventId, 'latecomer', 's');
    assert.ok(late.outcome === 'OK' && late.draw);
    assert.equal(commitment(Buffer.from(late.draw.seed, 'hex')), gate.commitment, 'the seed is the one committed to');
    assert.equal(late.draw.shuffledCount, 101);
    assert.equal(placeOf(late.number, late.draw), 102);
    const places = new Set<number>();
    for (const [user, number] of numbers) {
      const standing = await store.standing(gate.eventId, user);
      assert.ok(standing.draw);
      const mine = placeOf(number, standing.draw);
      assert.equal(mine, place(Buffer.from(gate.seed, 'hex'), number - 1, 101) + 1);
      places.add(mine);
    }
    assert.equal(places.size, 101);
    assert.equal(Math.max(...places), 101);
  });

  it('admits in the order of places', async () => {
    const store = roomStore(redis);
    const claim = claimer(store);
    const gate = await arm(redis, { opensIn: 100, perMinute: 60_000, burst: 10 });
    const names = users(120);
    await Promise.all(names.map((user) => store.join(gate.eventId, user, 's')));
    await using _runner = startRunner(redis, store, gate.eventId);
    const waiting = new Set(names);
    await eventually(async () => {
      await Promise.all(
        [...waiting].map((user) =>
          claim(gate.eventId, user).then(
            () => waiting.delete(user),
            (error) => assert.ok(refused('NOT_ADMITTED_YET')(error), String(error)),
          ),
        ),
      );
      return waiting.size === 0;
    });
    const { entries } = await readAdmissions(redis, gate.eventId, 1000, '');
    const byPlace = [...entries].sort((a, b) => a.place - b.place);
    assert.deepEqual(
      byPlace.map((entry) => entry.place),
      names.map((_, i) => i + 1),
    );
    for (const [i, entry] of byPlace.entries()) {
      const next = byPlace[i + 1];
      assert.ok(next === undefined || entry.grantMs <= next.grantMs, 'a lower place was granted later');
      assert.ok(entry.place <= entry.servedAtGrant);
    }
  });

  /** Many claimers, releasers and replicas at once; gives the most slots ever taken and granted. */
  async function stampede(slots: number, edit?: Parameters<typeof roomStore>[1]): Promise<number> {
    const store = roomStore(redis, edit);
    const claim = claimer(store);
    const gate = await arm(redis, { opensIn: 50, slots, perMinute: 600_000, burst: 1000 });
    const names = users(150);
    await Promise.all(names.map((user) => store.join(gate.eventId, user, 's')));
    let most = 0;
    const watch = async () => {
      const [active, claimable] = await Promise.all([
        redis.zcard(`${redisKey.waitroom(gate.eventId)}:active`),
        redis.hvals(`${redisKey.waitroom(gate.eventId)}:unclaimed`),
      ]);
      most = Math.max(
        most,
        active,
        claimable.reduce((sum, left) => sum + Number(left), active),
      );
    };
    const waiting = new Set(names);
    await using _a = startRunner(redis, store, gate.eventId);
    await using _b = startRunner(redis, store, gate.eventId);
    await using _c = startRunner(redis, store, gate.eventId);
    await eventually(async () => {
      await Promise.all([
        ...[...waiting].map(async (user) => {
          try {
            await claim(gate.eventId, user);
            waiting.delete(user);
            await watch();
            await systemClock.sleep(Math.random() * 30);
            await store.release(gate.eventId, user, 'paid');
          } catch (error) {
            assert.ok(refused('NOT_ADMITTED_YET')(error), String(error));
          }
        }),
        store.advance(gate.eventId, 0),
        watch(),
      ]);
      return waiting.size === 0;
    }, 15_000);
    return most;
  }

  it('never has more buyers at the till than slots, however many ask at once', async () => {
    const most = await stampede(7);
    assert.ok(most <= 7, `${most} of 7 slots were taken`);
    assert.ok(most >= 5, `only ${most} of 7 slots were ever used: the test did not press`);
  });

  it('negative control: without the guard in advance.lua the limit breaks', async () => {
    const most = await stampede(7, (name, text) => {
      if (name !== 'advance') return text;
      const open = text.replace(/^.*-- guard: hard limit$/m, '');
      assert.notEqual(open, text, 'the guard was not found');
      return open;
    });
    assert.ok(most > 7, `the limit held without its guard (${most}), so the test above proves nothing`);
  });

  it('gives a slot that nobody claimed to the next in line, and says so to the late one', async () => {
    const store = roomStore(redis);
    const claim = claimer(store);
    const gate = await arm(redis, { opensIn: 50, slots: 1, claimWindowMs: 300, ordering: 'FIFO' });
    for (const user of ['first', 'second']) await store.join(gate.eventId, user, 's');
    await using _runner = startRunner(redis, store, gate.eventId);
    await eventually(async () => (await store.read(gate.eventId)).served === 1);
    await assert.rejects(claim(gate.eventId, 'second'), refused('NOT_ADMITTED_YET'));
    const second = await eventually(() => claim(gate.eventId, 'second').catch(() => undefined));
    assert.equal(second.place, 2);
    await assert.rejects(claim(gate.eventId, 'first'), (error: unknown) =>
      ['CLAIM_EXPIRED', 'NOT_JOINED'].some((reason) => refused(reason)(error)),
    );
    // The late one no longer counts as waiting and may queue anew, at the end.
    await eventually(async () => (await store.read(gate.eventId)).waiting === 0);
    const again = await store.join(gate.eventId, 'first', 's2');
    assert.ok(again.outcome === 'OK' && !again.rejoined && again.number === 3);
  });

  it('gives a slot back when its checkout time ends or the order is done', async () => {
    const store = roomStore(redis);
    const claim = claimer(store);
    const gate = await arm(redis, { slots: 1, checkoutTtlMs: 400, ordering: 'FIFO' });
    for (const user of ['a', 'b', 'c']) await store.join(gate.eventId, user, 's');
    await using _runner = startRunner(redis, store, gate.eventId);
    const a = await eventually(() => claim(gate.eventId, 'a').catch(() => undefined));
    assert.deepEqual(await claim(gate.eventId, 'a'), a, 'claiming again gives the same token');
    await assert.rejects(claim(gate.eventId, 'b'), refused('NOT_ADMITTED_YET'));
    await eventually(() => claim(gate.eventId, 'b').catch(() => undefined));
    assert.equal(await store.release(gate.eventId, 'b', 'paid'), true);
    assert.equal(await store.release(gate.eventId, 'b', 'paid'), false);
    const released = performance.now();
    await eventually(() => claim(gate.eventId, 'c').catch(() => undefined));
    assert.ok(performance.now() - released < 400, 'the paid slot was free at once');
  });

  it('admits at the opening, not a pause later, though some left before the draw', async () => {
    const store = roomStore(redis);
    const gate = await arm(redis, { opensIn: 1_000, perMinute: 600_000 });
    await Promise.all(users(700).map((user) => store.join(gate.eventId, user, 's')));
    const { epoch } = await store.read(gate.eventId);
    for (const user of users(600)) await store.leave(gate.eventId, user, { place: 0, draw: undefined, epoch });
    await using runner = startRunner(redis, store, gate.eventId);
    const first = await eventually(async () => runner.ticks.find(({ state }) => state === 'OPEN'));
    assert.ok(first.served > 0, 'whoever hears that the doors are open hears that somebody is through them');
  });

  it('looks at an open room where everybody has been let in only when its tick is due, or when somebody joins', async () => {
    const store = roomStore(redis);
    const gate = await arm(redis, { opensIn: 100, perMinute: 600_000 });
    for (const user of users(3)) await store.join(gate.eventId, user, 's');
    let looks = 0;
    const counted = roomStore(redis);
    counted.advance = async (eventId, minMs) => {
      looks++;
      return await store.advance(eventId, minMs);
    };
    await using runner = startRunner(redis, counted, gate.eventId);
    await eventually(async () => runner.ticks.find(({ served }) => served === 3));
    const before = { looks, ticks: runner.ticks.length };
    await eventually(async () => runner.ticks.length >= before.ticks + 4);
    assert.ok(looks - before.looks <= 6, `${looks - before.looks} looks for 4 ticks`);
    await store.join(gate.eventId, 'later', 's');
    await eventually(async () => runner.ticks.find(({ issued }) => issued === 4));
    assert.equal(runner.ticks.at(-1)?.served, 4, 'the first tick that knows of the newcomer has let them in');
    const ticks = runner.ticks.length;
    for (let n = 0; n < 5; n++) {
      await store.join(gate.eventId, `even later ${n}`, 's');
      runner.naps.end(gate.eventId);
      await eventually(async () => (await store.read(gate.eventId)).served === 5 + n);
    }
    assert.ok(
      runner.ticks.length <= ticks + 2,
      `5 were let in one after the other, within ${runner.ticks.length - ticks} ticks`,
    );
  });

  it('steps over accounts that left, before and after the draw, and loses no place', async () => {
    const store = roomStore(redis);
    const claim = claimer(store);
    const gate = await arm(redis, { opensIn: 300, slots: 5, perMinute: 600_000 });
    const names = users(40);
    await Promise.all(names.map((user) => store.join(gate.eventId, user, 's')));
    const leave = async (user: string) => {
      const { number, draw, epoch } = await store.standing(gate.eventId, user);
      const at = number === undefined || draw === undefined ? 0 : placeOf(number, draw);
      return await store.leave(gate.eventId, user, { place: at, draw, epoch });
    };
    for (const user of names.slice(0, 20)) assert.equal(await leave(user), 'LEFT');
    const back = await store.join(gate.eventId, 'u1', 's');
    assert.ok(back.outcome === 'OK' && back.rejoined && back.number <= 40, 'the old number comes back before the draw');
    await using _runner = startRunner(redis, store, gate.eventId);
    await eventually(async () => (await store.read(gate.eventId)).served > 0);
    for (const user of names.slice(36)) await leave(user);
    const stayed = new Set(['u1', ...names.slice(20, 36)]);
    const started = performance.now();
    await eventually(async () => {
      for (const user of stayed) {
        await claim(gate.eventId, user).then(
          async () => {
            stayed.delete(user);
            await store.release(gate.eventId, user, 'paid');
          },
          () => {},
        );
      }
      return stayed.size === 0;
    });
    assert.ok(performance.now() - started < 4000, 'nobody waited for the window of one who had left');
    const room = await eventually(async () => {
      const now = await store.read(gate.eventId);
      return now.waiting === 0 && now.pendingGone === 0 && now;
    });
    assert.equal(room.issued, room.waiting + room.admitted + room.abandoned, 'issued = waiting + admitted + gone');
    assert.equal(room.admitted, 17);
  });

  it('stops the windows while paused, and goes on where it was', async () => {
    const store = roomStore(redis);
    const claim = claimer(store);
    const gate = await arm(redis, { slots: 1, claimWindowMs: 500, ordering: 'FIFO' });
    for (const user of ['a', 'b']) await store.join(gate.eventId, user, 's');
    await using runner = startRunner(redis, store, gate.eventId);
    await eventually(async () => (await store.read(gate.eventId)).served === 1);
    await redis.hset(redisKey.gate(gate.eventId), { paused: '1', message: 'payments are slow' });
    await eventually(async () => runner.ticks.at(-1)?.state === 'PAUSED');
    assert.equal(runner.ticks.at(-1)?.message, 'payments are slow');
    await assert.rejects(claim(gate.eventId, 'a'), refused('PAUSED'));
    await systemClock.sleep(800);
    assert.equal((await store.read(gate.eventId)).served, 1, 'nobody is admitted during a pause');
    await redis.hset(redisKey.gate(gate.eventId), { paused: '0', message: '' });
    assert.equal((await claim(gate.eventId, 'a')).place, 1, 'the pause did not eat the window');
  });

  it('admits at the rate of the gate, also after it was changed in the open room', async () => {
    const store = roomStore(redis);
    const gate = await arm(redis, { perMinute: 1200, burst: 5 });
    await Promise.all(users(200).map((user) => store.join(gate.eventId, user, 's')));
    await using _runner = startRunner(redis, store, gate.eventId);
    await eventually(async () => (await store.read(gate.eventId)).served >= 5);
    const from = await store.read(gate.eventId);
    await systemClock.sleep(1000);
    const slow = await store.read(gate.eventId);
    const expected = ((slow.nowMs - from.nowMs) / 1000) * 20;
    assert.ok(slow.served - from.served <= expected + 5 + 3, `${slow.served - from.served} at 20/s`);
    assert.ok(slow.served - from.served >= expected / 2, `${slow.served - from.served} at 20/s`);
    await redis.hset(redisKey.gate(gate.eventId), { admissionsPerMinute: '6000' });
    await systemClock.sleep(700);
    const fast = await store.read(gate.eventId);
    // At the old rate it would be 19 at most; a busy machine runs the room less often than every 100 ms.
    assert.ok(fast.served - slow.served >= 25, `${fast.served - slow.served} in 0.7 s at 100/s`);
  });

  it('does not draw while a gate is held over its opening, and lets people join meanwhile', async () => {
    const store = roomStore(redis);
    const gate = await arm(redis, { opensIn: -1000 });
    await redis.hset(redisKey.gate(gate.eventId), { paused: '1', message: 'not ready yet' });
    await store.join(gate.eventId, 'a', 's');
    const held = await store.advance(gate.eventId, 0);
    assert.equal(held.draw, undefined);
    assert.equal(roomState(held), 'PRE_QUEUE');
    await store.join(gate.eventId, 'b', 's');
    await redis.hset(redisKey.gate(gate.eventId), { paused: '0' });
    const open = await store.advance(gate.eventId, 0);
    assert.equal(open.draw?.shuffledCount, 2, 'who joined during the hold takes part in the draw');
    assert.equal(open.served, 2);
  });

  it('opens at once when the gate is armed after its opening', async () => {
    const store = roomStore(redis);
    const claim = claimer(store);
    const gate = await arm(redis, { opensIn: -30_000 });
    assert.equal((await store.join(gate.eventId, 'a', 's')).outcome, 'OK');
    await using runner = startRunner(redis, store, gate.eventId);
    await eventually(() => claim(gate.eventId, 'a').catch(() => undefined));
    assert.equal(runner.ticks.at(-1)?.state, 'OPEN');
  });

  it('starts a room over under a larger epoch when its event is sold again', async () => {
    const store = roomStore(redis);
    const claim = claimer(store);
    const gate = await arm(redis, { opensIn: -100 });
    await store.join(gate.eventId, 'a', 's');
    const first = await store.advance(gate.eventId, 0);
    await claim(gate.eventId, 'a');
    await arm(redis, { eventId: gate.eventId, opensIn: 60_000 });
    const second = await store.advance(gate.eventId, 0);
    assert.ok(second.epoch > first.epoch);
    assert.equal(second.issued, 0);
    await redis.hset(redisKey.gate(gate.eventId), { saleUid: 'another sale' });
    assert.ok((await store.advance(gate.eventId, 0)).epoch > second.epoch);
    const again = await store.join(gate.eventId, 'a', 's');
    assert.ok(again.outcome === 'OK' && again.number === 1 && !again.rejoined);
    await assert.rejects(claim(gate.eventId, 'a'), refused('NOT_ADMITTED_YET'), 'the old slot is void');
  });

  it('says one tick per interval whatever the number of replicas, and a new state at once', async () => {
    const store = roomStore(redis);
    const gate = await arm(redis, { opensIn: 600 });
    await store.join(gate.eventId, 'a', 's');
    await using a = startRunner(redis, store, gate.eventId);
    await using b = startRunner(redis, store, gate.eventId);
    await using c = startRunner(redis, store, gate.eventId);
    await systemClock.sleep(1600);
    const ticks = [...a.ticks, ...b.ticks, ...c.ticks].sort((x, y) => x.seq - y.seq);
    assert.ok(ticks.length >= 3 && ticks.length <= 9, `${ticks.length} ticks in 1.6 s at 250 ms`);
    assert.equal(new Set(ticks.map((tick) => tick.seq)).size, ticks.length);
    const opening = ticks.find((tick) => tick.state === 'OPEN');
    assert.ok(opening && Date.parse(opening.serverTime) - gate.opensAtMs < 250, 'the opening was said late');
    for (const tick of ticks) assert.equal(tick.seed === undefined, tick.state === 'PRE_QUEUE');
    for (const tick of ticks) assert.equal(tick.seedCommitment, gate.commitment);
  });
});
