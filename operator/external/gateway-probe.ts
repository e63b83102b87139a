import { createHmac } from 'node:crypto';
import type { Clock } from '#runtime/clock.ts';
import { call, describe, expectOk } from './gateway-calls.ts';
import type { Ticketing } from './ticketing.ts';

/** One purchase that nobody sees, through the front door. */
export interface Rehearsal {
  readonly eventId: string;
  readonly rehearsalClassId: string;
  readonly saleUid: string;
  /** A secret of the platform; the synthetic account's password is derived from it, so that a restart finds the account again. */
  readonly passwordSecret: string;
  /** Changes with each attempt: part of the idempotency key. */
  readonly attempt: string;
  /** Purchases at once; one unless told. */
  readonly purchases?: number;
  /** Of an earlier purchase: signing in again and again is slow on purpose. */
  readonly account?: RehearsalAccount;
}

/** The synthetic account, signed in. */
export interface RehearsalAccount {
  readonly userId: string;
  readonly accessToken: string;
}

export type RehearsalOutcome =
  | {
      readonly passed: true;
      readonly tookMs: number;
      readonly paidAfterMs: number;
      readonly account: RehearsalAccount;
    }
  | { readonly passed: false; readonly step: string; readonly message: string };

export interface ProbeDeps {
  readonly ticketing: Ticketing;
  readonly clock: Clock;
}

const HTTP_TIMEOUT_MS = 5_000;
/** Passwords are slow on purpose. */
const PASSWORD_TIMEOUT_MS = 15_000;
const PAID_WITHIN_MS = 30_000;
const UNDONE_WITHIN_MS = 15_000;
const POLL_MS = 250;

/**
 * Buys tickets of the hidden class through the gateway, one per purchase, and takes them back: account, admission, order,
 * payment, tickets, undo, books. Passed means that afterwards stock and money read exactly as before.
 */
