import assert from 'node:assert/strict';
import { type FinalizeScope, finalizeSale } from './finalize.ts';
import { aPlatform } from './testing/platform-builder.ts';
import { aSale } from './testing/sale-builder.ts';

const NOW = Date.parse('2027-01-10T03:00:00Z');

/** A sale that raised something and is deleted so long ago, where neither AWS nor Redis can be reached. */
function deleted(minutesAgo: number): FinalizeScope {
  const sale = aSale();
  const deletionTimestamp = new Date(NOW - minutesAgo * 60_000).toISOString();
  const away = (): never => {
    throw new Error('connect ECONNREFUSED');
  };
  const scope = {
    sale: {
      ...sale,
      metadata: { ...sale.metadata, deletionTimestamp },
      status: { prescale: [{ what: 'beginning', want: 'every line', have: 'none yet', ready: false }] },
    },
    platform: aPlatform(),
    overlapping: () => [],
    clock: { now: () => NOW },
    zones: 1,
    links: { cloudOf: away, of: away },
    ...{ hpaOf: () => undefined, budgetOf: () => undefined, fencingToken: 1, finalizer: 'f' },
    client: { delete: async () => false, get: async () => undefined },
    signal: new AbortController().signal,
  };
  return scope as unknown as FinalizeScope;
}

describe('a sale that is deleted while AWS is away', () => {
  it('waits, and says for what and how not to', async () => {
    const { again, message } = await finalizeSale(deleted(4));
    assert.equal(again, true);
    assert.match(
      message,
      /^lambda\/webhooks could not be given back: connect ECONNREFUSED\. To delete without waiting: kubectl/,
    );
  });

  it('goes after five minutes, and says who gives back what stayed', async () => {
    const { again, message } = await finalizeSale(deleted(5));
    assert.equal(again, false);
    assert.match(
      message,
      /^lambda\/webhooks could not be given back: .*the platform gives warm environments back once AWS answers/,
    );
  });
});
