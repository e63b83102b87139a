import type { EventSale } from '../../api/eventsale.gen.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Somebody who writes both an offset and a zone means one local time: they must agree, also around a change of the clocks.
 * A time in UTC (`Z`) means no local time, and a sale without a zone of its own has none.
 */
export function localTimeProblems({ timeZone, ...schedule }: EventSale['spec']['schedule']): string[] {
  if (timeZone === 'UTC') return [];
  return (['preQueueAt', 'opensAt', 'closesAt'] as const).flatMap((name) => {
    const text = schedule[name];
    const problem = text === undefined ? undefined : offsetProblem(text, timeZone);
    return problem === undefined ? [] : [`spec.schedule.${name}: ${problem}`];
  });
}

function offsetProblem(text: string, timeZone: string): string | undefined {
  const [, wall, typed] = /^(.*)([+-]\d\d:\d\d)$/.exec(text) ?? [];
  if (wall === undefined || typed === undefined) return undefined;
  const actual = offsetAt(Date.parse(text), timeZone);
  if (typed === written(actual)) return undefined;
  const clock = Date.parse(`${wall}Z`);
  // A zone's offset a day before and a day after are all that it may have had at that wall time.
  const offsets = [offsetAt(clock - DAY_MS, timeZone), offsetAt(clock + DAY_MS, timeZone)];
  const valid = offsets.find((offset) => offsetAt(clock - offset * MINUTE_MS, timeZone) === offset);
  if (valid !== undefined)
    return `has offset ${typed}, but ${timeZone} is at ${written(valid)} then; write ${wall}${written(valid)}`;
  const [before = 0, after = 0] = offsets;
  const jumped = new Date(clock + (after - before) * MINUTE_MS).toISOString().slice(0, 19);
  return `names ${wall}, a local time that ${timeZone} skips when its clocks go forward; write ${jumped}${written(after)}`;
}

/** Minutes east of UTC. */
function offsetAt(ms: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(ms);
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0'] = /^GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function written(offset: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
}
