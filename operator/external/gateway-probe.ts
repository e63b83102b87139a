import { createHmac } from 'node:crypto';
import { fetch } from 'undici';
import type { Clock } from '#runtime/clock.ts';
import { ServiceError } from '#runtime/errors.ts';
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
}

export type RehearsalOutcome =
  | { readonly passed: true; readonly tookMs: number; readonly paidAfterMs: number }
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
 * Buys one ticket of the hidden class through the gateway and takes it back: account, admission, order, payment, tickets,
 * undo, books. Passed means that afterwards stock and money read exactly as before.
 */
export async function rehearse(deps: ProbeDeps, plan: Rehearsal, signal: AbortSignal): Promise<RehearsalOutcome> {
  const started = deps.clock.monotonic();
  let step = 'account';
  let bought: { orderId: string; userId: string } | undefined;
  try {
    const account = await signIn(deps, plan, signal);
    step = 'clean up an earlier rehearsal';
    await undoLeftovers(deps, plan, account.userId, signal);
    step = 'books before';
    const before = await readBooks(deps, plan.eventId, signal);
    step = 'hidden class';
    await assertHidden(deps, plan, signal);
    step = 'admission token';
    const { admissionToken } = await deps.ticketing.waitroom.issueRehearsalToken(
      { eventId: plan.eventId, userId: account.userId },
      { signal, deadlineMs: HTTP_TIMEOUT_MS },
    );
    step = 'order';
    const ordered = deps.clock.monotonic();
    const order = await placeOrder(deps, plan, account.accessToken, admissionToken, signal);
    bought = { orderId: order.id, userId: account.userId };
    step = 'payment and tickets';
    await untilPaid(deps, order.id, account.accessToken, signal);
    const paidAfterMs = deps.clock.monotonic() - ordered;
    step = 'undo';
    await undo(deps, bought, signal);
    step = 'books after';
    await untilBooksAgree(deps, plan, before, signal);
    return { passed: true, tookMs: Math.round(deps.clock.monotonic() - started), paidAfterMs: Math.round(paidAfterMs) };
  } catch (error) {
    // Nothing may stay behind from a rehearsal that failed half-way; the next one cleans up what this cannot.
    if (bought !== undefined && step !== 'undo') await undo(deps, bought, signal).catch(() => undefined);
    return { passed: false, step, message: describe(error) };
  }
}

interface Account {
  readonly userId: string;
  readonly accessToken: string;
}

async function signIn(deps: ProbeDeps, plan: Rehearsal, signal: AbortSignal): Promise<Account> {
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
  accessToken: string,
  admissionToken: string,
  signal: AbortSignal,
): Promise<{ id: string }> {
  const answer = await call(deps, 'POST', '/orders', signal, {
    accessToken,
    idempotencyKey: `rehearsal-${plan.saleUid}-${plan.attempt}`,
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

interface Answer {
  readonly status: number;
  readonly what: string;
  readonly body: unknown;
}

interface CallOptions {
  readonly body?: object;
  readonly accessToken?: string;
  readonly idempotencyKey?: string;
  readonly timeoutMs?: number;
}

async function call(
  { ticketing }: Pick<ProbeDeps, 'ticketing'>,
  method: 'GET' | 'POST',
  path: string,
  signal: AbortSignal,
  options: CallOptions = {},
): Promise<Answer> {
  const response = await fetch(`${ticketing.gatewayUrl}/api/v1${path}`, {
    method,
    headers: {
      accept: 'application/json',
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.accessToken === undefined ? {} : { authorization: `Bearer ${options.accessToken}` }),
      ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs ?? HTTP_TIMEOUT_MS)]),
  });
  const text = await response.text();
  return { status: response.status, what: `${method} ${path}`, body: parse(text) };
}

/** `count` reads of what buyers read first, spread over the replicas by the Service. Returns how many succeeded. */
export async function readThroughGateway(
  ticketing: Ticketing,
  eventId: string,
  count: number,
  signal: AbortSignal,
): Promise<{ succeeded: number; failure?: string }> {
  const paths = [`/events/${eventId}`, `/events/${eventId}/ticket-classes`, `/events/${eventId}/waitroom/tick`];
  let succeeded = 0;
  let failure: string | undefined;
  for (let done = 0; done < count; done += paths.length) {
    const answers = await Promise.allSettled(paths.map((path) => call({ ticketing }, 'GET', path, signal)));
    for (const answer of answers) {
      if (answer.status === 'rejected') failure = describe(answer.reason);
      else if (answer.value.status >= 400) failure = problemOf(answer.value);
      else succeeded += 1;
    }
    if (failure !== undefined) break;
  }
  return { succeeded, ...(failure === undefined ? {} : { failure }) };
}

function expectOk<T>(answer: Answer): T {
  if (answer.status >= 400) throw new Error(problemOf(answer));
  return answer.body as T;
}

function problemOf({ status, what, body }: Answer): string {
  const problem = body as { code?: string; reason?: string; detail?: string } | undefined;
  const said = [problem?.reason ?? problem?.code, problem?.detail].filter(Boolean).join(': ');
  return `${what} answered ${status}${said === '' ? '' : ` ${said}`}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An error for people, without what changes from one try to the next. */
export function describe(error: unknown): string {
  if (error instanceof ServiceError) return `${error.code} ${error.reason}: ${error.message}`;
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
