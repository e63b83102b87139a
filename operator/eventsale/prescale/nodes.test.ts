import assert from 'node:assert/strict';
import type { KubeClient } from '#operator/kube/client.ts';
import { ManualClock } from '#runtime/clock.ts';
import { freeRoomOf } from './nodes.ts';

describe('room on the nodes', () => {
  const signal = new AbortController().signal;
  const node = {
    metadata: { name: 'n' },
    status: { allocatable: { cpu: '2', memory: '4Gi' }, conditions: [{ type: 'Ready', status: 'True' }] },
  };
  const pod = { spec: { nodeName: 'n', containers: [{ resources: { requests: { cpu: '250m', memory: '1Gi' } } }] } };

  function counted(answer: (kind: string) => object[]) {
    let lists = 0;
    const client = {
      list: async ({ kind }: { kind: string }) => {
        lists++;
        return answer(kind);
      },
    } as unknown as KubeClient;
    return { client, lists: () => lists };
  }

  it('is counted once for all sales that ask within ten seconds', async () => {
    const clock = new ManualClock();
    const { client, lists } = counted((kind) => (kind === 'Node' ? [node] : [pod]));
    const freeRoom = freeRoomOf({ client, clock });
    const rooms = await Promise.all(Array.from({ length: 50 }, () => freeRoom(signal)));
    assert.deepEqual(rooms[49], { cpu: 1750, memory: 3 * 2 ** 30 });
    assert.equal(lists(), 2);
    await clock.advance(9_999);
    await freeRoom(signal);
    assert.equal(lists(), 2);
    await clock.advance(1);
    await freeRoom(signal);
    assert.equal(lists(), 4);
  });

  it('is asked for again at once after a failure', async () => {
    let down = true;
    const { client, lists } = counted(() => {
      if (down) throw new Error('away');
      return [];
    });
    const freeRoom = freeRoomOf({ client, clock: new ManualClock() });
    await assert.rejects(freeRoom(signal), /away/);
    down = false;
    const before = lists();
    assert.deepEqual(await freeRoom(signal), { cpu: 0, memory: 0 });
    assert.ok(lists() > before);
  });
});
