import type { ListOrdersResponse__Output } from '#proto/gen/ticketbottle/order/v1/ListOrdersResponse.ts';
import type { Order__Output } from '#proto/gen/ticketbottle/order/v1/Order.ts';
import { timeJson } from './api-json.ts';

const COLUMNS = [
  'code',
  'order_id',
  'state',
  'created',
  'name',
  'email',
  'tickets',
  'classes',
  'total_minor',
  'currency',
  'provider',
] as const;

/**
 * Orders of an event as CSV (RFC 4180, with the mark by which spreadsheets see UTF-8), a page at a time: the reader's pace decides
 * when the next page is read. Rehearsals are left out.
 */
export async function* orderRows(
  readPage: (pageToken: string) => Promise<ListOrdersResponse__Output>,
): AsyncGenerator<string, void> {
  let text = `\uFEFF${COLUMNS.join(',')}\r\n`;
  for (let token = ''; ; ) {
    const page = await readPage(token);
    for (const order of page.orders) if (!order.rehearsal) text += `${rowOf(order).map(csvField).join(',')}\r\n`;
    yield text;
    text = '';
    token = page.nextPageToken;
    if (token === '') return;
  }
}

function rowOf(order: Order__Output): string[] {
  return [
    order.code,
    order.id,
    order.state.slice('ORDER_STATE_'.length),
    timeJson(order.createTime) ?? '',
    order.fullName,
    order.email,
    String(order.lines.reduce((sum, line) => sum + line.quantity, 0)),
    order.lines.map(({ className, quantity }) => `${quantity} × ${className}`).join('; '),
    order.total?.amountMinor ?? '0',
    order.total?.currency ?? '',
    order.provider.slice('PROVIDER_'.length).toLowerCase(),
  ];
}

/** Buyers choose their names: what a spreadsheet would run as a formula gets a quote in front (OWASP, CSV injection). */
export function csvField(value: string): string {
  const safe = /^\s*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20|%]/u.test(value) ? `'${value}` : value;
  return /[",\r\n;]|^'/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
