import { invalidArgument } from './errors.ts';
import { parseInt64 } from './int64.ts';

/**
 * An amount in the smallest unit of its currency. VND has no minor unit: 500000 is five hundred thousand dong. USD has
 * two digits: 1999 is 19.99. Never a float, never two currencies in one sum.
 */
export interface Money {
  readonly amountMinor: bigint;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

/** As proto messages and JSON carry it: int64 is a decimal string. */
export interface WireMoney {
  readonly amountMinor: string;
  readonly currency: string;
}

export function money(amountMinor: bigint | number, currency: string): Money {
  if (typeof amountMinor === 'number' && !Number.isSafeInteger(amountMinor)) {
    throw invalidArgument('INVALID_MONEY', `amount ${amountMinor} is not a whole number of minor units`);
  }
  if (!/^[A-Z]{3}$/.test(currency))
    throw invalidArgument('INVALID_MONEY', `"${currency}" is not an ISO 4217 currency code`);
  return { amountMinor: BigInt(amountMinor), currency };
}

/** Throws INVALID_ARGUMENT CURRENCY_MISMATCH when the currencies differ. */
export function addMoney(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return { amountMinor: a.amountMinor + b.amountMinor, currency: a.currency };
}

export function subtractMoney(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return { amountMinor: a.amountMinor - b.amountMinor, currency: a.currency };
}

export function multiplyMoney(a: Money, quantity: number): Money {
  if (!Number.isSafeInteger(quantity))
    throw invalidArgument('INVALID_QUANTITY', `quantity ${quantity} is not a whole number`);
  return { amountMinor: a.amountMinor * BigInt(quantity), currency: a.currency };
}

/** Sum of a possibly empty list; the currency is named because an empty list has none. */
export function sumMoney(amounts: readonly Money[], currency: string): Money {
  return amounts.reduce(addMoney, money(0n, currency));
}

export function equalMoney(a: Money, b: Money): boolean {
  return a.currency === b.currency && a.amountMinor === b.amountMinor;
}

export function compareMoney(a: Money, b: Money): -1 | 0 | 1 {
  sameCurrency(a, b);
  return a.amountMinor < b.amountMinor ? -1 : a.amountMinor > b.amountMinor ? 1 : 0;
}

export function toWireMoney(value: Money): WireMoney {
  return { amountMinor: value.amountMinor.toString(), currency: value.currency };
}

/** Throws INVALID_ARGUMENT INVALID_MONEY on anything that is not a whole amount with a currency. */
export function fromWireMoney(wire: { amountMinor?: unknown; currency?: unknown } | null | undefined): Money {
  if (wire === null || wire === undefined) throw invalidArgument('INVALID_MONEY', 'amount is missing');
  return money(parseInt64(wire.amountMinor, 'amountMinor'), String(wire.currency ?? ''));
}

/** For people: `500.000 ₫` in vi-VN. Intl knows how many digits the currency's minor unit has. */
export function formatMoney(value: Money, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: value.currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  return format.format(decimalText(value.amountMinor, digits) as Intl.StringNumericLiteral);
}

function decimalText(minor: bigint, digits: number): string {
  if (digits === 0) return minor.toString();
  const sign = minor < 0n ? '-' : '';
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, '0');
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function sameCurrency(a: Money, b: Money): void {
  if (a.currency !== b.currency) {
    throw invalidArgument('CURRENCY_MISMATCH', `${a.currency} and ${b.currency} do not mix`);
  }
}
