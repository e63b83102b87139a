import assert from 'node:assert/strict';
import { generateKeyPairJwk } from '#runtime/tokens.ts';
import { orderCodeOf, orderIdOf } from './order.ts';
import { readQrPayload, ticketSigner, ticketsOf } from './tickets.ts';

const order = {
  id: '9b2d1f0e-5f0e-5b7e-9d6b-7c1e0a4b2c11',
  eventId: '1b2d1f0e-5f0e-5b7e-9d6b-7c1e0a4b2c11',
  fullName: 'Nguyễn Thị Ánh',
  lines: [
    { ticketClassId: 'c1', className: 'GA', quantity: 2, unitPrice: { amountMinor: 1n, currency: 'VND' } },
    { ticketClassId: 'c2', className: 'VIP', quantity: 1, unitPrice: { amountMinor: 1n, currency: 'VND' } },
  ],
};

describe('tickets', () => {
  it('are one per seat, different from each other, and the same when issued again', async () => {
    const signer = ticketSigner((await generateKeyPairJwk()).privateJwk);
    const tickets = ticketsOf(order, signer);
    assert.deepEqual(
      tickets.map(({ className }) => className),
      ['GA', 'GA', 'VIP'],
    );
    assert.equal(new Set(tickets.map(({ id }) => id)).size, 3);
    assert.deepEqual(ticketsOf(order, signer), tickets);
  });

  it('can be checked with the public key alone, and a changed one is refused', async () => {
    const pair = await generateKeyPairJwk();
    const payload = ticketsOf(order, ticketSigner(pair.privateJwk))[0]?.qrPayload ?? '';
    assert.equal(readQrPayload(payload, pair.publicJwk)?.['n'], 'Nguyễn Thị Ánh');
    const [version, kid, claims, signature] = payload.split('.');
    const forged = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(claims ?? '', 'base64url').toString()), c: 'VIP' }),
    );
    assert.equal(
      readQrPayload([version, kid, forged.toString('base64url'), signature].join('.'), pair.publicJwk),
      undefined,
    );
    assert.equal(readQrPayload(payload, (await generateKeyPairJwk()).publicJwk), undefined);
  });
});

describe('order ids', () => {
  it('are the same for the same request and differ otherwise', () => {
    assert.equal(orderIdOf('u', 'e', 'k'), orderIdOf('u', 'e', 'k'));
    assert.notEqual(orderIdOf('u', 'e', 'k'), orderIdOf('u', 'e', 'k2'));
    assert.match(orderCodeOf(orderIdOf('u', 'e', 'k')), /^TB[2-9A-Z]{8}$/);
  });
});
