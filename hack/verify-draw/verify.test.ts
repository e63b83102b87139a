import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { commitment } from '#runtime/permutation.ts';
import { type Admission, placeOf, type RevealedDraw, rateExcess, verifyAdmissions, verifyDraw } from './verify.ts';

function aDraw(shuffledCount: number): RevealedDraw {
  const seed = randomBytes(32);
  return { seed: seed.toString('hex'), seedCommitment: commitment(seed), shuffledCount };
}
function fairly(draw: RevealedDraw, count: number): Admission[] {
  return Array.from({ length: count }, (_, i) => {
    const place = placeOf(i + 1, draw);
    return { place, number: i + 1, userId: `u${i}`, grantTimeMs: 1000 + place, servedAtGrant: place };
  });
}

describe('verifying a draw', () => {
  it('finds nothing wrong with an honest one, of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
        const draw = aDraw(count);
        assert.deepEqual(verifyDraw(draw, draw.seedCommitment), []);
        assert.deepEqual(verifyAdmissions(fairly(draw, count + 5), draw), []);
      }),
      { numRuns: 50 },
    );
  });

  it('sees another seed, another commitment, and a seed that is missing', () => {
    const draw = aDraw(50);
    assert.match(verifyDraw({ ...draw, seed: randomBytes(32).toString('hex') })[0] ?? '', /hashes to/);
    assert.match(verifyDraw(draw, 'f'.repeat(64))[0] ?? '', /before the opening/);
    assert.match(verifyDraw({ ...draw, seed: '' })[0] ?? '', /not been revealed/);
  });

  it('sees a favoured buyer, a place given twice and one who was let in early', () => {
    const draw = aDraw(50);
    const honest = fairly(draw, 50);
    const [first, second] = honest;
    assert.ok(first && second);
    const rest = honest.slice(1);
    assert.match(verifyAdmissions([{ ...first, place: 0 }, ...rest], draw).join(), /but drew/);
    assert.match(verifyAdmissions([...honest, first], draw).join(), /came in twice/);
    assert.match(
      verifyAdmissions([{ ...first, servedAtGrant: first.place - 1 }, ...rest], draw).join(),
      /before its turn/,
    );
    const last = honest.find(({ place }) => place === 50);
    assert.ok(last);
    const jumped = honest.map((one) => (one === last ? { ...one, grantTimeMs: 0 } : one));
    assert.match(verifyAdmissions(jumped, draw).join(), /was let in before place/);
  });

  it('knows when more were let in than rate and burst allow, in whatever window', () => {
    const at = (...times: readonly number[]) => times.map((grantTimeMs) => ({ grantTimeMs }) as Admission);
    assert.equal(rateExcess(at(0, 1000, 2000, 3000), 60, 1), 0);
    assert.ok(rateExcess(at(0, 10_000, 10_001, 10_002), 60, 2) > 0.9);
    assert.ok(rateExcess(at(0, 10_000, 10_001), 60, 2) <= 0);
  });
});
