import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createSaleGate, type DesiredGate, GateRefused, obeys, type SaleGate } from '#operator/external/sale-gate.ts';
import { redisKey } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { createRedis, type Redis } from '#runtime/redis.ts';

describe('the gate of a sale in real Redis', function () {
  this.timeout(60_000);
  const signal = new AbortController().signal;
  let backing: Backing<'redis'>;
  let redis: Redis;
  let gate: SaleGate;

  before(async () => {
    backing = await startBacking({ which: ['redis'] });
    redis = createRedis({ address: backing.redis.address, log: silentLogger() });
    gate = createSaleGate(redis, systemClock);
  });
  after(async () => {
    redis?.disconnect();
    await backing?.stop();
  });

  const wanted = (change: Partial<DesiredGate> = {}): DesiredGate => ({
    eventId: randomUUID(),
    saleUid: 'sale-1',
    generation: 1,
    fencingToken: 7,
    preQueueAtMs: Date.now() - 1_000,
    opensAtMs: Date.now() + 60_000,
    closesAtMs: Date.now() + 120_000,
    armedAtMs: 0,
    paused: false,
    message: '',
    admissionsPerMinute: 600,
    maxConcurrentCheckouts: 10,
    maxQueueLength: 0,
    checkoutTtlMs: 600_000,
    claimWindowMs: 120_000,
    ordering: 'ShuffleThenFIFO',
    ...change,
  });
  async function write(desired: DesiredGate): Promise<void> {
    await gate.apply(gate.diff(desired, await gate.observe(desired, signal)), signal);
  }
  const fields = (desired: DesiredGate) => redis.hgetall(redisKey.gate(desired.eventId));
  const refusedAs = (verdict: string) => (error: unknown) => error instanceof GateRefused && error.verdict === verdict;

  it('is written once, read back without difference, and listed as a room', async () => {
    const desired = wanted();
    await write(desired);
    const observed = await gate.observe(desired, signal);
    assert.deepEqual(gate.diff(desired, observed), []);
    assert.equal(observed.fields?.['opensAtMs'], String(desired.opensAtMs));
    assert.equal(await redis.sismember(redisKey.rooms(), desired.eventId), 1);
  });

  it('keeps its seed and commitment over every later write', async () => {
    const desired = wanted();
    await write(desired);
    const before = await fields(desired);
    await write({ ...desired, armedAtMs: Date.now(), admissionsPerMinute: 300 });
    const after = await fields(desired);
    assert.equal(after['seed'], before['seed']);
    assert.equal(after['seedCommitment'], before['seedCommitment']);
    assert.match(before['seed'] ?? '', /^[0-9a-f]{64}$/);
    assert.equal(after['burst'], '5');
  });

  it('refuses a write of an older leader, and changes nothing then', async () => {
    const desired = wanted();
    await write(desired);
    const before = await fields(desired);
    const older = { ...desired, fencingToken: 6, opensAtMs: desired.opensAtMs - 30_000 };
    await assert.rejects(write(older), refusedAs('FENCED'));
    await assert.rejects(gate.remove(older, signal), refusedAs('FENCED'));
    assert.deepEqual(await fields(desired), before);
  });

  it('refuses to move an opening that has happened, by Redis time', async () => {
    const desired = wanted({ opensAtMs: Date.now() - 10 });
    await write(desired);
    await assert.rejects(write({ ...desired, opensAtMs: Date.now() + 60_000 }), refusedAs('OPEN'));
    await write({ ...desired, paused: true });
    assert.equal((await fields(desired))['paused'], '1');
  });

  it('may move an opening that never was: paused and unproved', async () => {
    const desired = wanted({ opensAtMs: Date.now() - 10, paused: true });
    await write(desired);
    await write({ ...desired, opensAtMs: Date.now() + 60_000 });
  });

  it('refuses the event of another live sale, and takes over one that is closed with a fresh seed', async () => {
    const desired = wanted();
    await write(desired);
    const other = { ...desired, saleUid: 'sale-2' };
    await assert.rejects(write(other), refusedAs('TAKEN'));
    const { seed } = await fields(desired);
    await gate.remove(desired, signal);
    await write(other);
    const taken = await fields(other);
    assert.equal(taken['saleUid'], 'sale-2');
    assert.notEqual(taken['seed'], seed);
    assert.equal(await redis.ttl(redisKey.gate(other.eventId)), -1);
  });

  it('closes at once, keeps the gate for a day, and leaves a foreign one alone', async () => {
    const desired = wanted();
    await write(desired);
    await gate.remove({ ...desired, saleUid: 'sale-2' }, signal);
    assert.equal((await fields(desired))['closesAtMs'], String(desired.closesAtMs));
    await gate.remove(desired, signal);
    assert.ok(Number((await fields(desired))['closesAtMs']) <= Date.now() + 50);
    assert.ok((await redis.ttl(redisKey.gate(desired.eventId))) > 86_000);
    await gate.remove({ ...desired, eventId: randomUUID() }, signal);
  });

  describe('that another region takes over', () => {
    const inRegion = (name: string, term: number, change: Partial<DesiredGate> = {}) => ({
      saleUid: `uid-in-${name}`,
      region: { sale: 'one-night@orders', name, term, voidMargin: 1_000 },
      ...change,
    });

    it('obeys the same sale there, with the same room, and the one before no more', async () => {
      const east = wanted({ ...inRegion('east', 1), fencingToken: 40, opensAtMs: Date.now() - 10, decided: 'Open' });
      await write(east);
      const before = await fields(east);
      // Leaders are numbered in each region for itself.
      const west = { ...east, ...inRegion('west', 2), fencingToken: 3 };
      assert.ok(obeys(before, west));
      await assert.rejects(write({ ...west, opensAtMs: Date.now() + 60_000 }), refusedAs('OPEN'));
      await write(west);
      const after = await fields(west);
      for (const name of ['saleUid', 'seed', 'seedCommitment', 'opensAtMs']) assert.equal(after[name], before[name]);
      assert.deepEqual([after['ownerUid'], after['regionTerm'], after['region']], ['uid-in-west', '2', 'west']);
      await assert.rejects(write({ ...east, paused: true }), (error: unknown) => {
        assert.ok(error instanceof GateRefused && error.verdict === 'FENCED');
        assert.match(error.message, /term 2 of the region's lease, and this platform has term 1/);
        return true;
      });
      await assert.rejects(gate.remove(east, signal), refusedAs('FENCED'));
      assert.deepEqual(await fields(west), after);
      await gate.remove(west, signal);
      const shut = await fields(west);
      assert.ok(Number(shut['closedAtMs']) > 0 && shut['decided'] === 'Open');
    });

    it('refuses another sale, and the same one where the region before has not lost its lease', async () => {
      const east = wanted(inRegion('east', 2));
      await write(east);
      const another = { sale: 'other-night@orders', name: 'west', term: 3, voidMargin: 1_000 };
      await assert.rejects(write({ ...east, ...inRegion('west', 3), region: another }), refusedAs('TAKEN'));
      await assert.rejects(write({ ...east, ...inRegion('west', 2) }), refusedAs('TAKEN'));
      await assert.rejects(write({ ...east, ...inRegion('west', 1) }), refusedAs('FENCED'));
      const { region: _alone, ...noRegion } = east;
      await assert.rejects(write({ ...noRegion, saleUid: 'sale-2' }), refusedAs('FENCED'));
      assert.equal((await fields(east))['ownerUid'], 'uid-in-east');
    });

    it('never began in a region without a lease: that proves nothing about who sells there', async () => {
      const { region: _alone, ...east } = wanted(inRegion('east', 0));
      await write(east);
      await assert.rejects(write({ ...east, ...inRegion('west', 1) }), refusedAs('TAKEN'));
    });

    it('starts afresh where the sale was deleted', async () => {
      const east = wanted(inRegion('east', 1));
      await write(east);
      const { seed } = await fields(east);
      await gate.remove(east, signal, { forget: true });
      const west = { ...east, ...inRegion('west', 2) };
      assert.ok(!obeys(await fields(east), west));
      await write(west);
      assert.notEqual((await fields(west))['seed'], seed);
      assert.equal((await fields(west))['closedAtMs'], undefined);
    });
  });

  it('measures the clock of Redis against ours', async () => {
    const desired = wanted();
    const ahead = createSaleGate(redis, { ...systemClock, now: () => Date.now() - 3_000 });
    const observed = await ahead.observe(desired, signal);
    assert.ok(Math.abs(observed.offsetMs - 3_000) < 200, String(observed.offsetMs));
    assert.ok(Math.abs((await gate.observe(desired, signal)).offsetMs) < 200);
  });
});
