import assert from 'node:assert/strict';
import { createNamespace } from '#operator/external/temporal.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { bringTo, differences } from './converging.ts';

const HOUR = 3_600_000;

describe('Temporal namespace on a real server', () => {
  let backing: Backing<'temporal'>;
  const wanted = (name: string, hours: number) => ({
    name,
    retentionMs: hours * HOUR,
    description: 'orders of tickets',
  });

  before(async function () {
    this.timeout(180_000);
    backing = await startBacking({ which: ['temporal'] });
  });
  after(() => backing?.stop());

  const adapter = () => createNamespace({ address: backing.temporal.address });

  it('registers a namespace with its retention, then finds nothing to do', async () => {
    const done = await bringTo(adapter(), wanted('tickets', 72));
    assert.deepEqual(
      done.map(({ action }) => action),
      ['create'],
    );
    const observed = await adapter().observe(wanted('tickets', 72), AbortSignal.timeout(10_000));
    assert.equal(observed.retentionMs, 72 * HOUR);
    assert.deepEqual(await differences(adapter(), wanted('tickets', 72)), []);
  });

  it('changes the retention', async function () {
    this.timeout(40_000);
    await bringTo(adapter(), wanted('changes', 72));
    assert.deepEqual(await differences(adapter(), wanted('changes', 96)), [
      'Temporal namespace changes: keeps closed workflows for 72h instead of 96h',
    ]);
    await bringTo(adapter(), wanted('changes', 96));
    const observed = await adapter().observe(wanted('changes', 96), AbortSignal.timeout(10_000));
    assert.equal(observed.retentionMs, 96 * HOUR);
  });

  it('adds search attributes, keeps those of others, and refuses to change a type', async function () {
    this.timeout(60_000);
    const desired = { ...wanted('searched', 72), searchAttributes: { EventId: 'Keyword', Amount: 'Int' } as const };
    const done = await bringTo(adapter(), desired);
    assert.deepEqual(
      done.map(({ reason }) => reason).filter((reason) => reason.startsWith('has no')),
      ['has no search attribute EventId (Keyword), Amount (Int)'],
    );
    assert.deepEqual(await differences(adapter(), desired), []);
    const more = { ...wanted('searched', 72), searchAttributes: { BuyerId: 'Keyword' } as const };
    await bringTo(adapter(), more);
    const observed = await adapter().observe(more, AbortSignal.timeout(10_000));
    assert.equal(observed.searchAttributes.get('EventId'), 'Keyword', 'what the spec no longer names stays');
    assert.equal(observed.searchAttributes.get('BuyerId'), 'Keyword');
    const other = { ...wanted('searched', 72), searchAttributes: { Amount: 'Keyword' } as const };
    assert.match(
      (await differences(adapter(), other)).join(),
      /Amount of type Int instead of Keyword, and types cannot change/,
    );
  });

  it('takes a namespace that somebody else registered in the meantime for its own', async () => {
    const changes = adapter().diff(
      wanted('raced', 72),
      await adapter().observe(wanted('raced', 72), AbortSignal.timeout(10_000)),
    );
    await adapter().apply(changes, AbortSignal.timeout(10_000));
    await adapter().apply(changes, AbortSignal.timeout(10_000));
    assert.deepEqual(await differences(adapter(), wanted('raced', 72)), []);
  });

  it('removes a namespace, twice too', async function () {
    this.timeout(60_000);
    await bringTo(adapter(), wanted('goes', 72));
    await adapter().remove(wanted('goes', 72), AbortSignal.timeout(10_000));
    await adapter().remove(wanted('goes', 72), AbortSignal.timeout(10_000));
    // The frontend forgets it a few seconds later.
    for (let tries = 0; tries < 60 && (await differences(adapter(), wanted('goes', 72))).length === 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.deepEqual(await differences(adapter(), wanted('goes', 72)), ['Temporal namespace goes: does not exist']);
  });
});
