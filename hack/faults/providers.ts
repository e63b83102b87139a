import { createHmac, randomUUID } from 'node:crypto';
import type { Shop } from '#runtime/local/shop/shop.ts';
import { type Fault, pause, until } from './fault.ts';
import { behave, misbehave } from './misbehaviour.ts';

/** Providers that call twice, early, late, wrongly or never. */
export const providers: readonly Fault[] = [
  {
    number: 15,
    name: 'duplicate-webhooks',
    title: 'every webhook in 2 to 50 copies, in parallel, to both programs; all of them once more at the end',
    inShort: true,
    async run({ shop, lasting }) {
      let copies = 0;
      const from = shop.webhooks.seen.length;
      const end = performance.now() + lasting(20_000, 5_000);
      for (let next = from; performance.now() < end; ) {
        const seen = shop.webhooks.seen[next];
        if (seen === undefined) {
          await pause(20);
          continue;
        }
        const times = [2, 10, 50][next % 3] ?? 2;
        await Promise.all(Array.from({ length: times }, (_, copy) => shop.webhooks.send(seen, copy)));
        copies += times;
        next++;
      }
      if (copies === 0) throw new Error('no webhook came that could be copied');
      for (const seen of shop.webhooks.seen.slice(from)) {
        await shop.webhooks.send(seen);
        copies++;
      }
      return `${copies} copies`;
    },
  },
  {
    number: 16,
    name: 'early-and-wrong-money',
    title: 'webhooks before the link was answered, for unknown orders, too little, too much, in another currency',
    proves: ({ provider }) => {
      if (!provider.some(({ amount, paid }) => paid > 0 && paid < amount)) return 'nobody paid too little';
      return provider.some(({ amount, paid }) => paid > amount) ? undefined : 'nobody paid too much';
    },
    async run({ shop, load, lasting }) {
      const early = lasting(6, 3); // of each provider; the others must remain to pay too little and too much
      // Somebody who looks at the link and does not pay: on a fast machine no other payment stays open long enough.
      await load.one('never', 'payos');
      for (const provider of ['zalopay', 'payos']) await misbehave(shop, provider, 'early-callback', early);
      load.deed = (buyer) => (['pay', 'pay-twice', 'wrong-amount', 'pay'] as const)[buyer % 4] ?? 'pay';
      const unknown = await sendPayOs(shop, {
        orderCode: 123,
        amount: 3_000,
        currency: 'VND',
        paymentLinkId: 'nobody',
      });
      let dollars = 0;
      const end = performance.now() + lasting(15_000, 12_000);
      while (performance.now() < end) {
        const { rows } = await shop.paymentDb.query<{ ref: string }>(
          "SELECT provider_ref AS ref FROM payments WHERE provider = 'payos' AND state = 'PENDING' AND payment_url IS NOT NULL LIMIT 2",
        );
        for (const { ref } of rows) {
          await sendPayOs(shop, {
            orderCode: Number(ref),
            amount: 500_000,
            currency: 'USD',
            paymentLinkId: randomUUID(),
          });
          dollars++;
        }
        await pause(700);
      }
      const unused = await behave(shop);
      if (unknown !== 200)
        throw new Error(`an order that nobody knows was answered ${unknown}: PayOS would call for ever`);
      if (dollars === 0) throw new Error('no payment was open that dollars could be sent for');
      if (unused >= 2 * early) throw new Error('no callback came early');
      return `${dollars} payments in dollars; ${2 * early - unused} callbacks before the link was answered`;
    },
  },
  {
    number: 17,
    name: 'late-money',
    title: 'money at the very end of the hold and after it, with stock left and without, racing the expiry',
    inShort: true,
    stock: 12,
    orderEnv: { CHECKOUT_HOLD: '4s' },
    proves: ({ orders, stock }) => {
      if (!orders.some(({ state }) => state === 'REFUNDED')) return 'no money came too late';
      return stock.soldLedger < stock.total - 1 ? `${stock.soldLedger} of ${stock.total} tickets were sold` : undefined;
    },
    async run({ load, lasting }) {
      load.provider = () => 'payos';
      load.deed = () => 'pay-late';
      const began = performance.now();
      const end = began + lasting(40_000, 9_000);
      for (let round = 0; performance.now() < end; round++) {
        load.hesitationMs = [3_600, 3_900, 4_000, 4_100, 4_400, 6_000][round % 6] ?? 4_000;
        await pause(300);
      }
      load.hesitationMs = 0;
      return 'paid 3.6 to 6 s after the link of a 4 s hold, 12 tickets for all';
    },
  },
  {
    number: 18,
    name: 'contradicting-webhooks',
    title: 'success then failure, failure then success, and success that is never told',
    inShort: true,
    proves: ({ transitions, payments, buyers }) => {
      if (!transitions.includes('FAILED>CAPTURED')) return 'no failure was followed by success';
      const paid = new Set(buyers.filter((buyer) => buyer.paid).map(({ orderId }) => orderId));
      const told = payments.filter(({ orderId, captured }) => paid.has(orderId) && captured > 0).length;
      return told < 2 ? 'no payment was found that was never told' : undefined;
    },
    async run({ load, lasting }) {
      load.provider = (buyer) => (buyer % 2 === 0 ? 'payos' : 'vnpay');
      load.deed = (buyer) => (['fail-after-pay', 'pay-after-fail', 'silent', 'fail'] as const)[buyer % 4] ?? 'silent';
      await pause(lasting(20_000, 6_000));
      return 'PayOS and VNPay, every payment with a contradiction or in silence';
    },
  },
  {
    number: 19,
    name: 'forged-webhooks',
    title:
      'tampered bodies, no signature, a signature of another order; reordered keys, unknown fields and accents are fine',
    async run({ shop, load, lasting }) {
      load.deed = (buyer) => (buyer % 3 === 0 ? 'tamper' : 'pay');
      await pause(lasting(10_000, 3_000));
      await until('an open PayOS payment', async () => (await openPayOs(shop)).length >= 1);
      const [open] = await openPayOs(shop);
      const data = {
        orderCode: Number(open),
        amount: 500_000,
        currency: 'VND',
        paymentLinkId: 'forged',
        reference: randomUUID(),
        code: '00',
      };
      const genuine = payOsSignature(shop, data);
      const answers = await Promise.all(
        [
          { data, signature: '' },
          { data },
          { data: { ...data, amount: 1 }, signature: genuine },
          { data: { ...data, orderCode: data.orderCode + 1 }, signature: genuine },
          { data: { ...data, extra: 'x' }, signature: genuine },
        ].map((body) => post(shop, '/webhook/payos', JSON.stringify(body))),
      );
      if (answers.some((status) => status === 200)) throw new Error(`a forged webhook was taken: ${answers}`);
      const strange = { desc: 'Thành công · 成功', ...data, orderCode: 123, extra: { b: 1, a: [1, { d: 1, c: 2 }] } };
      const fine = await post(
        shop,
        '/webhook/payos',
        JSON.stringify({ signature: payOsSignature(shop, strange), data: strange }),
      );
      if (fine !== 200) throw new Error(`unknown fields under a right signature were answered ${fine}`);
      return `${answers.length} forgeries refused; unknown fields and accents under a right signature answered ${fine}`;
    },
  },
  {
    number: 20,
    name: 'link-timeout',
    title: 'the provider makes a link and never answers, again and again',
    async run({ shop, lasting }) {
      const times = lasting(12, 3);
      for (const provider of ['zalopay', 'payos']) await misbehave(shop, provider, 'timeout', times);
      await pause(lasting(30_000, 11_000));
      const unused = await behave(shop);
      if (unused >= 2 * times) throw new Error('no link was asked for while answers were lost');
      const { rows } = await shop.paymentDb.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM (SELECT 1 FROM payment_links GROUP BY payment_id HAVING count(*) > 1) AS twice',
      );
      return `${2 * times - unused} answers lost, ${rows[0]?.count} payments needed a second link`;
    },
  },
];

async function openPayOs({ paymentDb }: Shop): Promise<readonly string[]> {
  const { rows } = await paymentDb.query<{ ref: string }>(
    "SELECT provider_ref AS ref FROM payments WHERE provider = 'payos' AND state = 'PENDING' ORDER BY create_time DESC LIMIT 3",
  );
  return rows.map(({ ref }) => ref);
}

/** Written once more: the services must not be checked by their own code. Nested values are never signed here. */
function payOsSignature({ providerKeys }: Shop, data: Readonly<Record<string, unknown>>): string {
  const text = Object.keys(data)
    .sort()
    .map((key) => `${key}=${String(data[key])}`)
    .join('&');
  return createHmac('sha256', providerKeys.PAYOS_CHECKSUM_KEY).update(text).digest('hex');
}

async function sendPayOs(shop: Shop, fields: Readonly<Record<string, unknown>>): Promise<number> {
  const data = { ...fields, reference: randomUUID(), code: '00', desc: 'ok' };
  return await post(shop, '/webhook/payos', JSON.stringify({ data, signature: payOsSignature(shop, data) }));
}

async function post(shop: Shop, path: string, body: string): Promise<number> {
  return (await shop.webhooks.send({ method: 'POST', path, body })).status;
}
