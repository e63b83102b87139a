import assert from 'node:assert/strict';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { EVENT_SALE_SPEC } from '#operator/api/eventsale-schema.gen.ts';
import { withDefaults } from '#operator/api/structural.ts';
import { validateSale } from '#operator/eventsale/validate.ts';
import { type Answer, collection, create, edited, type Guarded, guardedApiServer, sampleSale } from './api-fixture.ts';

/** The line that is changed, to what, what the mend says, and the field that is named when it is another. */
type Row = readonly [path: string, value: unknown, mend: RegExp, field?: string];

const SET = /Required value|is missing; set it/;
const DURATION = /is not a duration from \S+ to \S+( or Auto)?; write it like 30s, 15m or 1h30m/;
const ONE_OF = /supported values: |set it to one of /;
const INSTANT = /must be of type date-time|is not an instant; write it like/;
const ZONE = /is not an IANA time zone; write it like Asia\/Ho_Chi_Minh|unknown time zone/;
/** The API server's policy and the operator's check say it in their own words. */
const OFFSET =
  /is not the hour that clocks in \S+ show then, which is \d+:\d\d; correct the offset|has offset \S+, but .*; write |skips when its clocks go forward; write /;
const atLeast = (least: number) => new RegExp(`greater than or equal to ${least}|set it to ${least} or more`);
const atMost = (most: number) => new RegExp(`less than or equal to ${most}|set it to ${most} or less`);
const GA = { name: 'GA', quantity: 10, price: { amountMinor: 1, currency: 'VND' } };

