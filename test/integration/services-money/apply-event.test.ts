import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { migrate } from '#runtime/migrate.ts';
import { createPool, type Pool } from '#runtime/pg.ts';
import { unexplainedMoney } from '#services/payment/sql/unexplained-money.ts';

const log = silentLogger();
const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', 'services', 'payment', 'migrations');
const PRICE = 1000;

interface Event {
  readonly kind: 'captured' | 'failed' | 'cancelled';
  readonly txn?: string;
  readonly amount?: number;
  readonly currency?: string;
  readonly ref?: string;
  /** The transaction id as it is, not made unique for the payment. */
  readonly foreign?: boolean;
}

describe('payment_apply_event on a real Postgres', function () {
  this.timeout(60_000);
  let backing: Backing<'postgres'>;
  let pool: Pool;
  before(async () => {
    backing = await startBacking({ which: ['postgres'] });
    await migrate({ connectionString: backing.postgres.url, dir: MIGRATIONS, log });
    pool = createPool({ connectionString: backing.postgres.url, max: 30, applicationName: 'test', log });
  });
  after(async () => {
    await pool?.end();
    await backing?.stop();
  });

  const aPayment = async () => {
    const [id, orderId] = [randomUUID(), randomUUID()];
    await pool.query(
      `INSERT INTO payments (id, idempotency_key, order_id, event_id, provider, provider_ref, amount_minor, currency, expire_time)
       VALUES ($1, $2, $3, $4, 'zalopay', $5, $6, 'VND', now() + interval '10 minutes')`,
      [id, id, orderId, randomUUID(), `ref-${id}`, PRICE],
    );
    await pool.query("INSERT INTO payment_links VALUES ('zalopay', $1, $2, now())", [`ref-${id}`, id]);
    const tell = async (event: Event) => {
      const { rows } = await pool.query<{ verdict: string }>(
        "SELECT verdict FROM payment_apply_event('zalopay', $1, $2, $3, $4, $5, NULL, 'webhook', '{}')",
        [
          event.ref ?? `ref-${id}`,
          event.kind,
          event.txn === undefined ? null : event.foreign === true ? event.txn : `${id}:${event.txn}`,
          event.amount ?? null,
          event.currency ?? (event.kind === 'captured' ? 'VND' : null),
        ],
      );
      return rows[0]?.verdict;
    };
    const read = async () => {
      const { rows } = await pool.query<{ state: string; captured: number; scheduled: number; topics: string[] }>(
        `SELECT p.state, p.captured_minor::int AS captured,
                (SELECT coalesce(sum(amount_minor), 0)::int FROM refunds WHERE payment_id = p.id) AS scheduled,
                (SELECT coalesce(array_agg(topic ORDER BY seq), '{}') FROM outbox WHERE key = p.order_id::text) AS topics
         FROM payments p WHERE p.id = $1`,
        [id],
      );
      assert.ok(rows[0]);
      return rows[0];
    };
    return { id, orderId, tell, read };
  };
  const paid = (txn: string, amount = PRICE): Event => ({ kind: 'captured', txn, amount });

  it('50 copies of one callback at once: captured once, told once', async () => {
    const { tell, read } = await aPayment();
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => tell(paid('t'))));
    assert.equal(verdicts.filter((verdict) => verdict === 'CAPTURED').length, 1);
    assert.equal(verdicts.filter((verdict) => verdict === 'DUPLICATE').length, 49);
    assert.deepEqual(await read(), { state: 'CAPTURED', captured: PRICE, scheduled: 0, topics: ['payment.completed'] });
  });

  it('a transaction id that came for another link before is other money, not a repetition', async () => {
    const [first, second] = [await aPayment(), await aPayment()];
    const event: Event = { ...paid(randomUUID()), foreign: true };
    assert.equal(await first.tell(event), 'CAPTURED');
    assert.equal(await second.tell(event), 'CAPTURED');
    assert.equal(await second.tell(event), 'DUPLICATE');
    assert.equal((await second.read()).captured, PRICE);
  });

  it('negative control: without the unique key on transactions copies count as more money', async () => {
    const { rows } = await pool.query<{ source: string }>(
      "SELECT pg_get_functiondef('payment_apply_event'::regproc) AS source",
    );
    const source = rows[0]?.source ?? '';
    const { tell, read } = await aPayment();
    await pool.query(source.replace('ON CONFLICT (provider, provider_ref, provider_txn_id) DO NOTHING', ''));
    await pool.query('ALTER TABLE transactions DROP CONSTRAINT transactions_provider_provider_ref_provider_txn_id_key');
    try {
      await tell(paid('t'));
      await tell(paid('t'));
      assert.equal((await read()).captured, 2 * PRICE);
    } finally {
      await pool.query('DELETE FROM refunds');
      await pool.query('DELETE FROM transactions');
      await pool.query(
        'ALTER TABLE transactions ADD CONSTRAINT transactions_provider_provider_ref_provider_txn_id_key UNIQUE (provider, provider_ref, provider_txn_id)',
      );
      await pool.query(source);
    }
  });

  it('paid never becomes failed; late money after a failure is captured', async () => {
    const first = await aPayment();
    await first.tell(paid('t'));
    assert.equal(await first.tell({ kind: 'failed' }), 'IGNORED');
    assert.equal((await first.read()).state, 'CAPTURED');
    const second = await aPayment();
    assert.equal(await second.tell({ kind: 'failed' }), 'FAILED');
    assert.equal(await second.tell(paid('t')), 'CAPTURED');
    assert.deepEqual((await second.read()).topics, ['payment.failed', 'payment.completed']);
  });

  it('a second payment goes back whole, an overpaid one by what was too much', async () => {
    const twice = await aPayment();
    await twice.tell(paid('a'));
    assert.equal(await twice.tell(paid('b')), 'SURPLUS');
    assert.deepEqual([(await twice.read()).captured, (await twice.read()).scheduled], [2 * PRICE, PRICE]);
    const over = await aPayment();
    assert.equal(await over.tell(paid('a', PRICE + 50)), 'CAPTURED');
    assert.equal((await over.read()).scheduled, 50);
  });

  it('parts add up; too little goes back when the payment ends', async () => {
    const parts = await aPayment();
    assert.equal(await parts.tell(paid('a', 400)), 'UNDERPAID');
    assert.equal(await parts.tell(paid('b', 600)), 'CAPTURED');
    const short = await aPayment();
    await short.tell(paid('a', 400));
    assert.equal(await short.tell({ kind: 'cancelled' }), 'CANCELLED');
    assert.equal((await short.read()).scheduled, 400);
    // What is on its way back does not pay for anything any more.
    assert.equal(await short.tell(paid('b', 600)), 'UNDERPAID');
    assert.deepEqual([(await short.read()).state, (await short.read()).scheduled], ['CANCELLED', 1000]);
  });

  /** What was said of money that is back, oldest first: reason, what came, what was owed, what is back. */
  const saidOf = async (orderId: string) => {
    const { rows } = await pool.query<{ id: string; value: string }>(
      "SELECT id, value FROM outbox WHERE key = $1 AND topic = 'payment.returned' ORDER BY seq",
      [orderId],
    );
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
    return rows.map(({ value }) => {
      const { data } = JSON.parse(value) as { data: Record<string, { amountMinor: string }> };
      return [data['reason'], ...['received', 'owed', 'returned'].map((name) => Number(data[name]?.amountMinor))];
    });
  };
  /** The provider has given back what is due of the payment, or one of it. */
  const giveBack = async (paymentId: string, limit = 10) => {
    const due = "SELECT id FROM refunds WHERE payment_id = $1 AND state = 'PENDING' ORDER BY create_time, id LIMIT $2";
    const { rows } = await pool.query<{ id: string }>(due, [paymentId, limit]);
    for (const { id } of rows) {
      for (const first of [true, false]) {
        const done = await pool.query<{ done: boolean }>('SELECT payment_refund_done($1) AS done', [id]);
        assert.equal(done.rows[0]?.done, first);
      }
    }
  };

  it('who sent too little or too much is told once, when all of it is back, and not of a refund of the order', async () => {
    const short = await aPayment();
    await short.tell(paid('a', 100));
    await short.tell(paid('b', 300));
    await short.tell({ kind: 'failed' });
    await giveBack(short.id, 1);
    assert.deepEqual(await saidOf(short.orderId), []);
    await giveBack(short.id);
    await short.tell(paid('c', 200));
    await giveBack(short.id);
    const parts = [
      ['UNDERPAID', 400, PRICE, 400],
      ['UNDERPAID', 200, PRICE, 200],
    ];
    assert.deepEqual(await saidOf(short.orderId), parts);
    // And then the price after all, with something more.
    await short.tell(paid('d', PRICE + 50));
    await giveBack(short.id);
    assert.deepEqual(await saidOf(short.orderId), [...parts, ['SURPLUS', PRICE + 50, PRICE, 50]]);

    const twice = await aPayment();
    await twice.tell(paid('a'));
    for (const txn of ['b', 'c']) {
      await twice.tell(paid(txn));
      await giveBack(twice.id);
    }
    await pool.query("UPDATE payments SET state = 'REFUNDING' WHERE id = $1", [twice.id]);
    await pool.query("SELECT payment_schedule_full_refund($1, 'EVENT_CANCELLED')", [twice.id]);
    await giveBack(twice.id);
    const surplus = ['SURPLUS', 2 * PRICE, PRICE, PRICE];
    assert.deepEqual(await saidOf(twice.orderId), [surplus, surplus]);
  });

  it('another currency and unknown references are kept and count for nothing', async () => {
    const { id, tell, read } = await aPayment();
    const before = await unexplainedMoney(pool);
    assert.equal(await tell({ ...paid('usd'), currency: 'USD' }), 'CURRENCY_MISMATCH');
    assert.equal(await tell({ ...paid('x'), ref: 'nobody' }), 'UNKNOWN');
    assert.equal(await tell({ ...paid('x'), ref: 'nobody' }), 'UNKNOWN');
    assert.deepEqual(await read(), { state: 'PENDING', captured: 0, scheduled: 0, topics: [] });

    // A failure of nobody brings no money, and PayOS shows its sample whenever a webhook is registered.
    assert.equal(await tell({ kind: 'failed', ref: 'nobody' }), 'UNKNOWN');
    await pool.query(
      "SELECT payment_apply_event('payos', '123', 'captured', 'link:TF230204212323', 3000, 'VND', NULL, 'webhook', '{}')",
    );
    const { UNKNOWN, CURRENCY_MISMATCH } = before;
    const after = { UNKNOWN: UNKNOWN + 1, CURRENCY_MISMATCH: CURRENCY_MISMATCH + 1 };
    assert.deepEqual(await unexplainedMoney(pool), after);
    await pool.query("UPDATE transactions SET explanation = 'given back by hand' WHERE payment_id = $1", [id]);
    assert.deepEqual(await unexplainedMoney(pool), { ...after, CURRENCY_MISMATCH });
  });

  it('refuses captures without transaction, amount or currency', async () => {
    const { tell } = await aPayment();
    await assert.rejects(tell({ kind: 'captured', amount: 1 }), /needs transaction/);
    await assert.rejects(tell({ kind: 'captured', txn: 't', amount: 0 }), /needs transaction/);
  });

  it('whatever comes in whatever order, money in equals price kept plus money going back', async () => {
    const anEvent = fc.oneof(
      fc.record({
        kind: fc.constant('captured' as const),
        txn: fc.constantFrom('a', 'b', 'c', 'd'),
        amount: fc.constantFrom(300, 700, PRICE, 1500),
      }),
      fc.record({ kind: fc.constantFrom('failed' as const, 'cancelled' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anEvent, { maxLength: 8 }), async (events) => {
        const { tell, read } = await aPayment();
        for (const event of events) await tell(event);
        const { state, captured, scheduled, topics } = await read();
        if (state === 'CAPTURED') assert.equal(captured - scheduled, PRICE);
        else if (state === 'PENDING') assert.ok(captured < PRICE && scheduled === 0);
        else assert.equal(captured, scheduled);
        assert.equal(topics.filter((topic) => topic === 'payment.completed').length, state === 'CAPTURED' ? 1 : 0);
        assert.ok(topics.filter((topic) => topic === 'payment.failed').length <= 1);
      }),
      { numRuns: 60 },
    );
  });
});
