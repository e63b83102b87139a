import assert from 'node:assert/strict';
import { createPrivateKey, sign } from 'node:crypto';
import fc from 'fast-check';
import { generateKeyPairJwk, jwksOf } from '#runtime/tokens.ts';
import { createTicketReader } from './ticket-qr.ts';

const CLAIMS = {
  t: '00000000-0000-5000-8000-000000000001',
  o: '00000000-0000-5000-8000-000000000002',
  e: '00000000-0000-5000-8000-000000000003',
  c: 'GA',
  n: 'Nguyễn Văn A',
};

describe('createTicketReader', () => {
  let read: ReturnType<typeof createTicketReader>;
  let signed: (claims: unknown) => string;

  before(async () => {
    const { privateJwk } = await generateKeyPairJwk();
    const key = createPrivateKey({ key: privateJwk as Record<string, unknown>, format: 'jwk' });
    read = createTicketReader(jwksOf(privateJwk));
    signed = (claims) => {
      const text = `TB1.${privateJwk.kid}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
      return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
    };
  });

  it('reads what was signed', () => {
    assert.deepEqual(read(signed(CLAIMS)), {
      ticketId: CLAIMS.t,
      orderId: CLAIMS.o,
      eventId: CLAIMS.e,
      className: 'GA',
      holder: 'Nguyễn Văn A',
    });
  });

  it('knows no payload that nobody signed, and never throws', () => {
    const part = fc.oneof(fc.base64String(), fc.string({ unit: 'binary' }), fc.constantFrom('TB1', '__proto__', ''));
    const payload = fc.oneof(
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('.')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(fc.property(payload, (text) => assert.equal(read(text), undefined)));
  });

  it('knows none of the neighbours of a genuine one: a character changed, added or taken away', () => {
    const genuine = signed(CLAIMS);
    fc.assert(
      fc.property(fc.nat(genuine.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, other) => {
        const neighbours = [
          genuine.slice(0, at) + other + genuine.slice(at + 1),
          genuine.slice(0, at) + other + genuine.slice(at),
          genuine.slice(0, at) + genuine.slice(at + 1),
        ];
        for (const text of neighbours) if (text !== genuine) assert.equal(read(text), undefined, text);
      }),
    );
  });

  it('takes claims of another shape for no ticket, even signed', () => {
    fc.assert(fc.property(fc.jsonValue(), (claims) => assert.equal(read(signed(claims)), undefined)));
  });
});
