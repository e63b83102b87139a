import type { EventSale } from '../../api/eventsale.gen.ts';
import { duration, type Rule, rule, shape } from '../../api/rules.ts';

type Spec = EventSale['spec'];
type TicketClass = Spec['ticketClasses'][number];

const HOUR_MS = 3_600_000;

/**
 * What an EventSale must be by itself, clock and other objects left aside: the CRD's own rules once more. What changes
 * with time or hangs on other objects is judged by the controller; what may not be edited, by config/admission.
 */
export const SALE_RULES: readonly Rule[] = [
  rule(
    '',
    undefined,
    ['size(self.metadata.name) <= 52', ({ metadata }: EventSale) => metadata.name.length <= 52],
    'metadata.name: has more than 52 characters, and names of other objects are made of it; choose a shorter one',
  ),
  shape(
    'spec.platformRef.name',
    '^[a-z]([-a-z0-9]*[a-z0-9])?$',
    'is not the name of a TicketBottlePlatform; set it to one that `kubectl get tbp` shows in this namespace',
  ),

  shape(
    'spec.event.id',
    '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
    'is not a UUID in lower case; set it to the id that the event service shows, or leave it out',
  ),
  shape('spec.event.name', '[^ \\t\\r\\n]', 'is blank; set it to the name that buyers read'),
  shape('spec.event.venue.name', '[^ \\t\\r\\n]', 'is blank; set it to the name of the place'),
  shape('spec.event.venue.country', '^[A-Z]{2}$', 'is not an ISO 3166 code; write two capital letters, for example VN'),
  rule(
    'spec',
    'event.startsAt',
    [
      'self.event.startsAt > self.schedule.opensAt',
      ({ event, schedule }: Spec) => Date.parse(event.startsAt) > Date.parse(schedule.opensAt),
    ],
    'is not after schedule.opensAt: nobody buys for what has begun; correct the year, the hour or the offset',
  ),

  shape(
    'spec.ticketClasses[].name',
    '^[^ \\t\\r\\n]([^\\t\\r\\n]*[^ \\t\\r\\n])?$',
    'begins or ends with a blank, or has a line break; remove it',
  ),
  shape(
    'spec.ticketClasses[].price.currency',
    '^[A-Z]{3}$',
    'is not an ISO 4217 code; write three capital letters, for example VND',
  ),
  rule(
    'spec.ticketClasses[]',
    'maxPerOrder',
    ['self.maxPerOrder <= self.quantity', (one: TicketClass) => one.maxPerOrder <= one.quantity],
    'exceeds quantity; lower it, or raise quantity (4 unless set)',
  ),
  rule(
    'spec.ticketClasses[]',
    'maxPerAccount',
    [
      'self.maxPerAccount == 0 || self.maxPerAccount >= self.maxPerOrder',
      (one: TicketClass) => one.maxPerAccount === 0 || one.maxPerAccount >= one.maxPerOrder,
    ],
    'is less than maxPerOrder; raise it, lower maxPerOrder, or set 0 for no limit',
  ),
  rule(
    'spec.ticketClasses[]',
    'price.amountMinor',
    [
      'self.price.amountMinor * self.maxPerOrder <= 9007199254740991',
      (one: TicketClass) => BigInt(one.price.amountMinor) * BigInt(one.maxPerOrder) <= BigInt(Number.MAX_SAFE_INTEGER),
    ],
    'is too high: an order of maxPerOrder tickets costs more than can be counted; lower it',
  ),
  rule(
    'spec.ticketClasses',
    undefined,
    [
      'self.all(c, c.price.currency == self[0].price.currency)',
      (all: TicketClass[]) => all.every((one) => one.price.currency === all[0]?.price.currency),
    ],
    'sell in more than one currency; set price.currency of all classes to the same, or make a sale for each',
  ),
  rule(
    'spec.ticketClasses',
    undefined,
    ["self.all(c, c.name != 'rehearsal')", (all: TicketClass[]) => all.every((one) => one.name !== 'rehearsal')],
    "have one named 'rehearsal', which is reserved for the operator; set its name to another",
  ),
  rule(
    'spec.ticketClasses',
    undefined,
    [
      'self.all(c, self.exists_one(d, d.name.lowerAscii() == c.name.lowerAscii()))',
      (all: TicketClass[]) => new Set(all.map((one) => lowerAscii(one.name))).size === all.length,
    ],
    'have names that differ in upper and lower case only; rename or remove one of them',
  ),

  rule(
    'spec.schedule',
    'closesAt',
    ['self.opensAt < self.closesAt', (self: Spec['schedule']) => Date.parse(self.opensAt) < Date.parse(self.closesAt)],
    'is not after opensAt; set it to a later instant',
  ),
  rule(
    'spec.schedule',
    'closesAt',
    [
      "self.closesAt - self.opensAt <= duration('8784h')",
      (self: Spec['schedule']) => Date.parse(self.closesAt) - Date.parse(self.opensAt) <= 8784 * HOUR_MS,
    ],
    'is more than 366 days after opensAt; correct the year, or sell in more than one EventSale',
  ),
  rule(
    'spec.schedule',
    'preQueueAt',
    [
      '!has(self.preQueueAt) || self.preQueueAt <= self.opensAt',
      ({ preQueueAt, opensAt }: Spec['schedule']) =>
        preQueueAt === undefined || Date.parse(preQueueAt) <= Date.parse(opensAt),
    ],
    'is after opensAt; set it to an earlier instant, or leave it out for 15 minutes before opensAt',
  ),
  rule(
    'spec.schedule',
    'preQueueAt',
    [
      "!has(self.preQueueAt) || self.opensAt - self.preQueueAt <= duration('24h')",
      ({ preQueueAt, opensAt }: Spec['schedule']) =>
        preQueueAt === undefined || Date.parse(opensAt) - Date.parse(preQueueAt) <= 24 * HOUR_MS,
    ],
    'is more than 24h before opensAt, and everybody who comes holds a connection; set it to a later instant',
  ),
  shape(
    'spec.schedule.timeZone',
    '^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*){0,2}$',
    'is not an IANA time zone; write it like Asia/Ho_Chi_Minh or UTC',
  ),
  rule(
    'spec.schedule',
    'timeZone',
    ['self.opensAt.getFullYear(self.timeZone) > 0', (self: Spec['schedule']) => isTimeZone(self.timeZone)],
    'is not an IANA time zone; write it like Asia/Ho_Chi_Minh or UTC',
  ),
  duration('spec.schedule.prescaleLead', '0s', '24h', 'Auto'),
  duration('spec.schedule.cooldown', '0s', '24h'),
  duration('spec.schedule.startDeadline', '0s', '24h'),

  duration('spec.waitroom.checkoutTTL', '1m', '4h'),
  duration('spec.waitroom.claimWindow', '1s', '1h'),
  duration('spec.waitroom.idleTimeout', '2m', '24h'),
  rule(
    'spec.demand',
    'peakJoinsPerSecond',
    [
      '!has(self.expectedBuyers) || !has(self.peakJoinsPerSecond) || self.peakJoinsPerSecond <= self.expectedBuyers',
      ({ expectedBuyers, peakJoinsPerSecond }: Spec['demand']) =>
        expectedBuyers === undefined || peakJoinsPerSecond === undefined || peakJoinsPerSecond <= expectedBuyers,
    ],
    'exceeds expectedBuyers: more would join in one second than come at all; lower it or raise expectedBuyers',
  ),
  duration('spec.onNotReady.maxDelay', '0s', '24h'),
];

/** Asked for every version of every sale, and slow to find out. Names are few: the CRD bounds their shape. */
const timeZones = new Map<string, boolean>();
const MAX_TIME_ZONES = 1_000;

/** As the time zone database writes it; the API server minds upper and lower case beyond the first letters too. */
function isTimeZone(name: string): boolean {
  let known = timeZones.get(name);
  if (known === undefined) {
    known = hasTimeZone(name);
    if (timeZones.size >= MAX_TIME_ZONES) timeZones.clear();
    timeZones.set(name, known);
  }
  return known;
}

function hasTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** What never changes once it is there; only the API server sees both sides of an edit. */
export const SALE_TRANSITIONS: readonly Pick<Rule, 'at' | 'field' | 'cel' | 'message'>[] = [
  {
    at: 'spec.platformRef',
    field: 'name',
    cel: 'self.name == oldSelf.name',
    message: 'cannot change: stock, gate and orders are on that platform; set it back, or make a new EventSale',
  },
  {
    at: 'spec.event',
    field: 'id',
    cel: 'has(self.id) == has(oldSelf.id) && (!has(self.id) || self.id == oldSelf.id)',
    message: 'cannot change: tickets are sold for that event; set it back, or make a new EventSale',
  },
];
