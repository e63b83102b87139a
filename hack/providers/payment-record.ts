import type { Delivery } from './callbacks.ts';

/** One payment link and all money that moved for it: the truth that a report is checked against. Amounts in VND. */
export interface PaymentRecord {
  readonly provider: 'zalopay' | 'payos' | 'vnpay';
  /** ZaloPay: app_trans_id. PayOS: orderCode. VNPay: vnp_TxnRef. */
  readonly providerRef: string;
  readonly amount: number;
  readonly description: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  cancelledAtMs: number | undefined;
  readonly transactions: Transaction[];
  readonly refunds: Refund[];
  readonly callbacks: Delivery[];
}

export interface Transaction {
  /** ZaloPay: zp_trans_id. PayOS: the bank's reference. */
  readonly id: string;
  readonly amount: number;
  readonly atMs: number;
  /** Account of the buyer, one for each transaction, so that a payout to it names what it gives back. */
  readonly payerAccount: string;
}

export interface Refund {
  readonly id: string;
  readonly transactionId: string;
  readonly amount: number;
  readonly atMs: number;
}

export const paidOf = ({ transactions }: PaymentRecord) => sum(transactions);
export const refundedOf = ({ refunds }: PaymentRecord) => sum(refunds);

/** What of one transaction has not been given back. */
export function refundable(record: PaymentRecord, transaction: Transaction): number {
  return transaction.amount - sum(record.refunds.filter((refund) => refund.transactionId === transaction.id));
}

/** A row of `GET /simulator/payments`. */
export function ledgerRow(record: PaymentRecord) {
  const { provider, providerRef, amount, createdAtMs, transactions, refunds } = record;
  return {
    ...{ provider, providerRef, amount, paid: paidOf(record), refunded: refundedOf(record) },
    createdAt: new Date(createdAtMs).toISOString(),
    ...{ transactions: transactions.length, refunds: refunds.length, callbacks: record.callbacks.length },
  };
}

function sum(items: readonly { readonly amount: number }[]): number {
  return items.reduce((total, { amount }) => total + amount, 0);
}
