/** What is looked back on. Long enough for rooms that let in one every ten seconds, short enough for one that got slower. */
const WINDOW_MS = 90_000;
/** Less says nothing. */
const LEAST_MS = 10_000;
/** Admissions below which chance is a good part of what was seen. */
const FEW = 10;

/**
 * How long somebody still waits, by how far the queue moved while this page watched. The rate of a tick looks back a few seconds
 * only: in a room that lets in one now and then it jumps up and down, and a promise with it.
 */
export function createWaitEstimate() {
  /** `[ms by the server's clock, served]`, oldest first. */
  let seen = [];
  return {
    hear(ms, served) {
      if (Number.isNaN(ms) || ms <= (seen.at(-1)?.[0] ?? 0)) return;
      seen.push([ms, served]);
      while (seen.length > 1 && seen[1][0] <= ms - WINDOW_MS) seen.shift();
    },
    /** A pause, or another room: what was seen before says nothing about what comes. */
    forget() {
      seen = [];
    },
    /** Minutes as a range, because rates change and buyers forgive a range; undefined while nobody can say. `places` still to go. */
    minutes(places, tickRate) {
      const [[from, first] = [0, 0]] = seen;
      const [to, last] = seen.at(-1) ?? [0, 0];
      const watched = to - from >= LEAST_MS;
      const rate = watched ? ((last - first) / (to - from)) * 1000 : tickRate;
      if (!(rate > 0)) return undefined;
      const [early, late] = watched && last - first >= FEW ? [0.8, 1.3] : [0.7, 1.6];
      const minutes = places / rate / 60;
      // A burst at the opening is no rate: nobody is told "at once" by it.
      if (minutes * late < 1) return watched ? [0, 1] : undefined;
      const least = Math.max(1, Math.floor(minutes * early));
      return [least, Math.max(least + 1, Math.ceil(minutes * late))];
    },
  };
}
