import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { ManualClock } from '#runtime/clock.ts';
import { silentLogger } from '#runtime/log.ts';
import type { TickJson } from './api-json.ts';
import type { WaitroomClient } from './clients.ts';
import { heardTick, TickStreams, VOID_STREAM } from './tick-streams.ts';

const EVENT = '018f8c1d-2e4b-7a5c-8d6e-7f90a1b2c3d4';

/** What a reader has got so far; the sockets are real in test/integration/services-front. */
class Reader extends EventEmitter {
  text = '';
  writableNeedDrain = false;
  writableLength = 0;
  write(bytes: string | Buffer): boolean {
    this.text += bytes.toString();
    return true;
  }
  end(bytes: string): void {
    this.text += bytes;
    this.emit('close');
  }
  get ids(): string[] {
    return [...this.text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? '');
  }
}

describe('streams of waiting buyers', () => {
  const tick = (epoch: number, seq: number): TickJson => ({
    ...{ eventId: EVENT, epoch, seq, state: 'OPEN', served: 1, issued: 9, ratePerSecond: 1, shuffledCount: 0 },
    ...{ seedCommitment: '', nextTickMs: 500, serverTime: new Date(seq * 1000).toISOString() },
  });
  const clock = new ManualClock();
  /** A room of which nothing is heard until its watch is aborted. */
  const silent = {
    watch: (_request: object, { signal }: { signal: AbortSignal }) =>
      (async function* () {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      })(),
  } as unknown as WaitroomClient;
  let streams: TickStreams;
  beforeEach(() => {
    streams = new TickStreams({ waitroom: silent, clock, log: silentLogger(), maxStreams: 10, random: () => 0 });
  });
  afterEach(() => streams.close());

  function open(now: TickJson, lastEventId?: string): Reader {
    const reader = new Reader();
    const seat = { eventId: EVENT, userId: 'u', number: 5, epoch: now.epoch, heard: heardTick(lastEventId) };
    streams.add(seat, reader as unknown as ServerResponse, now);
    return reader;
  }

  it('begin with the retry, the place and the newest tick, under an id to come back with', () => {
    const { text, ids } = open(tick(2, 7));
    assert.match(text, /^retry: 1000\n\nevent: place\ndata: \{"number":5,.*"epoch":2\}\n\nevent: tick\nid: 2-7\n/);
    assert.deepEqual(ids, ['2-7']);
  });

  it('never turn back a reader that heard more at another gateway', () => {
    assert.deepEqual(open(tick(2, 7), '2-9').ids, []);
    assert.deepEqual(open(tick(2, 7), '2-7').ids, ['2-7']);
    assert.deepEqual(open(tick(3, 1), '2-9').ids, ['3-1'], 'a rebuilt room counts anew');
    assert.deepEqual(open(tick(2, 7), 'of another site').ids, ['2-7']);
    const epoch = 1_795_881_820_517;
    assert.deepEqual(heardTick(`${epoch}-12`), { epoch, seq: 12 }, 'epochs are instants');
  });

  it('beat while nothing happens, so that proxies keep them open', async () => {
    const stop = new AbortController();
    const beating = streams.beat(stop.signal);
    const reader = open(tick(1, 1));
    await clock.advance(60_000);
    assert.equal(reader.text.match(/^: hb$/gm)?.length, 3);
    stop.abort();
    await beating;
  });

  it('tell who lost the number with the room to join again, and end', () => {
    assert.match(VOID_STREAM, /^retry: \d+\n\nevent: void\ndata: \{\}\n\n$/);
  });
});
