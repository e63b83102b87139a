import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readAliasNote, writeAliasNote } from './lambda-alias-note.ts';

describe('the note in an alias', () => {
  it('gives back what was written', () => {
    const version = fc.integer({ min: 1, max: 99_999 }).map(String);
    fc.assert(
      fc.property(
        fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
        fc.option(version, { nil: undefined }),
        fc.option(fc.record({ version, why: fc.string({ maxLength: 100 }) }, { noNullPrototype: true }), {
          nil: undefined,
        }),
        (changedAtMs, checked, rejected) => {
          const note = { changedAtMs, checked, rejected };
          assert.equal(JSON.stringify(readAliasNote(writeAliasNote(note))), JSON.stringify(note));
        },
      ),
    );
  });

  it('fits into what AWS takes, and survives descriptions of people', () => {
    assert.equal(writeAliasNote({ rejected: { version: '7', why: 'x'.repeat(500) } }).length, 256);
    const nothing = { changedAtMs: undefined, checked: undefined, rejected: undefined };
    assert.deepEqual(readAliasNote('the live one'), nothing);
    assert.deepEqual(readAliasNote(undefined), nothing);
  });
});
