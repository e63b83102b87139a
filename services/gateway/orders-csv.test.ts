import assert from 'node:assert/strict';
import fc from 'fast-check';
import { csvField } from './orders-csv.ts';

/** The one field of a CSV record, as RFC 4180 readers see it. */
function readField(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}

describe('fields of the export', () => {
  it('never begin like a formula, and never break out of their cell', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom('=', '+', '-', '@', '\t', '\r', ' =', '\n=').chain((a) => fc.string().map((b) => a + b)),
        ),
        (value) => {
          const field = csvField(value);
          const seen = readField(field);
          assert.doesNotMatch(seen, /^\s*[=+\-@\t\r]/);
          assert.equal(seen.startsWith("'") && !value.startsWith("'") ? seen.slice(1) : seen, value);
          if (!field.startsWith('"')) assert.doesNotMatch(field, /[",\r\n]/);
          else assert.doesNotMatch(field.slice(1, -1).replaceAll('""', ''), /"/);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps what people are called', () => {
    assert.equal(csvField('Nguyễn Thị Minh'), 'Nguyễn Thị Minh');
    assert.equal(csvField('=HYPERLINK("http://x")'), `"'=HYPERLINK(""http://x"")"`);
    assert.equal(csvField("O'Neil, Ann"), `"O'Neil, Ann"`);
  });
});
