import type { Money } from '#runtime/money.ts';

/** One kind of ticket of one event. `reserved` are live holds; `maxPerAccount` 0 means no limit. */
export interface TicketClass {
  readonly id: string;
  readonly eventId: string;
  readonly name: string;
  readonly price: Money;
  readonly total: number;
  readonly reserved: number;
  readonly sold: number;
  readonly maxPerOrder: number;
  readonly maxPerAccount: number;
  /** Hidden from buyers and left out of every figure. */
  readonly rehearsal: boolean;
}
