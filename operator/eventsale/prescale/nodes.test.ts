import assert from 'node:assert/strict';
import type { KubeClient } from '#operator/kube/client.ts';
import { ManualClock } from '#runtime/clock.ts';
import type { Placement } from '../placement.ts';
import { freeRoomOf, nodesLine } from './nodes.ts';
import type { Deployment } from './workloads.ts';

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
    const rooms = await Promise.all(Array.from({ length: 50 }, () => freeRoom({}, signal)));
    assert.deepEqual(rooms[49], { cpu: 1750, memory: 3 * 2 ** 30 });
    assert.equal(lists(), 2);
    await clock.advance(9_999);
    await freeRoom({}, signal);
    assert.equal(lists(), 2);
    await clock.advance(1);
    await freeRoom({}, signal);
    assert.equal(lists(), 4);
  });

  it('is asked for again at once after a failure', async () => {
    let down = true;
    const { client, lists } = counted(() => {
      if (down) throw new Error('away');
      return [];
    });
    const freeRoom = freeRoomOf({ client, clock: new ManualClock() });
    await assert.rejects(freeRoom({}, signal), /away/);
    down = false;
    const before = lists();
    assert.deepEqual(await freeRoom({}, signal), { cpu: 0, memory: 0 });
    assert.ok(lists() > before);
  });

  it('is what is left on nodes where the pods may run: by their labels, and by taints that are tolerated', async () => {
    const other = (name: string, labels: object, taints: object[]) => ({
      ...node,
      metadata: { name, labels },
      spec: { taints },
    });
    const nodes = [
      node,
      other('gpu', {}, [{ key: 'gpu', value: 'a100', effect: 'NoSchedule' }]),
      other('sale', { pool: 'sale' }, [{ key: 'sale', effect: 'NoSchedule' }]),
      other('busy', {}, [{ key: 'busy', effect: 'PreferNoSchedule' }]),
    ];
    const { client } = counted((kind) => (kind === 'Node' ? nodes : [pod]));
    const freeRoom = freeRoomOf({ client, clock: new ManualClock() });
    const cpu = async (placement: Placement) => (await freeRoom(placement, signal)).cpu;
    const [here, whole] = [1_750, 2_000];
    assert.equal(await cpu({}), here + whole);
    assert.equal(await cpu({ tolerations: [{ key: 'gpu', value: 'a100' }] }), here + 2 * whole);
    assert.equal(await cpu({ tolerations: [{ key: 'gpu', value: 'h100' }] }), here + whole);
    assert.equal(await cpu({ tolerations: [{ key: 'sale', operator: 'Exists', effect: 'NoExecute' }] }), here + whole);
    assert.equal(await cpu({ tolerations: [{ operator: 'Exists' }] }), here + 3 * whole);
    assert.equal(await cpu({ nodeSelector: { pool: 'sale' } }), 0);
    assert.equal(await cpu({ nodeSelector: { pool: 'sale' }, tolerations: [{ key: 'sale' }] }), whole);
  });

  it('is compared with what the missing replicas ask for', async () => {
    const containers = [{ resources: { requests: { cpu: '500m', memory: '512Mi' } } }];
    const gateway = { spec: { template: { spec: { containers } } }, status: { readyReplicas: 1 } };
    const deploymentOf = () => gateway as unknown as Deployment;
    let asked = 0;
    const look = (want: number, cpu: number, memory = 2 ** 40) =>
      nodesLine({
        floors: { gateway: want },
        deploymentOf,
        signal,
        freeRoom: async () => {
          asked++;
          return { cpu, memory };
        },
      });
    assert.equal((await look(1, 0)).ready, true);
    assert.equal(asked, 0);
    assert.equal((await look(4, 1500)).ready, true);
    const short = await look(4, 1499);
    assert.equal(short.ready, false);
    assert.match(short.message ?? '', /^3 pods ask for 1500m CPU and 1536 Mi, nodes have 1499m and .* free: add nodes/);
    assert.equal((await look(4, 9000, 3 * 2 ** 29 - 1)).ready, false);
  });
});
