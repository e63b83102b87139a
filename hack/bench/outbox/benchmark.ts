import { join } from 'node:path';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Shop, startShop } from '#runtime/local/shop/shop.ts';
import { ShopProcess } from '#runtime/local/shop/shop-process.ts';
import type { BenchContext, Benchmark, Measured, OpenBenchmark } from '../benchmark.ts';
import { buy, listenForPaid, type PaidListener } from '../purchase/buyers.ts';
import { latencyFigures } from '../statistics.ts';

const PER_SECOND = 2;
const ORDERS = 50;
const WITHOUT_RELAY = 6;
/** Schedule of the outbox-processor function. */
const INTERVAL_MS = 60_000;

export const benchmark: Benchmark = {
  name: 'outbox',
  title: `From the provider's webhook to order.paid on the broker, ${PER_SECOND} purchases a second.`,
  lines: [
    {
      ...{ id: 'relay-p99', title: 'webhook until order.paid with the relay, p99', unit: 'ms', better: 'lower' },
      ...{ ours: { side: 'relay', figure: 'p99' }, target: { atMost: 1_000 } },
    },
    {
      ...{ id: 'relay-p50', title: 'webhook until order.paid with the relay, p50', unit: 'ms', better: 'lower' },
      ours: { side: 'relay', figure: 'p50' },
    },
    {
      id: 'function-max',
      title: 'webhook until order.paid with the relay killed just after the function has run: longest',
      ...{ unit: 'ms', better: 'lower', ours: { side: 'function', figure: 'max' } },
      // The interval, and the function's own start on this machine.
      target: { atMost: INTERVAL_MS + 5_000 },
    },
  ],
  open,
};

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  const { root, signal, say } = context;
  const shop = stack.use(await startShop({ root, hold: '600s', durable: true, without: ['order-2'], signal, say }));
  const listener = stack.use(listenForPaid(shop));
  const processor = await outboxProcessor(root, shop);
  const { eventId, classId } = await shop.aSale(100_000);
  const relay = async (orders: number): Promise<Measured> => {
    const delays = await Promise.all(
      Array.from({ length: orders }, async (_, index) => {
        await new Promise((resolve) => setTimeout(resolve, (index * 1000) / PER_SECOND));
        const { orderId } = await buy(shop, eventId, classId);
        return await delayOf(shop, listener, orderId, 120_000);
      }),
    );
    return { figures: latencyFigures(delays), work: { orders } };
  };
  const killed = async (): Promise<Measured> => {
    // Placed with the relay alive, paid without it: links are made by the program that also relays.
    const { pay, orderIds } = await placed(shop, eventId, classId);
    await shop.programs.payment.stop('SIGKILL');
    const tick = new Promise((resolve) => setTimeout(resolve, INTERVAL_MS)).then(() => processor.complete());
    await pay();
    const delays = await Promise.all(orderIds.map((orderId) => delayOf(shop, listener, orderId, 3 * INTERVAL_MS)));
    await tick;
    await shop.programs.payment.start();
    return { figures: latencyFigures(delays), work: { orders: orderIds.length } };
  };
  const owned = stack.move();
  return {
    sides: [
      { name: 'relay', warmUp: async () => void (await relay(15)), round: () => relay(ORDERS) },
      { name: 'function', warmUp: async () => {}, round: killed },
    ],
    conditions: { perSecond: PER_SECOND, stores: 'durable', functionInterval: `${INTERVAL_MS / 1000} s` },
    versions: {},
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** From the arrival of the webhook at our door to the message about the tickets. */
async function delayOf(shop: Shop, listener: PaidListener, orderId: string, withinMs: number): Promise<number> {
  const paidMs = await listener.paid(orderId, withinMs);
  const { rows } = await shop.paymentDb.query<{ ref: string }>(
    'SELECT provider_ref AS ref FROM payments WHERE order_id = $1',
    [orderId],
  );
  const webhook = shop.webhooks.seen.findLast(({ body }) => body.includes(rows[0]?.ref ?? 'none'));
  if (webhook === undefined) throw new Error(`no webhook came for order ${orderId}`);
  return paidMs - webhook.atMs;
}

/** Orders with a link, and what pays them all. */
async function placed(shop: Shop, eventId: string, classId: string) {
  const orders: { id: string; ref: string }[] = [];
  for (let count = 0; count < WITHOUT_RELAY; count++) {
    const userId = crypto.randomUUID();
    const { order } = await shop.orders.createOrder({
      ...{ idempotencyKey: crypto.randomUUID(), eventId, userId, email: 'buyer@example.test', fullName: 'Vũ Thị Hoa' },
      lines: [{ ticketClassId: classId, quantity: 1 }],
      ...{ provider: 'PROVIDER_ZALOPAY', admissionToken: await shop.admission(userId, eventId), language: 'vi' },
    });
    if (order?.state !== 'ORDER_STATE_PENDING') throw new Error(`order is ${order?.state}`);
    orders.push({ id: order.id, ref: decodeURIComponent(new URL(order.paymentUrl).pathname.split('/').at(-1) ?? '') });
  }
  const pay = async () => {
    for (const { ref } of orders) {
      const answer = await fetch(`${shop.providersUrl}/simulator/pay`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ provider: 'zalopay', providerRef: ref }),
      });
      if (!answer.ok) throw new Error(`the provider refused: ${await answer.text()}`);
    }
  };
  return { pay, orderIds: orders.map(({ id }) => id) };
}

/** The function outbox-processor as one process per run, with its secret where it looks for it. */
async function outboxProcessor(root: string, shop: Shop): Promise<ShopProcess> {
  const { endpoint, region, accessKeyId, secretAccessKey } = shop.backing.aws;
  const secrets = new SecretsManagerClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  const SecretString = JSON.stringify({ url: shop.databaseUrl('payment') });
  await secrets.send(new CreateSecretCommand({ Name: 'bench/payment-db', SecretString }));
  secrets.destroy();
  return new ShopProcess({
    root,
    file: 'lambda-bundles/outbox-processor/once.ts',
    env: {
      DATABASE_SECRET_ID: 'bench/payment-db',
      KAFKA_BROKERS: shop.backing.kafka.brokers.join(),
      ...{ AWS_REGION: region, AWS_ENDPOINT_URL: endpoint },
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    },
    logFile: join(shop.backing.dir, 'logs', 'outbox-processor.log'),
  });
}
