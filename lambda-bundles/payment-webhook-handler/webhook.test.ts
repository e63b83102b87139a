import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createLogger } from '#runtime/log.ts';
import { readPayOsEvent, signedText } from './payos.ts';
import { type AppliedEvent, createWebhook, type WebhookDeps } from './webhook.ts';

const KEY2 = 'test_key2';
const CHECKSUM = '1a54716c8f0efb2744fb28b6e38b25da7f67a925d98bc1c18bd8faaecadd7675';

/** The vector that payos.vn publishes with its documentation of webhooks. */
const PAYOS_DATA = {
  orderCode: 123,
  amount: 3000,
  description: 'VQRIO123',
  accountNumber: '12345678',
  reference: 'TF230204212323',
  transactionDateTime: '2023-02-04 18:25:00',
  currency: 'VND',
  paymentLinkId: '124c33293c43417ab7879e14c8d9eb18',
  code: '00',
  desc: 'Thành công',
  counterAccountBankId: '',
  counterAccountBankName: '',
  counterAccountName: '',
  counterAccountNumber: '',
  virtualAccountName: '',
  virtualAccountNumber: '',
};
const PAYOS_SIGNATURE = '412e915d2871504ed31be63c8f62a149a4410d34c4c42affc9006ef9917eaa03';

function harness(apply: WebhookDeps['apply'] = async () => 'CAPTURED') {
  const applied: AppliedEvent[] = [];
  const webhook = createWebhook({
    log: createLogger({ service: 'test', level: 'silent' }),
    keys: async () => ({ zaloPayAppId: '2553', zaloPayKey2: KEY2, payOsChecksumKey: CHECKSUM }),
    apply: async (event) => {
      applied.push(event);
      return await apply(event);
    },
  });
  return { applied, webhook };
}

function zaloPayBody(data: object | string, key = KEY2): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return JSON.stringify({ data: text, mac: createHmac('sha256', key).update(text).digest('hex'), type: 1 });
}

const zaloPayData = { app_id: 2553, app_trans_id: '261122_abc', amount: 50000, zp_trans_id: 261122000000001 };

describe('payment webhook', () => {
  it('applies a signed ZaloPay callback and answers return_code 1', async () => {
    const { applied, webhook } = harness();
    const answer = await webhook({ rawPath: '/webhook/zalopay', body: zaloPayBody(zaloPayData) });
    assert.deepEqual(JSON.parse(answer.body), { return_code: 1, return_message: 'success' });
    assert.equal(applied[0]?.providerRef, '261122_abc');
    assert.equal(applied[0]?.amountMinor, 50_000n);
    assert.equal(applied[0]?.providerTxnId, '261122000000001');
  });

  it('keeps every digit of a long transaction id', async () => {
    const { applied, webhook } = harness();
    const text = '{"app_id":2553,"app_trans_id":"x","amount":1,"zp_trans_id":9007199254740993}';
    await webhook({ rawPath: '/webhook/zalopay', body: zaloPayBody(text) });
    assert.equal(applied[0]?.providerTxnId, '9007199254740993');
  });

  it('refuses a wrong mac, another app and a missing mac without touching the store', async () => {
    const { applied, webhook } = harness();
    for (const body of [
      zaloPayBody(zaloPayData, 'other key'),
      zaloPayBody({ ...zaloPayData, app_id: 1 }),
      JSON.stringify({ data: JSON.stringify(zaloPayData) }),
      'not json',
      '',
    ]) {
      const answer = await webhook({ rawPath: '/webhook/zalopay', body });
      assert.equal(JSON.parse(answer.body).return_code, -1);
    }
    assert.equal(applied.length, 0);
  });

  it('asks ZaloPay and PayOS to come again when the store is down', async () => {
    const { webhook } = harness(async () => {
      throw new Error('connection refused');
    });
    const zalopay = await webhook({ rawPath: '/webhook/zalopay', body: zaloPayBody(zaloPayData) });
    assert.equal(JSON.parse(zalopay.body).return_code, 0);
    const payos = await webhook({
      rawPath: '/webhook/payos',
      body: JSON.stringify({ data: PAYOS_DATA, signature: PAYOS_SIGNATURE }),
    });
    assert.equal(payos.statusCode, 500);
  });

  it('reproduces the published PayOS vector', () => {
    assert.equal(createHmac('sha256', CHECKSUM).update(signedText(PAYOS_DATA)).digest('hex'), PAYOS_SIGNATURE);
    const event = readPayOsEvent(
      JSON.stringify({ success: false, data: PAYOS_DATA, signature: PAYOS_SIGNATURE }),
      CHECKSUM,
    );
    assert.equal(event?.orderCode, '123');
    assert.equal(event?.transactionId, '124c33293c43417ab7879e14c8d9eb18:TF230204212323');
  });

  it('takes reordered keys, refuses a changed amount', async () => {
    const { applied, webhook } = harness();
    const reordered = Object.fromEntries(Object.entries(PAYOS_DATA).reverse());
    const good = await webhook({
      rawPath: '/webhook/payos',
      body: JSON.stringify({ signature: PAYOS_SIGNATURE, data: reordered }),
    });
    assert.equal(good.statusCode, 200);
    const bad = await webhook({
      rawPath: '/webhook/payos',
      body: JSON.stringify({ data: { ...PAYOS_DATA, amount: 1 }, signature: PAYOS_SIGNATURE }),
    });
    assert.equal(bad.statusCode, 400);
    assert.equal(applied.length, 1);
  });

  it('reads base64 bodies as API Gateway sends binary ones', async () => {
    const { applied, webhook } = harness();
    const body = Buffer.from(zaloPayBody(zaloPayData)).toString('base64');
    await webhook({ rawPath: '/webhook/zalopay', body, isBase64Encoded: true });
    assert.equal(applied.length, 1);
  });

  it('answers 404 to a provider it does not know and 413 to a huge body', async () => {
    const { webhook } = harness();
    assert.equal((await webhook({ rawPath: '/webhook/other', body: '{}' })).statusCode, 404);
    assert.equal((await webhook({ rawPath: '/webhook/payos', body: 'x'.repeat(70_000) })).statusCode, 413);
  });
});
