import assert from 'node:assert/strict';
import { parseMoneyReturned } from './money-returned.ts';
import { moneyReturnedMail } from './money-returned-mail.ts';

const vnd = (amountMinor: string) => ({ amountMinor, currency: 'VND' });
const message = {
  ...{ orderId: '0b5ad9e2-6f9e-5a0f-9a53-6e1f2c3d4e5f', code: 'TB-7K3QX', email: 'a@example.test' },
  ...{ fullName: 'Ánh <script>', language: 'vi', provider: 'payos', reason: 'UNDERPAID', returnId: 'UNDERPAID-300000' },
  ...{ received: vnd('300000'), owed: vnd('500000'), returned: vnd('300000'), returnTime: '2027-01-01T00:00:00Z' },
  event: { name: 'Đen & bạn', startTime: '2027-03-20T12:30:00Z' },
};
const mailFor = (change: object = {}) =>
  moneyReturnedMail(parseMoneyReturned({ ...message, ...change }), 'https://tickets.example/');

describe('mail about money that was not the price', () => {
  it('says what came, what was owed, what is back, by which way and when, in text and HTML', () => {
    const mail = mailFor();
    assert.match(mail.subject, /: Đen & bạn \(TB-7K3QX\)$/);
    for (const part of ['300.000', '500.000', 'không đủ giá', 'chuyển khoản', 'ngày làm việc', 'TB-7K3QX'])
      for (const text of [mail.text, mail.html]) assert.ok(text.includes(part), `${part} in ${text}`);
    assert.ok(mail.text.includes('https://tickets.example/orders/0b5ad9e2-6f9e-5a0f-9a53-6e1f2c3d4e5f'));
    assert.ok(!mail.html.includes('<script>'));
  });

  it('tells too little from too much, and is plain about a reason that it does not know', () => {
    const text = (reason: string) =>
      mailFor({ language: 'en', reason, received: vnd('600000'), returned: vnd('100000') }).text;
    assert.match(text('UNDERPAID'), /bought no tickets/);
    assert.match(text('SURPLUS'), /received ₫600,000 for an order of ₫500,000. What exceeds its price goes back/);
    assert.match(text('SURPLUS'), /given back ₫100,000/);
    for (const reason of ['toString', '']) assert.match(text(reason), /not its price/);
  });

  it('says what a message lacks, and takes no name that would be another one in the bucket', () => {
    assert.throws(() => parseMoneyReturned({ ...message, owed: undefined }), /order.money-returned has no owed/);
    assert.throws(() => parseMoneyReturned({ ...message, returnId: '../x' }), /no returnId of up to/);
  });
});
