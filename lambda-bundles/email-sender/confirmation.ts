import { eventTime } from '#runtime/event-time.ts';
import { type MailFact, mailPage } from './mail-page.ts';

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
    /** Name, address and city, as far as they are known. */
    readonly venue: readonly string[];
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

const SEAT = { vi: 'ghế', en: 'seat' } as const;

/** The mail that says: we have your money, here are your tickets. Plain text and HTML say the same. */
export function confirmationMail(order: PaidOrder, publicUrl: string): Mail {
  const words = WORDS[order.language];
  const locale = order.language === 'vi' ? 'vi-VN' : 'en-GB';
  const link = `${publicUrl.replace(/\/+$/, '')}/orders/${order.orderId}`;
  const { event, language } = order;
  const facts: MailFact[] = [
    { name: words.time, lines: [eventTime(event.startTime, event.timeZone, language)] },
    { name: words.venue, lines: event.venue },
    { name: words.tickets, lines: ticketSummary(order) },
    { name: words.total, lines: [price(order.total, locale)] },
    { name: words.order, lines: [order.code] },
  ].filter(({ lines }) => lines.length > 0);
  const hello = order.fullName === '' ? `${words.hello},` : `${words.hello} ${order.fullName},`;
  return {
    // A line break in a name must not become a header of its own.
    subject: `${words.subject}: ${order.event.name} (${order.code})`.replaceAll(/[\r\n]+/g, ' '),
    text: [
      hello,
      '',
      words.paid,
      '',
      `${words.event}: ${event.name}`,
      ...facts.map(({ name, lines }) => `${name}: ${lines.join(', ')}`),
      '',
      `${words.open}: ${link}`,
      '',
      words.door,
      '',
    ].join('\n'),
    html: mailPage({
      language,
      title: event.name,
      paragraphs: [hello, words.paid],
      facts,
      button: { text: words.open, link },
      footnote: words.door,
    }),
  };
}

/** `2 × GA`; a seat is named, as one looks for it. */
function ticketSummary(order: PaidOrder): string[] {
  const counts = new Map<string, number>();
  for (const { className, seat } of order.tickets) {
    const name = seat === '' ? className : `${className}, ${SEAT[order.language]} ${seat}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${count} × ${name}`);
}

function price(total: PaidOrder['total'], locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: total.currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  // A decimal text keeps every digit of the bigint; the formatter takes it as it is.
  const text = total.amountMinor.toString().padStart(digits + 1, '0');
  const decimal = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  return format.format(decimal as Intl.StringNumericLiteral);
}
