import assert from 'node:assert/strict';
import { ManualClock } from '#runtime/clock.ts';
import type { FulfilOutcome } from '../workflows/contract.ts';
import { type RestateDeps, restateStock } from './restate-stock.ts';

const request = { orderId: '', eventId: '', userId: '', code: '', email: '', fullName: '', language: 'vi' } as const;
const known = { request: { ...request, provider: 'payos', returnUrl: '', rehearsal: false, lines: [] } } as const;

/** Inventory knows `lost` of the orders no more; those that are restated at once take a second. */
function world(lost: ReadonlySet<string>, outcomes: Readonly<Record<string, FulfilOutcome>> = {}) {
  const clock = new ManualClock(0);
  const asked: number[] = [];
  const returned: string[] = [];
  const deps: RestateDeps = {
    inventory: {
      listUnconfirmed: async ({ orderIds = [] }) => {
        asked.push(orderIds.length);
        return { orderIds: orderIds.filter((id) => lost.has(id)) };
      },
    },
    activities: {
      readOrder: async (orderId) => ({ ...known, state: orderId.startsWith('given-back') ? 'REFUNDED' : 'PAID' }),
      fulfil: async (orderId) => {
        await clock.advance(1_000);
        return outcomes[orderId] ?? 'paid';
      },
      holdAgain: async () => false,
      returnStock: async (orderId) => void returned.push(orderId),
    },
    workflows: { eventCancelled: async () => assert.fail('nothing is cancelled') },
    clock,
  };
  return { deps, asked, returned };
}
const ids = (count: number) => Array.from({ length: count }, (_, n) => `o${n}`);

describe('restating stock', () => {
  it('asks for many orders at once, and touches those alone that own none', async () => {
    const { deps, asked } = world(new Set(['o1', 'o700']));
    assert.deepEqual(await restateStock(deps, ids(1_200), 60_000), { restated: ['o1', 'o700'], without: [] });
    assert.deepEqual(asked, [500, 500, 200]);
  });

  it('leaves to the next time what there is no time for, and counts it', async () => {
    const { deps } = world(new Set(ids(100)));
    const { restated, without } = await restateStock(deps, ids(100), 10_000);
    assert.deepEqual([restated.length, without.length], [80, 20]);
  });

  it('knows who is given back, and gives back what such an order was given', async () => {
    const { deps, returned } = world(new Set(['given-back', 'closed', 'gone', 'expired']), {
      ...{ closed: 'closed', gone: 'gone', expired: 'expired' },
    });
    const { restated, without } = await restateStock(deps, ['given-back', 'closed', 'gone', 'expired'], 60_000);
    assert.deepEqual([restated, without.toSorted()], [[], ['expired', 'gone']]);
    assert.deepEqual(returned, ['closed']);
  });
});
