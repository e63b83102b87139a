import assert from 'node:assert/strict';
import { ManualClock, systemClock } from './clock.ts';

describe('systemClock', () => {
  it('does not wake at once from a sleep longer than a timer can hold', async () => {
    const stop = new AbortController();
    let woke = false;
    const sleeping = systemClock.sleep(2 ** 32, stop.signal).then(() => {
      woke = true;
    });
    await systemClock.sleep(20);
    assert.equal(woke, false);
    stop.abort(new Error('test over'));
    await assert.rejects(sleeping, /test over/);
  });

  it('sleeps at least as long as asked', async () => {
    const before = systemClock.monotonic();
    await systemClock.sleep(30);
    assert.ok(systemClock.monotonic() - before >= 29);
  });

  it('rejects at once when the signal is already aborted', async () => {
    await assert.rejects(systemClock.sleep(1000, AbortSignal.abort(new Error('gone'))), /gone/);
  });
});

describe('ManualClock', () => {
  it('wakes sleepers in order of their instants, equal instants in order of arrival', async () => {
    const clock = new ManualClock(0);
    const woken: string[] = [];
    const sleeper = (name: string, ms: number) => clock.sleep(ms).then(() => woken.push(`${name}@${clock.now()}`));
    const all = [sleeper('late', 30), sleeper('early', 10), sleeper('same', 10)];
    await clock.advance(20);
    assert.deepEqual(woken, ['early@10', 'same@10']);
    await clock.advance(10);
    await Promise.all(all);
    assert.deepEqual(woken, ['early@10', 'same@10', 'late@30']);
  });

  it('runs a loop that sleeps again, once for each period that passed', async () => {
    const clock = new ManualClock(0);
    const ticks: number[] = [];
    const stop = new AbortController();
    const loop = (async () => {
      for (;;) {
        await clock.sleep(100, stop.signal);
        ticks.push(clock.now());
      }
    })();
    await clock.advance(350);
    assert.deepEqual(ticks, [100, 200, 300]);
    stop.abort(new Error('stop'));
    await assert.rejects(loop, /stop/);
    assert.equal(clock.sleeping, 0);
  });
});