export async function rehearse(deps: ProbeDeps, plan: Rehearsal, signal: AbortSignal): Promise<RehearsalOutcome> {
  const started = deps.clock.monotonic();
  let step = 'account';
  const bought: { orderId: string; userId: string }[] = [];
  try {
    const account = plan.account ?? (await signIn(deps, plan, signal));
    step = 'clean up an earlier rehearsal';
    await undoLeftovers(deps, plan, account.userId, signal);
    step = 'books before';
    const before = await readBooks(deps, plan.eventId, signal);
    step = 'hidden class';
    await assertHidden(deps, plan, signal);
    step = 'admission token';
    const tokens = await all(numbersTo(plan.purchases ?? 1), () =>
      deps.ticketing.waitroom.issueRehearsalToken(
        { eventId: plan.eventId, userId: account.userId },
        { signal, deadlineMs: HTTP_TIMEOUT_MS },
      ),
    );
    step = 'order';
    const ordered = deps.clock.monotonic();
    await all(tokens, async ({ admissionToken }, index) => {
      const order = await placeOrder(deps, plan, index, account.accessToken, admissionToken, signal);
      bought.push({ orderId: order.id, userId: account.userId });
    });
    step = 'payment and tickets';
    await all(bought, ({ orderId }) => untilPaid(deps, orderId, account.accessToken, signal));
    const paidAfterMs = deps.clock.monotonic() - ordered;
    step = 'undo';
    await all(bought, (one) => undo(deps, one, signal));
    step = 'books after';
    await untilBooksAgree(deps, plan, before, signal);
    const tookMs = Math.round(deps.clock.monotonic() - started);
    return { passed: true, tookMs, paidAfterMs: Math.round(paidAfterMs), account };
  } catch (error) {
    // Nothing may stay behind from a rehearsal that failed half-way; the next one cleans up what this cannot.
    if (step !== 'undo') await Promise.allSettled(bought.map((one) => undo(deps, one, signal)));
    return { passed: false, step, message: describe(error) };
  }
}

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** All at once; every one of them has ended when this does, so that a failure leaves nothing under way. */
async function all<T, R>(items: readonly T[], each: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const settled = await Promise.allSettled(items.map(each));
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

async function signIn(deps: ProbeDeps, plan: Rehearsal, signal: AbortSignal): Promise<RehearsalAccount> {
  const email = `rehearsal+${plan.saleUid}@ticketbottle.local`;
  const password = createHmac('sha256', plan.passwordSecret).update(`rehearsal/${plan.saleUid}`).digest('base64url');
  const signUp = await call(deps, 'POST', '/auth/signup', signal, {
    body: { email, password, fullName: 'Rehearsal' },
    idempotencyKey: `rehearsal-account-${plan.saleUid}`,
    timeoutMs: PASSWORD_TIMEOUT_MS,
  });
  const answer =
    signUp.status === 409
      ? await call(deps, 'POST', '/auth/signin', signal, {
          body: { email, password },
          timeoutMs: PASSWORD_TIMEOUT_MS,
        })
      : signUp;
  const body = expectOk<{ user: { id: string }; accessToken: string }>(answer);
  return { userId: body.user.id, accessToken: body.accessToken };
}

/** A purchase that an earlier, interrupted rehearsal left: taken back first, or the books would start out wrong. */
async function undoLeftovers(deps: ProbeDeps, plan: Rehearsal, userId: string, signal: AbortSignal): Promise<void> {
  const { orders } = await deps.ticketing.orders.listOrders(
    { userId, eventId: plan.eventId, pageSize: 50 },
    { signal, idempotent: true },
  );
  for (const order of orders ?? []) {
    if (order.state !== 'ORDER_STATE_PENDING' && order.state !== 'ORDER_STATE_PAID') continue;
    await undo(deps, { orderId: order.id, userId }, signal);
  }
}

async function assertHidden(deps: ProbeDeps, plan: Rehearsal, signal: AbortSignal): Promise<void> {
  const answer = expectOk<unknown>(await call(deps, 'GET', `/events/${plan.eventId}/ticket-classes`, signal));
  if (JSON.stringify(answer).includes(plan.rehearsalClassId))
    throw new Error('the gateway shows the rehearsal class to buyers');
}

async function placeOrder(
  deps: ProbeDeps,
  plan: Rehearsal,
  index: number,
  accessToken: string,
  admissionToken: string,
  signal: AbortSignal,
): Promise<{ id: string }> {
  const answer = await call(deps, 'POST', '/orders', signal, {
    accessToken,
    idempotencyKey: `rehearsal-${plan.saleUid}-${plan.attempt}-${index}`,
    body: {
      eventId: plan.eventId,
      lines: [{ ticketClassId: plan.rehearsalClassId, quantity: 1 }],
      provider: 'rehearsal',
      admissionToken,
      fullName: 'Rehearsal',
      language: 'en',
    },
    // Includes the first start of the saga's worker.
    timeoutMs: 20_000,
  });
  return expectOk<{ id: string }>(answer);
}

async function untilPaid(deps: ProbeDeps, orderId: string, accessToken: string, signal: AbortSignal): Promise<void> {
  let last = 'never read';
  await poll(deps, PAID_WITHIN_MS, signal, async () => {
    const answer = await call(deps, 'GET', `/orders/${orderId}`, signal, { accessToken });
    const order = expectOk<{ state: string; failureReason?: string; tickets?: { qrPayload?: string }[] }>(answer);
    last = `${order.state}${order.failureReason ? ` (${order.failureReason})` : ''}, ${order.tickets?.length ?? 0} tickets`;
    const state = order.state.replace(/^ORDER_STATE_/, '');
    if (['FAILED', 'CANCELLED', 'EXPIRED', 'REFUNDED', 'REFUNDING'].includes(state))
      throw new Error(`the order ended as ${last}`);
    return state === 'PAID' && (order.tickets?.length ?? 0) === 1;
  }).catch((error: unknown) => {
    throw error instanceof NotInTime ? new Error(`not paid within ${PAID_WITHIN_MS / 1000} s: ${last}`) : error;
  });
}

async function undo(
  deps: ProbeDeps,
  { orderId, userId }: { orderId: string; userId: string },
  signal: AbortSignal,
): Promise<void> {
  await deps.ticketing.orders.cancelOrder(
    { orderId, userId, undoRehearsal: true, reason: 'rehearsal undone' },
    { signal, deadlineMs: UNDONE_WITHIN_MS, idempotent: true },
  );
}

/** What a rehearsal must leave as it was. */
interface Books {
  readonly orders: string;
  readonly rehearsal: string;
  readonly balanced: boolean;
  readonly oversold: number;
}

async function readBooks(deps: ProbeDeps, eventId: string, signal: AbortSignal): Promise<Books> {
  const { inventory, orders } = deps.ticketing;
  const options = { signal, idempotent: true };
  const [stock, ledger, sale] = await Promise.all([
    inventory.listTicketClasses({ eventId, includeRehearsal: true }, options),
    inventory.getLedger({ eventId }, options),
    orders.getSaleLedger({ eventId }, options),
  ]);
  const hidden = (stock.classes ?? []).filter((one) => one.rehearsal);
  return {
    orders: `orders ${sale.ordersCount}, paid ${sale.paidCount}, tickets ${sale.ticketsCount}, revenue ${sale.revenue?.amountMinor ?? '0'}, refunded ${sale.refundedCount}`,
    rehearsal: hidden.map((one) => `${one.name} ${one.reserved} reserved ${one.sold} sold`).join(', '),
    balanced: ledger.balanced,
    oversold: ledger.oversold,
  };
}

/** Compensations may trail the answer by a moment, so the books get some seconds to agree. */
async function untilBooksAgree(deps: ProbeDeps, plan: Rehearsal, before: Books, signal: AbortSignal): Promise<void> {
  let trace = '';
  await poll(deps, UNDONE_WITHIN_MS, signal, async () => {
    const after = await readBooks(deps, plan.eventId, signal);
    const sameStock = after.rehearsal === before.rehearsal && !/[1-9]\d* (reserved|sold)/.test(after.rehearsal);
    // Real orders may come and go while a late sale is open; before the opening nothing may move.
    const sameOrders = after.orders === before.orders;
    trace = `${after.rehearsal}; ${after.orders} (before: ${before.orders}); balanced ${after.balanced}, oversold ${after.oversold}`;
    return sameStock && sameOrders && after.balanced && after.oversold === 0;
  }).catch((error: unknown) => {
    throw error instanceof NotInTime ? new Error(`the undone rehearsal left a trace: ${trace}`) : error;
  });
}

class NotInTime extends Error {
  override readonly name = 'NotInTime';
}

async function poll(
  { clock }: ProbeDeps,
  withinMs: number,
  signal: AbortSignal,
  done: () => Promise<boolean>,
): Promise<void> {
  const end = clock.monotonic() + withinMs;
  while (!(await done())) {
    if (clock.monotonic() >= end) throw new NotInTime();
    await clock.sleep(POLL_MS, signal);
  }
}
