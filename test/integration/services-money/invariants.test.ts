import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { parsePaidOrder } from '#lambda/email-sender/paid-order.ts';
import { TOPIC } from '#proto/names.ts';
import { systemClock as clock } from '#runtime/clock.ts';
import { notFound, ServiceError, unavailable } from '#runtime/errors.ts';
import { decodeEnvelope } from '#runtime/event-envelope.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { migrate } from '#runtime/migrate.ts';
import { createPool, type Pool } from '#runtime/pg.ts';
import { createNotices } from '#services/order/activities/notices.ts';
import type { StoredOrder } from '#services/order/store/order-item.ts';
import { OrderOutbox } from '#services/order/store/order-outbox.ts';
import { OrderTable } from '#services/order/store/order-table.ts';
import { OUTBOX_KEYS } from '#services/order/store/outbox-item.ts';

const log = silentLogger();
const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', 'services', 'payment', 'migrations');
const TABLE = 'orders';
const PRICE = 1000;
const RACERS = 12;

/**
 * The invariants of money and tickets at their lowest layer: a race against the real store, a query that would see a breach,
 * and the same race without the guard, in which the query must see one. Numbers as in hack/faults/audit.ts.
 */
describe('invariants of money in Postgres', function () {
  this.timeout(120_000);
  let backing: Backing<'postgres'>;
  let pool: Pool;
  before(async () => {
    backing = await startBacking({ which: ['postgres'] });
    await migrate({ connectionString: backing.postgres.url, dir: MIGRATIONS, log });
    pool = createPool({
      ...{ connectionString: backing.postgres.url, max: 20, applicationName: 'test', log },
      // The machine may be busy; how long a race waits for its start says nothing about its outcome.
      ...{ connectTimeoutMs: 60_000, statementTimeoutMs: 60_000, lockTimeoutMs: 60_000 },
    });
  });
  after(async () => {
    await pool?.end();
    await backing?.stop();
  });

  const aPayment = async () => {
    const id = randomUUID();
    await pool.query(
      `INSERT INTO payments (id, idempotency_key, order_id, event_id, provider, provider_ref, amount_minor, currency, expire_time)
       VALUES ($1, $2, $3, $4, 'vnpay', $2, $5, 'VND', now() + interval '10 minutes')`,
      [id, id, randomUUID(), randomUUID(), PRICE],
    );
    await pool.query("INSERT INTO payment_links VALUES ('vnpay', $1, $2, now())", [id, id]);
    return id;
  };
  const tell = async (id: string, kind: 'captured' | 'failed', txn: string | null, amount: number | null) => {
    const values = [id, kind, txn, amount, amount === null ? null : 'VND'];
    await pool.query("SELECT payment_apply_event('vnpay', $1, $2, $3, $4, $5, 'x', 'webhook', '')", values);
  };
  const count = async (query: string, id: string) =>
    (await pool.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${query}`, [id])).rows[0]?.count;
  const stateOf = async (id: string) =>
    (await pool.query<{ state: string }>('SELECT state FROM payments WHERE id = $1', [id])).rows[0]?.state;
  /** Runs with one function of the database changed, and puts it back. */
  const without = async (name: string, guard: string, instead: string, work: () => Promise<void>) => {
    const { rows } = await pool.query<{ source: string }>('SELECT pg_get_functiondef($1::regproc) AS source', [name]);
    const source = rows[0]?.source ?? '';
    assert.ok(source.includes(guard), `${name} has no ${guard}`);
    await pool.query(source.replace(guard, instead));
    try {
      await work();
    } finally {
      await pool.query(source);
    }
  };

  describe('I2 no ticket without payment of the right amount', () => {
    const BREACH = `payments WHERE id = $1 AND state = 'CAPTURED' AND captured_minor < amount_minor`;
    const race = async () => {
      const id = await aPayment();
      // Every one too little, all of them together, too.
      await Promise.all(Array.from({ length: RACERS }, (_, n) => tell(id, 'captured', `t${n}`, 10)));
      return id;
    };

    it('holds: small payments add up and never pay for more than they are', async () => {
      assert.equal(await count(BREACH, await race()), 0);
    });

    it('holds against a hand-written UPDATE', async () => {
      const id = await aPayment();
      await assert.rejects(pool.query("UPDATE payments SET state = 'CAPTURED' WHERE id = $1", [id]), /pays_the_price/);
      await assert.rejects(
        pool.query('UPDATE payments SET amount_minor = 1 WHERE id = $1', [id]),
        /price of a payment/,
      );
    });

    it('negative control: without comparing the amount and without the CHECK, too little buys', async () => {
      await pool.query('ALTER TABLE payments DROP CONSTRAINT captured_pays_the_price');
      let id = '';
      try {
        await without('payment_apply_event', 'net >= pay.amount_minor', 'true', async () => {
          id = await race();
        });
        assert.equal(await count(BREACH, id), 1);
      } finally {
        await pool.query('DELETE FROM refunds');
        await pool.query('DELETE FROM transactions');
        await pool.query('DELETE FROM payment_links');
        await pool.query('DELETE FROM payments');
        await pool.query(
          `ALTER TABLE payments ADD CONSTRAINT captured_pays_the_price
           CHECK (state NOT IN ('CAPTURED', 'REFUNDING', 'REFUNDED') OR captured_minor >= amount_minor)`,
        );
      }
    });
  });

  describe('I9 the hold outlives the link', () => {
    const BREACH = 'payments WHERE id = $1 AND expire_time >= hold_expire_time';
    const make = async (linkMs: number) => {
      const id = randomUUID();
      await pool.query(
        `INSERT INTO payments (id, idempotency_key, order_id, event_id, provider, amount_minor, currency, expire_time, hold_expire_time)
         VALUES ($1, $2, $3, $4, 'vnpay', $5, 'VND', now() + $6 * interval '1 millisecond', now() + interval '10 minutes')`,
        [id, id, randomUUID(), randomUUID(), PRICE, linkMs],
      );
      return id;
    };
    /** Whoever asks for one second more than the hold, all at once with those who ask for less. */
    const race = async () =>
      await Promise.allSettled(
        Array.from({ length: RACERS }, (_, n) => make(n % 2 === 0 ? 570_000 : 601_000).then((id) => count(BREACH, id))),
      );

    it('holds: a link that would outlive its hold is never written down, hence never made', async () => {
      const results = await race();
      const refused = results.filter(({ status }) => status === 'rejected');
      assert.equal(refused.length, RACERS / 2);
      for (const { reason } of refused as PromiseRejectedResult[])
        assert.match(String(reason), /link_ends_before_hold/);
      assert.ok(results.every((result) => result.status === 'rejected' || result.value === 0));
    });

    it('holds against a hand-written UPDATE', async () => {
      const id = await make(570_000);
      const later = 'UPDATE payments SET expire_time = hold_expire_time WHERE id = $1';
      await assert.rejects(pool.query(later, [id]), /link_ends_before_hold/);
    });

    it('negative control: without the CHECK half of them outlive their hold', async () => {
      await pool.query('ALTER TABLE payments DROP CONSTRAINT link_ends_before_hold');
      try {
        const results = await race();
        assert.equal(
          results.filter((result) => result.status === 'fulfilled' && result.value === 1).length,
          RACERS / 2,
        );
      } finally {
        await pool.query('DELETE FROM payments WHERE expire_time >= hold_expire_time');
        await pool.query(
          'ALTER TABLE payments ADD CONSTRAINT link_ends_before_hold CHECK (expire_time < hold_expire_time)',
        );
      }
    });
  });

  describe('I10 paid never becomes failed', () => {
    const race = async () => {
      const ids = await Promise.all(Array.from({ length: RACERS }, aPayment));
      await Promise.all(
        ids.flatMap((id) => [
          tell(id, 'captured', 't', PRICE),
          tell(id, 'failed', null, null),
          tell(id, 'captured', 't', PRICE),
        ]),
      );
      // A failure that comes late, after all.
      await Promise.all(ids.map((id) => tell(id, 'failed', 'late', null)));
      return await Promise.all(ids.map(stateOf));
    };

    it('holds while success and failure race', async () => {
      assert.deepEqual(new Set(await race()), new Set(['CAPTURED']));
    });

    it('holds against a hand-written UPDATE', async () => {
      const id = await aPayment();
      await tell(id, 'captured', 't', PRICE);
      for (const state of ['FAILED', 'CANCELLED', 'PENDING', 'REFUNDED'])
        await assert.rejects(pool.query('UPDATE payments SET state = $2 WHERE id = $1', [id, state]), /cannot become/);
      await assert.rejects(
        pool.query('UPDATE payments SET captured_minor = 0 WHERE id = $1', [id]),
        /only grows|pays_the/,
      );
    });

    it('negative control: without the guards a late failure takes the payment away', async () => {
      await pool.query('ALTER TABLE payments DISABLE TRIGGER payment_state_guard');
      try {
        await without('payment_apply_event', "pay.state = 'PENDING' AND", '', async () => {
          assert.ok((await race()).includes('FAILED'));
        });
      } finally {
        await pool.query('ALTER TABLE payments ENABLE TRIGGER payment_state_guard');
      }
    });

    it('the trigger alone holds when the function has lost its guard', async () => {
      await without('payment_apply_event', "pay.state = 'PENDING' AND", '', async () => {
        const id = await aPayment();
        await tell(id, 'captured', 't', PRICE);
        await assert.rejects(tell(id, 'failed', null, null), /cannot become/);
        assert.equal(await stateOf(id), 'CAPTURED');
      });
    });
  });

  describe('I11 a message if and only if its change was committed', () => {
    const untold = `payments p WHERE p.id = $1 AND p.state = 'CAPTURED'
      AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = 'payment.completed:' || p.id)`;
    const phantom = `outbox o WHERE o.id = 'payment.completed:' || $1
      AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.id = $1::uuid AND p.state <> 'PENDING')`;
    const race = async () => {
      const ids = await Promise.all(Array.from({ length: RACERS }, aPayment));
      await Promise.all(
        ids.map(async (id, n) => {
          const client = await pool.connect();
          try {
            await client.query('BEGIN');
            await client.query(
              "SELECT payment_apply_event('vnpay', $1, 'captured', 't', $2, 'VND', NULL, 'webhook', '')",
              [id, PRICE],
            );
            await client.query(n % 2 === 0 ? 'COMMIT' : 'ROLLBACK');
          } finally {
            client.release();
          }
        }),
      );
      const breaches = await Promise.all(ids.map(async (id) => [await count(untold, id), await count(phantom, id)]));
      return { untold: breaches.filter(([a]) => a !== 0).length, phantom: breaches.filter(([, b]) => b !== 0).length };
    };

    it('holds when every second transaction is rolled back', async () => {
      assert.deepEqual(await race(), { untold: 0, phantom: 0 });
    });

    it('negative control: without the outbox in the transaction captures are told to nobody', async () => {
      await pool.query('ALTER FUNCTION outbox_add RENAME TO outbox_add_real');
      await pool.query(
        'CREATE FUNCTION outbox_add(p_id text, p_topic text, p_key text, p_data jsonb) RETURNS void LANGUAGE sql AS $$ SELECT $$',
      );
      try {
        assert.equal((await race()).untold, RACERS / 2);
      } finally {
        await pool.query('DROP FUNCTION outbox_add');
        await pool.query('ALTER FUNCTION outbox_add_real RENAME TO outbox_add');
      }
    });
  });
});

describe('invariants of orders in DynamoDB', function () {
  this.timeout(120_000);
  let backing: Backing<'aws'>;
  let dynamo: DynamoDBDocumentClient;
  /** Sends every write without its condition. */
  let unguarded: DynamoDBDocumentClient;
  before(async () => {
    backing = await startBacking({ which: ['aws'] });
    const { endpoint, region, accessKeyId, secretAccessKey } = backing.aws;
    const make = () => new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    const client = make();
    dynamo = DynamoDBDocumentClient.from(client);
    unguarded = DynamoDBDocumentClient.from(make());
    unguarded.middlewareStack.add(
      (next) => (args) => {
        strip(args.input);
        return next(args);
      },
      { step: 'initialize', priority: 'low' },
    );
    const index = (IndexName: string, hash: string, range: string) => ({
      IndexName,
      KeySchema: [
        { AttributeName: hash, KeyType: 'HASH' as const },
        { AttributeName: range, KeyType: 'RANGE' as const },
      ],
      Projection: { ProjectionType: 'ALL' as const },
    });
    await client.send(
      new CreateTableCommand({
        TableName: TABLE,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['order_id', 'user_id', 'created_at', 'event_id', 'status'].map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S' as const,
        })),
        KeySchema: [{ AttributeName: 'order_id', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          index('user_id-index', 'user_id', 'created_at'),
          index('event_id-index', 'event_id', 'status'),
        ],
      }),
    );
  });
  after(async () => {
    dynamo?.destroy();
    unguarded?.destroy();
    await backing?.stop();
  });

  const tableOf = (client: DynamoDBDocumentClient) => new OrderTable({ dynamo: client, table: TABLE, clock });
  const anOrder = (changes: Partial<StoredOrder> = {}): StoredOrder => ({
    ...{ id: randomUUID(), code: 'TB1', eventId: randomUUID(), userId: randomUUID(), email: 'b@example.test' },
    ...{ fullName: 'B', language: 'vi', provider: 'zalopay', returnUrl: '', rehearsal: false, failureReason: '' },
    lines: [{ ticketClassId: 'c', className: 'GA', quantity: 1, unitPrice: { amountMinor: 1n, currency: 'VND' } }],
    ...{ total: { amountMinor: 1n, currency: 'VND' }, state: 'PENDING', paymentUrl: '', tickets: [] },
    ...{ holdExpireTimeMs: 1, createTimeMs: 1, updateTimeMs: 1, ...changes },
  });
  const times = <T>(work: (n: number) => Promise<T>) => Promise.all(Array.from({ length: RACERS }, (_, n) => work(n)));
  const ticket = (n: number) => ({ id: `ticket-${n}`, ticketClassId: 'c', className: 'GA', qrPayload: `qr-${n}` });
  const paidNotice = (orderId: string) => ({ topic: 'order.paid' as const, orderId, initiated: undefined });

  describe('I5 tickets are issued exactly once', () => {
    /** How many different sets of tickets could be seen. */
    const race = async (client: DynamoDBDocumentClient) => {
      const order = anOrder();
      await tableOf(dynamo).create(order);
      const seen = new Set<string>();
      const issue = async (n: number) => {
        await tableOf(client).issue(order.id, [ticket(n)], paidNotice(order.id));
        seen.add((await tableOf(dynamo).get(order.id))?.tickets[0]?.id ?? 'none');
      };
      await times(issue);
      // And one that comes when somebody has seen tickets already.
      await issue(RACERS);
      return seen.size;
    };
    it('holds with twenty workers, each with other tickets', async () => {
      assert.equal(await race(dynamo), 1);
    });
    it('negative control: without the condition, tickets that somebody has are replaced', async () => {
      assert.ok((await race(unguarded)) > 1);
    });
  });

  describe('I4 an order is made once, and a token buys one order', () => {
    const creations = async (client: DynamoDBDocumentClient) => {
      const order = anOrder();
      return (await times(() => tableOf(client).create(order))).filter(Boolean).length;
    };
    const buyers = async (client: DynamoDBDocumentClient) => {
      const jti = randomUUID();
      const told = await times(async (n) =>
        (await tableOf(client).useToken(jti, `order-${n}`, 1)) === `order-${n}` ? 1 : 0,
      );
      return told.filter(Boolean).length;
    };
    it('holds', async () => {
      assert.deepEqual([await creations(dynamo), await buyers(dynamo)], [1, 1]);
    });
    it('negative control: without the conditions everybody wins', async () => {
      assert.deepEqual([await creations(unguarded), await buyers(unguarded)], [RACERS, RACERS]);
    });
  });

  describe('I10 an order that was refunded gets no tickets', () => {
    const race = async (client: DynamoDBDocumentClient) => {
      const order = anOrder();
      await tableOf(dynamo).create(order);
      await tableOf(dynamo).move(order.id, 'REFUNDING', 'x');
      await times((n) => tableOf(client).issue(order.id, [ticket(n)], paidNotice(order.id)));
      return (await tableOf(dynamo).get(order.id))?.state;
    };
    it('holds', async () => {
      assert.equal(await race(dynamo), 'REFUNDING');
    });
    it('negative control: without the condition it does', async () => {
      assert.equal(await race(unguarded), 'PAID');
    });
  });

  describe('I11 a notice if and only if its order was written', () => {
    const outbox = () => new OrderOutbox({ dynamo, table: TABLE });
    const noticesOf = async (orderId: string) => {
      const { Items } = await dynamo.send(new ScanCommand({ TableName: TABLE, ConsistentRead: true }));
      return (Items ?? []).filter((item) => item['told_order'] === orderId).length;
    };
    it('holds: tickets that were not issued are not told of; those that were are, until somebody did', async () => {
      const [refused, paid] = [anOrder({ state: 'REFUNDED' }), anOrder()];
      for (const order of [refused, paid]) {
        await tableOf(dynamo).create(order);
        await times((n) => tableOf(dynamo).issue(order.id, [ticket(n)], paidNotice(order.id)));
      }
      assert.deepEqual([await noticesOf(refused.id), await noticesOf(paid.id)], [0, 1]);
      const waiting = (
        await Promise.all(OUTBOX_KEYS.map((key) => outbox().waiting(key, Date.now() + 1000, 100)))
      ).flat();
      const [found] = waiting.filter(({ notice }) => notice.orderId === paid.id);
      assert.deepEqual(found?.notice, paidNotice(paid.id));
      const telling = outbox();
      telling.told(paidNotice(paid.id));
      await telling.flush();
      assert.equal(await noticesOf(paid.id), 0);
    });
    it('negative control: without the condition in the transaction, a notice tells of what never was', async () => {
      const refused = anOrder({ state: 'REFUNDED' });
      await tableOf(dynamo).create(refused);
      await tableOf(unguarded).issue(refused.id, [ticket(1)], paidNotice(refused.id));
      assert.equal(await noticesOf(refused.id), 1);
    });

    it('one that can never be told holds up no other; while the broker is away, ages are known all the same', async () => {
      const first = anOrder();
      // Of the same shard of the outbox, behind it.
      const second = anOrder({ id: `${first.id.slice(0, 8)}${randomUUID().slice(8)}` });
      for (const order of [first, second]) {
        await tableOf(dynamo).create(order);
        await tableOf(dynamo).issue(order.id, [ticket(1)], paidNotice(order.id));
      }
      const told: string[] = [];
      let away = true;
      const notices = createNotices({
        ...{ table: tableOf(dynamo), outbox: outbox(), clock: { ...clock, now: () => Date.now() + 60_000 } },
        eventFacts: async (eventId) => {
          if (eventId === first.eventId && !away) throw notFound('EVENT_NOT_FOUND', 'there is no such event');
          return { name: '', startTime: '', timeZone: '', venue: { name: '', address: '', city: '' } };
        },
        producer: {
          async send(_, messages) {
            if (away) throw unavailable('KAFKA_UNAVAILABLE', 'the broker is away');
            told.push(...messages.map(({ key }) => key));
          },
          close: async () => {},
        },
      });
      const down = await notices.sweep();
      assert.equal(down.count, 0);
      assert.ok(down.oldestMs >= 50_000, `${down.oldestMs}`);
      assert.match(String(down.failure), /broker is away/);
      away = false;
      const { failure } = await notices.sweep();
      assert.match(String(failure), /no such event/);
      assert.deepEqual([told.includes(first.id), told.includes(second.id)], [false, true]);
    });

    it('tickets that were taken back before anybody was told of them are told to nobody', async () => {
      const [paid, revoked] = [anOrder(), anOrder()];
      for (const order of [paid, revoked]) {
        await tableOf(dynamo).create(order);
        await tableOf(dynamo).issue(order.id, [ticket(1)], paidNotice(order.id));
      }
      assert.equal(await tableOf(dynamo).move(revoked.id, 'REFUNDING', 'EVENT_CANCELLED'), 'REFUNDING');
      const told: string[] = [];
      const notices = createNotices({
        ...{ table: tableOf(dynamo), outbox: outbox(), clock },
        eventFacts: async () => ({ name: '', startTime: '', timeZone: '', venue: { name: '', address: '', city: '' } }),
        producer: {
          send: async (_, messages) => void told.push(...messages.map(({ key }) => key)),
          close: async () => {},
        },
      });
      for (const { id } of [paid, revoked]) await notices.publish(paidNotice(id));
      assert.deepEqual(told, [paid.id]);
    });

    const refundNotice = (orderId: string) => ({ topic: TOPIC.orderRefunded, orderId, initiated: undefined });
    const refund = (client: DynamoDBDocumentClient, { id }: StoredOrder) =>
      tableOf(client).move(id, 'REFUNDED', 'NO_STOCK_LEFT', refundNotice(id));
    it('holds for refunds: told of when the money is back, by whoever sweeps, and not while it is under way', async () => {
      const [back, asked, rehearsed] = [
        anOrder({ state: 'REFUNDING' }),
        anOrder(),
        anOrder({ state: 'REFUNDING', rehearsal: true }),
      ];
      for (const order of [back, asked, rehearsed]) {
        await tableOf(dynamo).create(order);
        await times(() => refund(dynamo, order));
      }
      assert.deepEqual([await noticesOf(back.id), await noticesOf(asked.id)], [1, 0]);
      const told = new Map<string, string>();
      const absent = new Set<string>([TOPIC.orderPaid]);
      const notices = createNotices({
        ...{ table: tableOf(dynamo), outbox: outbox(), clock: { ...clock, now: () => Date.now() + 60_000 } },
        eventFacts: async () => ({
          name: 'E',
          startTime: '',
          timeZone: '',
          venue: { name: '', address: '', city: '' },
        }),
        producer: {
          async send(topic, messages) {
            if (absent.has(topic)) throw unavailable('KAFKA_UNAVAILABLE', 'no such topic');
            for (const { key, value } of messages) told.set(`${topic} ${key}`, String(value));
          },
          close: async () => {},
        },
      });
      // A topic that is not there yet holds up only itself.
      const paid = anOrder({ id: `${back.id.slice(0, 8)}${randomUUID().slice(8)}` });
      await tableOf(dynamo).create(paid);
      await tableOf(dynamo).issue(paid.id, [ticket(1)], paidNotice(paid.id));
      assert.match(String((await notices.sweep()).failure), /no such topic/);
      const { id, type, data } = decodeEnvelope(told.get(`order.refunded ${back.id}`) ?? '');
      assert.deepEqual([id, type], [`order.refunded:${back.id}`, 'order.refunded']);
      const { reason, refunded, lines, tickets } = data as Record<string, unknown>;
      assert.deepEqual(
        { reason, refunded, lines, tickets },
        {
          reason: 'NO_STOCK_LEFT',
          refunded: { amountMinor: '1', currency: 'VND' },
          lines: [{ ticketClassId: 'c', className: 'GA', quantity: 1 }],
          tickets: [],
        },
      );
      // Mail functions of before take every message for paid tickets: this one they must not be able to read.
      assert.throws(() => parsePaidOrder(data), /no total/);
      // Nobody is told of what is only under way, nor of rehearsals.
      await notices.publish(refundNotice(asked.id));
      assert.deepEqual(
        [...told.keys()].filter((key) => key.includes(asked.id) || key.includes(rehearsed.id)),
        [],
      );
    });
    it('negative control: without the condition, a refund is told of that never was', async () => {
      const order = anOrder();
      await tableOf(dynamo).create(order);
      await refund(unguarded, order);
      assert.equal(await noticesOf(order.id), 1);
    });
  });

  it('an event of many orders is spread over several index keys, and listed whole, page by page', async () => {
    const eventId = randomUUID();
    const made = await times(async () => {
      const order = anOrder({ eventId });
      await tableOf(dynamo).create(order);
      return order.id;
    });
    const { Items } = await dynamo.send(new ScanCommand({ TableName: TABLE }));
    const keys = new Set(
      (Items ?? []).map((item) => String(item['event_id'])).filter((key) => key.startsWith(eventId)),
    );
    assert.ok(keys.size >= 3, `${keys.size} keys`);
    for (const limit of [1, 7, 100]) {
      const seen: string[] = [];
      for (let token = ''; ; ) {
        const page = await tableOf(dynamo).listByEvent(eventId, 'PENDING', limit, token);
        assert.ok(page.orders.length <= limit);
        seen.push(...page.orders.map(({ id }) => id));
        token = page.nextPageToken;
        if (token === '') break;
      }
      assert.deepEqual(seen.toSorted(), made.toSorted());
    }
    const { nextPageToken } = await tableOf(dynamo).listByEvent(eventId, 'PENDING', 1, '');
    const last = JSON.parse(Buffer.from(nextPageToken, 'base64url').toString()) as Record<string, unknown>;
    for (const forged of [
      { ...last, order_id: 5 },
      { ...last, extra: 'x' },
      { ...last, status: 'PAID' },
      { event_id: last['event_id'], order_id: 'x' },
      { event_id: `${randomUUID()}#0` },
    ]) {
      const token = Buffer.from(JSON.stringify(forged)).toString('base64url');
      await assert.rejects(
        tableOf(dynamo).listByEvent(eventId, 'PENDING', 1, token),
        (error) => error instanceof ServiceError && error.reason === 'INVALID_PAGE_TOKEN',
        JSON.stringify(forged),
      );
    }
  });
});

/** Takes the conditions out of a command, in place; values that nothing names any more would be refused. */
function strip(input: unknown): void {
  const command = input as Record<string, unknown>;
  const parts = Array.isArray(command['TransactItems'])
    ? (command['TransactItems'] as Record<string, Record<string, unknown>>[]).flatMap((item) => Object.values(item))
    : [command];
  for (const part of parts) {
    delete part['ConditionExpression'];
    const values = part['ExpressionAttributeValues'] as Record<string, unknown> | undefined;
    const used = String(part['UpdateExpression'] ?? '');
    for (const name of Object.keys(values ?? {})) {
      if (!new RegExp(`${name}\\b`).test(used)) delete values?.[name];
    }
    if (values !== undefined && Object.keys(values).length === 0) delete part['ExpressionAttributeValues'];
  }
}
