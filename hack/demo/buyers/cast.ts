/** What a buyer of the demo will do once admitted. Decided before the sale, from a seed, so that a run can be repeated. */
export type Behaviour = 'pays' | 'pays-twice' | 'pays-late' | 'abandons-checkout' | 'leaves-queue' | 'never-claims';

export interface Buyer {
  readonly index: number;
  readonly email: string;
  readonly fullName: string;
  readonly behaviour: Behaviour;
  readonly quantity: number;
  readonly provider: 'zalopay' | 'payos';
  /** When after the pre-queue's start this buyer joins, as a share (0..1) of the time until shortly after the opening. */
  readonly arrival: number;
}

/** Share of each behaviour; the rest pays. */
const SHARE: Record<Exclude<Behaviour, 'pays'>, number> = {
  'pays-twice': 0.03,
  'pays-late': 0.03,
  'abandons-checkout': 0.06,
  'leaves-queue': 0.04,
  'never-claims': 0.04,
};

/** mulberry32: small, seedable, good enough to cast a play. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const FAMILY = ['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Hoàng', 'Vũ', 'Đặng', 'Bùi', 'Đỗ', 'Hồ'];
const GIVEN = [
  'An',
  'Bình',
  'Châu',
  'Dũng',
  'Giang',
  'Hạnh',
  'Khánh',
  'Linh',
  'Minh',
  'Ngọc',
  'Phúc',
  'Quỳnh',
  'Thảo',
  'Việt',
];

/** The buyers of one run. Every behaviour appears at least once when there are enough buyers to show it. */
export function cast(count: number, seed: number, run: string): Buyer[] {
  const next = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const special = Object.keys(SHARE) as Exclude<Behaviour, 'pays'>[];
  return Array.from({ length: count }, (_, index) => {
    let behaviour: Behaviour = 'pays';
    let roll = next();
    for (const name of special) {
      if (roll < SHARE[name]) {
        behaviour = name;
        break;
      }
      roll -= SHARE[name];
    }
    if (count >= 20 && index < special.length) behaviour = special[index] as Behaviour;
    const quantityRoll = next();
    return {
      index,
      email: `buyer-${run}-${index}@example.test`,
      fullName: `${pick(FAMILY)} ${pick(GIVEN)} ${pick(GIVEN)}`,
      behaviour,
      quantity: quantityRoll < 0.55 ? 1 : quantityRoll < 0.95 ? 2 : 4,
      provider: next() < 0.5 ? 'zalopay' : 'payos',
      // Most come early because the shuffle makes it no disadvantage to be relaxed; some come after the doors are open.
      arrival: next() < 0.9 ? next() * 0.9 : 0.9 + next() * 0.1,
    };
  });
}
