import { call, fail, mustSignIn, Problem, refresh, session } from './api.js';
import { at, clockText, keep, page, t, whole, write } from './page-data.js';
import { hearTime, until } from './server-clock.js';
import { createWaitEstimate } from './wait-estimate.js';

const { eventId } = page;
const room = `/events/${eventId}/waitroom`;
let number;
let place;
/** The room that drew `place`; in a rebuilt one it means nothing. */
let placeEpoch = 0;
let tick;
let stream;
let lastEventId = '';
let lastHeardAt = 0;
/** The last word of the stream itself, which polls do not count for. */
let streamHeardAt = 0;
let streamFailures = 0;
let claiming = false;
let stopped = false;
/** There was no room for one more when we last asked. */
let full = false;
/** Places ahead when this visit began, for the bar. */
let aheadAtFirst = 0;
const estimate = createWaitEstimate();

/** Joining again gives the same number: after a reload, in a second tab, after a lost connection. */
async function join() {
  const started = performance.now();
  const joined = await call('POST', `${room}/join`);
  number = joined.number;
  place = joined.place;
  placeEpoch = joined.epoch;
  stopped = full = false;
  at('leave').hidden = false;
  at('again').hidden = true;
  if (joined.tick) hear(joined.tick, performance.now() - started);
}

function listen() {
  stream?.close();
  if (stopped || !session()) return;
  const used = session().accessToken;
  const query = new URLSearchParams({ access_token: used, ...(lastEventId && { lastEventId }) });
  const mine = new EventSource(`/api/v1${room}/stream?${query}`);
  stream = mine;
  const alive = () => {
    streamFailures = 0;
    streamHeardAt = Date.now();
    link('live');
  };
  mine.addEventListener('place', ({ data }) => {
    alive();
    const heard = JSON.parse(data);
    number = heard.number || number;
    place = heard.place ?? (heard.epoch === placeEpoch ? place : undefined);
    placeEpoch = heard.epoch;
    show();
  });
  mine.addEventListener('tick', ({ data, lastEventId: id }) => {
    alive();
    lastEventId = id;
    hear(JSON.parse(data));
  });
  mine.addEventListener('void', () => {
    // The room was rebuilt; everybody joins again.
    mine.close();
    place = undefined;
    lastEventId = '';
    start().catch(fail);
  });
  mine.addEventListener('error', () => {
    if (mine !== stream) return;
    streamFailures++;
    link(navigator.onLine ? (streamFailures > 1 ? 'polling' : 'connecting') : 'offline');
    // A dropped connection comes back by itself; a refused one does not: the token may have ended, or streams may be blocked here.
    if (mine.readyState !== EventSource.CLOSED) return;
    const pause = Math.min(30_000, 1_000 * 2 ** Math.min(streamFailures, 5)) * (0.5 + Math.random());
    setTimeout(async () => {
      if (mine !== stream) return;
      const soonOver = streamFailures > 1 && navigator.onLine;
      if (soonOver) await refresh(used);
      if (!session()) return void mustSignIn();
      listen();
    }, pause);
  });
}

/** A stream that says nothing for so long is dead although nobody was told: a phone changed networks. */
const DEAD_MS = 45_000;

/** While the stream is silent: the tick that caches may keep, and the place when it is drawn. */
async function poll() {
  if (stream?.readyState === EventSource.OPEN && Date.now() - streamHeardAt > DEAD_MS && navigator.onLine) {
    streamHeardAt = Date.now();
    listen();
  }
  if (!stopped && Date.now() - lastHeardAt > 6_000 && navigator.onLine) {
    try {
      const started = performance.now();
      hear(await call('GET', `${room}/tick`), performance.now() - started);
      if (stream?.readyState !== EventSource.OPEN) link('polling');
      if (number && place === undefined && ['OPEN', 'SOLD_OUT', 'PAUSED'].includes(tick.state)) await join();
    } catch (error) {
      if (error.code === 'network') link('offline');
    }
  }
  setTimeout(poll, 3_000 + Math.random() * 2_000);
}

