import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeEnvelope, encodeEnvelope } from './event-envelope.ts';

const ENVELOPE = {
  id: 'e1',
  type: 'order.paid',
  time: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  key: 'o1',
  data: { name: 'Vé' },
};

describe('event envelope', () => {
  it('comes back from text and from bytes', () => {
    const text = encodeEnvelope(ENVELOPE);
    assert.deepEqual(decodeEnvelope(text), ENVELOPE);
    assert.deepEqual(decodeEnvelope(Buffer.from(text)), ENVELOPE);
    assert.match(text, /"time":"2026-01-02T03:04:05.678Z"/);
  });

  it('writes money exactly', () => {
    const text = encodeEnvelope({ ...ENVELOPE, data: { total: { amountMinor: 9007199254740993n, currency: 'VND' } } });
    assert.match(text, /"amountMinor":"9007199254740993"/);
  });

  it('calls what it cannot read by one name', () => {
    const bad = [
      '',
      'x',
      '[]',
      'null',
      '{"id":"1"}',
      JSON.stringify({ id: '1', type: 't', time: 'yesterday', key: 'k', data: 1 }),
      Buffer.from([0xff, 0xfe]),
    ];
    for (const value of bad) assert.throws(() => decodeEnvelope(value), { reason: 'BAD_ENVELOPE', retryable: false });
  });

  it('reads any bytes or calls them by that name', () => {
    const field = fc.oneof(fc.constantFrom('e1', '2026-01-02T03:04:05.678Z'), fc.jsonValue());
    const parts = ['id', 'type', 'time', 'key', 'data', 'traceparent'] as const;
    const nearly = fc.record(Object.fromEntries(parts.map((name) => [name, field])), { requiredKeys: [] });
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
      nearly.map((one) => JSON.stringify(one)),
    );
    fc.assert(
      fc.property(bytes, (value) => {
        let read: ReturnType<typeof decodeEnvelope>;
        try {
          read = decodeEnvelope(value);
        } catch (error) {
          assert.equal((error as { reason?: string }).reason, 'BAD_ENVELOPE', String(error));
          return;
        }
        assert.deepEqual(decodeEnvelope(encodeEnvelope(read)), read);
      }),
    );
  });
});
