import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadAssets } from './assets.ts';

describe('assets of the pages', () => {
  const assets = loadAssets(join(import.meta.dirname, '..', 'pages'));
  const asset = (name: string) => {
    const found = assets.get(name);
    assert.ok(found, name);
    return found;
  };

  it('are named by their content, and name each other so', () => {
    const door = asset('door.js');
    assert.match(door.url, /^\/pages\/door\.[\w-]{10}\.js$/);
    assert.ok(door.plain.includes(asset('api.js').url));
    assert.doesNotMatch(door.plain.toString(), /from '\.\//);
  });

  it('are fetched early only when they are needed at once', () => {
    const decoder = asset('qr-decoder.gen.js').url;
    assert.ok(asset('ticket-camera.js').plain.includes(decoder));
    assert.ok(asset('door.js').imports.includes(asset('ticket-camera.js').url));
    assert.ok(!asset('door.js').imports.includes(decoder), 'loaded when the camera starts');
  });
});
