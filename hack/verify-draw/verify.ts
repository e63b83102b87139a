import { createHash } from 'node:crypto';
import { place } from '#runtime/permutation.ts';

/** What a room reveals at its opening; in every tick from then on. */
export interface RevealedDraw {
  /** Hex of 32 bytes; empty when every place is its number. */
  readonly seed: string;
  readonly seedCommitment: string;
  /** Numbers 1 to this one were shuffled; later ones are their own place. */
  readonly shuffledCount: number;
}

/** One line of the admissions log. */
export interface Admission {
  readonly place: number;
  readonly number: number;
  readonly userId: string;
  readonly grantTimeMs: number;
  readonly servedAtGrant: number;
}

/** Above it not every number is tried: the sample is spread over all of them. */
const TRY_ALL_BELOW = 200_000;

export function placeOf(number: number, draw: RevealedDraw): number {
  if (number > draw.shuffledCount) return number;
  return place(Buffer.from(draw.seed, 'hex'), number - 1, draw.shuffledCount) + 1;
}

/** What is wrong with the draw; empty when it is what was promised. `noted`: the commitment as it was before the opening. */
export function verifyDraw(draw: RevealedDraw, noted?: string): string[] {
  const wrong: string[] = [];
  if (noted !== undefined && noted !== draw.seedCommitment) {
    wrong.push(`the commitment is ${draw.seedCommitment} now, but was ${noted} before the opening`);
  }
  if (draw.shuffledCount === 0) return wrong;
  if (!/^[0-9a-f]{64}$/.test(draw.seed)) return [...wrong, 'the seed has not been revealed'];
  const hash = createHash('sha256').update(Buffer.from(draw.seed, 'hex')).digest('hex');
  if (hash !== draw.seedCommitment)
    wrong.push(`the seed hashes to ${hash}, not to the commitment ${draw.seedCommitment}`);
  const step = Math.max(1, Math.ceil(draw.shuffledCount / TRY_ALL_BELOW));
  const places = new Set<number>();
  let tried = 0;
  for (let number = 1; number <= draw.shuffledCount; number += step) {
    const mine = placeOf(number, draw);
    if (mine < 1 || mine > draw.shuffledCount)
      wrong.push(`number ${number} got place ${mine} of ${draw.shuffledCount}`);
    places.add(mine);
    tried++;
  }
  if (places.size !== tried) wrong.push(`${tried} numbers share ${places.size} places`);
  return wrong;
}

/** What is wrong with the admissions, by the draw: wrong places, places or accounts twice, anybody before their turn. */
export function verifyAdmissions(admissions: readonly Admission[], draw: RevealedDraw): string[] {
  const wrong: string[] = [];
  const places = new Set<number>();
  const numbers = new Set<number>();
  for (const { place: said, number, userId, servedAtGrant } of admissions) {
    const who = `number ${number} (account ${userId})`;
    if (said !== placeOf(number, draw))
      wrong.push(`${who} came in with place ${said}, but drew ${placeOf(number, draw)}`);
    if (said > servedAtGrant) wrong.push(`${who} came in before its turn: place ${said}, served ${servedAtGrant}`);
    if (places.has(said)) wrong.push(`place ${said} came in twice`);
    if (numbers.has(number)) wrong.push(`number ${number} came in twice`);
    places.add(said);
    numbers.add(number);
  }
  const inOrder = [...admissions].sort((a, b) => a.place - b.place);
  for (const [index, next] of inOrder.entries()) {
    const before = inOrder[index - 1];
    if (before !== undefined && before.grantTimeMs > next.grantTimeMs) {
      wrong.push(`place ${next.place} was let in before place ${before.place}`);
    }
  }
  return wrong;
}

/** The most that was let in above what the rate allows, over every window between two grants; 0 or less is right. */
export function rateExcess(admissions: readonly Admission[], perMinute: number, burst: number): number {
  const times = admissions.map(({ grantTimeMs }) => grantTimeMs).sort((a, b) => a - b);
  // Sweep: excess(i, j) = (j - i + 1) - burst - rate * (t_j - t_i); the best i for each j is a running minimum.
  const perMs = perMinute / 60_000;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const [index, time] of times.entries()) {
    least = Math.min(least, index - perMs * time);
    most = Math.max(most, index + 1 - perMs * time - least - burst);
  }
  return most;
}
