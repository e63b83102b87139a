import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { newId } from '#runtime/ids.ts';
import { type Front, type Session, startFront } from './front.ts';

describe('the door', () => {
  const stack = new AsyncDisposableStack();
  const eventId = newId();
  let front: Front;
  let door: Session;
  before(async function () {
    this.timeout(240_000);
    front = await startFront(stack);
    const admin = await front.administrator();
    const { user } = await front.signUp();
    const body = { roles: ['door'] };
    await front.call('PUT', `/admin/users/${user.id}/roles`, { token: admin.accessToken, body });
    door = await front.signIn(user.email);
  });
  after(function () {
    this.timeout(60_000);
    return stack.disposeAsync();
  });

  let nonces = 0;
  const scanOf = (qr: string, direction = 'in', over: object = {}) => ({
    ...{ eventId, gate: 'Gate A', qr, direction, nonce: `scanner-1:${++nonces}`, scannedAt: new Date().toISOString() },
    ...over,
  });
  const send = async (body: object, gateway: 0 | 1 = 0) => {
    const answer = await front.call('POST', '/door/scan', { token: door.accessToken, body, gateway });
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  };
  async function tickets(): Promise<[string, string]> {
    const order = await front.paidOrder(newId(), eventId);
    const [one, two] = order.tickets;
    return [one?.qrPayload ?? '', two?.qrPayload ?? ''];
  }

  it('lets a ticket in once, out, and in again', async () => {
    const [qr, other] = await tickets();
    const first = await send(scanOf(qr));
    assert.equal(first.outcome, 'ADMITTED');
    assert.equal(first.accepted, true);
    assert.equal(first.ticket.holder, 'Nguyễn An');
    const again = await send(scanOf(qr, 'in', { gate: 'Gate B' }), 1);
    assert.equal(again.outcome, 'ALREADY_INSIDE');
    assert.equal(again.previous.gate, 'Gate A');
    assert.equal((await send(scanOf(other))).outcome, 'ADMITTED', 'the other ticket of the order is its own');
    assert.equal((await send(scanOf(qr, 'out'))).outcome, 'LEFT');
    assert.equal((await send(scanOf(qr, 'out'))).outcome, 'NOT_INSIDE');
    assert.equal((await send(scanOf(qr))).outcome, 'ADMITTED');
  });

  it('counts a nonce once, whatever it is answered', async () => {
    const [qr] = await tickets();
    const scan = scanOf(qr);
    const first = await send(scan);
    const again = await send(scan, 1);
    assert.deepEqual(again, { ...first, replayed: true });
    const refused = scanOf(qr);
    assert.equal((await send(refused)).outcome, 'ALREADY_INSIDE');
    await send(scanOf(qr, 'out'));
    assert.equal((await send(refused)).outcome, 'ALREADY_INSIDE', 'as it was then');
  });

  it('admits one of many gates that read one ticket at the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const [qr] = await tickets();
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, i) => send(scanOf(qr, 'in', { gate: `Gate ${i}` }), (i % 2) as 0 | 1)),
      );
      assert.equal(results.filter(({ accepted }) => accepted).length, 1);
      const same = scanOf((await tickets())[0]);
      const replays = await Promise.all(Array.from({ length: 6 }, (_, i) => send(same, (i % 2) as 0 | 1)));
      assert.deepEqual(new Set(replays.map(({ outcome }) => outcome)), new Set(['ADMITTED']));
    }
  });

  it('keeps out what is forged, of another event, or not paid', async () => {
    const [qr] = await tickets();
    const [version, kid, claims, signature] = qr.split('.') as [string, string, string, string];
    const other = Buffer.from(claims, 'base64url').toString().replace('GA', 'VIP');
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    for (const bad of [
      `${version}.${kid}.${Buffer.from(other).toString('base64url')}.${signature}`,
      `${version}.${kid}.${claims}.${flipped}`,
      `${version}.other.${claims}.${signature}`,
      `TB2.${kid}.${claims}.${signature}`,
      `${qr}.x`,
      'hello',
    ]) {
      const answer = await send(scanOf(bad));
      assert.equal(answer.outcome, 'FORGED', bad);
      assert.equal(answer.accepted, false);
    }
    assert.equal((await send(scanOf(qr, 'in', { eventId: newId() }))).outcome, 'OTHER_EVENT');
    const refunded = await front.paidOrder(newId(), eventId);
    await front.refund(refunded.id);
    assert.equal((await send(scanOf(refunded.tickets[0]?.qrPayload ?? ''))).outcome, 'REFUNDED');
    assert.equal((await send(scanOf(refunded.tickets[0]?.qrPayload ?? ''))).accepted, false);
  });

  it('reports conflicts of what scanners did offline, and takes a batch twice without harm', async () => {
    const [qr, other] = await tickets();
    await send(scanOf(qr, 'in', { gate: 'Gate B' }));
    const { eventId: _event, gate: _gate, ...mine } = scanOf(qr);
    const { eventId: _e, gate: _g, ...fine } = scanOf(other);
    const { eventId: _f, gate: _h, ...shut } = scanOf(qr);
    const scans = [
      { ...mine, opened: true },
      { ...fine, opened: true },
      { ...shut, opened: false },
    ];
    for (const replayed of [false, true]) {
      const { status, body } = await front.call('POST', '/door/scans', {
        token: door.accessToken,
        body: { eventId, gate: 'Gate A', scans },
      });
      assert.equal(status, 200);
      assert.equal(body.conflicts, 1);
      assert.deepEqual(
        body.results.map((one: { conflict: boolean }) => one.conflict),
        [true, false, false],
      );
      assert.equal(body.results[0].previous.gate, 'Gate B');
      for (const one of body.results) assert.equal(one.replayed, replayed);
    }
  });

  it('gives scanners what they need to verify without a network', async () => {
    const { body, headers } = await front.call('GET', '/door/keys');
    assert.match(headers.get('cache-control') ?? '', /public/);
    const [qr] = await tickets();
    const dot = qr.lastIndexOf('.');
    const [jwk] = body.keys;
    assert.equal(jwk.d, undefined);
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    assert.ok(verify(null, Buffer.from(qr.slice(0, dot)), key, Buffer.from(qr.slice(dot + 1), 'base64url')));
  });
});
