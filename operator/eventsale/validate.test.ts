import assert from 'node:assert/strict';
import { aSale } from './testing/sale-builder.ts';
import { validateSale } from './validate.ts';

describe('validateSale', () => {
  it('finds nothing wrong with a sound sale', () => {
    assert.deepEqual(validateSale(aSale().spec), []);
  });

  it('names the field and the mend for times out of order', () => {
    const { spec } = aSale({
      schedule: {
        preQueueAt: '2027-01-10T03:00:01Z',
        opensAt: '2027-01-10T03:00:00Z',
        closesAt: '2027-01-10T03:00:00Z',
      },
    });
    assert.deepEqual(validateSale(spec), [
      'spec.schedule.closesAt is not after opensAt: set it to a later instant',
      'spec.schedule.preQueueAt is after opensAt: set it to an earlier instant or leave it out',
    ]);
  });

  it('compares instants, not their texts', () => {
    const { spec } = aSale({
      schedule: { opensAt: '2027-01-10T10:00:00+07:00', closesAt: '2027-01-10T04:00:00Z' },
    });
    assert.deepEqual(validateSale(spec), []);
  });

  it('refuses unknown time zones and offsets that contradict the zone', () => {
    assert.match(validateSale(aSale({ schedule: { timeZone: 'Hanoi' } }).spec)[0] ?? '', /"Hanoi" is not an IANA/);
    const summer = aSale({
      schedule: {
        opensAt: '2027-07-01T10:00:00+01:00',
        closesAt: '2027-07-01T12:00:00+02:00',
        timeZone: 'Europe/Berlin',
      },
    });
    assert.deepEqual(validateSale(summer.spec), [
      'spec.schedule.opensAt has offset +01:00, but Europe/Berlin is at +02:00 then: write the local time with +02:00',
    ]);
  });

  it('refuses mixed currencies, reserved and repeated names', () => {
    const [first] = aSale().spec.ticketClasses;
    assert.ok(first);
    const { spec } = aSale({
      ticketClasses: [first, { ...first, price: { amountMinor: 1, currency: 'USD' } }, { ...first, name: 'rehearsal' }],
    });
    const problems = validateSale(spec).join('\n');
    assert.match(problems, /ticketClasses\[1\]\.price\.currency is USD/);
    assert.match(problems, /ticketClasses\[1\]\.name "GA" is there twice/);
    assert.match(problems, /ticketClasses\[2\]\.name "rehearsal" is reserved/);
  });

  it('refuses what is no duration and no instant', () => {
    const { spec } = aSale({ schedule: { cooldown: 'soon', opensAt: '2027-01-10 10:00' } });
    const problems = validateSale(spec).join('\n');
    assert.match(problems, /spec.schedule.cooldown "soon"/);
    assert.match(problems, /spec.schedule.opensAt "2027-01-10 10:00"/);
  });
});
