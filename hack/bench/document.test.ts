import assert from 'node:assert/strict';
import { withTable } from './document.ts';
import type { Report } from './report.ts';

const report = (name: string, ours: number): Report => ({
  name,
  title: 'What it is.',
  command: `npm run bench -- ${name}`,
  time: '2026-01-02T03:04:05.000Z',
  rounds: 5,
  machine: { cpu: 'a cpu', cores: 2, memoryGiB: 24, kernel: '6', loadBefore: 1 },
  versions: { node: '24' },
  conditions: { buyers: 200 },
  ours,
  peer: null,
  ratio: null,
  unit: 'calls/s',
  lines: [
    {
      id: 'rate',
      title: 'rate',
      unit: 'calls/s',
      better: 'higher',
      ours: { median: ours, min: ours, max: ours, values: [ours] },
    },
  ],
  measured: {},
});

describe('the tables of docs/performance.md', () => {
  it('are added at the end, then replaced in place, and leave other text alone', () => {
    const first = withTable('# Performance\n\nWords.\n', report('reserve', 10));
    const both = withTable(first, report('waitroom', 7));
    const edited = both.replace('## waitroom', 'Why it is so fast.\n\n## waitroom');
    const again = withTable(edited, report('reserve', 12_345));
    assert.match(again, /Words\./);
    assert.match(again, /Why it is so fast\./);
    assert.match(again, /12,345/);
    assert.doesNotMatch(again, /\| 10 /);
    assert.equal(again.match(/## reserve/g)?.length, 1);
    assert.equal(withTable(again, report('reserve', 12_345)), again);
  });
});
