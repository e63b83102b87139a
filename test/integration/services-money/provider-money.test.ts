import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Callbacks } from '#hack/providers/callbacks.ts';
import type { PaymentRecord } from '#hack/providers/payment-record.ts';
import { PayOs } from '#hack/providers/payos.ts';
import { createProviderServer } from '#hack/providers/server.ts';
import { VnPay } from '#hack/providers/vnpay.ts';
import { ZaloPay } from '#hack/providers/zalopay.ts';
import { type Clock, systemClock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { silentLogger } from '#runtime/log.ts';
import { migrate } from '#runtime/migrate.ts';
import { createPool, type Pool } from '#runtime/pg.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { paymentService } from '#services/payment/api/payment-service.ts';
import { createPayment } from '#services/payment/domain/create-payment.ts';
import type { Payment, RemoteProviderName } from '#services/payment/domain/payment.ts';
import { giveRefunds } from '#services/payment/jobs/give-refunds.ts';
import { reconcile } from '#services/payment/jobs/reconcile.ts';
import { payOs } from '#services/payment/providers/payos.ts';
import type { PaymentProvider } from '#services/payment/providers/provider.ts';
import { vnPay } from '#services/payment/providers/vnpay.ts';
import { zaloPay } from '#services/payment/providers/zalopay.ts';
import { cancelPending, findPayment, startRefund } from '#services/payment/sql/payments.ts';
import { keepRefundId, waitingRefunds } from '#services/payment/sql/refunds.ts';

const log = silentLogger();
const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', 'services', 'payment', 'migrations');
const PRICE = 50_000;
const { signal } = new AbortController();

/** The jobs of payment against a real Postgres and the simulator, both sides by one clock that can be moved. Nobody calls back. */
describe("money at the providers, by the payment service's jobs", function () {
  this.timeout(60_000);
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now() + aheadMs };
  const callbacks = new Callbacks({ clock, log, retryDelaysMs: [] });
  const publicUrl = 'http://pay.test';
  const simulated = {
    zalopay: new ZaloPay({ appId: '2553', key1: 'key1', key2: 'key2', publicUrl, clock, callbacks }),
    payos: new PayOs({
      ...{ clientId: 'client', apiKey: 'api', checksumKey: 'checksum', publicUrl, clock, callbacks },
      webhookUrl: undefined,
    }),
    vnpay: new VnPay({ tmnCode: 'TBTEST01', hashSecret: 'secret', ipnUrl: undefined, clock, callbacks }),
  };
  let backing: Backing<'postgres'>;
  let pool: Pool;
  let server: FastifyInstance;
  let baseUrl = '';
  let providers: ReadonlyMap<RemoteProviderName, PaymentProvider>;

  before(async () => {
    backing = await startBacking({ which: ['postgres'] });
    await migrate({ connectionString: backing.postgres.url, dir: MIGRATIONS, log });
    pool = createPool({ connectionString: backing.postgres.url, max: 5, applicationName: 'test', log });
    server = createProviderServer(simulated);
    await server.listen({ host: '127.0.0.1', port: 0 });
    baseUrl = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
    const http = { baseUrl, timeoutMs: 8_000, clock };
    const fallbackUrl = 'http://shop.test';
    providers = new Map<RemoteProviderName, PaymentProvider>([
      ['zalopay', zaloPay({ appId: '2553', key1: 'key1', http, callbackUrl: '' })],
      ['payos', payOs({ clientId: 'client', apiKey: 'api', checksumKey: 'checksum', http, fallbackUrl })],
      [
        'vnpay',
        vnPay({
          ...{ tmnCode: 'TBTEST01', hashSecret: 'secret', http, fallbackUrl },
          payUrl: `${baseUrl}/paymentv2/vpcpay.html`,
        }),
      ],
    ]);
  });
  after(async () => {
    await server?.close();
    await callbacks.close();
    await pool?.end();
    await backing?.stop();
  });

  const aCommand = (provider: RemoteProviderName) => ({
    ...{ idempotencyKey: randomUUID(), orderId: randomUUID(), eventId: randomUUID(), provider },
    amount: { amountMinor: BigInt(PRICE), currency: 'VND' },
    ...{ description: 'TB0001', returnUrl: 'http://shop.test/back' },
    ...{ expireTimeMs: clock.now() + 600_000, holdExpireTimeMs: undefined },
  });
  const make = (command: ReturnType<typeof aCommand>) =>
    createPayment({ pool, clock, newId: randomUUID, providers, checkAfterMs: 30_000 }, command, signal, log);
  /** The link of a payment at its provider. */
  const atProvider = async ({ provider, providerRef = '', paymentUrl = '' }: Payment) => {
    if (provider === 'vnpay') await (await fetch(paymentUrl)).text();
    const pay = { behaviour: 'silent' as const, delayMs: 0, amount: undefined };
    const late = { ...pay, behaviour: 'pay-late' as const };
    if (provider === 'payos') {
      const link = simulated.payos.link(providerRef);
      assert.ok(link);
      const once = () => simulated.payos.pay(link, pay);
      return { record: link.record, pay: once, payAgain: () => simulated.payos.pay(link, late) };
    }
    const order = provider === 'vnpay' ? simulated.vnpay.order(providerRef) : simulated.zalopay.order(providerRef);
    assert.ok(order);
    const once = () =>
      provider === 'vnpay'
        ? simulated.vnpay.pay(order as Parameters<VnPay['pay']>[0], pay)
        : simulated.zalopay.pay(order, pay);
    return { record: order.record, pay: once, payAgain: once };
  };
  const look = async (payment: Payment, by = providers) => {
    await pool.query('UPDATE payments SET check_time = clock_timestamp() WHERE id = $1', [payment.id]);
    await reconcile({ pool, clock, log, providers: by }, signal);
    const { rows } = await pool.query<{ looksAgain: boolean }>(
      'SELECT check_time IS NOT NULL AS "looksAgain" FROM payments WHERE id = $1',
      [payment.id],
    );
    return { state: (await findPayment(pool, { id: payment.id }))?.state, ...rows[0] };
  };
  const captured = async (provider: RemoteProviderName) => {
    const payment = await make(aCommand(provider));
    const link = await atProvider(payment);
    assert.equal(link.pay().kind, 'done');
    assert.equal((await look(payment)).state, 'CAPTURED');
    return { payment, ...link };
  };
  /** One try of each refund of the payment; what became of them. */
  const tryRefund = async ({ id }: Payment) => {
    await pool.query('UPDATE refunds SET next_attempt_time = clock_timestamp() WHERE payment_id = $1', [id]);
    await giveRefunds({ pool, log, providers }, signal, id);
    const { rows } = await pool.query<{ state: string; last_error: string | null }>(
      'SELECT state, last_error FROM refunds WHERE payment_id = $1',
      [id],
    );
    return rows.map(({ state, last_error }) => (state === 'DONE' ? state : last_error));
  };
  /** The provider will not give this money back for now. */
  const block = (record: PaymentRecord) => {
    record.refunds.push({ id: 'block', transactionId: record.transactions[0]?.id ?? '', amount: PRICE, atMs: 0 });
    return () => void record.refunds.pop();
  };
  const amounts = ({ refunds }: PaymentRecord) => refunds.map(({ amount }) => amount);
  const untilVietnamese = (hour: number, minute: number) => {
    const day = 86_400_000;
    const wanted = (hour - 7) * 3_600_000 + minute * 60_000;
    aheadMs += (((wanted - (clock.now() % day)) % day) + day) % day;
  };

  it('a question that ZaloPay does not answer ends no payment: money is still found afterwards', async () => {
    const payment = await make(aCommand('zalopay'));
    const link = await atProvider(payment);
    const http = { baseUrl, timeoutMs: 8_000, clock };
    const misled = new Map<RemoteProviderName, PaymentProvider>([
      ['zalopay', zaloPay({ appId: '2553', key1: 'other', http, callbackUrl: '' })],
    ]);
    assert.deepEqual(await look(payment, misled), { state: 'PENDING', looksAgain: true });
    link.pay();
    assert.equal((await look(payment)).state, 'CAPTURED');
  });

  it('money that left the bank and has not reached VNPay is waited for', async () => {
    const payment = await make(aCommand('vnpay'));
    const link = await atProvider(payment);
    simulated.vnpay.reversed.add(link.record.providerRef);
    assert.deepEqual(await look(payment), { state: 'PENDING', looksAgain: true });
    link.pay();
    assert.equal((await look(payment)).state, 'CAPTURED');
  });

  it("whether there is time to pay is judged by the database's clock, not by the pod's", async () => {
    for (const skewMs of [-3_600_000, 3_600_000]) {
      const skewed = { ...systemClock, now: () => Date.now() + skewMs };
      const deps = { pool, clock: skewed, newId: randomUUID, providers, checkAfterMs: 30_000, onChange: () => {} };
      const create = (idempotencyKey: string, leftMs: number) =>
        paymentService(deps).createPayment(
          {
            ...{ idempotencyKey, orderId: randomUUID(), eventId: randomUUID(), provider: 'PROVIDER_PAYOS' },
            ...{ amount: { amountMinor: String(PRICE), currency: 'VND' }, description: 'TB0001' },
            ...{ returnUrl: 'http://shop.test/back', expireTime: toTimestamp(Date.now() + leftMs) },
            holdExpireTime: toTimestamp(Date.now() + leftMs + 30_000),
          } as never,
          { signal, log } as never,
        );
      assert.equal((await create(randomUUID(), 600_000)).payment?.state, 'PAYMENT_STATE_PENDING');
      await assert.rejects(
        create(randomUUID(), -1_000),
        (error) => error instanceof ServiceError && error.reason === 'HOLD_EXPIRED',
      );
    }
  });

  it('gives no money back before the tickets for it are void, and hears an order service that cannot say so yet', async () => {
    const { payment } = await captured('payos');
    const deps = { pool, clock, newId: randomUUID, providers, checkAfterMs: 30_000, onChange: () => {} };
    const ask = (reason: string) =>
      paymentService(deps).refundPayment(
        { orderId: payment.orderId, reason, ticketsVoid: false } as never,
        { signal, log } as never,
      );
    await assert.rejects(
      ask('support'),
      (error) => error instanceof ServiceError && error.reason === 'REFUND_THE_ORDER',
    );
    assert.equal((await ask('EVENT_CANCELLED')).payment?.state, 'PAYMENT_STATE_REFUNDED');
    // What is under way is told to anybody.
    assert.equal((await ask('support')).payment?.state, 'PAYMENT_STATE_REFUNDED');
  });

  it('too many calls at this moment refuse no payment: asking again makes the link', async () => {
    for (const provider of ['zalopay', 'payos'] as const) {
      const command = aCommand(provider);
      const answer = await fetch(`${baseUrl}/simulator/misbehave`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ provider, create: 'too-many-calls' }),
      });
      assert.equal(answer.status, 200);
      await assert.rejects(make(command), (error) => error instanceof ServiceError && error.code === 'UNAVAILABLE');
      const payment = await make(command);
      assert.deepEqual([payment.state, payment.paymentUrl?.startsWith('http')], ['PENDING', true]);
    }
  });

  it('a refund that ZaloPay refused in the evening is given after midnight, whose ids are others', async () => {
    untilVietnamese(23, 50);
    const { payment, record } = await captured('zalopay');
    const unblock = block(record);
    await startRefund(pool, payment.orderId, 'NO_STOCK_LEFT');
    assert.deepEqual(await tryRefund(payment), ['ZALOPAY_-13']);
    unblock();
    untilVietnamese(0, 20);
    await tryRefund(payment);
    assert.deepEqual(await tryRefund(payment), ['DONE']);
    assert.deepEqual(amounts(record), [PRICE]);
    assert.equal((await findPayment(pool, { id: payment.id }))?.state, 'REFUNDED');
  });

  it('and one that was given in the evening, though the answer was lost, is not given again', async () => {
    untilVietnamese(23, 50);
    const { payment, record } = await captured('zalopay');
    await startRefund(pool, payment.orderId, 'NO_STOCK_LEFT');
    const provider = providers.get('zalopay');
    const { rows } = await pool.query<{ id: string; txn: string }>(
      `SELECT r.id, t.provider_txn_id AS txn FROM refunds r JOIN transactions t ON t.id = r.transaction_id
       WHERE r.payment_id = $1`,
      [payment.id],
    );
    const [{ id, txn } = { id: '', txn: '' }] = rows;
    const refundId = await keepRefundId(pool, id, provider?.newRefundId(id, 1) ?? '');
    const request = {
      refundId,
      ref: payment.providerRef ?? '',
      txnId: txn,
      amount: payment.amount,
      reason: 'x',
      accepted: false,
    };
    assert.equal((await provider?.refund(request, signal))?.kind, 'done');
    untilVietnamese(0, 20);
    assert.deepEqual(await tryRefund(payment), ['DONE']);
    assert.deepEqual(amounts(record), [PRICE]);
  });

  it('a refund that VNPay refused once is asked for under another id, which it does not take for a repetition', async () => {
    const { payment, record } = await captured('vnpay');
    const unblock = block(record);
    await startRefund(pool, payment.orderId, 'NO_STOCK_LEFT');
    assert.deepEqual(await tryRefund(payment), ['VNPAY_95']);
    unblock();
    assert.deepEqual(await tryRefund(payment), ['PROCESSING']);
    assert.deepEqual(await tryRefund(payment), ['DONE']);
    assert.deepEqual(amounts(record), [PRICE]);
  });

  it('a refund that VNPay has accepted is no refund until its bank has it, and is asked for once', async () => {
    const { payment, record } = await captured('vnpay');
    simulated.vnpay.refundOutcome = 'processing';
    await startRefund(pool, payment.orderId, 'NO_STOCK_LEFT');
    for (let tries = 0; tries < 3; tries++) {
      assert.deepEqual(await tryRefund(payment), ['PROCESSING']);
      // The next day its request id would be taken for a new request.
      aheadMs += 86_400_000;
    }
    assert.equal((await findPayment(pool, { id: payment.id }))?.state, 'REFUNDING');
    const { oldestSeconds, atProviderSeconds } = await waitingRefunds(pool);
    assert.deepEqual([oldestSeconds, atProviderSeconds > 0], [0, true]);
    simulated.vnpay.refundOutcome = 'done';
    assert.deepEqual(await tryRefund(payment), ['DONE']);
    assert.deepEqual(amounts(record), [PRICE]);
    assert.equal((await findPayment(pool, { id: payment.id }))?.state, 'REFUNDED');
  });

  it('a refund that the bank refuses (09) is not booked, and asked for again', async () => {
    const { payment, record } = await captured('vnpay');
    simulated.vnpay.refundOutcome = 'refused';
    await startRefund(pool, payment.orderId, 'NO_STOCK_LEFT');
    assert.deepEqual(await tryRefund(payment), ['PROCESSING']);
    assert.deepEqual(await tryRefund(payment), ['VNPAY_09']);
    assert.deepEqual(amounts(record), []);
    assert.equal((await findPayment(pool, { id: payment.id }))?.state, 'REFUNDING');
    simulated.vnpay.refundOutcome = 'done';
    assert.deepEqual(await tryRefund(payment), ['PROCESSING']);
    assert.deepEqual(await tryRefund(payment), ['DONE']);
    assert.deepEqual(amounts(record), [PRICE]);
  });

  it('a payout of PayOS that failed at the bank is made again, once', async () => {
    const { payment, record } = await captured('payos');
    simulated.payos.failNextPayout = true;
    await startRefund(pool, payment.orderId, 'NO_STOCK_LEFT');
    assert.deepEqual(await tryRefund(payment), ['PAYOUT_FAILED']);
    assert.deepEqual(await tryRefund(payment), ['DONE']);
    assert.deepEqual(await tryRefund(payment), ['DONE']);
    assert.deepEqual(amounts(record), [PRICE]);
  });

  it('money that came after a link had ended, or after a try that failed, unheard of, is found at the last look', async () => {
    // A minute after its end PayOS says that it is over, and then somebody's bank is slow.
    const late = await make({ ...aCommand('payos'), expireTimeMs: clock.now() + 60_000 });
    const transfer = await atProvider(late);
    aheadMs += 2 * 60_000;
    assert.deepEqual(await look(late), { state: 'FAILED', looksAgain: true });
    assert.equal(transfer.payAgain().kind, 'done');
    // The buyer cancelled, the link was closed, the bank had begun.
    const cancelled = await make(aCommand('payos'));
    const begun = await atProvider(cancelled);
    await providers.get('payos')?.cancelLink(cancelled.providerRef ?? '', 'x', signal);
    await cancelPending(pool, cancelled.orderId, 'CANCELLED');
    assert.deepEqual(await look(cancelled), { state: 'CANCELLED', looksAgain: true });
    assert.equal(begun.payAgain().kind, 'done');
    // The first card was refused, of which we heard; the second was not, of which we did not.
    const tried = await make(aCommand('vnpay'));
    const second = await atProvider(tried);
    await pool.query("SELECT payment_apply_event('vnpay', $1, 'failed', NULL, NULL, NULL, '51', 'webhook', '')", [
      tried.providerRef,
    ]);
    assert.equal(second.pay().kind, 'done');
    for (const { id } of [late, cancelled, tried]) {
      const { rows } = await pool.query<{ planned: boolean }>(
        "SELECT check_time > expire_time + interval '15 minutes' AS planned FROM payments WHERE id = $1",
        [id],
      );
      assert.equal(rows[0]?.planned, true, 'a last look is planned');
    }
    aheadMs += 30 * 60_000;
    for (const payment of [late, cancelled, tried]) assert.equal((await look(payment)).state, 'CAPTURED');
  });

  it('and who never paid is looked at no more', async () => {
    const payment = await make(aCommand('payos'));
    await atProvider(payment);
    aheadMs += 30 * 60_000;
    assert.deepEqual(await look(payment), { state: 'FAILED', looksAgain: false });
  });

  it('a bank transfer that came twice, the second unheard of, is found at the last look and goes back', async () => {
    const { payment, record, payAgain } = await captured('payos');
    const { rows } = await pool.query<{ planned: boolean }>(
      "SELECT check_time > expire_time + interval '15 minutes' AS planned FROM payments WHERE id = $1",
      [payment.id],
    );
    assert.equal(rows[0]?.planned, true, 'a last look is planned');
    assert.equal(payAgain().kind, 'done');
    aheadMs += 30 * 60_000;
    assert.deepEqual(await look(payment), { state: 'CAPTURED', looksAgain: false });
    assert.deepEqual(await tryRefund(payment), ['DONE']);
    assert.deepEqual(amounts(record), [PRICE]);
  });
});
