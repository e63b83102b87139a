import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { REHEARSAL_CLASS } from '#proto/names.ts';
import { parseDuration } from '#runtime/duration.ts';
import { fromIso } from '#runtime/timestamp.ts';

/**
 * What is wrong with a spec, each naming the field and the mend; empty when sound. The CRD checks most of it on writing:
 * this is the same judge for objects that came past it, and for what CEL cannot know (time zones, order in UTC).
 */
export function validateSale(spec: EventSale['spec']): string[] {
  return [...scheduleProblems(spec), ...classProblems(spec), ...durationProblems(spec)];
}

function scheduleProblems({ schedule, event }: EventSale['spec']): string[] {
  const problems: string[] = [];
  const opensAt = instant('spec.schedule.opensAt', schedule.opensAt, problems);
  const closesAt = instant('spec.schedule.closesAt', schedule.closesAt, problems);
  instant('spec.event.startsAt', event.startsAt, problems);
  const preQueueAt =
    schedule.preQueueAt === undefined ? undefined : instant('spec.schedule.preQueueAt', schedule.preQueueAt, problems);
  if (opensAt !== undefined && closesAt !== undefined && closesAt <= opensAt)
    problems.push('spec.schedule.closesAt is not after opensAt: set it to a later instant');
  if (opensAt !== undefined && preQueueAt !== undefined && preQueueAt > opensAt)
    problems.push('spec.schedule.preQueueAt is after opensAt: set it to an earlier instant or leave it out');
  if (!isTimeZone(schedule.timeZone)) {
    problems.push(
      `spec.schedule.timeZone "${schedule.timeZone}" is not an IANA time zone: write it like Asia/Ho_Chi_Minh`,
    );
    return problems;
  }
  for (const name of ['preQueueAt', 'opensAt', 'closesAt'] as const) {
    const text = schedule[name];
    if (text === undefined) continue;
    const wrong = offsetProblem(text, schedule.timeZone);
    if (wrong !== undefined) problems.push(`spec.schedule.${name} ${wrong}`);
  }
  return problems;
}

function instant(field: string, text: string, problems: string[]): number | undefined {
  try {
    return fromIso(text, field);
  } catch {
    problems.push(`${field} "${text}" is not an instant: write it like 2027-01-10T10:00:00+07:00`);
    return undefined;
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Somebody who writes both an offset and a zone means one local time: they must agree, also around a clock change. */
function offsetProblem(text: string, timeZone: string): string | undefined {
  const typed = /[+-]\d\d:\d\d$/.exec(text)?.[0];
  if (typed === undefined || timeZone === 'UTC') return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const actual = name === 'GMT' ? '+00:00' : name.replace('GMT', '');
  return typed === actual
    ? undefined
    : `has offset ${typed}, but ${timeZone} is at ${actual} then: write the local time with ${actual}`;
}

function classProblems({ ticketClasses }: EventSale['spec']): string[] {
  const problems: string[] = [];
  const names = new Set<string>();
  const currency = ticketClasses[0]?.price.currency;
  if (ticketClasses.length === 0) problems.push('spec.ticketClasses is empty: add at least one class');
  for (const [index, one] of ticketClasses.entries()) {
    const field = `spec.ticketClasses[${index}]`;
    if (one.name === REHEARSAL_CLASS)
      problems.push(`${field}.name "${REHEARSAL_CLASS}" is reserved for the operator: choose another`);
    if (names.has(one.name)) problems.push(`${field}.name "${one.name}" is there twice: names must differ`);
    names.add(one.name);
    if (!(one.quantity >= 1)) problems.push(`${field}.quantity must be at least 1`);
    if (one.price.currency !== currency)
      problems.push(
        `${field}.price.currency is ${one.price.currency}, but the first class sells in ${currency}: use one currency per sale`,
      );
    if (!Number.isSafeInteger(one.price.amountMinor) || one.price.amountMinor < 0)
      problems.push(`${field}.price.amountMinor must be a whole number of minor units, 0 or more`);
  }
  return problems;
}

function durationProblems({ schedule, waitroom, onNotReady }: EventSale['spec']): string[] {
  const durations: readonly (readonly [string, string])[] = [
    ...(schedule.prescaleLead === 'Auto' ? [] : [['spec.schedule.prescaleLead', schedule.prescaleLead] as const]),
    ['spec.schedule.cooldown', schedule.cooldown],
    ['spec.schedule.startDeadline', schedule.startDeadline],
    ['spec.waitroom.checkoutTTL', waitroom.checkoutTTL],
    ['spec.waitroom.claimWindow', waitroom.claimWindow],
    ['spec.onNotReady.maxDelay', onNotReady.maxDelay],
  ];
  return durations
    .filter(([, text]) => parseDuration(text) === undefined)
    .map(([field, text]) => `${field} "${text}" is not a duration: write it like 30s, 15m or 1h30m`);
}

/** The capacity plan's refusals as sentences with a field. */
export function explainCapacityError(error: string): string {
  switch (error) {
    case 'DemandOutOfRange':
      return 'spec.demand.expectedBuyers is beyond what a platform can be planned for: lower it';
    case 'CheckoutTtlTooShort':
      return 'spec.waitroom.checkoutTTL is under one minute, too short to pay in: raise it to 60s or more';
    default:
      return `spec cannot be planned for (${error})`;
  }
}
