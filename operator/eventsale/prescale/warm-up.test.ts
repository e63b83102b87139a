import assert from 'node:assert/strict';
import { ManualClock } from '#runtime/clock.ts';
import { aPlatform } from '../testing/platform-builder.ts';
import { PrescaleMemory } from './prescale.ts';
import { warmKey } from './warm-up.ts';
import { type Deployment, workloadLines } from './workloads.ts';

describe('warming up', () => {
  it('is done once for what the sale wants, not again for every replica that an autoscaler adds while buyers come', async () => {
    const memory = new PrescaleMemory();
    const clock = new ManualClock();
    let reads = 0;
    const warm = async (gateways: number, floor: number) => {
      const deployment = {
        metadata: { name: 'gateway', generation: 1 },
        spec: {},
        status: { observedGeneration: 1, readyReplicas: gateways, updatedReplicas: gateways },
      } as unknown as Deployment;
      const key = warmKey(workloadLines(aPlatform(), { gateway: floor }, () => deployment));
      await memory.recall('warm-up', key, Number.POSITIVE_INFINITY, clock, async () => {
        reads++;
        return { what: 'warm-up', want: '', have: '', ready: true };
      });
    };
    await warm(4, 4);
    await warm(5, 4);
    await warm(9, 4);
    assert.equal(reads, 1);
    await warm(9, 8);
    assert.equal(reads, 2);
  });
});
