import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { KubeApiError, KubeConnectionError } from './api-error.ts';
import { readWatchLines, type WatchEvent } from './watch-lines.ts';

async function read(chunks: Iterable<Uint8Array>): Promise<WatchEvent<{ name: string }>[]> {
  const events: WatchEvent<{ name: string }>[] = [];
  for await (const event of readWatchLines<{ name: string }>(Readable.from(chunks, { objectMode: false }), 'WATCH x')) {
    events.push(event);
  }
  return events;
}

describe('watch lines', () => {
  it('reads the same events however the bytes are cut, inside letters too', async () => {
    const events = ['Đà Nẵng 🎫', 'a', ''].map((name) => ({ type: 'ADDED' as const, object: { name } }));
    const bytes = Buffer.from(`${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), async (sizes) => {
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(await read(chunks), events);
      }),
    );
  });

  it('turns an ERROR event into the error that it reports', async () => {
    const gone = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } };
    await assert.rejects(read([Buffer.from(`${JSON.stringify(gone)}\n`)]), (error) => {
      assert.ok(error instanceof KubeApiError);
      assert.equal(error.status, 410);
      return true;
    });
  });

  it('reports a broken connection, and does not take half a line for an event', async () => {
    async function* broken() {
      yield Buffer.from(`{"type":"ADDED","object":{"name":"a"}}\n{"type":"ADDED","obj`);
      throw new Error('ECONNRESET');
    }
    const events: unknown[] = [];
    await assert.rejects(async () => {
      for await (const event of readWatchLines(Readable.from(broken(), { objectMode: false }), 'WATCH x'))
        events.push(event);
    }, KubeConnectionError);
    assert.equal(events.length, 1);
  });
});
