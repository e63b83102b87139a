import assert from 'node:assert/strict';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { hmac, type Listener, listen, post, until } from './merchant.ts';

type Fields = Record<string, unknown>;

describe('PayOS simulator', function () {
  this.timeout(60_000);
  let backing: Backing<'providers'>;
  let hook: Listener;
  let orderCode = 1_000;

  before(async () => {
    backing = await startBacking({ which: ['providers'] });
    hook = await listen();
  });
  after(async () => {
    hook?.close();
    await backing?.stop();
  });

  const credentials = () => ({
    'x-client-id': backing.providers.payos.clientId,
    'x-api-key': backing.providers.payos.apiKey,
  });
  const key = () => backing.providers.payos.checksumKey;
  const call = async (path: string, body: object, headers: Record<string, string> = {}) =>
    await post(backing.providers.url + path, body, { ...credentials(), ...headers });
  const get = async (id: string | number) => {
    const response = await fetch(`${backing.providers.url}/v2/payment-requests/${id}`, { headers: credentials() });
    return (await response.json()) as { code: string; data: Fields; signature: string };
  };
  const pay = (providerRef: number, more: object = {}) =>
    post(`${backing.providers.url}/simulator/pay`, { provider: 'payos', providerRef: String(providerRef), ...more });

  function signature(data: Fields): string {
    const text = (value: unknown) =>
      value === null || value === undefined
        ? ''
        : Array.isArray(value)
          ? JSON.stringify(value.map(sorted))
          : String(value);
    const sorted = (value: Fields) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    return hmac(
      key(),
      Object.keys(data)
        .sort()
        .map((name) => `${name}=${text(data[name])}`)
        .join('&'),
    );
  }

  function link(changes: Fields = {}): Fields {
    const fields: Fields = {
      ...{ orderCode: ++orderCode, amount: 50_000, description: 'TB0001' },
      ...{ cancelUrl: 'https://shop.test/c', returnUrl: 'https://shop.test/r', ...changes },
    };
    const { amount, cancelUrl, description, returnUrl } = fields;
    const text = `amount=${amount}&cancelUrl=${cancelUrl}&description=${description}&orderCode=${fields.orderCode}&returnUrl=${returnUrl}`;
    return { signature: hmac(key(), text), ...fields };
  }

  async function created(changes: Fields = {}): Promise<number> {
    const body = link(changes);
    const { json } = await call('/v2/payment-requests', body);
    assert.equal(json.code, '00', JSON.stringify(json));
    const data = json.data as Fields;
    assert.equal(json.signature, signature(data));
    assert.equal(new URL(String(data.checkoutUrl)).pathname, `/pay/payos/${body.orderCode}`);
    return Number(body.orderCode);
  }

  it('wants the keys and a signature', async () => {
    assert.equal((await post(`${backing.providers.url}/v2/payment-requests`, link())).status, 401);
    assert.equal((await call('/v2/payment-requests', link({ signature: 'f00' }))).json.code, '201');
    assert.equal((await call('/v2/payment-requests', link({ orderCode: '7' }))).json.code, '20');
    const code = await created();
    assert.equal((await call('/v2/payment-requests', link({ orderCode: code }))).json.code, '231');
    assert.equal((await get('404404')).code, '101');
  });

  it('calls nobody before a webhook is registered', async () => {
    const code = await created();
    await pay(code);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(hook.received.length, 0);
  });

  it('registers a webhook only when it takes the sample event', async () => {
    hook.answers = [{ status: 404, body: '{}' }];
    assert.equal((await call('/confirm-webhook', { webhookUrl: hook.url })).status, 400);
    hook.answers = [{ status: 200, body: '{"success":true}' }];
    const { status, json } = await call('/confirm-webhook', { webhookUrl: hook.url });
    assert.deepEqual([status, json.code], [200, '00']);
    const { data, signature: given } = (hook.received.at(-1)?.body ?? {}) as { data: Fields; signature: string };
    assert.deepEqual([data.orderCode, given], [123, signature(data)]);
    hook.received.length = 0;
  });

  it('reports every transfer, signed, and shows it when asked', async () => {
    const code = await created();
    await pay(code);
    await until('the webhook', () => hook.received.length > 0);
    const { data, signature: given } = (hook.received[0]?.body ?? {}) as { data: Fields; signature: string };
    assert.equal(given, signature(data));
    assert.deepEqual([data.orderCode, data.amount, data.code], [code, 50_000, '00']);
    const shown = await get(code);
    assert.equal(shown.signature, signature(shown.data));
    const [transaction] = shown.data.transactions as Fields[];
    assert.deepEqual(
      [shown.data.status, shown.data.amountPaid, transaction?.reference],
      ['PAID', 50_000, data.reference],
    );
    assert.equal((await get(String(data.paymentLinkId))).data.orderCode, code);
    assert.equal((await pay(code)).json.code, 'PAID');
    hook.received.length = 0;
  });

  it('takes too little, too much and too late, as a bank does', async () => {
    const less = await created();
    await pay(less, { behaviour: 'wrong-amount', amount: 20_000 });
    assert.deepEqual([(await get(less)).data.status, (await get(less)).data.amountRemaining], ['UNDERPAID', 30_000]);

    const twice = await created();
    assert.equal((await pay(twice, { behaviour: 'pay-twice' })).json.paid, 100_000);

    const expired = await created({ expiredAt: Math.floor(Date.now() / 1000) - 1 });
    assert.equal((await pay(expired)).json.code, 'EXPIRED');
    assert.equal((await pay(expired, { behaviour: 'pay-late' })).json.paid, 50_000);

    const cancelled = await created();
    const answer = await call(`/v2/payment-requests/${cancelled}/cancel`, { cancellationReason: 'hold ended' });
    assert.equal((answer.json.data as Fields).status, 'CANCELLED');
    assert.equal((await pay(cancelled)).json.code, 'CANCELLED');
    assert.equal((await pay(cancelled, { behaviour: 'pay-late' })).json.paid, 50_000);
    await until('five webhooks', () => hook.received.length === 5);
    const references = hook.received.map(({ body }) => (body.data as Fields).reference);
    assert.equal(new Set(references).size, 5, 'each transfer has a reference of its own');
    hook.received.length = 0;
  });

  it('calls again while it is not answered 2xx', async () => {
    hook.answers = [
      { status: 500, body: '{}' },
      { status: 200, body: '{"success":true}' },
    ];
    await pay(await created());
    await until('a second call', () => hook.received.length === 2);
    assert.deepEqual(hook.received[0]?.body, hook.received[1]?.body);
  });

  it('pays out to the account the money came from, once per idempotency key', async () => {
    const code = await created();
    await pay(code, { behaviour: 'pay-twice' });
    const [, second] = (await get(code)).data.transactions as Fields[];
    const payout = (idempotencyKey: string, amount: number) => {
      const body: Fields = {
        ...{ referenceId: idempotencyKey, amount, description: `refund ${code}` },
        ...{ toBin: second?.counterAccountBankId, toAccountNumber: second?.counterAccountNumber },
      };
      const pairs = Object.keys(body)
        .sort()
        .map((name) => `${name}=${encodeURIComponent(String(body[name]))}`);
      const headers = { 'x-idempotency-key': idempotencyKey, 'x-signature': hmac(key(), pairs.join('&')) };
      return call('/v1/payouts', body, headers);
    };
    assert.equal((await payout('big', 50_001)).json.code, '20');
    const first = await payout('r1', 50_000);
    assert.equal(first.json.code, '00');
    assert.deepEqual((await payout('r1', 50_000)).json, first.json);
    assert.equal((await payout('r2', 1)).json.code, '20');
    const detail = await fetch(`${backing.providers.url}/simulator/payments/payos/${code}`);
    const { refunds } = (await detail.json()) as { refunds: { amount: number; transactionId: string }[] };
    assert.deepEqual(
      refunds.map(({ amount, transactionId }) => [amount, transactionId]),
      [[50_000, second?.reference]],
    );
  });
});
