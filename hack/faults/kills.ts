import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { ORDERS_TABLE, type Shop, type ShopProgram } from '#runtime/local/shop/shop.ts';
import { type Fault, type FaultContext, freezeServer, pause, until } from './fault.ts';
import { behave, misbehave } from './misbehaviour.ts';
import { pausePoint } from './pause-points.ts';

/** Programs killed with -9 at named points. */
export const kills: readonly Fault[] = [
  {
    number: 1,
    name: 'inventory-killed',
    title: 'inventory killed between UPDATE and COMMIT, and between COMMIT and its answer',
    inShort: true,
    async run({ shop }) {
      const before = await pausePoint(shop.inventoryDb, 'reservations', 'INSERT', 'in-transaction');
      await before.reached();
      await shop.programs.inventory.stop('SIGKILL');
      const undone = await before.abort();
      await before.remove();
      await shop.programs.inventory.start();
      const after = await pausePoint(shop.inventoryDb, 'reservations', 'INSERT', 'in-commit');
      await after.reached();
      await shop.programs.inventory.stop('SIGKILL');
      await pause(2_500);
      await after.remove();
      await shop.programs.inventory.start();
      return `${undone} transaction undone before COMMIT, one committed unanswered`;
    },
  },
  {
    number: 2,
    name: 'order-killed',
    title: 'order worker killed after each step and before Temporal has heard of it',
    inShort: true,
    async run(context) {
      const { shop, dynamo, short } = context;
      const points: [string, () => Promise<void>][] = [
        [
          'hold',
          () =>
            killedWhile(
              context,
              () => shop.programs.payment.freeze(),
              async () => (await tally(shop)).linkless > 0,
            ),
        ],
        ['link', () => killedWhile(context, () => freezeServer(shop, 'kafka'), grown(shop, 'linked'))],
        [
          'placing',
          () =>
            killedWhile(
              context,
              () => freezeServer(shop, 'temporal'),
              async () => await pause(700).then(() => true),
            ),
        ],
        ['stock sold', () => killedAfterConfirm(context)],
        [
          'tickets',
          async () => {
            let thawKafka = () => {};
            const release = holdDynamo(context);
            await until('stock is sold', async () => (await unticketed(shop)) > 0);
            thawKafka = freezeServer(shop, 'kafka');
            const hit = grown(shop, 'paid');
            release();
            await killedWhile(context, () => thawKafka, hit);
          },
        ],
        ['order.paid', () => killedWhile(context, () => shop.programs.waitroom.freeze(), grown(shop, 'paid'))],
      ];
      const chosen = short ? points.filter(([name]) => ['hold', 'stock sold', 'order.paid'].includes(name)) : points;
      for (const [name, kill] of chosen) {
        context.say(`after ${name}`);
        await kill();
        await pause(1_500);
      }
      dynamo.hold = undefined;
      return `killed after ${chosen.map(([name]) => name).join(', ')}`;
    },
  },
  {
    number: 3,
    name: 'compensation-killed',
    title:
      'order worker killed while it compensates; payment fails the compensation again and again; Temporal restarts',
    proves: ({ orders, reservations }) => {
      const given = (id: string) => reservations.find(({ orderId }) => orderId === id)?.state === 'RELEASED';
      const undone = orders.filter(({ id, state }) => state === 'FAILED' && given(id)).length;
      return undone < 4 ? `only ${undone} orders were undone` : undefined;
    },
    async run({ shop, lasting }) {
      for (const provider of ['zalopay', 'payos']) await misbehave(shop, provider, 'unavailable', 400);
      // Links cannot be made, so orders are undone after 12 s, which needs payment.
      await pause(lasting(14_000, 13_000));
      for (let tries = 0; tries < 4; tries++) {
        await shop.programs.payment.stop('SIGKILL');
        await pause(1_000);
        if (tries === 1) await shop.programs.order.stop('SIGKILL');
        await shop.programs.payment.start();
        if (tries === 1) await shop.programs.order.start();
        await pause(700);
      }
      await shop.backing.restart('temporal', 'SIGKILL');
      await behave(shop);
      await pause(2_000);
      return 'payment killed 4 times, order once, Temporal once, while orders were being undone';
    },
  },
  {
    number: 4,
    name: 'payment-killed',
    title: 'webhook killed before its write and after it; payment killed before its outbox is published',
    inShort: true,
    async run({ shop, eventId }) {
      const locker = await shop.paymentDb.connect();
      try {
        // On a slow machine the next webhook may be a while.
        await locker.query('SET idle_in_transaction_session_timeout = 0');
        await locker.query('BEGIN');
        await locker.query("SELECT 1 FROM payments WHERE event_id = $1 AND state = 'PENDING' FOR UPDATE", [eventId]);
        await until(
          'a webhook waits for its payment',
          async () => {
            const { rowCount } = await shop.paymentDb.query(
              "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%payment_apply_event%'",
            );
            return (rowCount ?? 0) > 0;
          },
          90_000,
        );
        await Promise.all(webhookPrograms.map((name) => shop.programs[name].stop('SIGKILL')));
        await locker.query('ROLLBACK');
      } finally {
        locker.release(true);
      }
      await Promise.all(webhookPrograms.map((name) => shop.programs[name].start()));
      const point = await pausePoint(shop.paymentDb, 'transactions', 'INSERT', 'in-commit');
      await point.reached();
      await Promise.all(webhookPrograms.map((name) => shop.programs[name].stop('SIGKILL')));
      await pause(2_500);
      await point.remove();
      await Promise.all(webhookPrograms.map((name) => shop.programs[name].start()));
      const thaw = freezeServer(shop, 'kafka');
      await until('a message waits in the outbox', async () => (await waiting(shop)) > 0);
      await shop.programs.payment.stop('SIGKILL');
      const left = await waiting(shop);
      thaw();
      await shop.programs.payment.start();
      return `webhooks killed waiting for the row and during COMMIT; payment with ${left} messages in its outbox`;
    },
  },
  {
    number: 5,
    name: 'relay-killed',
    title:
      'outbox relay killed after the broker has acknowledged and before the row is marked: a duplicate, never a loss',
    inShort: true,
    async run({ shop }) {
      const point = await pausePoint(shop.paymentDb, 'outbox', 'UPDATE', 'in-transaction');
      await point.reached();
      await shop.programs.payment.stop('SIGKILL');
      const undone = await point.abort();
      await point.remove();
      await shop.programs.payment.start();
      return `${undone} claims undone after their acknowledgement`;
    },
  },
];

