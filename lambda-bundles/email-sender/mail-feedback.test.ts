import assert from 'node:assert/strict';
import { readMailFeedback } from './mail-feedback.ts';
import { parkedKey } from './parked-addresses.ts';

const event = (detail: object) => JSON.stringify({ source: 'aws.ses', 'detail-type': 'x', detail });
const mail = { tags: { order: ['o-1'], 'ses:configuration-set': ['p-mail'] } };
const bounce = (bounceType: string) =>
  event({
    eventType: 'Bounce',
    mail,
    bounce: { bounceType, bounceSubType: 'General', bouncedRecipients: [{ emailAddress: 'a@example.test' }] },
  });

describe('what SES says later', () => {
  it('tells an address that is gone from one that did not get through', () => {
    assert.deepEqual(readMailFeedback(bounce('Permanent')), {
      kind: 'hard',
      addresses: ['a@example.test'],
      reason: 'bounce: Permanent General',
      orderId: 'o-1',
    });
    assert.equal(readMailFeedback(bounce('Transient'))?.kind, 'soft');
    // Undetermined: nobody is parked on a guess.
    assert.equal(readMailFeedback(bounce('Undetermined'))?.kind, 'soft');
  });

  it('hears complaints', () => {
    const complaint = { complainedRecipients: [{ emailAddress: 'b@example.test' }], complaintFeedbackType: 'abuse' };
    assert.deepEqual(readMailFeedback(event({ eventType: 'Complaint', mail: {}, complaint })), {
      kind: 'complaint',
      addresses: ['b@example.test'],
      reason: 'complaint: abuse',
      orderId: '',
    });
  });

  it('leaves orders alone, and says what an event lacks', () => {
    assert.equal(readMailFeedback(JSON.stringify({ id: 'i', type: 'order.paid', data: {} })), undefined);
    assert.throws(() => readMailFeedback(event({ eventType: 'Bounce', bounce: {} })), /no bounce.bouncedRecipients/);
    assert.throws(() => readMailFeedback(event({ eventType: 'Open' })), /it is Open/);
  });

  it('parks an address however it is written', () =>
    assert.equal(parkedKey(' Some@Example.Test '), parkedKey('some@example.test')));
});
