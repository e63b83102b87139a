import { defineSignal, defineUpdate } from '@temporalio/workflow';

/**
 * What workflows, their activities and their callers agree on. Everything here is JSON that Temporal keeps in histories: add
 * optional fields, never change the meaning of one. Amounts are decimal strings, times ms since the epoch.
 */
export type OrderState = 'PENDING' | 'PAID' | 'CANCELLED' | 'EXPIRED' | 'REFUNDING' | 'REFUNDED' | 'FAILED';

export interface OrderRequest {
  readonly orderId: string;
  readonly code: string;
  readonly eventId: string;
  readonly userId: string;
  readonly email: string;
  readonly fullName: string;
  readonly language: string;
  readonly provider: 'zalopay' | 'payos' | 'vnpay' | 'rehearsal';
  readonly returnUrl: string;
  readonly rehearsal: boolean;
  readonly lines: readonly { readonly ticketClassId: string; readonly quantity: number }[];
}

export type OrderWorkflowInput =
  | {
      readonly kind: 'new';
      readonly request: OrderRequest;
      readonly holdMs: number;
      /** How long after its end an order still listens for money. */
      readonly lateMs: number;
    }
  /** Money came for an order whose workflow has ended, its event was cancelled, or it is given back. */
  | { readonly kind: 'resume'; readonly orderId: string };

export interface HeldStock {
  readonly lines: readonly {
    readonly ticketClassId: string;
    readonly className: string;
    readonly quantity: number;
    readonly unitPriceMinor: string;
  }[];
  readonly totalMinor: string;
  readonly currency: string;
  readonly expireTimeMs: number;
}

export type ReserveOutcome =
  | { readonly kind: 'held'; readonly stock: HeldStock }
  /** `nothingLeft`: the whole event is sold out, so the buyer has no reason to stay. */
  | { readonly kind: 'refused'; readonly reason: string; readonly nothingLeft: boolean };

/** `expired`: the stock went back, but may be asked for again. `gone`: it cannot. `closed`: the order may not be paid. */
export type FulfilOutcome = 'paid' | 'expired' | 'gone' | 'closed';

export type PaymentOutcome =
  | { readonly kind: 'link'; readonly url: string; readonly paymentId: string; readonly captured: boolean }
  | { readonly kind: 'refused'; readonly reason: string };

export type SlotOutcome = 'paid' | 'cancelled' | 'expired' | 'failed';

/** Why an order ended whose event was cancelled. */
export const EVENT_CANCELLED = 'EVENT_CANCELLED';

/** What the workflow needs of an order that exists already. */
export interface KnownOrder {
  readonly request: OrderRequest;
  readonly state: OrderState;
  readonly failureReason?: string;
  /** It had tickets, and is being given back. */
  readonly ticketsVoid?: boolean;
}

/**
 * Few and coarse. What stands together in one is safe to run again from its beginning, and so is every row of them: a worker
 * that dies in a workflow task leaves no trace of the local activities it ran there.
 */
export interface OrderActivities {
  /** Holds stock and writes the order, as PENDING; refused, as FAILED. */
  holdStock(request: OrderRequest, expireTimeMs: number, nowMs: number): Promise<ReserveOutcome>;
  /** Takes stock anew for an order whose hold has ended. */
  holdAgain(request: OrderRequest, expireTimeMs: number): Promise<boolean | typeof EVENT_CANCELLED>;
  /** Gives back what is held; nothing to give back is fine. */
  releaseStock(orderId: string): Promise<void>;
  /** Gives back what was sold; nothing to give back is fine. */
  returnStock(orderId: string): Promise<void>;
  /** Makes the link and writes it into the order. */
  createPayment(request: OrderRequest, stock: HeldStock, expireTimeMs: number): Promise<PaymentOutcome>;
  /** Says order.created, and payment.initiated when there is a link. */
  announce(orderId: string, payment: { readonly id: string; readonly expireTimeMs: number } | undefined): Promise<void>;
  /** True when the money turned out to be there. */
  cancelPayment(orderId: string): Promise<boolean>;
  /** True when all of it has been given back; false: it is on its way. */
  refundPayment(orderId: string, reason: string): Promise<boolean>;
  /** Writes an order that could not be placed as FAILED, whether or not it was written before. */
  failOrder(request: OrderRequest, reason: string, nowMs: number): Promise<void>;
  /** Moves the order if it may (see COMES_FROM), to REFUNDED with a notice of it; returns the state it is in afterwards. */
  moveOrder(orderId: string, to: OrderState, reason: string): Promise<OrderState>;
  /** Confirms the stock, then writes the tickets and PAID together, once. */
  fulfil(orderId: string): Promise<FulfilOutcome>;
  /** `paidTimeMs`: when the money came, as far as it is known. */
  publishOrderPaid(orderId: string, paidTimeMs?: number): Promise<void>;
  /** Says that the money of an order that is REFUNDED is back. */
  publishOrderRefunded(orderId: string): Promise<void>;
  releaseSlot(eventId: string, userId: string, outcome: SlotOutcome): Promise<void>;
  readOrder(orderId: string): Promise<KnownOrder | undefined>;
  /** Removes an order that was a rehearsal; refuses any other. */
  deleteRehearsal(orderId: string): Promise<void>;
}

/** Resolves when the buyer can be answered: there is a link, or the order is over. */
export const awaitPlaced = defineUpdate<OrderState, []>('awaitPlaced');
/** Asks to cancel; answers with what the order became, which is PAID when the money was faster. */
export const cancelOrder = defineUpdate<OrderState, [string]>('cancelOrder');
export const paymentCompleted =
  defineSignal<[{ readonly providerTxnId: string; readonly paidTimeMs?: number }]>('paymentCompleted');
export const paymentFailed = defineSignal<[{ readonly reason: string }]>('paymentFailed');

/** Takes the tickets of a paid order back, and then gives its money back, for the reason given; resolves between the two. */
export const takeBack = defineUpdate<void, [string]>('takeBack');

/** The event takes place no more. */
export const eventCancelled = defineSignal<[]>('eventCancelled');

export interface CancelledEvent {
  readonly eventId: string;
  /** Orders told a second: each asks its provider for a refund. */
  readonly perSecond: number;
  /** Where the last run stopped; left out by who starts it. */
  readonly progress?: {
    /** The last order told. */
    readonly after: string;
    /** Orders told since the beginning of this round. */
    readonly told: number;
    readonly pauseMs: number;
  };
}

export interface EventActivities {
  /** From then on nothing of the event is sold. */
  stopSelling(eventId: string): Promise<void>;
  /** Tells some of the orders that have stock of the event, those after `after`; `next` is empty after the last. */
  tellOrders(eventId: string, after: string, limit: number): Promise<{ readonly told: number; readonly next: string }>;
}

/** Temporal header with the W3C traceparent. */
export const TRACE_HEADER = 'traceparent';

export const TASK_QUEUE = 'order';
/**
 * How long an order stands still when its worker dies in the middle of a task. Shorter would let a machine that is merely
 * busy lose tasks, and do their steps again; local activities that need longer prolong the task by themselves, at 8 s.
 */
export const WORKFLOW_TASK_TIMEOUT = '10s';
export const orderWorkflowId = (orderId: string) => `order-${orderId}`;
export const cancelledEventWorkflowId = (eventId: string) => `event-${eventId}-cancelled`;
export const undoWorkflowId = (orderId: string) => `order-${orderId}-undo`;
