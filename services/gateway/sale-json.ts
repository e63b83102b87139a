import type { GetSaleHistoryResponse__Output } from '#proto/gen/ticketbottle/event/v1/GetSaleHistoryResponse.ts';
import type { Sale__Output } from '#proto/gen/ticketbottle/event/v1/Sale.ts';
import type { SaleContent } from '#proto/gen/ticketbottle/event/v1/SaleContent.ts';
import type { SaleSum__Output } from '#proto/gen/ticketbottle/event/v1/SaleSum.ts';
import type { SaleTotals__Output } from '#proto/gen/ticketbottle/event/v1/SaleTotals.ts';
import type { Money__Output } from '#proto/gen/ticketbottle/type/v1/Money.ts';
import { invalidArgument } from '#runtime/errors.ts';
import { int64ToNumber } from '#runtime/int64.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { timeJson } from './api-json.ts';

export interface SaleContentJson {
  readonly eventName: string;
  readonly description?: string | undefined;
  readonly venue: {
    readonly name: string;
    readonly address?: string;
    readonly city?: string;
    readonly country?: string;
  };
  readonly startTime: string;
  readonly classes: readonly {
    readonly name: string;
    readonly description?: string | undefined;
    readonly quantity: number;
    readonly price: { readonly amountMinor: number; readonly currency: string };
    readonly maxPerOrder?: number | undefined;
    readonly maxPerAccount?: number | undefined;
  }[];
  readonly preQueueTime?: string | undefined;
  readonly openTime: string;
  readonly closeTime: string;
  readonly timeZone?: string | undefined;
  readonly expectedBuyers?: number | undefined;
  readonly peakJoinsPerSecond?: number | undefined;
}

export function saleContentWire(json: SaleContentJson): SaleContent {
  return {
    eventName: json.eventName,
    description: json.description ?? '',
    venue: json.venue,
    startTime: instant(json.startTime, 'startTime'),
    classes: json.classes.map((one) => ({
      name: one.name,
      description: one.description ?? '',
      quantity: one.quantity,
      price: { amountMinor: String(one.price.amountMinor), currency: one.price.currency },
      maxPerOrder: one.maxPerOrder ?? 0,
      maxPerAccount: one.maxPerAccount ?? 0,
    })),
    preQueueTime: json.preQueueTime === undefined ? null : instant(json.preQueueTime, 'preQueueTime'),
    openTime: instant(json.openTime, 'openTime'),
    closeTime: instant(json.closeTime, 'closeTime'),
    timeZone: json.timeZone ?? '',
    expectedBuyers: json.expectedBuyers ?? 0,
    peakJoinsPerSecond: json.peakJoinsPerSecond ?? 0,
  };
}

export function saleJson(sale: Sale__Output) {
  const { content } = sale;
  return {
    name: sale.name,
    content: {
      eventName: content?.eventName ?? '',
      description: content?.description || undefined,
      venue: Object.fromEntries(
        Object.entries(content?.venue ?? { name: '' }).filter(([key, text]) => key === 'name' || text !== ''),
      ) as unknown as SaleContentJson['venue'],
      startTime: timeJson(content?.startTime ?? null) ?? '',
      classes: (content?.classes ?? []).map((one) => ({
        name: one.name,
        description: one.description || undefined,
        quantity: one.quantity,
        price: {
          amountMinor: int64ToNumber(one.price?.amountMinor ?? '0', 'amountMinor'),
          currency: one.price?.currency ?? '',
        },
        maxPerOrder: one.maxPerOrder,
        maxPerAccount: one.maxPerAccount,
      })),
      preQueueTime: timeJson(content?.preQueueTime ?? null),
      openTime: timeJson(content?.openTime ?? null) ?? '',
      closeTime: timeJson(content?.closeTime ?? null) ?? '',
      timeZone: content?.timeZone || undefined,
      expectedBuyers: content?.expectedBuyers || undefined,
      peakJoinsPerSecond: content?.peakJoinsPerSecond || undefined,
    },
    phase: sale.phase,
    message: sale.message,
    eventId: sale.eventId || undefined,
    approved: sale.approvedBy !== '',
    approvedBy: sale.approvedBy || undefined,
    paused: sale.paused,
    pauseMessage: sale.pauseMessage || undefined,
    readOnly: sale.readOnly,
    sold: int64ToNumber(sale.soldCount, 'sold_count'),
    total: int64ToNumber(sale.totalCount, 'total_count'),
    waiting: int64ToNumber(sale.waitingCount, 'waiting_count'),
    admitted: int64ToNumber(sale.admittedCount, 'admitted_count'),
    etag: sale.etag,
    createTime: timeJson(sale.createTime),
  };
}

export function historyJson({ minutes, totals }: GetSaleHistoryResponse__Output) {
  return {
    minutes: minutes.map((minute) => {
      const { startTime, ordersCreated, ordersPaid, tickets, ordersRefunded, ticketsRefunded } = minute;
      return {
        startTime: timeJson(startTime) ?? '',
        ...{ ordersCreated, ordersPaid, tickets, revenue: moneyJson(minute.revenue) },
        ...{ ordersRefunded, ticketsRefunded, refunded: moneyJson(minute.refunded) },
      };
    }),
    totals: totalsJson(totals),
  };
}

/** undefined: the event service knows of no sale yet, or is one from before it kept totals. */
export function totalsJson(totals: SaleTotals__Output | null) {
  if (totals === null) return undefined;
  const sum = (one: SaleSum__Output | null) => ({
    ...{ orders: one?.orders ?? 0, tickets: one?.tickets ?? 0, money: moneyJson(one?.money ?? null) },
  });
  return { gross: sum(totals.gross), refunded: sum(totals.refunded), net: sum(totals.net) };
}

/** Nothing was paid: no currency either. */
function moneyJson(money: Money__Output | null) {
  if (!money?.currency) return undefined;
  return { amountMinor: int64ToNumber(money.amountMinor, 'amountMinor'), currency: money.currency };
}

function instant(text: string, field: string) {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalidArgument('INVALID_REQUEST', `body.${field} is not a time`, { details: { field } });
  return toTimestamp(ms);
}
