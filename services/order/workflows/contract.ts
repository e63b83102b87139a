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
  readonly provider: 'zalopay' | 'payos' | 'rehearsal';
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
  /** Money came for an order whose workflow has ended. */
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

/** `expired`: the stock went back, but may be asked for again. `gone`: it cannot. */
export type ConfirmOutcome = 'confirmed' | 'expired' | 'gone';

export type PaymentOutcome =
  | { readonly kind: 'link'; readonly url: string; readonly paymentId: string; readonly captured: boolean }
  | { readonly kind: 'refused'; readonly reason: string };

export type SlotOutcome = 'paid' | 'cancelled' | 'expired' | 'failed';

/** What the workflow needs of an order that exists already. */
export interface KnownOrder {
  readonly request: OrderRequest;
  readonly state: OrderState;
}

export interface OrderActivities {
  reserveStock(request: OrderRequest, expireTimeMs: number): Promise<ReserveOutcome>;
  confirmStock(orderId: string): Promise<ConfirmOutcome>;
  /** Gives back what is held; nothing to give back is fine. */
  releaseStock(orderId: string): Promise<void>;
  /** Gives back what was sold; nothing to give back is fine. */
  returnStock(orderId: string): Promise<void>;
  /** Writes the order as PENDING, once. */
  writeOrder(request: OrderRequest, stock: HeldStock, nowMs: number): Promise<void>;
  /** Writes an order that never was more than a wish, as FAILED. */
  writeRefusedOrder(request: OrderRequest, reason: string, nowMs: number): Promise<void>;
  publishOrderCreated(orderId: string): Promise<void>;
  createPayment(request: OrderRequest, stock: HeldStock, expireTimeMs: number): Promise<PaymentOutcome>;
  storePaymentLink(orderId: string, url: string): Promise<void>;
  publishPaymentInitiated(orderId: string, paymentId: string, expireTimeMs: number): Promise<void>;
  /** True when the money turned out to be there. */
  cancelPayment(orderId: string): Promise<boolean>;
  /** True when all of it has been given back; false: it is on its way. */
  refundPayment(orderId: string, reason: string): Promise<boolean>;
  /** Moves the order if it may (see COMES_FROM); returns the state it is in afterwards. */
  moveOrder(orderId: string, to: OrderState, reason: string): Promise<OrderState>;
  /** Writes the tickets and PAID together, once; returns the state the order is in afterwards. */
  issueTickets(orderId: string): Promise<OrderState>;
  publishOrderPaid(orderId: string): Promise<void>;
  releaseSlot(eventId: string, userId: string, outcome: SlotOutcome): Promise<void>;
  readOrder(orderId: string): Promise<KnownOrder | undefined>;
  /** Removes an order that was a rehearsal; refuses any other. */
  deleteRehearsal(orderId: string): Promise<void>;
}

/** Resolves when the buyer can be answered: there is a link, or the order is over. */
export const awaitPlaced = defineUpdate<OrderState, []>('awaitPlaced');
/** Asks to cancel; answers with what the order became, which is PAID when the money was faster. */
export const cancelOrder = defineUpdate<OrderState, [string]>('cancelOrder');
export const paymentCompleted = defineSignal<[{ readonly providerTxnId: string }]>('paymentCompleted');
export const paymentFailed = defineSignal<[{ readonly reason: string }]>('paymentFailed');

export const TASK_QUEUE = 'order';
export const orderWorkflowId = (orderId: string) => `order-${orderId}`;
export const undoWorkflowId = (orderId: string) => `order-${orderId}-undo`;
