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
    const zonesFor = zoneCounter({ client, clock, log: silentLogger() });
    return { clock, asked: () => asked, zonesFor, zones: (stop: AbortSignal) => zonesFor(undefined, stop) };
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

  it('are those of nodes on which pods of the platform may run', async () => {
    const pool = (zone: string, spec: object = {}, labels: object = {}) => ({
      metadata: { name: zone, labels: { 'topology.kubernetes.io/zone': zone, ...labels } },
      spec,
    });
    const taint = (key: string, effect = 'NoSchedule', value?: string) => ({ taints: [{ key, effect, value }] });
    const { zonesFor, asked } = counter(() => [
      pool('a', {}, { pool: 'tickets' }),
      pool('b', taint('dedicated', 'NoSchedule', 'tickets'), { pool: 'tickets' }),
      pool('c', taint('gpu', 'NoExecute')),
      pool('d', { unschedulable: true, ...taint('node.kubernetes.io/unschedulable') }),
      pool('e', taint('spot', 'PreferNoSchedule')),
    ]);
    assert.equal(await zonesFor({}, signal), 2, 'a and e');
    assert.equal(await zonesFor(undefined, signal), 2);
    assert.equal(await zonesFor({ nodeSelector: { pool: 'tickets' } }, signal), 1, 'a');
    const tolerations = [{ key: 'dedicated', operator: 'Equal', value: 'tickets' }];
    assert.equal(await zonesFor({ nodeSelector: { pool: 'tickets' }, tolerations }, signal), 2, 'a and b');
    assert.equal(await zonesFor({ nodeSelector: { pool: 'nowhere' } }, signal), 1, 'one, for want of a better guess');
    assert.equal(await zonesFor({ tolerations: [{ operator: 'Exists' }] }, signal), 4, 'all but the one cordoned');
    assert.equal(asked(), 1, 'one list for all platforms');
  });

  it('do not become fewer when the nodes of one are in trouble: that is what the head-room is for', async () => {
    const sick = (zone: string, key: string) => ({ ...node(zone), spec: { taints: [{ key, effect: 'NoExecute' }] } });
    const { zones } = counter(() => [
      node('a'),
      sick('b', 'node.kubernetes.io/unreachable'),
      sick('c', 'node.kubernetes.io/not-ready'),
    ]);
    assert.equal(await zones(signal), 3);
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
