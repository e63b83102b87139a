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
      'spec.schedule.closesAt: is not after opensAt; set it to a later instant',
      'spec.schedule.preQueueAt: is after opensAt; set it to an earlier instant, or leave it out for 15 minutes before opensAt',
    ]);
  });

  it('compares instants, not their texts', () => {
    const { spec } = aSale({
      schedule: { opensAt: '2027-01-10T10:00:00+07:00', closesAt: '2027-01-10T04:00:00Z' },
    });
    assert.deepEqual(validateSale(spec), []);
  });

  it('refuses unknown time zones and offsets that contradict the zone', () => {
    const zone = (timeZone: string) => validateSale(aSale({ schedule: { timeZone } }).spec)[0] ?? '';
    assert.match(zone('Hanoi'), /^spec.schedule.timeZone: is not an IANA time zone; write it like Asia\/Ho_Chi_Minh/);
    assert.match(zone('+07:00'), /^spec.schedule.timeZone: is not an IANA time zone/);
    const summer = aSale({
      schedule: {
        opensAt: '2027-03-01T10:00:00+02:00',
        closesAt: '2027-03-02T12:00:00+01:00',
        timeZone: 'Europe/Berlin',
      },
    });
    assert.deepEqual(validateSale(summer.spec), [
      'spec.schedule.opensAt: has offset +02:00, but Europe/Berlin is at +01:00 then; write 2027-03-01T10:00:00+01:00',
    ]);
  });

  it('knows the hour that clocks skip, and the one that comes twice', () => {
    const at = (opensAt: string) =>
      validateSale(
        aSale({
          event: { startsAt: '2029-01-01T00:00:00Z' },
          schedule: { opensAt, closesAt: '2027-12-31T00:00:00Z', timeZone: 'America/New_York' },
        }).spec,
      );
    assert.deepEqual(at('2027-03-14T02:30:00-05:00'), [
      'spec.schedule.opensAt: names 2027-03-14T02:30:00, a local time that America/New_York skips when its clocks go forward; write 2027-03-14T03:30:00-04:00',
    ]);
    assert.deepEqual(at('2027-03-14T02:30:00-04:00').length, 1);
    assert.deepEqual(at('2027-11-07T01:30:00-04:00'), []);
    assert.deepEqual(at('2027-11-07T01:30:00-05:00'), []);
    assert.deepEqual(at('2027-11-07T01:30:00-06:00').length, 1);
  });

  it('refuses mixed currencies, reserved and repeated names', () => {
    const [first] = aSale().spec.ticketClasses;
    assert.ok(first);
    const of = (...ticketClasses: (typeof first)[]) => validateSale(aSale({ ticketClasses }).spec).join('\n');
    assert.match(
      of(first, { ...first, name: 'B', price: { amountMinor: 1, currency: 'USD' } }),
      /more than one currency/,
    );
    assert.match(of(first, first), /spec.ticketClasses\[1\].name: "GA" is there twice/);
    assert.match(of(first, { ...first, name: 'rehearsal' }), /reserved for the operator/);
  });

  it('refuses what is no duration and no instant', () => {
    assert.match(
      validateSale(aSale({ schedule: { cooldown: 'soon' } }).spec)[0] ?? '',
      /spec.schedule.cooldown: is not a/,
    );
    assert.match(
      validateSale(aSale({ schedule: { opensAt: '2027-01-10 10:00' } }).spec)[0] ?? '',
      /spec.schedule.opensAt: "2027-01-10 10:00" is not an instant/,
    );
  });
});