function hear(next, roundTripMs) {
  // Never back: a poll may be answered from a cache that is older than what the stream said.
  if (tick && (next.epoch < tick.epoch || (next.serverTime ?? '') < (tick.serverTime ?? ''))) return;
  if (next.epoch > placeEpoch) place = undefined;
  if (next.state !== 'OPEN' || next.epoch !== tick?.epoch) estimate.forget();
  if (next.state === 'OPEN') estimate.hear(Date.parse(next.serverTime), next.served);
  tick = next;
  lastHeardAt = Date.now();
  if (tick.serverTime) hearTime(tick.serverTime, roundTripMs);
  show();
  if (tick.state === 'OPEN' && place && place <= tick.served) claim().catch(fail);
}

async function claim() {
  if (claiming || stopped) return;
  claiming = true;
  try {
    const admission = await call('POST', `${room}/claim`);
    keep.set(`tb.admission.${eventId}`, admission);
    say(t('yourTurn'), true);
    // Not an entry of its own in the history: Back leads to the event, not into this page that would lead on again.
    location.replace(`/events/${eventId}/tickets`);
  } catch (error) {
    claiming = false;
    if (error.code === 'CLAIM_EXPIRED') return turnPassed();
    // Slots are full for the moment, or the network is away: the next tick tries again.
    if (error instanceof Problem && (error.status === 409 || error.status === 0 || error.status >= 500)) return;
    throw error;
  }
}

function turnPassed() {
  stopped = true;
  stream?.close();
  at('again').hidden = false;
  paint({ title: t('turnPassed'), help: t('turnPassedHelp') });
  say(`${t('turnPassed')}. ${t('turnPassedHelp')}`, true);
}

function show() {
  if (!tick || stopped) return;
  const untilOpen = tick.openTime ? until(tick.openTime) : undefined;
  const view = { title: '', count: '', unit: '', eta: '', help: '', share: undefined };
  const ahead = place ? Math.max(0, place - tick.served - 1) : undefined;
  if (tick.state === 'CLOSED') Object.assign(view, { title: t('closed'), help: t('closedHelp') });
  else if (tick.state === 'SOLD_OUT') Object.assign(view, { title: t('soldOut'), help: t('soldOutHelp') });
  else if (tick.state === 'PAUSED') Object.assign(view, { title: t('paused'), help: t('pausedHelp') });
  else if (full && !number) Object.assign(view, { title: t('queueFull'), help: t('queueFullHelp') });
  else if (place && tick.state === 'OPEN' && place <= tick.served) {
    Object.assign(view, { title: t('yourTurn'), help: t('opening') });
  } else if (place && tick.state === 'OPEN') {
    aheadAtFirst = Math.max(aheadAtFirst, ahead);
    if (ahead === 0) Object.assign(view, { title: t('youAreNext'), help: t('youAreNextHelp') });
    else
      Object.assign(view, { title: t('waitingTitle'), count: whole(ahead), unit: t('ahead'), eta: etaText(ahead + 1) });
    view.share = aheadAtFirst > 0 ? 1 - ahead / aheadAtFirst : undefined;
  } else {
    const title = number ? t('youAreIn') : t('notOpen');
    Object.assign(view, { title, help: number ? t('drawHelp') : t('notOpenHelp') });
    if (untilOpen > 0) Object.assign(view, { count: clockText(untilOpen), unit: t('opensIn') });
  }
  paint(view);
  over(tick.state === 'CLOSED');
  write('commitment', tick.seedCommitment ?? '');
  at('message').hidden = !tick.message;
  write('message', tick.message ?? '');
  at('numbers').hidden = !number;
  write('number', number ? whole(number) : '');
  at('place-pair').hidden = !place;
  write('place', place ? whole(place) : '');
  // States at once, numbers seldom: a screen reader must not talk without end.
  const counting = view.unit === t('ahead');
  const said = counting ? t('aheadSaid', { n: view.count, eta: view.eta }) : `${view.title}. ${view.help}`;
  say([said, tick.message].filter(Boolean).join(' '), said.split('.')[0] !== saidState, counting);
  if (!counting) saidState = said.split('.')[0];
  else saidState = 'counting';
  document.title = `${counting ? `${view.count} · ` : ''}${view.title}`;
}

