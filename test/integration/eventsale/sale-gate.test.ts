import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createSaleGate, type DesiredGate, GateRefused, type SaleGate } from '#operator/external/sale-gate.ts';
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

  it('measures the clock of Redis against ours', async () => {
    const desired = wanted();
    const ahead = createSaleGate(redis, { ...systemClock, now: () => Date.now() - 3_000 });
    const observed = await ahead.observe(desired, signal);
    assert.ok(Math.abs(observed.offsetMs - 3_000) < 200, String(observed.offsetMs));
    assert.ok(Math.abs((await gate.observe(desired, signal)).offsetMs) < 200);
  });
});
