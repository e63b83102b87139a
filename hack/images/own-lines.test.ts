import assert from 'node:assert/strict';
import { SourceMap } from 'node:module';
import { encode } from '@jridgewell/sourcemap-codec';
import { ownLines } from './own-lines.ts';

describe('the source map of an image', () => {
  const map = {
    version: 3,
    file: 'main.js',
    sources: ['../node_modules/library/index.js', '../operator/main.ts'],
    names: [],
    // Lines 1 and 4 of the bundle are the library's, 2 and 3 ours.
    mappings: encode([
      [[0, 0, 0, 0]],
      [
        [0, 1, 10, 0],
        [8, 1, 10, 4],
      ],
      [[0, 1, 11, 0]],
      [[0, 0, 1, 0]],
      [[0, 0, 2, 0]],
    ]),
    sourceRoot: '',
  };
  const originOf = (of: typeof map, line: number, column: number) => {
    const entry = new SourceMap({ sourcesContent: [], ...of }).findEntry(line, column);
    return 'originalSource' in entry && entry.originalSource !== undefined
      ? `${entry.originalSource}:${entry.originalLine}`
      : undefined;
  };

  it('tells lines of our own', () => {
    const own = ownLines(map) as typeof map;
    for (const [line, column] of [
      [1, 0],
      [1, 9],
      [2, 3],
    ] as const)
      assert.equal(originOf(own, line, column), originOf(map, line, column));
    assert.equal(originOf(own, 1, 9), '../operator/main.ts:10');
  });

  it('says nothing of lines of packages, rather than that they are ours', () => {
    const own = ownLines(map) as typeof map;
    assert.equal(originOf(own, 0, 2), undefined);
    for (const line of [3, 4]) assert.equal(originOf(own, line, 2), undefined, `line ${line}`);
    assert.doesNotMatch(JSON.stringify(own), /node_modules/);
  });
});
