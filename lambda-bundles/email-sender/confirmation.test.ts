import assert from 'node:assert/strict';
import { confirmationMail } from './confirmation.ts';
import { parsePaidOrder } from './paid-order.ts';

const message = {
  orderId: '0b5ad9e2-6f9e-5a0f-9a53-6e1f2c3d4e5f',
  code: 'TB-7K3QX',
  email: 'a@example.test',
  fullName: 'Ánh <script>',
  language: 'vi',
  total: { amountMinor: '1600000', currency: 'VND' },
  event: {
    name: 'Đen & bạn',
    startTime: '2027-03-20T12:30:00Z',
    timeZone: 'Asia/Ho_Chi_Minh',
    venue: { name: 'Mỹ Đình', address: '', city: 'Hà Nội' },
  },
  tickets: [{ className: 'GA' }, { className: 'GA' }, { className: 'VIP' }],
};

function mailFor(change: object = {}) {
  const order = parsePaidOrder({ ...message, ...change });
  assert.ok(order);
  return confirmationMail(order, 'https://tickets.example/');
}

describe('confirmation mail', () => {
  it('says the same in text and HTML, in the language of the order', () => {
    const mail = mailFor();
    assert.match(mail.subject, /^Vé của bạn: Đen & bạn \(TB-7K3QX\)$/);
    for (const part of ['2 × GA, 1 × VIP', '1.600.000', 'TB-7K3QX', '19:30 (GMT+7)', 'Mỹ Đình, Hà Nội'])
      assert.ok(mail.text.includes(part), part);
    assert.ok(mail.html.includes('Đen &amp; bạn'));
    assert.match(mailFor({ language: 'en' }).text, /Your tickets are ready/);
  });

  it('links to the order', () => {
    assert.ok(mailFor().text.includes('https://tickets.example/orders/0b5ad9e2-6f9e-5a0f-9a53-6e1f2c3d4e5f'));
  });

  it('lets no name become markup or a header', () => {
    assert.ok(!mailFor().html.includes('<script>'));
    const mail = mailFor({ event: { ...message.event, name: 'A\r\nBcc: x@y' } });
    assert.ok(!/[\r\n]/.test(mail.subject));
  });

  it('writes money of a currency with cents rightly, however large', () => {
    const mail = mailFor({ language: 'en', total: { amountMinor: '900719925474099312', currency: 'USD' } });
    assert.ok(mail.text.includes('9,007,199,254,740,993.12'), mail.text);
  });

  it('is another mail once tickets were issued anew, and the same one however they are listed', () => {
    const version = (tickets: object[]) => parsePaidOrder({ ...message, tickets })?.ticketVersion;
    const [one, two] = ['1', '2'].map((id) => ({ id, className: 'GA', qrPayload: `TB1.${id}` }));
    assert.ok(one && two);
    assert.equal(version([two, one]), version([one, two]));
    assert.notEqual(version([one, { ...two, qrPayload: 'TB1.2.again' }]), version([one, two]));
    assert.notEqual(version([one]), version([one, two]));
  });

  it('tells nobody about a rehearsal, and says what a message lacks', () => {
    assert.equal(parsePaidOrder({ ...message, rehearsal: true }), undefined);
    assert.throws(() => parsePaidOrder({ ...message, email: '' }), /no email/);
  });
});
