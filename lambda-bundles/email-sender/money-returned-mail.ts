import { LATE_MONEY, wayOfMoney } from './money-back.ts';
import type { MoneyReturned } from './money-returned.ts';
import { moneyText } from './money-text.ts';
import { oneOf } from './one-of.ts';
import { type Mail, orderMail } from './order-mail.ts';

const WORDS = {
  vi: {
    subject: 'Trả lại tiền chuyển không đúng giá',
    came: (received: string, owed: string) => `Chúng tôi đã nhận ${received} cho đơn hàng có giá ${owed}.`,
    back: (returned: string) => `Chúng tôi đã hoàn lại ${returned}.`,
    reason: {
      UNDERPAID: 'Trong thời hạn thanh toán số tiền này không đủ giá nên không mua được vé, và được trả lại toàn bộ.',
      SURPLUS: 'Phần nhiều hơn giá của đơn hàng được trả lại; đơn hàng của bạn không thay đổi.',
      other: 'Số tiền này không khớp với giá của đơn hàng.',
    },
    facts: { received: 'Đã nhận', owed: 'Giá đơn hàng', returned: 'Hoàn lại', order: 'Mã đơn hàng' },
    open: 'Xem đơn hàng',
  },
  en: {
    subject: 'Money back for your order',
    came: (received: string, owed: string) => `We received ${received} for an order of ${owed}.`,
    back: (returned: string) => `We have given back ${returned}.`,
    reason: {
      UNDERPAID: 'It did not reach the price in time, so it bought no tickets, and all of it goes back.',
      SURPLUS: 'What exceeds its price goes back; your order itself stays what it is.',
      other: 'That is not its price.',
    },
    facts: { received: 'Received', owed: 'Price of the order', returned: 'Given back', order: 'Order' },
    open: 'See your order',
  },
} as const;

/** The mail that says: what you sent was not the price, this much of it is on its way back. */
export function moneyReturnedMail(money: MoneyReturned, publicUrl: string): Mail {
  const { language, fullName, event } = money;
  const words = WORDS[language];
  const [received, owed, returned] = [money.received, money.owed, money.returned].map((one) =>
    moneyText(one, language),
  ) as [string, string, string];
  return orderMail(
    {
      ...{ language, subject: words.subject, fullName, eventName: event.name },
      order: { id: money.orderId, code: money.code },
      paragraphs: [
        `${words.came(received, owed)} ${oneOf(words.reason, money.reason)}`,
        `${words.back(returned)} ${wayOfMoney(money.provider, language)}`,
      ],
      facts: [
        { name: words.facts.received, lines: [received] },
        { name: words.facts.owed, lines: [owed] },
        { name: words.facts.returned, lines: [returned] },
        { name: words.facts.order, lines: [money.code] },
      ],
      open: words.open,
      footnote: LATE_MONEY[language],
    },
    publicUrl,
  );
}
