import {
  aborted,
  failedPrecondition,
  invalidArgument,
  notFound,
  resourceExhausted,
  type ServiceError,
} from '#runtime/errors.ts';

/** A parsed Reserve call: ids lower case, same class merged, quantities whole and positive. */
export interface ReserveCommand {
  readonly orderId: string;
  readonly eventId: string;
  readonly userId: string;
  readonly rehearsal: boolean;
  /** RFC 3339. */
  readonly expireTime: string;
  /** Quantity by class id. */
  readonly lines: Readonly<Record<string, number>>;
}

export interface HeldLine {
  readonly id: string;
  readonly name: string;
  readonly quantity: number;
  /** Minor units, decimal. */
  readonly priceMinor: string;
  readonly currency: string;
}

export const RESERVE_VERDICTS = [
  'RESERVED',
  'SOLD_OUT',
  'LIMIT_EXCEEDED',
  'UNKNOWN_CLASS',
  'EVENT_CANCELLED',
  'CURRENCY_MISMATCH',
  'CONFIRMED',
  'RELEASED',
  'RETURNED',
  'HOLD_EXPIRED',
  'KEY_REUSED',
  'BUSY',
] as const;

/** One answer of the database; `lines` and `expireTime` are there for RESERVED and CONFIRMED. */
export interface ReserveAnswer {
  readonly verdict: (typeof RESERVE_VERDICTS)[number];
  /** Class that was refused. */
  readonly subject: string;
  readonly lines: readonly HeldLine[];
  readonly expireTimeMs: number | undefined;
}

/** The error that a refusal is on the wire; undefined when the stock is held (or already sold to this order). */
export function refusalOf(answer: Pick<ReserveAnswer, 'verdict' | 'subject'>): ServiceError | undefined {
  const { verdict, subject } = answer;
  const details = subject === '' ? undefined : { ticketClassId: subject };
  switch (verdict) {
    case 'RESERVED':
    case 'CONFIRMED':
      return undefined;
    case 'SOLD_OUT':
      return resourceExhausted('SOLD_OUT', 'not enough tickets of this class are left', { details });
    case 'LIMIT_EXCEEDED':
      return failedPrecondition('LIMIT_EXCEEDED', 'more tickets than one order or account may have', { details });
    case 'UNKNOWN_CLASS':
      return notFound('UNKNOWN_CLASS', 'this event has no such ticket class', { details });
    case 'EVENT_CANCELLED':
      return failedPrecondition('EVENT_CANCELLED', 'this event is cancelled', { details });
    case 'CURRENCY_MISMATCH':
      return invalidArgument('CURRENCY_MISMATCH', 'classes of different currencies do not go into one order', {
        details,
      });
    case 'RELEASED':
    case 'RETURNED':
      return failedPrecondition('HOLD_RELEASED', 'the stock of this order was given back');
    case 'HOLD_EXPIRED':
      return failedPrecondition('HOLD_EXPIRED', 'the hold of this order has ended');
    case 'KEY_REUSED':
      return failedPrecondition('KEY_REUSED', 'this order id was used with other lines');
    case 'BUSY':
      return aborted('BUSY', 'another call for this order came in between, try again');
    default:
      return verdict satisfies never;
  }
}

export type SettleAction = 'confirm' | 'release' | 'return';
export type ReservationState = 'HELD' | 'CONFIRMED' | 'RELEASED' | 'EXPIRED' | 'RETURNED';

export interface SettleCommand {
  readonly orderId: string;
  readonly action: SettleAction;
}

export interface SettleAnswer {
  /** undefined: the order was not known. */
  readonly before: ReservationState | undefined;
  readonly after: ReservationState | 'BUSY' | undefined;
}

/** Whether the action changed stock, or the error that says why it cannot be done. Repeating an action is no error. */
export function outcomeOf(action: SettleAction, { before, after }: SettleAnswer): { moved: boolean } | ServiceError {
  if (after === 'BUSY') return aborted('BUSY', 'another call for this order came in between, try again');
  const moved = before !== after;
  switch (action) {
    case 'confirm':
      if (after === 'CONFIRMED') return { moved };
      if (after === undefined) return notFound('UNKNOWN_ORDER', 'there is no hold of this order');
      if (after === 'EXPIRED') return failedPrecondition('HOLD_EXPIRED', 'the hold ended and its stock has gone back');
      return failedPrecondition('HOLD_RELEASED', 'the stock of this order was given back');
    case 'release':
      if (after === 'CONFIRMED')
        return failedPrecondition('ALREADY_CONFIRMED', 'the stock of this order is sold; return it');
      return { moved: moved && before === 'HELD' };
    case 'return':
      if (after === 'HELD')
        return failedPrecondition('NOT_CONFIRMED', 'the stock of this order is held, not sold; release it');
      return { moved };
    default:
      return action satisfies never;
  }
}