/** Nothing more happens here: no next steps, and no queue to leave. */
function over(yes) {
  at('steps').hidden = yes;
  at('leave').hidden = yes || !number;
  at('elsewhere').hidden = !yes;
}

function paint({ title, count = '', unit = '', eta = '', help = '', share }) {
  write('state', title);
  write('count', count);
  write('unit', unit);
  write('eta', eta);
  write('help', help);
  at('progress').hidden = share === undefined;
  if (share !== undefined) at('progress').value = share;
}

function etaText(places) {
  const range = estimate.minutes(places, tick.ratePerSecond);
  if (range === undefined) return t('etaUnknown');
  const [from, to] = range;
  return from === 0 ? t('etaSoon') : t('eta', { from, to });
}

let saidState;
let saidAt = 0;
let saidText = '';
function say(text, newState, counting = false) {
  if (text === saidText) return;
  if (counting ? saidState === 'counting' && Date.now() - saidAt < 20_000 : !newState) return;
  saidAt = Date.now();
  saidText = text;
  at('announce').textContent = text;
}

const LINK = { live: 'live', looking: 'looking', polling: 'polling', connecting: 'reconnecting', offline: 'offline' };
/** Who has no place yet is promised none. */
const LINK_BEFORE = { ...LINK, connecting: 'connecting', offline: 'noNetwork' };
function link(state) {
  if (at('link').dataset.state === state) return;
  const lost = state === 'offline' && at('link').dataset.state !== 'offline';
  at('link').dataset.state = state;
  const words = t((number ? LINK : LINK_BEFORE)[state]);
  write('link-text', words);
  if (lost) at('announce').textContent = words;
}

async function start() {
  if (!mustSignIn()) return;
  try {
    await join();
  } catch (error) {
    const early = ['NOT_ARMED', 'NOT_YET'].includes(error.details?.state);
    if (error.code === 'SOLD_OUT' || (error.code === 'ROOM_CLOSED' && early)) return await waitForRoom();
    if (error.code === 'QUEUE_FULL') {
      full = true;
      return await waitForRoom();
    }
    if (error.code === 'ROOM_CLOSED') {
      stopped = true;
      link('live');
      over(true);
      return paint({ title: t('closed'), help: t('closedHelp') });
    }
    // Somebody who waits must not have to press a button because one call failed.
    if (error.status === 0 || error.status >= 500 || error.status === 429) {
      link(error.status === 0 ? 'offline' : 'connecting');
      return void setTimeout(() => start().catch(fail), (error.retryAfterS ?? 2) * 1000 * (1 + Math.random()));
    }
    throw error;
  }
  listen();
}

/** Before the waiting room opens, or while nothing is left: looks now and then, joins when it can. */
async function waitForRoom() {
  try {
    hear(await call('GET', `${room}/tick`));
    link('looking');
  } catch {
    paint({ title: t('notOpen'), help: t('notOpenHelp') });
  }
  setTimeout(() => start().catch(fail), 4_000 + Math.random() * 3_000);
}

at('leave').addEventListener('click', async () => {
  if (!confirm(t('leaveSure'))) return;
  try {
    await call('POST', `${room}/leave`);
    stopped = true;
    stream?.close();
    location.assign(`/events/${eventId}`);
  } catch (error) {
    fail(error);
  }
});
at('again').addEventListener('click', async () => {
  try {
    await call('POST', `${room}/leave`).catch(() => {});
    tick = undefined;
    claiming = false;
    aheadAtFirst = 0;
    await start();
  } catch (error) {
    fail(error);
  }
});
addEventListener('offline', () => link('offline'));
addEventListener('online', () => {
  link('connecting');
  streamFailures = 0;
  listen();
});
addEventListener('pagehide', () => stream?.close());
// Coming back with the Back button, or to a phone that slept: what is shown is old.
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return;
  claiming = false;
  start().catch(fail);
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && stream?.readyState === EventSource.CLOSED) listen();
});

setInterval(show, 500);
start().catch(fail);
setTimeout(poll, 5_000);
