/** The bounds between which the server's clock minus ours must lie, ms. */
interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Clocks drift: what was learned longer ago than this no longer bounds anything. */
const LEARN_FOR_MS = 60_000;

/**
 * The API server's clock against ours, from the `Date` of its answers. A date is cut to the second, so one answer says little;
 * a minute of answers at different parts of a second narrows it down to some tens of milliseconds.
 */
export class ServerClock {
  #learned: Bounds | undefined;
  #learning: Bounds | undefined;
  #since = Number.NEGATIVE_INFINITY;

  /** One answer: its date, and our wall clock when it was asked for and when it came. */
  answered(date: string | undefined, sentMs: number, receivedMs: number, monotonicMs: number): void {
    const second = date === undefined ? Number.NaN : Date.parse(date);
    // A clock that was set back meanwhile measures nothing.
    if (Number.isNaN(second) || receivedMs < sentMs) return;
    if (monotonicMs - this.#since >= LEARN_FOR_MS) {
      this.#learned = this.#learning;
      this.#learning = undefined;
      this.#since = monotonicMs;
    }
    const seen = { low: second - receivedMs, high: second + 1000 - sentMs };
    this.#learning = both(this.#learning, seen) ?? seen;
    // A clock that jumped contradicts what was known of it.
    if (both(this.#learned, this.#learning) === undefined) this.#learned = undefined;
  }

  /** How far the server's clock is from ours at least, ms; 0 where they may agree, undefined before the first answer. */
  offsetMs(): number | undefined {
    const bounds = both(this.#learned, this.#learning);
    if (bounds === undefined) return undefined;
    if (bounds.low > 0) return bounds.low;
    return Math.min(bounds.high, 0);
  }
}

/** What both allow; one that is not known allows everything. Undefined where they contradict each other, or both are not known. */
function both(one: Bounds | undefined, two: Bounds | undefined): Bounds | undefined {
  if (one === undefined || two === undefined) return one ?? two;
  const bounds = { low: Math.max(one.low, two.low), high: Math.min(one.high, two.high) };
  return bounds.low <= bounds.high ? bounds : undefined;
}
