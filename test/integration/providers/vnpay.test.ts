import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { post, until } from './merchant.ts';

type Fields = Record<string, string>;

/** Written once more, so that neither side checks itself. */
const sha512 = (key: string, text: string) => createHmac('sha512', key).update(text).digest('hex');
const vietnam = (ms: number) => new Date(ms + 7 * 3_600_000).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');

describe('VNPay simulator', function () {
  this.timeout(60_000);
  let backing: Backing<'providers'>;
  let count = 0;
  const told: URLSearchParams[] = [];
  let answers: string[] = [];
  const server = createServer((request, response) => {
    told.push(new URL(request.url ?? '', 'http://x').searchParams);
    response.end(JSON.stringify({ RspCode: answers.shift() ?? '00', Message: '' }));
  });

  before(async () => {
    backing = await startBacking({ which: ['providers'] });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ipn`;
    assert.equal((await post(`${backing.providers.url}/simulator/vnpay-ipn`, { url })).status, 200);
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await backing?.stop();
  });
  beforeEach(() => {
    told.length = 0;
    answers = [];
  });

  const secret = () => backing.providers.vnpay.hashSecret;
  const queryOf = (fields: Fields) =>
    new URLSearchParams(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))).toString();
  const open = async (changes: Fields = {}) => {
    const now = Date.now();
    const ref = `${vietnam(now)}r${++count}`;
    const fields: Fields = {
      ...{ vnp_Version: '2.1.0', vnp_Command: 'pay', vnp_TmnCode: backing.providers.vnpay.tmnCode },
      ...{ vnp_Amount: '5000000', vnp_CreateDate: vietnam(now), vnp_ExpireDate: vietnam(now + 900_000) },
      ...{ vnp_CurrCode: 'VND', vnp_IpAddr: '127.0.0.1', vnp_Locale: 'vn', vnp_OrderInfo: 'TB0001 two words' },
      ...{ vnp_OrderType: 'other', vnp_ReturnUrl: 'http://localhost:3000/back', vnp_TxnRef: ref, ...changes },
    };
    const query = queryOf(fields);
    const hash = changes['vnp_SecureHash'] ?? sha512(secret(), query);
    const answer = await fetch(`${backing.providers.url}/paymentv2/vpcpay.html?${query}&vnp_SecureHash=${hash}`);
    return { ref, status: answer.status, text: await answer.text() };
  };
  const pay = (providerRef: string, more: object = {}) =>
    post(`${backing.providers.url}/simulator/pay`, { provider: 'vnpay', providerRef, ...more });
  const api = async (fields: Fields, names: string) => {
    const text = names
      .split(' ')
      .map((name) => fields[`vnp_${name}`] ?? '')
      .join('|');
    const body = { ...fields, vnp_SecureHash: sha512(secret(), text) };
    return (await post(`${backing.providers.url}/merchant_webapi/api/transaction`, body)).json;
  };
  const common = (command: string, ref: string): Fields => ({
    ...{ vnp_RequestId: `q${++count}`, vnp_Version: '2.1.0', vnp_Command: command, vnp_TxnRef: ref },
    ...{ vnp_TmnCode: backing.providers.vnpay.tmnCode, vnp_TransactionDate: ref.slice(0, 14) },
    ...{ vnp_CreateDate: vietnam(Date.now()), vnp_IpAddr: '127.0.0.1', vnp_OrderInfo: 'x' },
  });
  const query = (ref: string) =>
    api(common('querydr', ref), 'RequestId Version Command TmnCode TxnRef TransactionDate CreateDate IpAddr OrderInfo');

  it('opens a signed page, and no other', async () => {
    assert.equal((await open()).status, 200);
    assert.match((await open({ vnp_SecureHash: 'f00' })).text, /wrong signature/);
    assert.match((await open({ vnp_Amount: '5' })).text, /times 100/);
    assert.match((await open({ vnp_ExpireDate: vietnam(Date.now() - 1000) })).text, /over/);
  });

  it('tells of the money with GET, signed, again until 00 or 02', async () => {
    const { ref } = await open();
    answers = ['99', '02'];
    assert.equal((await pay(ref)).json.paid, 50_000);
    await until('two calls', () => told.length === 2);
    const fields = Object.fromEntries(told[0] ?? []);
    const { vnp_SecureHash, ...signed } = fields;
    assert.equal(sha512(secret(), queryOf(signed)), vnp_SecureHash);
    assert.deepEqual(
      [fields['vnp_TxnRef'], fields['vnp_Amount'], fields['vnp_ResponseCode'], fields['vnp_TransactionStatus']],
      [ref, '5000000', '00', '00'],
    );
    assert.equal((await pay(ref)).json.code, 'PAID');
    const found = await query(ref);
    assert.deepEqual(
      [found.vnp_ResponseCode, found.vnp_TransactionStatus, found.vnp_TransactionNo],
      ['00', '00', fields['vnp_TransactionNo']],
    );
  });

  it('gives back once per request id, and never more than came', async () => {
    const { ref } = await open();
    await pay(ref, { behaviour: 'silent' });
    const { vnp_TransactionNo } = await query(ref);
    const names =
      'RequestId Version Command TmnCode TransactionType TxnRef Amount TransactionNo TransactionDate CreateBy CreateDate IpAddr OrderInfo';
    const refund = async (id: string, amount: number) =>
      (
        await api(
          {
            ...common('refund', ref),
            ...{ vnp_RequestId: id, vnp_TransactionType: '03', vnp_Amount: String(amount * 100), vnp_CreateBy: 'me' },
            vnp_TransactionNo: String(vnp_TransactionNo),
          },
          names,
        )
      ).vnp_ResponseCode;
    assert.deepEqual(
      [await refund('a', 50_001), await refund('b', 50_000), await refund('b', 50_000), await refund('c', 1)],
      ['95', '00', '94', '95'],
    );
  });

  it('fails, and tells failures before or after the money', async () => {
    const [failed, after, before] = [await open(), await open(), await open()];
    const codes = (ref: string) =>
      told.filter((fields) => fields.get('vnp_TxnRef') === ref).map((fields) => fields.get('vnp_ResponseCode'));
    await pay(failed.ref, { behaviour: 'fail' });
    await pay(after.ref, { behaviour: 'fail-after-pay' });
    await pay(before.ref, { behaviour: 'pay-after-fail' });
    await until('five calls', () => told.length === 5);
    assert.deepEqual([codes(failed.ref), codes(after.ref), codes(before.ref)], [['24'], ['00', '24'], ['24', '00']]);
    assert.equal((await query(failed.ref)).vnp_TransactionStatus, '02');
    assert.equal((await pay(failed.ref)).json.code, 'CANCELLED');
  });
});
