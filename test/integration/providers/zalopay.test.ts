import assert from 'node:assert/strict';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { hmac, type Listener, listen, post, until } from './merchant.ts';

describe('ZaloPay simulator', function () {
  this.timeout(60_000);
  let backing: Backing<'providers'>;
  let hook: Listener;
  let count = 0;

  before(async () => {
    backing = await startBacking({ which: ['providers'] });
    hook = await listen();
  });
  after(async () => {
    hook?.close();
    await backing?.stop();
  });
  beforeEach(() => {
    hook.received.length = 0;
    hook.answers = [{ status: 200, body: '{"return_code":1,"return_message":"success"}' }];
  });

  const today = () => new Date(Date.now() + 7 * 3_600_000).toISOString().slice(2, 10).replaceAll('-', '');
  const keys = () => backing.providers.zalopay;
  const call = async (path: string, body: object) => (await post(backing.providers.url + path, body)).json;
  const pay = (providerRef: string, more: object = {}) =>
    post(`${backing.providers.url}/simulator/pay`, { provider: 'zalopay', providerRef, ...more });
  const ledger = async (providerRef: string) => {
    const { payments } = (await (await fetch(`${backing.providers.url}/simulator/payments`)).json()) as {
      payments: { providerRef: string; amount: number; paid: number; refunded: number }[];
    };
    const { amount, paid, refunded } = payments.find((row) => row.providerRef === providerRef) ?? {};
    return { amount, paid, refunded };
  };

  function order(changes: Record<string, unknown> = {}) {
    const { appId, key1 } = keys();
    const fields: Record<string, unknown> = {
      ...{ app_id: Number(appId), app_user: 'buyer', app_trans_id: `${today()}_${++count}`, app_time: Date.now() },
      ...{ amount: 50_000, item: '[]', embed_data: '{}', description: 'TB0001', callback_url: hook.url, ...changes },
    };
    const { app_trans_id, app_user, amount, app_time, embed_data, item } = fields;
    const text = [appId, app_trans_id, app_user, amount, app_time, embed_data, item].join('|');
    return { ref: String(app_trans_id), body: { mac: hmac(key1, text), ...fields } };
  }

  async function created(changes: Record<string, unknown> = {}): Promise<string> {
    const { ref, body } = order(changes);
    const answer = await call('/v2/create', body);
    assert.equal(answer.return_code, 1, JSON.stringify(answer));
    assert.equal(new URL(String(answer.order_url)).pathname, `/pay/zalopay/${ref}`);
    return ref;
  }

  const query = (ref: string) => {
    const { appId, key1 } = keys();
    return call('/v2/query', { app_id: Number(appId), app_trans_id: ref, mac: hmac(key1, `${appId}|${ref}|${key1}`) });
  };

  it('refuses orders that the real one refuses', async () => {
    const subCode = async (changes: Record<string, unknown>) =>
      (await call('/v2/create', order(changes).body)).sub_return_code;
    assert.equal(await subCode({ mac: '00' }), -402);
    assert.equal(await subCode({ app_trans_id: '200101_1' }), -401);
    assert.equal(await subCode({ app_time: Date.now() - 16 * 60_000 }), -401);
    assert.equal(await subCode({ amount: -1 }), -401);
    assert.equal(await subCode({ expire_duration_seconds: 60 }), -401);
    assert.equal(await subCode({ item: '{}' }), -401);
    const ref = await created();
    assert.equal(await subCode({ app_trans_id: ref }), -68);
  });

  it('takes forms as well as JSON', async () => {
    const { body } = order();
    const form = new URLSearchParams(
      Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const answer = await fetch(`${backing.providers.url}/v2/create`, { method: 'POST', body: form });
    assert.equal(((await answer.json()) as { return_code: number }).return_code, 1);
  });

  it('calls back, signed with the other key over the data as sent, and tells the same when asked', async () => {
    const ref = await created({ embed_data: '{"note":"Vé"}' });
    assert.equal((await query(ref)).return_code, 3);
    assert.equal((await pay(ref)).status, 200);
    await until('the callback', () => hook.received.length > 0);
    const { data, mac, type } = hook.received[0]?.body ?? {};
    assert.equal(type, 1);
    assert.equal(mac, hmac(keys().key2, String(data)));
    const { app_trans_id, amount, embed_data, zp_trans_id } = JSON.parse(String(data));
    assert.deepEqual([app_trans_id, amount, embed_data], [ref, 50_000, '{"note":"Vé"}']);
    const asked = await query(ref);
    assert.deepEqual([asked.return_code, asked.amount, asked.zp_trans_id], [1, 50_000, zp_trans_id]);
    assert.deepEqual(await ledger(ref), { amount: 50_000, paid: 50_000, refunded: 0 });
    assert.equal((await pay(ref)).json.code, 'PAID');
  });

  it('calls again three times while it is answered 0, a wrong status or nothing of use', async () => {
    hook.answers = [
      { status: 200, body: '{"return_code":0}' },
      { status: 503, body: '{}' },
      { status: 200, body: 'no json' },
      { status: 200, body: '{"return_code":0}' },
      { status: 200, body: '{"return_code":0}' },
    ];
    const ref = await created();
    await pay(ref);
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    assert.equal(hook.received.length, 4);
    const bodies = new Set(hook.received.map(({ body }) => JSON.stringify(body)));
    assert.equal(bodies.size, 1, 'every call is the same');
  });

  it('does not call again after -1 or success', async () => {
    hook.answers = [{ status: 200, body: '{"return_code":-1,"return_message":"mac not equal"}' }];
    await pay(await created());
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    assert.equal(hook.received.length, 1);
  });

  it('plays what can go wrong', async () => {
    const tampered = await created();
    await pay(tampered, { behaviour: 'tamper' });
    await until('the forged callback', () => hook.received.length === 1);
    const { data, mac } = hook.received[0]?.body ?? {};
    assert.notEqual(mac, hmac(keys().key2, String(data)));
    assert.equal((await ledger(tampered)).paid, 0);
    assert.equal((await query(tampered)).return_code, 3);

    const twice = await created();
    await pay(twice, { behaviour: 'pay-twice' });
    await until('two callbacks', () => hook.received.length === 3);
    assert.equal((await ledger(twice)).paid, 50_000, 'it takes money for an order once');

    const less = await created();
    await pay(less, { behaviour: 'wrong-amount', amount: 49_000 });
    await until('the callback', () => hook.received.length === 4);
    assert.equal(JSON.parse(String(hook.received[3]?.body.data)).amount, 49_000);

    const silent = await created();
    await pay(silent, { behaviour: 'silent' });
    const late = await created();
    const paidAt = Date.now();
    await pay(late, { delayMs: 1_000 });
    await until('the late callback', () => hook.received.length === 5);
    assert.ok((hook.received[4]?.atMs ?? 0) - paidAt >= 950);
    assert.equal((await query(silent)).return_code, 1);
    assert.equal((await pay('unknown')).status, 404);
  });

  it('gives money back once per m_refund_id and never more than was paid', async () => {
    const ref = await created();
    await pay(ref);
    const zpTransId = String((await query(ref)).zp_trans_id);
    const { appId, key1 } = keys();
    const refund = (id: string, amount: number) => {
      const timestamp = Date.now();
      const fields = {
        app_id: Number(appId),
        m_refund_id: id,
        zp_trans_id: zpTransId,
        amount,
        timestamp,
        description: 'late',
      };
      return call('/v2/refund', { ...fields, mac: hmac(key1, `${appId}|${zpTransId}|${amount}|late|${timestamp}`) });
    };
    const id = `${today()}_${appId}_r${ref}`;
    assert.equal((await refund(id, 50_001)).return_code, 2);
    assert.equal((await refund(id, 50_000)).return_code, 3);
    assert.equal((await refund(id, 50_000)).return_code, 2);
    assert.equal((await refund(`${id}b`, 1)).return_code, 2);
    const timestamp = Date.now();
    const ask = { app_id: Number(appId), m_refund_id: id, timestamp, mac: hmac(key1, `${appId}|${id}|${timestamp}`) };
    assert.equal((await call('/v2/query_refund', ask)).return_code, 1);
    assert.equal((await call('/v2/query_refund', { ...ask, mac: '0' })).sub_return_code, -402);
    assert.deepEqual(await ledger(ref), { amount: 50_000, paid: 50_000, refunded: 50_000 });
  });

  it('has a page for people that brings them back with a signed result', async () => {
    const ref = await created({
      embed_data: '{"redirecturl":"https://shop.test/orders/1?x=1"}',
      description: '<b>TB</b>',
    });
    const url = `${backing.providers.url}/pay/zalopay/${ref}`;
    const page = await (await fetch(url)).text();
    assert.match(page, /<button name="act" value="pay">Pay 50\.000/);
    assert.ok(page.includes('&lt;b&gt;TB'));
    const paid = await fetch(url, { method: 'POST', body: new URLSearchParams({ act: 'pay' }), redirect: 'manual' });
    assert.equal(paid.status, 303);
    const back = new URL(paid.headers.get('location') ?? '').searchParams;
    const of = (name: string) => back.get(name) ?? '';
    const signed = ['appid', 'apptransid', 'pmcid', 'bankcode', 'amount', 'discountamount', 'status'].map(of).join('|');
    assert.deepEqual([of('x'), of('status'), of('checksum')], ['1', '1', hmac(keys().key2, signed)]);
    assert.match(await (await fetch(url)).text(), /This link has ended: PAID/);
  });
});
