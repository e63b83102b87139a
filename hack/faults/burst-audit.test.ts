import assert from 'node:assert/strict';
import { auditBurst, type BurstBooks } from './burst-audit.ts';

const first: BurstBooks['people'][number] = { userId: 'a', numbers: [1, 1], deed: 'stays', let: 'in' };
const others: BurstBooks['people'] = [
  { userId: 'b', numbers: [2], deed: 'leaves', let: 'never' },
  { userId: 'c', numbers: [3], deed: 'vanishes', let: 'never' },
  { userId: 'd', numbers: [4], deed: 'stays', let: 'in' },
];
const admission = { userId: 'a', place: 1, servedAtGrant: 1 };
const books: BurstBooks = {
  people: [first, ...others],
  admissions: [admission, { userId: 'd', place: 4, servedAtGrant: 4 }],
  room: { issued: 4, waiting: 0, admitted: 2, abandoned: 2, voided: 0 },
  ...{ slots: 3, mostActive: 3, stillMs: 900, claimWindowMs: 1_000 },
};

describe('audit of a burst of joins', () => {
  it('finds nothing in a burst that went well', () => {
    assert.deepEqual(auditBurst(books), []);
  });

  const WRONG: readonly [string, string, Partial<BurstBooks>][] = [
    ['an account with two numbers', 'violated I7', { people: [{ ...first, numbers: [1, 5] }, ...others] }],
    ['a number of two accounts', 'violated I7', { people: [{ ...first, numbers: [2] }, ...others] }],
    [
      'an account that was let in twice',
      'violated I7',
      { admissions: [...books.admissions, { ...admission, place: 9, servedAtGrant: 9 }] },
    ],
    [
      'a place that was let in twice',
      'violated I7',
      { admissions: [...books.admissions, { ...admission, userId: 'x' }] },
    ],
    ['somebody before their turn', 'violated I7', { admissions: [{ ...admission, servedAtGrant: 0 }] }],
    ['too many inside', 'violated I6', { mostActive: 4 }],
    ['a turn that was over at once', 'lost I8', { people: [{ ...first, let: 'too late' }, ...others] }],
    ['somebody whose turn never came', 'lost I8', { people: [{ ...first, let: 'never' }, ...others] }],
    ['a queue that stood still', 'lost I8', { stillMs: 1_001 }],
    ['a number of nobody', 'violated I8', { room: { ...books.room, issued: 5, abandoned: 3 } }],
    ['a queue that never ends', 'lost I8', { room: { ...books.room, waiting: 1, abandoned: 1 } }],
    ['a place that leaked', 'lost I8', { room: { ...books.room, abandoned: 1 } }],
  ];
  for (const [title, expected, change] of WRONG)
    it(`finds ${title}`, () => {
      const found = auditBurst({ ...books, ...change }).map(({ kind, invariant }) => `${kind} ${invariant}`);
      assert.deepEqual(found, [expected]);
    });
});
