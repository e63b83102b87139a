import assert from 'node:assert/strict';
import type { Line, Measured } from './benchmark.ts';
import { judge } from './judge.ts';
import { median, quantile } from './statistics.ts';

const line: Line = {
  id: 'x',
  title: 'x',
  unit: 'calls/s',
  better: 'higher',
  ours: { side: 'ours', figure: 'rate' },
  peer: { side: 'peer', figure: 'rate', name: 'the peer' },
  sameWork: ['calls'],
  target: { atLeast: 2 },
};
const side = (rates: readonly number[], calls = 10): Measured[] =>
  rates.map((rate) => ({ figures: { rate }, work: { calls } }));

describe('judging a benchmark', () => {
  it('takes the ratio of each round, then their median', () => {
    const result = judge(
      line,
      new Map([
        ['ours', side([30, 10, 90])],
        ['peer', side([10, 10, 30])],
      ]),
    );
    assert.deepEqual(result.ratio?.values, [3, 1, 3]);
    assert.equal(result.ratio?.median, 3);
    assert.equal(result.met, true);
  });

  it('calls two sides without a failure equal', () => {
    const none = new Map([
      ['ours', side([0])],
      ['peer', side([0])],
    ]);
    assert.deepEqual(judge(line, none).ratio?.values, [1]);
  });

  it('refuses a ratio when the sides did different work, or nobody said what the same work is', () => {
    const rounds = new Map([
      ['ours', side([30])],
      ['peer', side([10], 9)],
    ]);
    const result = judge(line, rounds);
    assert.equal(result.ratio, null);
    assert.equal(result.met, undefined);
    assert.match(result.refused ?? '', /calls was 10 for us and 9 for the peer/);
    assert.equal(judge({ ...line, sameWork: [] }, rounds).ratio, null);
  });

  it('judges our own figure when there is no peer', () => {
    const { peer: _peer, ...alone } = line;
    assert.equal(judge({ ...alone, target: { atMost: 5 } }, new Map([['ours', side([4, 6, 5])]])).met, true);
    assert.throws(() => judge(alone, new Map([['ours', [{ figures: {}, work: {} }]]])), /no figure "rate"/);
  });

  it('knows medians and quantiles', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    assert.equal(quantile(hundred, 0.99), 99);
    assert.equal(quantile(hundred, 1), 100);
    assert.equal(quantile([7], 0.5), 7);
  });
});
