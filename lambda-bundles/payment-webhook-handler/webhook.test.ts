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
    keys: async () => ({
      zaloPayAppId: '2553',
      zaloPayKey2: KEY2,
      payOsChecksumKey: CHECKSUM,
      vnPayHashSecret: 'test_secret',
    }),
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

  it('VNPay: published IPN sample, its failed twin, tampering and what the answers mean', async () => {
    const query =
      'vnp_Amount=1000000&vnp_BankCode=NCB&vnp_BankTranNo=VNP14422574&vnp_CardType=ATM&vnp_OrderInfo=Thanh+toan+don+hang+2024-05-21T02%3A17%3A31.249Z&vnp_PayDate=20240521091806&vnp_ResponseCode=00&vnp_TmnCode=TEST_TMN_CODE&vnp_TransactionNo=14422574&vnp_TransactionStatus=00&vnp_TxnRef=1716257871703';
    const hash =
      '649982421beb422556a1374713c74e58e716ecbd05007c0c0e1f7effdfaf361dbf146889ca446139afe11b9954c4d5c486e99e3b86fcfab6957f29eb0be72895';
    const verdicts = ['CAPTURED', 'DUPLICATE', 'UNKNOWN', 'UNDERPAID'];
    const { applied, webhook } = harness(async () => verdicts.shift() ?? 'CAPTURED');
    const ask = async (rawQueryString: string) =>
      JSON.parse((await webhook({ rawPath: '/webhook/vnpay', rawQueryString })).body).RspCode;
    const reordered = `vnp_SecureHash=${hash.toUpperCase()}&${query.split('&').reverse().join('&')}&utm=unsigned`;
    assert.equal(await ask(`${query}&vnp_SecureHash=${hash}`), '00');
    assert.equal(await ask(reordered), '02');
    assert.equal(await ask(reordered), '01');
    assert.equal(await ask(reordered), '04');
    assert.deepEqual(
      [applied[0]?.kind, applied[0]?.amountMinor, applied[0]?.providerTxnId, applied[0]?.providerRef],
      ['captured', 10_000n, '14422574', '1716257871703'],
    );
    for (const bad of [
      query,
      `${query.replace('=1000000', '=9000000')}&vnp_SecureHash=${hash}`,
      `${query}&vnp_Amount=1&vnp_SecureHash=${hash}`,
      '',
    ])
      assert.equal(await ask(bad), '97', bad);
    assert.equal(applied.length, 4);
  });

  it('VNPay: paid only when both codes say so; a broken store is asked again', async () => {
    const { applied, webhook } = harness(async () => {
      throw new Error('connection refused');
    });
    const signed = (fields: Record<string, string>) => {
      const query = new URLSearchParams(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))).toString();
      return `${query}&vnp_SecureHash=${createHmac('sha512', 'test_secret').update(query).digest('hex')}`;
    };
    const ask = async (response: string, status: string) => {
      const fields = { vnp_Amount: '100', vnp_TxnRef: 'r', vnp_TransactionNo: '1', vnp_TmnCode: 't' };
      const rawQueryString = signed({ ...fields, vnp_ResponseCode: response, vnp_TransactionStatus: status });
      return JSON.parse((await webhook({ rawPath: '/webhook/vnpay', rawQueryString })).body).RspCode;
    };
    assert.equal(await ask('00', '00'), '99');
    assert.equal(await ask('00', '02'), '99');
    assert.equal(await ask('24', '02'), '99');
    // Not decided: nothing is applied.
    assert.equal(await ask('07', '07'), '00');
    assert.equal(await ask('99', '04'), '00');
    assert.deepEqual(
      applied.map(({ kind, reason }) => [kind, reason]),
      [
        ['captured', null],
        ['failed', 'VNPAY_02'],
        ['failed', 'VNPAY_24'],
      ],
    );
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
