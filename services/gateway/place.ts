import { place } from '#runtime/permutation.ts';
import type { TickJson } from './api-json.ts';

/** States that are said only once the draw stands. */
const DRAWN: ReadonlySet<string> = new Set(['OPEN', 'PAUSED', 'SOLD_OUT', 'CLOSED']);

/** The place of a number by what the tick reveals; undefined before the draw. Needs no call to anybody. */
export function placeIn(tick: TickJson, number: number): number | undefined {
  if (!DRAWN.has(tick.state)) return undefined;
  if (number > tick.shuffledCount) return number;
  if (tick.seed === undefined) return undefined;
  return place(Buffer.from(tick.seed, 'hex'), number - 1, tick.shuffledCount) + 1;
}
