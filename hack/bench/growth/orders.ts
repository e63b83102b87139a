import { randomUUID } from 'node:crypto';
import { BatchWriteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { orderEventKeys } from '#proto/names.ts';
import { ORDERS_TABLE, type Shop, startShop } from '#runtime/local/shop/shop.ts';
import type { BenchContext } from '../benchmark.ts';
import { closedLoop } from '../load/closed-loop.ts';
import { buy, listenForPaid, type PaidListener } from '../purchase/buyers.ts';
import { cpuSeconds } from '../purchase/cpu.ts';
import type { Point } from './exponent.ts';

const BUYERS = 10;
const WARM_UP = 60;
const MEASURED = 40;
const TICKETS = 1_000_000;
/** Reads of the books of the smallest sale, so that even they take measurable time. */
const READS = 20;
/** What one call of the table takes. */
const BATCH = 25;
const BATCHES_AT_ONCE = 8;
const LATE_MS = 120_000;

/** The programs that know orders; what their stores cost is not ours, and the local table is not DynamoDB. */
const PROGRAMS = ['order', 'payment', 'inventory'] as const;

interface FilledSale {
  readonly eventId: string;
  readonly classId: string;
  /** Paid orders. */
  orders: number;
}

/** A shop with a sale of each size. */
export interface OrdersBench extends AsyncDisposable {
  /** CPU ms of our services for one whole purchase, in a sale that has so many paid orders. */
  buyCosts(): Promise<Point[]>;
  /** CPU ms of our services for each order when the books of a sale are read, which the operator does every 9 s. */
  bookCosts(): Promise<Point[]>;
}

export async function openOrders(context: BenchContext, sizes: readonly number[]): Promise<OrdersBench> {
  await using stack = new AsyncDisposableStack();
  const { root, signal, say } = context;
  // The relay is told of each notice; its sweep is for those that were lost, and goes through the local table item by item.
  const env = { SWEEP_INTERVAL: '60s' };
  const shop = stack.use(await startShop({ root, hold: '600s', env, without: ['order-2'], signal, say }));
  const listener = stack.use(listenForPaid(shop));
  await buyAndWait(shop, listener, await aSale(shop), WARM_UP);
  const sales: FilledSale[] = [];
  for (const size of sizes) {
    say(`a sale of ${size.toLocaleString('en-US')} orders`);
    const sale = await aSale(shop);
    await fill(shop, listener, sale, size);
    sales.push(sale);
  }
  const owned = stack.move();
  return {
    async buyCosts() {
      const points: Point[] = [];
      for (const sale of sales) {
        const [size, before] = [sale.orders, ownCpuSeconds(shop)];
        await buyAndWait(shop, listener, sale, MEASURED);
        points.push({ size, cost: ((ownCpuSeconds(shop) - before) * 1000) / MEASURED });
        await verify(shop, sale);
      }
      return points;
    },
    async bookCosts() {
      const points: Point[] = [];
      for (const sale of sales) {
        const reads = Math.max(1, Math.round((READS * (sales[0]?.orders ?? 1)) / sale.orders));
        const before = ownCpuSeconds(shop);
        for (let read = 0; read < reads; read++) await verify(shop, sale);
        points.push({ size: sale.orders, cost: ((ownCpuSeconds(shop) - before) * 1000) / (reads * sale.orders) });
      }
      return points;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function aSale(shop: Shop): Promise<FilledSale> {
  return { ...(await shop.aSale(TICKETS)), orders: 0 };
}

async function buyAndWait(shop: Shop, listener: PaidListener, sale: FilledSale, purchases: number): Promise<void> {
  const call = async () => {
    const { orderId } = await buy(shop, sale.eventId, sale.classId);
    await listener.paid(orderId, LATE_MS);
    sale.orders++;
  };
  await closedLoop({ concurrency: BUYERS, calls: purchases, call });
}

/** Buys one ticket, and copies its order, its payment and its stock until there are so many. */
async function fill(shop: Shop, listener: PaidListener, sale: FilledSale, size: number): Promise<void> {
  const { orderId } = await buy(shop, sale.eventId, sale.classId);
  await listener.paid(orderId, LATE_MS);
  const { Item: item } = await shop.dynamo.send(
    new GetCommand({ TableName: ORDERS_TABLE, Key: { order_id: orderId }, ConsistentRead: true }),
  );
  const ids = Array.from({ length: size - 1 }, () => randomUUID());
  const keys = orderEventKeys(sale.eventId);
  const copies = ids.map((id, number) => ({
    ...item,
    ...{ order_id: id, user_id: randomUUID(), event_id: keys[number % keys.length] },
    tickets: item?.['tickets'].map((ticket: object) => ({ ...ticket, id: randomUUID() })),
  }));
  await closedLoop({
    concurrency: BATCHES_AT_ONCE,
    calls: Math.ceil(copies.length / BATCH),
    call: async () => {
      const requests = copies.splice(0, BATCH).map((Item) => ({ PutRequest: { Item } }));
      await shop.dynamo.send(new BatchWriteCommand({ RequestItems: { [ORDERS_TABLE]: requests } }));
    },
  });
  await shop.paymentDb.query(
    `INSERT INTO payments
     SELECT (jsonb_populate_record(payment, jsonb_build_object(
       'id', gen_random_uuid(), 'order_id', copy, 'idempotency_key', copy::text, 'provider_ref', copy::text))).*
     FROM payments payment, unnest($2::uuid[]) copy WHERE payment.order_id = $1`,
    [orderId, ids],
  );
  for (const table of ['reservations', 'reservation_lines'])
    await shop.inventoryDb.query(
      `INSERT INTO ${table} SELECT (jsonb_populate_record(row, jsonb_build_object('order_id', copy))).*
       FROM ${table} row, unnest($2::uuid[]) copy WHERE row.order_id = $1`,
      [orderId, ids],
    );
  await shop.inventoryDb.query('UPDATE ticket_classes SET sold = sold + $2 WHERE id = $1', [sale.classId, ids.length]);
  sale.orders = size;
  await verify(shop, sale);
}

/** Reads the books: throws unless each order has its ticket, its money and its stock. */
async function verify(shop: Shop, { eventId, orders }: FilledSale): Promise<void> {
  const books = await shop.orders.getSaleLedger({ eventId }, { deadlineMs: LATE_MS });
  const wrong = books.paidWithoutTicket + books.ticketWithoutPayment + books.ticketWithoutStock;
  if (books.ticketsCount !== orders || wrong !== 0 || books.stockRestated !== 0)
    throw new Error(`${orders} orders, and the books say ${JSON.stringify(books)}`);
}

function ownCpuSeconds(shop: Shop): number {
  const used = cpuSeconds(shop);
  return PROGRAMS.reduce((sum, name) => sum + (used.get(name) ?? Number.NaN), 0);
}
