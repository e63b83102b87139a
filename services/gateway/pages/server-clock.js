/** The server's clock as seen from here: countdowns must not trust this machine. */
let skew = 0;
let known = false;

/** `serverTime` ISO or ms, heard just now; `roundTripMs` of the call that brought it, half of which is its age. */
export function hearTime(serverTime, roundTripMs = 0) {
  const ms = typeof serverTime === 'number' ? serverTime : Date.parse(serverTime);
  if (Number.isNaN(ms)) return;
  const heard = ms + roundTripMs / 2 - Date.now();
  // Small differences are the network's; jumping for them would make countdowns stutter.
  if (!known || Math.abs(heard - skew) > 400) skew = heard;
  known = true;
}

export const serverNow = () => Date.now() + skew;
export const until = (iso) => Date.parse(iso) - serverNow();
