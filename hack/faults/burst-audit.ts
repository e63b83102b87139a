import type { Finding } from './audit.ts';

/** What a burst of people did and was told, and what the room says once all is quiet. */
export interface BurstBooks {
  readonly people: readonly {
    readonly userId: string;
    /** Every number that this account was told. */
    readonly numbers: readonly number[];
    /** `stays`: waited for its turn. */
    readonly deed: 'stays' | 'leaves' | 'vanishes';
    readonly let: 'in' | 'too late' | 'never';
  }[];
  /** The room's own list. */
  readonly admissions: readonly { readonly userId: string; readonly place: number; readonly servedAtGrant: number }[];
  readonly room: {
    readonly issued: number;
    readonly waiting: number;
    readonly admitted: number;
    readonly abandoned: number;
    readonly voided: number;
  };
  readonly slots: number;
  readonly mostActive: number;
  /** The longest time in which nobody was let in although people waited. */
  readonly stillMs: number;
  /** Nobody can hold a place for longer than this without claiming it. */
  readonly claimWindowMs: number;
}

/** Holds a burst against I6 to I8: nobody twice, nobody forgotten, nobody held up by those who went away. Pure. */
export function auditBurst(books: BurstBooks): Finding[] {
  const findings: Finding[] = [];
  const lost = (invariant: string, detail: string) => findings.push({ kind: 'lost', invariant, detail });
  const violated = (invariant: string, detail: string) => findings.push({ kind: 'violated', invariant, detail });
  const { people, admissions, room, slots, mostActive, stillMs, claimWindowMs } = books;

  const owners = new Map<number, string>();
  for (const { userId, numbers } of people) {
    for (const number of new Set(numbers)) {
      if (owners.has(number)) violated('I7', `number ${number} was given twice`);
      owners.set(number, userId);
    }
    if (new Set(numbers).size > 1) violated('I7', `who had number ${numbers[0]} was given ${numbers.at(-1)}`);
  }
  const accounts = new Set(admissions.map(({ userId }) => userId)).size;
  const places = new Set(admissions.map(({ place }) => place)).size;
  if (accounts < admissions.length) violated('I7', `${admissions.length - accounts} accounts were let in again`);
  if (places < admissions.length)
    violated('I7', `${admissions.length - places} places were given to somebody else too`);
  const early = admissions.filter(({ place, servedAtGrant }) => place > servedAtGrant).length;
  if (early > 0) violated('I7', `${early} were let in before their turn`);
  if (mostActive > slots) violated('I6', `${mostActive} inside, ${slots} allowed`);

  const staying = people.filter(({ deed }) => deed === 'stays');
  const late = staying.filter((one) => one.let === 'too late').length;
  const never = staying.filter((one) => one.let === 'never').length;
  if (late > 0) lost('I8', `${late} who waited for their turn were told that they came too late`);
  if (never > 0) lost('I8', `${never} who waited were never let in`);
  if (stillMs > claimWindowMs) lost('I8', `nobody was let in for ${Math.round(stillMs)} ms while people waited`);
  if (room.issued !== people.length) violated('I8', `${room.issued} numbers for ${people.length} accounts`);
  if (room.waiting > 0) lost('I8', `${room.waiting} still wait`);
  const leak = room.issued - room.waiting - room.admitted - room.abandoned - room.voided;
  if (leak !== 0) lost('I8', `${leak} places are neither waiting, let in, given up nor void`);
  return findings;
}
