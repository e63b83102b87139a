/** What a confirmation mail needs of an `order.paid` message. */
export interface PaidOrder {
  readonly orderId: string;
  readonly code: string;
  readonly email: string;
  readonly fullName: string;
  readonly language: 'vi' | 'en';
  readonly total: { readonly amountMinor: bigint; readonly currency: string };
  readonly event: {
    readonly name: string;
    readonly startTime: string;
    readonly timeZone: string;
    readonly venueName: string;
  };
  readonly tickets: readonly { readonly className: string; readonly seat: string }[];
  /** Changes when the tickets were issued anew. */
  readonly ticketVersion: string;
}

export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const WORDS = {
  vi: {
    subject: 'Vé của bạn',
    hello: 'Xin chào',
    paid: 'Chúng tôi đã nhận được thanh toán. Vé của bạn đã sẵn sàng.',
    order: 'Mã đơn hàng',
    event: 'Sự kiện',
    time: 'Thời gian',
    venue: 'Địa điểm',
    tickets: 'Vé',
    total: 'Tổng cộng',
    open: 'Xem và tải vé',
    door: 'Mỗi mã QR chỉ vào cửa được một lần. Đừng chia sẻ vé trên mạng.',
  },
  en: {
    subject: 'Your tickets',
    hello: 'Hello',
    paid: 'We have received your payment. Your tickets are ready.',
    order: 'Order',
    event: 'Event',
    time: 'Time',
    venue: 'Venue',
    tickets: 'Tickets',
    total: 'Total',
    open: 'See and download your tickets',
    door: 'Each QR code lets one person in, once. Do not share your tickets online.',
  },
} as const;

/** The mail that says: we have your money, here are your tickets. Plain text and HTML say the same. */
export function confirmationMail(order: PaidOrder, publicUrl: string): Mail {
  const words = WORDS[order.language];
  const locale = order.language === 'vi' ? 'vi-VN' : 'en-GB';
  const link = `${publicUrl.replace(/\/+$/, '')}/orders/${order.orderId}`;
  const time = new Intl.DateTimeFormat(locale, {
    dateStyle: 'full',
    timeStyle: 'short',
    timeZone: order.event.timeZone,
  }).format(new Date(order.event.startTime));
  const rows: [string, string][] = [
    [words.event, order.event.name],
    [words.time, time],
    [words.venue, order.event.venueName],
    [words.tickets, ticketSummary(order)],
    [words.total, price(order.total, locale)],
    [words.order, order.code],
  ];
  const hello = order.fullName === '' ? `${words.hello},` : `${words.hello} ${order.fullName},`;
  return {
    // A line break in a name must not become a header of its own.
    subject: `${words.subject}: ${order.event.name} (${order.code})`.replaceAll(/[\r\n]+/g, ' '),
    text: [
      hello,
      '',
      words.paid,
      '',
      ...rows.map(([name, value]) => `${name}: ${value}`),
      '',
      `${words.open}: ${link}`,
      '',
      words.door,
      '',
    ].join('\n'),
    html: html(order.language, hello, words, rows, link),
  };
}

function ticketSummary(order: PaidOrder): string {
  const counts = new Map<string, number>();
  for (const { className, seat } of order.tickets) {
    const name = seat === '' ? className : `${className} ${seat}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(', ');
}

function price(total: PaidOrder['total'], locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: total.currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  // A decimal text keeps every digit of the bigint; the formatter takes it as it is.
  const text = total.amountMinor.toString().padStart(digits + 1, '0');
  const decimal = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  return format.format(decimal as Intl.StringNumericLiteral);
}

function html(
  language: string,
  hello: string,
  words: (typeof WORDS)['vi' | 'en'],
  rows: readonly [string, string][],
  link: string,
): string {
  const cells = rows
    .map(
      ([name, value]) =>
        `<tr><td style="padding:6px 16px 6px 0;color:#6b7080">${escapeHtml(name)}</td><td style="padding:6px 0;font-weight:600">${escapeHtml(value)}</td></tr>`,
    )
    .join('');
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head><body style="margin:0;background:#f3f2f8;font-family:system-ui,sans-serif;color:#1b1b2f"><div style="max-width:560px;margin:0 auto;padding:32px 20px"><div style="background:#fff;border-radius:12px;padding:28px"><p>${escapeHtml(hello)}</p><p>${escapeHtml(words.paid)}</p><table role="presentation" style="border-collapse:collapse;font-size:15px">${cells}</table><p style="margin:28px 0"><a href="${escapeHtml(link)}" style="background:#5b2be0;color:#fff;padding:12px 20px;border-radius:8px;text-decoration:none;font-weight:600">${escapeHtml(words.open)}</a></p><p style="color:#6b7080;font-size:13px">${escapeHtml(words.door)}</p></div></div></body></html>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
