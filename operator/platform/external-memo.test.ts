import assert from 'node:assert/strict';
import { ManualClock } from '#runtime/clock.ts';
import { ExternalMemo, type Finding } from './external-memo.ts';

const slot = { platformUid: 'u', concern: 'TopicsReady' };
const ready = (value: string, applied: Finding<string>['applied'] = []): Finding<string> => ({
  state: 'ready',
  reason: 'AsSpecified',
  message: '',
  value,
  plan: [],
  applied,
});
const failed: Finding<string> = { ...ready(''), state: 'failed', reason: 'Unreachable', value: undefined };

describe('ExternalMemo', () => {
  let clock: ManualClock;
  let memo: ExternalMemo;
  let looks: number;
  beforeEach(() => {
    clock = new ManualClock();
    memo = new ExternalMemo(() => 0.5);
    looks = 0;
  });
  const look = (inputs: string, finding: Finding<string>) =>
    memo.look(slot, inputs, { driftMs: 300_000, nowMs: () => clock.now() }, async () => {
      looks += 1;
      return finding;
    });

  it('asks nobody until the drift interval is over', async () => {
    await look('a', ready('1'));
    await clock.advance(299_000);
    const second = await look('a', ready('2'));
    assert.equal(looks, 1);
    assert.equal(second.finding.value, '1');
    assert.equal(second.nextLookInMs, 1_000);
    await clock.advance(1_000);
    assert.equal((await look('a', ready('2'))).finding.value, '2');
  });

  it('looks at once when what is wanted changed', async () => {
    await look('a', ready('1'));
    assert.equal((await look('b', ready('2'))).fresh, true);
    assert.equal(looks, 2);
  });

  it('backs off from a system that fails, and keeps the last known facts', async () => {
    await look('a', ready('1'));
    await clock.advance(300_000);
    const first = await look('a', failed);
    assert.equal(first.finding.value, '1');
    await look('a', failed);
    assert.equal(looks, 2);
    await clock.advance(first.nextLookInMs);
    const second = await look('a', failed);
    assert.equal(looks, 3);
    assert.ok(second.nextLookInMs > first.nextLookInMs);
  });

  it('asks ever less often what only takes its time, and anew at once when something was done', async () => {
    const waiting = (applied: Finding<string>['applied'] = []): Finding<string> => ({
      ...ready('1', applied),
      state: 'waiting',
      reason: 'Progressing',
    });
    const change = { target: 't', action: 'create', reason: 'r' } as const;
    const times: number[] = [];
    for (const finding of [
      waiting([change]),
      waiting(),
      waiting(),
      waiting(),
      waiting(),
      waiting(),
      waiting([change]),
    ]) {
      const { nextLookInMs } = await look('a', finding);
      times.push(nextLookInMs);
      await clock.advance(nextLookInMs);
    }
    assert.deepEqual(times, [2_000, 2_000, 4_000, 8_000, 15_000, 15_000, 2_000]);
  });

  it('calls it drift, of an unknown age, when the leader before had found it as it is wanted', async () => {
    const change = { target: 't', action: 'update', reason: 'r' } as const;
    const of = (concern: string, finding: Finding<string>) =>
      memo.look(
        { ...slot, concern },
        'a',
        { driftMs: 1, nowMs: () => clock.now(), stoodBefore: true },
        async () => finding,
      );
    assert.deepEqual((await of('TopicsReady', ready('1', [change]))).drift, { withinMs: undefined });
    assert.equal((await of('TemporalReady', ready('1'))).drift, undefined);
    // Once looked at, this process knows better.
    await clock.advance(2);
    assert.equal((await look('b', ready('1', [change]))).drift, undefined);
  });

  it('calls it drift only when something settled had to be changed again', async () => {
    const change = { target: 't', action: 'update', reason: 'r' } as const;
    assert.equal((await look('a', ready('1', [change]))).drift, undefined);
    await clock.advance(300_000);
    assert.deepEqual((await look('a', ready('1', [change]))).drift, { withinMs: 300_000 });
  });

  it('still calls it drift after looks that failed, and after the interval changed because a sale comes up', async () => {
    const change = { target: 't', action: 'update', reason: 'r' } as const;
    await look('a', ready('1'));
    await clock.advance(300_000);
    const { nextLookInMs } = await look('a', failed);
    await clock.advance(nextLookInMs);
    assert.deepEqual((await look('a', ready('1', [change]))).drift, { withinMs: 300_000 + nextLookInMs });

    await clock.advance(1_000);
    const sooner = await memo.look(slot, 'a', { driftMs: 30_000, nowMs: () => clock.now() }, async () =>
      ready('1', [change]),
    );
    assert.equal(sooner.fresh, true);
    assert.deepEqual(sooner.drift, { withinMs: 1_000 });
  });

  it('calls it drift once when only a person can put right what was changed', async () => {
    const found = [{ target: 'Redis', action: 'wait', reason: 'drops keys' }] as const;
    await look('a', ready('1'));
    await clock.advance(300_000);
    const first = await look('a', { ...failed, found });
    assert.deepEqual(first.drift, { withinMs: 300_000 });
    await clock.advance(first.nextLookInMs);
    assert.equal((await look('a', { ...failed, found })).drift, undefined);
  });

  it('knows what the leader before had found also when its own first look fails', async () => {
    const change = { target: 't', action: 'update', reason: 'r' } as const;
    const options = { driftMs: 300_000, nowMs: () => clock.now(), stoodBefore: true };
    const { nextLookInMs } = await memo.look(slot, 'a', options, async () => failed);
    await clock.advance(nextLookInMs);
    assert.deepEqual((await memo.look(slot, 'a', options, async () => ready('1', [change]))).drift, {
      withinMs: undefined,
    });
  });

  it('does not call it drift when what failed was never as wanted', async () => {
    const change = { target: 't', action: 'update', reason: 'r' } as const;
    const { nextLookInMs } = await look('a', failed);
    await clock.advance(nextLookInMs);
    assert.equal((await look('a', ready('1', [change]))).drift, undefined);
  });
});
