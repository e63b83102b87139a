import assert from 'node:assert/strict';
import { verdictOf } from './verdict.ts';

const report = (vulnerabilities: object, counts: object) =>
  JSON.stringify({ vulnerabilities, metadata: { vulnerabilities: { info: 0, low: 0, ...counts } } });

describe('verdictOf npm audit', () => {
  it('stops for what is high or critical, and names it', () => {
    const { text, failed } = verdictOf(report({ left: { severity: 'high', range: '<2' } }, { high: 1, total: 1 }), '');
    assert.ok(failed);
    assert.match(text, /1 high\n {2}high: left <2/);
  });

  it('does not stop for less', () => {
    assert.equal(verdictOf(report({ left: { severity: 'low', range: '<2' } }, { low: 1, total: 1 }), '').failed, false);
  });

  it('does not stop where the registry cannot be asked, and says so', () => {
    for (const stdout of ['', '{"message":"405 Method Not Allowed"}', '<html>'])
      assert.deepEqual(
        [
          verdictOf(stdout, 'npm error network').failed,
          verdictOf(stdout, 'npm error network').text.startsWith('not audited'),
        ],
        [false, true],
      );
  });
});
