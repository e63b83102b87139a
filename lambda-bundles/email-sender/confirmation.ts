import { eventTime } from '#runtime/event-time.ts';
import type { MailOrder } from './mail-order.ts';
import { type Amount, moneyText } from './money-text.ts';
import { type Mail, orderMail } from './order-mail.ts';

/** What a confirmation mail needs of an `order.paid` message. */
export interface PaidOrder extends MailOrder {
  readonly total: Amount;
  readonly tickets: readonly { readonly className: string; readonly seat: string }[];
  /** Changes when the tickets were issued anew. */
  readonly ticketVersion: string;
}

const WORDS = {
  vi: {
    subject: 'Vé của bạn',
    paid: 'Chúng tôi đã nhận được thanh toán. Vé của bạn đã sẵn sàng.',
    order: 'Mã đơn hàng',
    time: 'Thời gian',
    venue: 'Địa điểm',
    tickets: 'Vé',
    total: 'Tổng cộng',
    open: 'Xem và tải vé',
    door: 'Mỗi mã QR chỉ vào cửa được một lần. Đừng chia sẻ vé trên mạng.',
  },
  en: {
    subject: 'Your tickets',
    paid: 'We have received your payment. Your tickets are ready.',
    order: 'Order',
    time: 'Time',
    venue: 'Venue',
    tickets: 'Tickets',
    total: 'Total',
    open: 'See and download your tickets',
    door: 'Each QR code lets one person in, once. Do not share your tickets online.',
  },
} as const;

const SEAT = { vi: 'ghế', en: 'seat' } as const;

/** The mail that says: we have your money, here are your tickets. */
export function confirmationMail(order: PaidOrder, publicUrl: string): Mail {
  const { event, language, fullName } = order;
  const words = WORDS[language];
  return orderMail(
    {
      ...{ language, subject: words.subject, fullName, eventName: event.name },
      order: { id: order.orderId, code: order.code },
      paragraphs: [words.paid],
      facts: [
        { name: words.time, lines: [eventTime(event.startTime, event.timeZone, language)] },
        { name: words.venue, lines: event.venue },
        { name: words.tickets, lines: ticketSummary(order) },
        { name: words.total, lines: [moneyText(order.total, language)] },
        { name: words.order, lines: [order.code] },
      ],
      open: words.open,
      footnote: words.door,
    },
    publicUrl,
  );
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