const webhookPrograms: readonly ShopProgram[] = ['webhook-1', 'webhook-2'];

/** How many orders stand where, in the whole table. */
async function tally({ dynamo }: Shop): Promise<{ linkless: number; linked: number; paid: number }> {
  const found = { linkless: 0, linked: 0, paid: 0 };
  for (let start: Record<string, unknown> | undefined; ; ) {
    const page = await dynamo.send(
      new ScanCommand({
        TableName: ORDERS_TABLE,
        ConsistentRead: true,
        ProjectionExpression: '#status, payment_url',
        ExpressionAttributeNames: { '#status': 'status' },
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    for (const { status, payment_url } of page.Items ?? []) {
      if (status === 'PENDING' && payment_url === '') found.linkless++;
      if (status === 'PENDING' && payment_url !== '') found.linked++;
      if (status === 'PAID') found.paid++;
    }
    start = page.LastEvaluatedKey;
    if (start === undefined) return found;
  }
}

/** True once there are more of them than at the first question. */
function grown(shop: Shop, what: 'linked' | 'paid'): () => Promise<boolean> {
  let first: number | undefined;
  return async () => {
    const now = (await tally(shop))[what];
    first ??= now;
    return now > first;
  };
}

/** Orders whose stock is sold and that have no tickets yet: read past the proxy. */
async function unticketed(shop: Shop): Promise<number> {
  const { rows } = await shop.inventoryDb.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM reservations WHERE state = 'CONFIRMED'",
  );
  return (rows[0]?.count ?? 0) - (await tally(shop)).paid;
}

async function killedWhile(
  { shop }: FaultContext,
  freeze: () => () => void,
  hit: () => Promise<boolean>,
): Promise<void> {
  const thaw = freeze();
  try {
    await until('the step was done', hit);
    await shop.programs.order.stop('SIGKILL');
  } finally {
    thaw();
  }
  await shop.programs.order.start();
}

function holdDynamo({ dynamo }: FaultContext): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  dynamo.hold = promise;
  return () => {
    dynamo.hold = undefined;
    resolve();
  };
}

async function killedAfterConfirm(context: FaultContext): Promise<void> {
  const release = holdDynamo(context);
  await killedWhile(
    context,
    () => release,
    async () => (await unticketed(context.shop)) > 0,
  );
}

async function waiting({ paymentDb }: Shop): Promise<number> {
  const { rows } = await paymentDb.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM outbox WHERE published_time IS NULL',
  );
  return rows[0]?.count ?? 0;
}
