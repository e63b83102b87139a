import assert from 'node:assert/strict';
import { KubeApiError } from '#operator/kube/api-error.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { ManualClock } from '#runtime/clock.ts';
import { silentLogger } from '#runtime/log.ts';
import { zoneCounter } from './zones.ts';

describe('the zones of a cluster', () => {
  const signal = new AbortController().signal;

  function counter(list: () => object[]) {
    let asked = 0;
    const client = {
      list: async () => {
        asked++;
        return list();
      },
    } as unknown as KubeClient;
    const clock = new ManualClock();
    return { clock, asked: () => asked, zones: zoneCounter({ client, clock, log: silentLogger() }) };
  }
  const node = (zone?: string) => ({
    metadata: { name: 'n', labels: zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone } },
  });

  it('are those that nodes name: a node without a zone is not one more', async () => {
    const three = counter(() => [node('a'), node('b'), node('b'), node('c'), node()]);
    assert.equal(await three.zones(signal), 3);
    assert.equal(await three.zones(signal), 3);
    assert.equal(three.asked(), 1);
    assert.equal(await counter(() => [node(), node()]).zones(signal), 1);
    assert.equal(await counter(() => []).zones(signal), 1);
  });

  it('are asked for again soon after a failure, and meanwhile are what they were; a refusal is an answer', async () => {
    let answer: 'zones' | 'away' | 'forbidden' = 'away';
    const { zones, clock, asked } = counter(() => {
      if (answer === 'away') throw new Error('away');
      if (answer === 'forbidden') throw new KubeApiError('list nodes', 403, undefined);
      return [node('a'), node('b')];
    });
    assert.equal(await zones(signal), 1);
    answer = 'zones';
    await clock.advance(10_000);
    assert.equal(await zones(signal), 2);
    answer = 'away';
    await clock.advance(600_000);
    assert.equal(await zones(signal), 2);
    answer = 'forbidden';
    await clock.advance(10_000);
    assert.equal(await zones(signal), 2);
    const before = asked();
    await clock.advance(599_999);
    assert.equal(await zones(signal), 2);
    assert.equal(asked(), before);
  });
});