const ROWS: readonly Row[] = [
  ['metadata.name', 'the-longest-name-that-anybody-ever-gave-to-a-sale-of-tickets', /more than 52 characters/, ''],
  ['spec.platformRef', undefined, SET],
  [
    'spec.platformRef.name',
    'Ticketbottle',
    /is not the name of a TicketBottlePlatform; set it to one that `kubectl get tbp` shows/,
  ],
  ['spec.event', undefined, SET],
  ['spec.event.id', 'den-vau', /is not a UUID in lower case; set it to the id that the event service shows/],
  ['spec.event.name', '   ', /is blank; set it to the name that buyers read/],
  ['spec.event.venue.name', '', /should be at least 1 chars long|is empty; set it/],
  ['spec.event.venue.country', 'vn', /is not an ISO 3166 code; write two capital letters/],
  ['spec.event.startsAt', 'tomorrow', INSTANT],
  ['spec.event.startsAt', '2026-03-20T19:30:00+07:00', /is not after schedule.opensAt.*; correct the year/],
  ['spec.ticketClasses', [], /should have at least 1 items|add entries/],
  ['spec.ticketClasses[0].name', ' GA', /begins or ends with a blank.*; remove it/],
  ['spec.ticketClasses[1].name', 'GA', /Duplicate value|is there twice; rename or remove/, 'spec.ticketClasses[1]'],
  [
    'spec.ticketClasses[1].name',
    'ga',
    /differ in upper and lower case only; rename or remove one/,
    'spec.ticketClasses',
  ],
  [
    'spec.ticketClasses[1].name',
    'rehearsal',
    /reserved for the operator; set its name to another/,
    'spec.ticketClasses',
  ],
  ['spec.ticketClasses[0].quantity', 0, atLeast(1)],
  ['spec.ticketClasses[0].quantity', -5, atLeast(1)],
  ['spec.ticketClasses[0].quantity', 1000001, atMost(1000000)],
  ['spec.ticketClasses[0].quantity', 1.5, /must be of type integer|is not a whole number/],
  ['spec.ticketClasses[0].quantity', undefined, SET],
  ['spec.ticketClasses[0].price', undefined, SET],
  ['spec.ticketClasses[0].price.amountMinor', -1, atLeast(0)],
  ['spec.ticketClasses[0].price.amountMinor', 9007199254740991, /costs more than can be counted; lower it/],
  ['spec.ticketClasses[0].price.currency', 'đồng', /Too long|shorten it to 3/],
  ['spec.ticketClasses[0].price.currency', 'vnd', /is not an ISO 4217 code; write three capital letters/],
  [
    'spec.ticketClasses[1].price.currency',
    'USD',
    /sell in more than one currency; set price.currency of all classes/,
    'spec.ticketClasses',
  ],
  ['spec.ticketClasses[2].maxPerOrder', 51, atMost(50)],
  ['spec.ticketClasses[2].maxPerOrder', 0, atLeast(1)],
  [
    'spec.ticketClasses[2].quantity',
    1,
    /exceeds quantity; lower it, or raise quantity/,
    'spec.ticketClasses[2].maxPerOrder',
  ],
  ['spec.ticketClasses[0].maxPerAccount', 3, /is less than maxPerOrder; raise it, lower maxPerOrder, or set 0/],
  [
    'spec.ticketClasses',
    Array.from({ length: 51 }, (_, index) => ({ ...GA, name: `class ${index}` })),
    /must have at most 50 items|remove some, 50 are allowed/,
  ],
  ['spec.schedule', undefined, SET],
  ['spec.schedule.opensAt', undefined, SET],
  ['spec.schedule.opensAt', '2027-01-10 10:00', INSTANT],
  ['spec.schedule.opensAt', '2027-02-30T10:00:00+07:00', INSTANT],
  ['spec.schedule.closesAt', '2027-01-10T10:00:00+07:00', /is not after opensAt; set it to a later instant/],
  ['spec.schedule.closesAt', '2027-01-10T03:00:00Z', /is not after opensAt; set it to a later instant/],
  ['spec.schedule.closesAt', '2028-02-10T12:00:00+07:00', /more than 366 days after opensAt; correct the year/],
  [
    'spec.schedule.preQueueAt',
    '2027-01-10T10:00:01+07:00',
    /is after opensAt; set it to an earlier instant, or leave it out/,
  ],
  [
    'spec.schedule.preQueueAt',
    '2027-01-09T09:00:00+07:00',
    /more than 24h before opensAt.*; set it to a later instant/,
  ],
  ['spec.schedule.timeZone', 'Hanoi', ZONE, 'spec.schedule'],
  ['spec.schedule.timeZone', 'Asia/Hanoi', ZONE, 'spec.schedule'],
  ['spec.schedule.timeZone', '+07:00', ZONE],
  ['spec.schedule.timeZone', 'asia/ho_chi_minh', ZONE],
  ['spec.schedule.timeZone', 'Asia/Tokyo', OFFSET, 'spec.schedule.'],
  ['spec.schedule.opensAt', '2027-01-10T11:15:00+08:00', OFFSET],
  [
    'spec.schedule',
    { opensAt: '2027-03-14T02:30:00-05:00', closesAt: '2027-03-14T08:00:00-04:00', timeZone: 'America/New_York' },
    OFFSET,
    'spec.schedule.opensAt',
  ],
  [
    'spec.schedule',
    { opensAt: '2027-03-14T01:00:00-05:00', closesAt: '2027-03-14T02:15:00-05:00', timeZone: 'America/New_York' },
    OFFSET,
    'spec.schedule.closesAt',
  ],
  ['spec.schedule.prescaleLead', 'auto', DURATION],
  ['spec.schedule.prescaleLead', '48h', DURATION],
  ['spec.schedule.cooldown', '15', DURATION],
  ['spec.schedule.startDeadline', '1 hour', DURATION],
  ['spec.waitroom.maxConcurrentCheckouts', 0, atLeast(1)],
  ['spec.waitroom.admissionsPerMinute', -1, atLeast(1)],
  ['spec.waitroom.admissionsPerMinute', 6000001, atMost(6000000)],
  ['spec.waitroom.checkoutTTL', '59s', /is not a duration from 1m to 4h/],
  ['spec.waitroom.claimWindow', '0s', /is not a duration from 1s to 1h/],
  ['spec.waitroom.ordering', 'Random', ONE_OF],
  ['spec.waitroom.maxQueueLength', 0, atLeast(1)],
  ['spec.waitroom.message', 'x'.repeat(281), /Too long|shorten it to 280/],
  ['spec.demand.expectedBuyers', 60000000, atMost(50000000)],
  ['spec.demand.expectedBuyers', 0, atLeast(1)],
  ['spec.demand.peakJoinsPerSecond', 2001, /exceeds expectedBuyers.*; lower it or raise expectedBuyers/],
  ['spec.capacity', { gateway: { minReplicas: 0 } }, atLeast(1), 'spec.capacity.gateway.minReplicas'],
  ['spec.capacity', { gateway: {} }, SET, 'spec.capacity.gateway.minReplicas'],
  ['spec.onNotReady.policy', 'Wait', ONE_OF],
  ['spec.onNotReady.maxDelay', '2 min', DURATION],
  ['spec.suspend', 'no', /must be of type boolean|is not true or false/],
];

