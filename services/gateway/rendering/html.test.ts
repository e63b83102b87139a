import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Html, html, jsonBlock } from './html.ts';

describe('html', () => {
  it('escapes whatever is put in, in text and in attributes', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const made = html`<p title="${text}">${text}</p>`.text;
        assert.doesNotMatch(made.slice('<p title="'.length, -'</p>'.length).replace('">', ''), /[<>"']/);
      }),
    );
    assert.equal(html`<b>${'<script>'}</b>`.text, '<b>&#60;script&#62;</b>');
  });

  it('takes markup, lists and nothing', () => {
    assert.equal(html`${new Html('<i>')}${[html`<b>`, 'a&b']}${undefined}${false}${0}`.text, '<i><b>a&#38;b0');
  });

  it('keeps a data block from ending early', () => {
    const block = jsonBlock('x', { a: '</script><script>alert(1)</script>' }).text;
    assert.equal(block.match(/<\/script>/g)?.length, 1);
    assert.deepEqual(JSON.parse(block.replace(/^<[^>]+>|<\/script>$/g, '')), {
      a: '</script><script>alert(1)</script>',
    });
  });
});
