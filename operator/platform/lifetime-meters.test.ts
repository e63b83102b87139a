import assert from 'node:assert/strict';
import { ManualClock } from '#runtime/clock.ts';
import { Registry } from '#runtime/metrics.ts';
import { lifetimeMeters } from './lifetime-meters.ts';
import { aPlatform } from './testing/a-platform.ts';

const T0 = Date.UTC(2027, 0, 1);
const platform = aPlatform();
const madeAt = (ms: number) => ({
  ...platform,
  metadata: { ...platform.metadata, creationTimestamp: new Date(ms).toISOString() },
});
const ready = (status: 'True' | 'False') => ({
  conditions: [{ type: 'Ready', status, reason: 'AsSpecified', message: '', lastTransitionTime: '' }],
});

describe('lifetimeMeters', () => {
  let clock: ManualClock;
  let metrics: Registry;
  let meters: ReturnType<typeof lifetimeMeters>;
  beforeEach(() => {
    clock = new ManualClock(T0);
    metrics = new Registry();
    meters = lifetimeMeters(metrics, clock);
  });
  const value = async (line: string) =>
    Number(new RegExp(`^${line} (\\S+)$`, 'm').exec(await metrics.metrics())?.[1] ?? 0);

  it('count the first readiness of a platform that was made under their eyes, once', async () => {
    const made = madeAt(T0 + 10_000);
    await clock.advance(70_000);
    meters.written(made, ready('False'));
    assert.equal(await value('platform_first_time_to_readiness_seconds_count'), 0);
    meters.written(made, ready('True'));
    meters.written(made, ready('False'));
    await clock.advance(70_000);
    meters.written(made, ready('True'));
    assert.equal(await value('platform_first_time_to_readiness_seconds_count'), 1);
    assert.equal(await value('platform_first_time_to_readiness_seconds_sum'), 60);
  });

  it('do not take the readiness of an old platform after a restart for its first', async () => {
    meters.written(madeAt(T0 - 1_000), ready('True'));
    assert.equal(await value('platform_first_time_to_readiness_seconds_count'), 0);
  });

  it('tell how long a change outside can have lived, and how long a deletion took', async () => {
    meters.drifted('TopicsReady', 240_000);
    assert.equal(await value('platform_drift_seconds_sum\\{concern="TopicsReady"\\}'), 240);
    assert.equal(await value('drift_detected_total\\{concern="TopicsReady"\\}'), 1);
    const { metadata } = platform;
    meters.deleted({ ...platform, metadata: { ...metadata, deletionTimestamp: new Date(T0 - 12_000).toISOString() } });
    assert.equal(await value('platform_deletion_seconds_sum'), 12);
  });

  it('have a series of every concern before anything drifts, so that the first change is an increase', async () => {
    assert.match(await metrics.metrics(), /^drift_detected_total\{concern="TopicsReady"\} 0$/m);
  });
});
