import assert from 'node:assert/strict';
import { diffThroughput, type ObservedThroughput } from './warm-throughput.ts';

const warm = (writes: number | undefined, active = true) => ({ writes, reads: 12_000, active });
const table: ObservedThroughput = {
  exists: true,
  onDemand: true,
  active: true,
  table: warm(4000),
  indexes: new Map([['by-user', warm(4000)]]),
};
const desired = { table: 'orders', writesPerSecond: 5000 };

describe('warm throughput of a table', () => {
  it('is left alone where it is enough, or where the endpoint does not know it', () => {
    assert.deepEqual(diffThroughput({ ...desired, writesPerSecond: 4000 }, table), []);
    const silent = { ...table, table: warm(undefined), indexes: new Map([['by-user', warm(undefined)]]) };
    assert.deepEqual(diffThroughput(desired, silent), []);
  });

  it('is raised once for the table and each index that is short, and the reason says that it stays', () => {
    const [change] = diffThroughput(desired, table);
    assert.deepEqual(change?.step, { kind: 'raise', table: true, indexes: ['by-user'] });
    assert.match(change?.reason ?? '', /cannot be lowered again/);
    const half = { ...table, table: warm(6000) };
    assert.deepEqual(diffThroughput(desired, half)[0]?.step, { kind: 'raise', table: false, indexes: ['by-user'] });
  });

  it('waits while AWS is at it, and for a table that is there and on demand', () => {
    const kinds = (found: Partial<ObservedThroughput>) =>
      diffThroughput(desired, { ...table, ...found }).map(({ step }) => step.kind);
    assert.deepEqual(kinds({ active: false }), ['wait']);
    assert.deepEqual(kinds({ table: warm(5000, false), indexes: new Map() }), ['wait']);
    assert.deepEqual(kinds({ exists: false }), ['wait']);
    assert.deepEqual(kinds({ onDemand: false }), ['wait']);
  });
});
