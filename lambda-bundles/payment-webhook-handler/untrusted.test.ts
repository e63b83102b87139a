import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { silentLogger } from '#runtime/log.ts';
import { readPayOsEvent, signedText } from './payos.ts';
import { readVnPayIpn } from './vnpay.ts';
import { type AppliedEvent, createWebhook, type HttpEvent } from './webhook.ts';
import { readZaloPayCallback } from './zalopay.ts';

const KEY = 'a-key';
const sign = (algorithm: string, text: string) => createHmac(algorithm, KEY).update(text).digest('hex');

/** JSON whose keys and depth are chosen to hurt. */
const nasty = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc
    .object({ key: fc.constantFrom('toString', '__proto__', 'constructor', 'data', 'signature', 'mac', 'x') })
    .map((o) => JSON.stringify(o)),
  fc.nat(20_000).map((depth) => `{"data":{"a":${'['.repeat(depth)}${']'.repeat(depth)}},"signature":"aa","mac":"aa"}`),
  fc.constant('{"data":{"a":{"toString":1,"valueOf":1}},"signature":"aa"}'),
  fc.string({ unit: 'binary' }),
);

describe('bodies that nobody vouches for', () => {
  it('are no callback of any provider, and never an exception', () => {
    fc.assert(
      fc.property(nasty, (body) => {
        assert.equal(readZaloPayCallback(body, KEY), undefined);
        assert.equal(readPayOsEvent(body, KEY), undefined);
        assert.equal(readVnPayIpn(body, KEY), undefined);
      }),
    );
  });

  it('reach no database, and are answered finally: neither is anything tried again, nor counted as our fault', async () => {
    const applied: AppliedEvent[] = [];
    const webhook = createWebhook({
      log: silentLogger(),
      apply: async (event) => {
        applied.push(event);
        return 'APPLIED';
      },
      keys: async () => ({ zaloPayKey2: KEY, payOsChecksumKey: KEY, vnPayHashSecret: KEY }),
    });
    const event: fc.Arbitrary<HttpEvent> = fc.record({
      rawPath: fc.oneof(fc.constantFrom('/webhook/zalopay', '/webhook/payos', '/webhook/vnpay'), fc.webPath()),
      rawQueryString: fc.oneof(fc.webQueryParameters(), nasty),
      body: nasty,
      isBase64Encoded: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(event, async (one) => {
        const { statusCode, body } = await webhook(one);
        assert.ok([200, 400, 404, 413].includes(statusCode), `${statusCode} ${body}`);
        if (statusCode === 200) assert.match(body, /"return_code":-1|"RspCode":"97"/);
      }),
    );
    assert.deepEqual(applied, []);
  });
});

describe('bodies that are signed', () => {
  const amount = fc.maxSafeNat();
  const id = fc.stringMatching(/^[0-9]{6}_[a-z0-9]{1,20}$/);

  it('are read as they were written, whatever else they hold', () => {
    fc.assert(
      fc.property(id, amount, fc.dictionary(fc.string(), fc.jsonValue()), (app_trans_id, amount, more) => {
        const data = JSON.stringify({ ...more, app_id: 2553, app_trans_id, zp_trans_id: 1, amount });
        const read = readZaloPayCallback(JSON.stringify({ data, mac: sign('sha256', data) }), KEY);
        assert.deepEqual([read?.appTransId, read?.amount], [app_trans_id, BigInt(amount)]);
      }),
    );
    fc.assert(
      fc.property(
        amount,
        amount,
        fc.dictionary(fc.stringMatching(/^x[a-z]{1,8}$/), fc.string()),
        (orderCode, amount, more) => {
          const data = { ...more, orderCode, amount, currency: 'VND', paymentLinkId: 'p', reference: 'r', code: '00' };
          const read = readPayOsEvent(JSON.stringify({ data, signature: sign('sha256', signedText(data)) }), KEY);
          assert.deepEqual([read?.orderCode, read?.amount], [String(orderCode), BigInt(amount)]);
        },
      ),
    );
  });

  it('are refused with any one character of the signature changed, added or taken away', () => {
    const data = JSON.stringify({ app_id: 1, app_trans_id: 'a', zp_trans_id: 1, amount: 5 });
    const mac = sign('sha256', data);
    const read = (given: string) => readZaloPayCallback(JSON.stringify({ data, mac: given }), KEY);
    assert.ok(read(mac));
    const hex = fc.constantFrom(...'0123456789abcdef');
    fc.assert(
      fc.property(fc.nat(mac.length - 1), hex, (at, digit) => {
        const changed = mac.slice(0, at) + digit + mac.slice(at + 1);
        if (changed !== mac) assert.equal(read(changed), undefined);
        assert.equal(read(mac + digit), undefined, 'one digit more');
        assert.equal(read(mac.slice(0, at) + mac.slice(at + 1)), undefined, 'one digit less');
      }),
    );
  });
});
