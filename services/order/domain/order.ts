import { createHash } from 'node:crypto';
import { ID_NAMESPACE } from '#proto/names.ts';
import { uuidV5 } from '#runtime/ids.ts';
import type { Money } from '#runtime/money.ts';

export type OrderState = 'PENDING' | 'PAID' | 'CANCELLED' | 'EXPIRED' | 'REFUNDING' | 'REFUNDED' | 'FAILED';
export type ProviderName = 'zalopay' | 'payos' | 'vnpay' | 'rehearsal';

export interface OrderLine {
  readonly ticketClassId: string;
  readonly className: string;
  readonly quantity: number;
  readonly unitPrice: Money;
}

export interface Ticket {
  readonly id: string;
  readonly ticketClassId: string;
  readonly className: string;
  readonly qrPayload: string;
}

/** One order as the table keeps it. Times are ms since the epoch. */
export interface Order {
  readonly id: string;
  readonly code: string;
  readonly eventId: string;
  readonly userId: string;
  readonly email: string;
  readonly fullName: string;
  readonly language: string;
  readonly lines: readonly OrderLine[];
  readonly total: Money;
  readonly state: OrderState;
  readonly failureReason: string;
  readonly provider: ProviderName;
  readonly paymentUrl: string;
  readonly holdExpireTimeMs: number;
  readonly tickets: readonly Ticket[];
  readonly createTimeMs: number;
  readonly updateTimeMs: number;
  readonly rehearsal: boolean;
}

/**
 * Which states a state may follow. Tickets are taken away only with the money, and stay written down; money that came late may
 * still win.
 */
export const COMES_FROM: Readonly<Record<OrderState, readonly OrderState[]>> = {
  PENDING: [],
  PAID: ['PENDING', 'EXPIRED', 'CANCELLED', 'FAILED'],
  CANCELLED: ['PENDING'],
  EXPIRED: ['PENDING'],
  FAILED: ['PENDING'],
  REFUNDING: ['PENDING', 'PAID', 'EXPIRED', 'CANCELLED', 'FAILED'],
  REFUNDED: ['REFUNDING'],
};

/** The same request gives the same order, however often it is sent. */
export function orderIdOf(userId: string, eventId: string, idempotencyKey: string): string {
  return uuidV5(ID_NAMESPACE, `order/${userId}/${eventId}/${idempotencyKey}`);
}

/** For people, on paper and by telephone: no letters that look alike. Not a key; two orders may share one. */
export function orderCodeOf(orderId: string): string {
  const alphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
  let number = createHash('sha256').update(orderId).digest().readBigUInt64BE();
  let code = '';
  while (code.length < 8) {
    code += alphabet.charAt(Number(number % BigInt(alphabet.length)));
    number /= BigInt(alphabet.length);
  }
  return `TB${code}`;
}
