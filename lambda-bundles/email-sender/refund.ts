import { eventTime } from '#runtime/event-time.ts';
import type { MailOrder } from './mail-order.ts';
import { LATE_MONEY, wayOfMoney } from './money-back.ts';
import { type Amount, moneyText } from './money-text.ts';
import { oneOf } from './one-of.ts';
import { type Mail, orderMail } from './order-mail.ts';

/** What a mail about a refund needs of an `order.refunded` message. */
export interface RefundedOrder extends MailOrder {
  /** Nothing for an order that cost nothing. */
  readonly refunded: Amount;
  readonly provider: string;
  readonly reason: string;
  readonly lines: readonly { readonly className: string; readonly quantity: number }[];
  /** It had tickets, which are good for nothing now. */
  readonly ticketsVoid: boolean;
}

const WORDS = {
  vi: {
    subject: 'Hoàn tiền',
    free: 'Huỷ đơn hàng',
    reason: {
      EVENT_CANCELLED: 'Sự kiện đã bị huỷ.',
      NO_STOCK_LEFT: 'Thanh toán của bạn đến sau khi hết thời gian giữ vé, và khi đó vé đã hết.',
      ORDER_CLOSED: 'Thanh toán của bạn đến sau khi đơn hàng đã đóng.',
      other: 'Đơn hàng của bạn đã được hoàn tiền.',
    },
    money: (amount: string) => `Chúng tôi đã hoàn lại toàn bộ ${amount}.`,
    noMoney: 'Đơn hàng này miễn phí nên không có tiền để hoàn.',
    void: 'Vé của đơn hàng này không còn giá trị và không dùng để vào cửa được nữa.',
    none: 'Đơn hàng này chưa có vé nào được phát hành.',
    amount: 'Số tiền hoàn',
    order: 'Mã đơn hàng',
    time: 'Thời gian',
    venue: 'Địa điểm',
    tickets: 'Vé',
    open: 'Xem đơn hàng',
    noMore: 'Bạn không cần làm gì thêm.',
  },
  en: {
    subject: 'Your refund',
    free: 'Your order was cancelled',
    reason: {
      EVENT_CANCELLED: 'The event has been cancelled.',
      NO_STOCK_LEFT: 'Your payment reached us after the time to pay had ended, and by then there were no tickets left.',
      ORDER_CLOSED: 'Your payment reached us after the order had been closed.',
      other: 'Your order has been refunded.',
    },
    money: (amount: string) => `We have given back all of your ${amount}.`,
    noMoney: 'This order cost nothing, so there is no money to give back.',
    void: 'The tickets of this order are not valid any more; they will not be let in at the door.',
    none: 'No tickets were issued for this order.',
    amount: 'Refunded',
    order: 'Order',
    time: 'Time',
    venue: 'Venue',
    tickets: 'Tickets',
    open: 'See your order',
    noMore: 'There is nothing that you need to do.',
  },
} as const;

/** The mail that says: your money is on its way back, your tickets are good for nothing, and why. */
export function refundMail(order: RefundedOrder, publicUrl: string): Mail {
  const { event, language, fullName, refunded } = order;
  const words = WORDS[language];
  const free = refunded.amountMinor === 0n;
  const amount = moneyText(refunded, language);
  return orderMail(
    {
      ...{ language, subject: free ? words.free : words.subject, fullName, eventName: event.name },
      order: { id: order.orderId, code: order.code },
      paragraphs: [
        oneOf(words.reason, order.reason),
        ...(free ? [words.noMoney] : [words.money(amount), wayOfMoney(order.provider, language)]),
        order.ticketsVoid ? words.void : words.none,
      ],
      facts: [
        { name: words.amount, lines: free ? [] : [amount] },
        { name: words.tickets, lines: order.lines.map(({ className, quantity }) => `${quantity} × ${className}`) },
        { name: words.time, lines: [eventTime(event.startTime, event.timeZone, language)] },
        { name: words.venue, lines: event.venue },
        { name: words.order, lines: [order.code] },
      ],
      open: words.open,
      footnote: free ? words.noMore : LATE_MONEY[language],
    },
    publicUrl,
  );
}
