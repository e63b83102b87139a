import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ArchivedRecord, archivedRecord } from './archived-record.ts';
import { jsonObjects } from './json-stream.ts';
import { replayPlan } from './replay-plan.ts';

const record = (
  partition: number,
  offset: number,
  timestamp: number,
  id = `${partition}/${offset}`,
): ArchivedRecord => ({
  ...{ partition, offset, timestamp, id },
  ...{ key: 'k', value: Buffer.from(id), headers: {} },
});
const idsOf = (records: readonly ArchivedRecord[]) => records.map(({ id }) => id);

describe('a replay', () => {
  it('keeps the order of partitions, whatever the clocks of producers said, and that of a key that moved', () => {
    const plan = replayPlan([record(1, 0, 40), record(0, 1, 10), record(0, 0, 20), record(0, 2, 30)]);
    assert.deepEqual(idsOf(plan.records), ['0/0', '0/1', '0/2', '1/0']);
  });

  it('sends each message once, and counts the copies', () => {
    const plan = replayPlan([record(0, 0, 1), record(0, 0, 1), record(0, 1, 2, '0/0')]);
    assert.deepEqual([idsOf(plan.records), plan.copies], [['0/0'], 2]);
  });

  it('says what lies between and is not there', () => {
    assert.deepEqual(replayPlan([record(0, 1, 1), record(0, 3, 1), record(0, 9, 1)]).gaps, [
      'partition 0: 2',
      'partition 0: 4-8',
    ]);
  });

  it('refuses to mix two topics of one name', () => {
    assert.throws(() => replayPlan([record(0, 5, 1, 'old'), record(0, 5, 2, 'new')]), /made anew/);
  });

  it('gives the same for the same records in any order', () => {
    const records = fc.array(fc.record({ partition: fc.nat(2), offset: fc.nat(20), timestamp: fc.nat(50) }));
    fc.assert(
      fc.property(records, fc.infiniteStream(fc.nat()), (positions, random) => {
        const once = new Map(positions.map((one) => [`${one.partition}/${one.offset}`, one]));
        const given = [...once.values()].map((one) => record(one.partition, one.offset, one.timestamp));
        const mixed = given
          .map((one) => ({ one, at: random.next().value ?? 0 }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ one }) => one);
        const [a, b] = [replayPlan(given), replayPlan([...mixed, ...mixed])];
        for (const partition of [0, 1, 2]) {
          const of = (plan: typeof a) => plan.records.filter((one) => one.partition === partition);
          assert.deepEqual(idsOf(of(a)), idsOf(of(b)));
          const offsets = of(a).map(({ offset }) => offset);
          assert.deepEqual(
            offsets,
            offsets.toSorted((x, y) => x - y),
          );
        }
      }),
    );
  });
});

describe('an archived object', () => {
  it('is split into its records, with and without lines between', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ a: fc.string(), b: fc.anything() })),
        fc.constantFrom('', '\n', ' \n'),
        (all, gap) => {
          const texts = all.map((one) => JSON.stringify(one));
          assert.deepEqual([...jsonObjects(texts.join(gap))], texts);
        },
      ),
    );
    assert.throws(() => [...jsonObjects('{"a":1}{"b":')], /cut off/);
  });

  it('gives back key, value and headers byte for byte', () => {
    const read = archivedRecord(
      JSON.stringify({
        ...{ topic: 't', partition: 2, offset: 7, timestamp: 9, key: 'w6k=', value: '/wA=' },
        headers: [{ h: [195, 169] }],
      }),
    );
    assert.deepEqual([read.key, [...read.value], read.headers], ['é', [255, 0], { h: 'é' }]);
    assert.throws(() => archivedRecord('{"partition":0}'), /no offset/);
  });
});