describe('bad sales, each one line away from the sample', () => {
  let api: Guarded;

  before(async function () {
    this.timeout(120_000);
    api = await guardedApiServer();
  });

  it('leaves the sample itself alone', async () => {
    const { status, message, body } = await create(api.ask, sampleSale());
    assert.equal(status, 201, message);
    assert.deepEqual(validateSale(body.spec as EventSale['spec']), []);
    assert.ok(ROWS.length >= 40, `${ROWS.length} rows`);
  });

  for (const [path, value, mend, field = path] of ROWS) {
    it(`${path}: ${(JSON.stringify(value) ?? 'left out').slice(0, 120)}`, async () => {
      const manifest = edited(sampleSale(), path, value);
      const answer = await create(api.ask, manifest);
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}: accepted`);
      const said = sayings(answer);
      assert.ok(
        said.some((text) => mend.test(text) && text.includes(field || 'metadata.name')),
        `no cause names ${field} and ${mend}:\n${said.join('\n')}`,
      );
      if (path === 'metadata.name') return;
      const own = validateSale(withDefaults(EVENT_SALE_SPEC, manifest.spec) as EventSale['spec']);
      assert.ok(
        own.some((text) => mend.test(text) && text.startsWith(field)),
        `the reconciler does not name ${field} and ${mend}:\n${own.join('\n')}`,
      );
    });
  }
});

/** A sale as it stands in a status, an edit of it, and what is said. */
type Edit = readonly [title: string, status: object, patch: object, mend: RegExp | undefined];

const at = '2027-01-10T03:00:00Z';
const entered = (...phases: string[]) => ({ phase: phases.at(-1), phases: phases.map((phase) => ({ phase, at })) });
const armed = { ...entered('Prescaling', 'Ready', 'Armed'), gate: { armedAt: at } };
const open = {
  ...entered('Prescaling', 'Ready', 'Armed', 'Open'),
  gate: { armedAt: at },
  inventory: [{ class: 'GA', total: 700, reserved: 20, sold: 300 }],
};
const later = { opensAt: '2027-01-10T10:30:00+07:00' };
const classes = (change: (rows: { name: string; quantity: number; price: { amountMinor: number } }[]) => void) => {
  const { ticketClasses } = sampleSale().spec;
  change(ticketClasses);
  return { spec: { ticketClasses } };
};
const first = (change: object) => classes((rows) => Object.assign(rows[0] ?? {}, change));

const GA2 = { name: 'Late', quantity: 10, price: { amountMinor: 1, currency: 'VND' } };

const EDITS: readonly Edit[] = [
  ['another opening before anything began', entered('Pending'), { spec: { schedule: later } }, undefined],
  [
    'another opening once armed',
    armed,
    { spec: { schedule: later } },
    /spec.schedule.opensAt: the sale is armed; set .* back, or set the annotation ticketbottle.io\/reschedule/,
  ],
  [
    'another opening once armed, insisting',
    armed,
    { metadata: { annotations: { 'ticketbottle.io/reschedule': later.opensAt } }, spec: { schedule: later } },
    undefined,
  ],
  [
    'another opening once armed, insisting on a third',
    armed,
    { metadata: { annotations: { 'ticketbottle.io/reschedule': at } }, spec: { schedule: later } },
    /set the annotation/,
  ],
  ['the same opening in other words', armed, { spec: { schedule: { opensAt: at } } }, undefined],
  [
    'another opening once open',
    open,
    { metadata: { annotations: { 'ticketbottle.io/reschedule': later.opensAt } }, spec: { schedule: later } },
    /spec.schedule.opensAt: the sale has opened; set .* back, use spec.suspend/,
  ],
  [
    'another pre-queue once armed',
    armed,
    { spec: { schedule: { preQueueAt: '2027-01-10T09:00:00+07:00' } } },
    /set opensAt and preQueueAt back/,
  ],
  ['an end that moves', open, { spec: { schedule: { closesAt: '2027-01-10T13:00:00+07:00' } } }, undefined],
  [
    'another price once prescaling',
    entered('Prescaling'),
    first({ price: { amountMinor: 1, currency: 'VND' } }),
    /spec.ticketClasses: .*set them back/,
  ],
  ['a class that goes', open, classes((rows) => rows.pop()), /spec.ticketClasses: .*set them back/],
  ['a class that comes', open, classes((rows) => rows.push(GA2)), /spec.ticketClasses: .*set them back/],
  [
    'fewer tickets than sold and held',
    open,
    first({ quantity: 319 }),
    /spec.ticketClasses.quantity: class GA has 300 sold and 20 held; set quantity to 320 or more/,
  ],
  ['as many tickets as sold and held', open, first({ quantity: 320 }), undefined],
  ['more tickets', open, first({ quantity: 900 }), undefined],
  [
    'another venue',
    open,
    { spec: { event: { venue: { name: 'Elsewhere' } } } },
    /spec.event: .*set venue and startsAt back/,
  ],
  [
    'another ordering once armed',
    armed,
    { spec: { waitroom: { ordering: 'FIFO' } } },
    /spec.waitroom.ordering: .*set it back/,
  ],
  ['another ordering before', entered('Pending'), { spec: { waitroom: { ordering: 'FIFO' } } }, undefined],
  [
    'a pause, a message and a rate',
    open,
    { spec: { waitroom: { paused: true, message: 'soon', admissionsPerMinute: 10 } } },
    undefined,
  ],
  [
    'another platform',
    entered('Pending'),
    { spec: { platformRef: { name: 'other' } } },
    /platformRef.name.*cannot change: .*set it back, or make a new EventSale/,
  ],
  [
    'another event',
    entered('Pending'),
    { spec: { event: { id: '0b5f9f3e-6f0e-4b52-8a53-1d0f6b3e9a11' } } },
    /event.id.*cannot change: .*set it back/,
  ],
];

describe('edits of a sale that is under way', () => {
  let api: Guarded;

  before(async function () {
    this.timeout(120_000);
    api = await guardedApiServer();
  });

  for (const [title, status, patch, mend] of EDITS) {
    it(`${title}: ${mend === undefined ? 'accepted' : 'refused'}`, async () => {
      const sale = sampleSale();
      sale.metadata.name = 'under-way';
      const path = `${collection(sale)}/under-way`;
      try {
        assert.equal((await api.ask('POST', collection(sale), sale)).status, 201);
        const reported = await api.ask(
          'PATCH',
          `${path}/status`,
          { status },
          undefined,
          'application/merge-patch+json',
        );
        assert.equal(reported.status, 200, reported.message);
        const answer = await api.ask('PATCH', `${path}?dryRun=All`, patch, undefined, 'application/merge-patch+json');
        if (mend === undefined) assert.equal(answer.status, 200, answer.message);
        else {
          assert.ok(answer.status >= 400, 'accepted');
          assert.match(sayings(answer).join('\n'), mend);
        }
      } finally {
        await api.ask('DELETE', path);
      }
    });
  }
});

function sayings({ message, causes }: Answer): string[] {
  return [message, ...causes.map((one) => `${one.field}: ${one.message}`)];
}
