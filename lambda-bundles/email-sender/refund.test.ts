import assert from 'node:assert/strict';
import { refundMail } from './refund.ts';
import { parseRefundedOrder } from './refunded-order.ts';

const message = {
  orderId: '0b5ad9e2-6f9e-5a0f-9a53-6e1f2c3d4e5f',
  code: 'TB-7K3QX',
  email: 'a@example.test',
  fullName: 'Ánh <script>',
  language: 'vi',
  provider: 'zalopay',
  reason: 'EVENT_CANCELLED',
  refunded: { amountMinor: '1600000', currency: 'VND' },
  event: {
    name: 'Đen & bạn',
    startTime: '2027-03-20T12:30:00Z',
    timeZone: 'Asia/Ho_Chi_Minh',
    venue: { name: 'Mỹ Đình', address: '', city: 'Hà Nội' },
  },
  lines: [
    { className: 'GA', quantity: 2 },
    { className: 'VIP', quantity: 1 },
  ],
  tickets: [{ id: '1', className: 'GA' }],
};

const mailFor = (change: object = {}) =>
  refundMail(parseRefundedOrder({ ...message, ...change }), 'https://tickets.example/');

describe('refund mail', () => {
  it('says why, how much, by which way and when, and that the tickets are void, in text and HTML', () => {
    const mail = mailFor();
    assert.match(mail.subject, /^Hoàn tiền: Đen & bạn \(TB-7K3QX\)$/);
    const parts = ['Sự kiện đã bị huỷ', '1.600.000', 'ZaloPay', '7 ngày làm việc', 'không còn giá trị'];
    for (const part of [...parts, '2 × GA', '1 × VIP', '19:30 (GMT+7)', 'Mỹ Đình', 'TB-7K3QX'])
      for (const text of [mail.text, mail.html]) assert.ok(text.includes(part), `${part} in ${text}`);
    assert.ok(mail.text.includes('https://tickets.example/orders/0b5ad9e2-6f9e-5a0f-9a53-6e1f2c3d4e5f'));
    const english = mailFor({ language: 'en' });
    assert.match(english.subject, /^Your refund: /);
    for (const part of [/event has been cancelled/, /given back all of your ₫1,600,000/, /not valid any more/])
      assert.match(english.text, part);
    assert.match(english.html, /<html lang="en">/);
  });

  it('is plain about every reason, also one that it does not know', () => {
    const text = (reason: string) => mailFor({ language: 'en', reason }).text;
    assert.match(text('NO_STOCK_LEFT'), /no tickets left/);
    assert.match(text('ORDER_CLOSED'), /after the order had been closed/);
    for (const reason of ['GOODWILL', 'toString', '', 'other'])
      assert.match(text(reason), /Your order has been refunded/);
    for (const reason of ['EVENT_CANCELLED', 'NO_STOCK_LEFT', 'GOODWILL']) assert.ok(!text(reason).includes(reason));
  });

  it('tells each way of the money apart', () => {
    const text = (provider: string) => mailFor({ language: 'en', provider }).text;
    assert.match(text('payos'), /by bank transfer to the account/);
    assert.match(text('vnpay'), /account or card that you paid with/);
    assert.equal(text('constructor'), text('vnpay'));
  });

  it('speaks of no tickets where there never were any, and of no money where none was paid', () => {
    const late = mailFor({ language: 'en', reason: 'NO_STOCK_LEFT', tickets: [] });
    assert.match(late.text, /No tickets were issued/);
    assert.ok(!late.text.includes('not valid any more'));
    const guest = mailFor({ language: 'en', refunded: { amountMinor: '0', currency: 'VND' } });
    assert.match(guest.subject, /^Your order was cancelled: /);
    assert.match(guest.text, /cost nothing/);
    assert.ok(!/₫|working days/.test(guest.text), guest.text);
  });

  it('lets no name become markup or a header', () => {
    assert.ok(!mailFor().html.includes('<script>'));
    assert.ok(!/[\r\n]/.test(mailFor({ event: { ...message.event, name: 'A\r\nBcc: x@y' } }).subject));
  });

  it('says what a message lacks', () => {
    assert.throws(() => parseRefundedOrder({ ...message, refunded: undefined }), /order.refunded has no refunded/);
    assert.throws(() => parseRefundedOrder({ ...message, lines: [{ className: 'GA' }] }), /no lines\[0\].quantity/);
  });
});
