import { call, fail, mustSignIn, onSubmit, refresh, release, session } from './api.js';
import { fieldToIso, isoToField } from './datetime-field.js';
import { drawChart } from './line-chart.js';
import { at, clockText, locale, make, money, t, timeText, whole, write } from './page-data.js';

const name = decodeURIComponent(location.pathname.split('/').at(-1));
const path = `/organiser/sales/${encodeURIComponent(name)}`;
const OVER = new Set(['Closing', 'Closed', 'ScaledDown', 'Missed', 'Aborted']);
const SHOWN = ['sold', 'revenue', 'waiting', 'joined', 'admitted', 'held', 'rate'];
/** Points are thinned out when there are more, so that a page left open for a day stays small. */
const MOST_POINTS = 600;
const kept = `tb.figures.${name}`;
const history = new Map(SHOWN.map((what) => [what, []]));
let sale;
let stream;
let phaseSeen;
/** When the figures that are shown were read, by the server's clock. */
let shownAt = 0;

function showSale() {
  const { content, phase, approved, approvedBy, paused, readOnly } = sale;
  const state = phase || 'Pending';
  write('name', content.eventName);
  document.title = `${content.eventName} · TicketBottle`;
  write('phase', t(`phase${state}`));
  at('phase').dataset.phase = state;
  at('approval').hidden = state === 'PendingApproval';
  write(
    'approval',
    approved ? (approvedBy ? t('approvedBy', { who: approvedBy }) : t('approved')) : t('awaitingApproval'),
  );
  at('paused').hidden = !paused;
  write('what', paused && sale.pauseMessage ? `${t('isPaused')}: ${sale.pauseMessage}` : t(`help${state}`));
  write('message', sale.message);
  at('details').hidden = !sale.message;
  write('window', t('window', { from: timeText(content.openTime), to: timeText(content.closeTime) }));
  write('event', [timeText(content.startTime), content.venue.name, content.venue.city].filter(Boolean).join(' · '));
  countDown();
  at('read-only').hidden = !readOnly;
  at('steer').hidden = readOnly || OVER.has(phase);
  // Nothing sells yet: charts of nothing only look broken.
  at('figures').hidden = !sale.eventId;
  at('export').hidden = !sale.eventId;
  at('cancel-event').hidden = !sale.eventId;
  at('close').hidden = !['Open', 'SoldOut'].includes(phase);
  // Once it is being prepared only its end may change.
  at('edit').hidden = readOnly || !['', 'Pending', 'PendingApproval'].includes(phase);
  at('edit').href = `/organiser?edit=${encodeURIComponent(name)}`;
  at('pause').hidden = paused;
  at('resume').hidden = !paused;
  const { closeTime } = at('extend').elements;
  if (document.activeElement !== closeTime) closeTime.value = isoToField(content.closeTime);
  if (sale.eventId) {
    at('buyers').href = `/events/${sale.eventId}`;
    at('buyers').hidden = false;
  }
}

/** Until the opening, from a day before it. */
function countDown() {
  const left = sale ? Date.parse(sale.content.openTime) - Date.now() : 0;
  const counts = left > 0 && left < 86_400_000 && sale.approved;
  at('opens').hidden = !counts;
  if (counts) write('opens', t('opensIn', { time: clockText(left) }));
}

function showFigures(figures) {
  const now = Date.parse(figures.readTime);
  if (now <= shownAt) return;
  shownAt = now;
  // All of them at once: which is known first must not decide where it stands.
  for (const what of SHOWN) figureOf(what);
  const values = { ...figures, rate: figures.ratePerSecond, revenue: figures.revenue?.amountMinor };
  for (const what of SHOWN) {
    const value = values[what];
    if (value === undefined) continue;
    // What this machine's clock took for the past may be the server's future.
    const points = history.get(what).filter(([ms]) => ms < now);
    history.set(what, points);
    points.push([now, value]);
    if (points.length > MOST_POINTS)
      history.set(
        what,
        points.filter((_, i) => i % 2 === 0 || i > MOST_POINTS / 2),
      );
    const text =
      what === 'revenue' ? money(figures.revenue) : whole(what === 'rate' ? Math.round(value * 10) / 10 : value);
    const box = figureOf(what);
    box.querySelector('strong').textContent = what === 'sold' ? `${text} / ${whole(figures.total)}` : text;
    drawFigure(what, text);
  }
  keepHistory();
  showClasses(figures.classes);
  showRefunds(figures.totals);
  const seen = `${figures.phase}/${figures.paused}`;
  if (phaseSeen !== undefined && phaseSeen !== seen) read().catch(fail);
  phaseSeen = seen;
}

/** Before anything is prepared, what was scheduled. */
function showClasses(sold) {
  const planned = (one) => ({
    ...one,
    sold: 0,
    held: 0,
    total: one.quantity,
    revenue: { ...one.price, amountMinor: 0 },
  });
  const rows = sold.length > 0 ? sold : (sale?.content.classes ?? []).map(planned);
  at('classes').replaceChildren(
    ...rows.map((one) =>
      make(
        'tr',
        {},
        make('th', { scope: 'row' }, one.name),
        ...[whole(one.sold), whole(one.held), whole(one.total), money(one.revenue)].map((text) => make('td', {}, text)),
      ),
    ),
  );
}

/** Only where there was one: gross, what of it was given back, net. */
function showRefunds(totals) {
  at('refunds').hidden = !totals?.refunded.orders;
  if (at('refunds').hidden) return;
  const row = (what) => {
    const { orders, tickets, money: sum } = totals[what];
    const cells = [whole(orders), whole(tickets), money(sum)].map((text) => make('td', {}, text));
    return make('tr', {}, make('th', { scope: 'row' }, t(what)), ...cells);
  };
  at('sums').replaceChildren(...['gross', 'refunded', 'net'].map(row));
}

function drawFigure(what, text) {
  const points = history.get(what);
  const box = figureOf(what);
  drawChart(box.querySelector('svg'), points, t('chartOf', { name: t(what), now: text }));
  const top = Math.max(...points.map(([, value]) => value));
  const peak = what === 'revenue' ? '' : t('peak', { n: whole(Math.round(top * 10) / 10) });
  box
    .querySelector('.axis')
    .replaceChildren(
      ...[
        clock.format(points[0][0]),
        ['waiting', 'held', 'rate'].includes(what) ? peak : '',
        clock.format(points.at(-1)[0]),
      ].map((label) => make('span', {}, label)),
    );
}
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });

/** A reload goes on with the lines that were there. */
function keepHistory() {
  try {
    sessionStorage.setItem(kept, JSON.stringify([...history]));
  } catch {
    // Then they begin anew.
  }
}

function recallHistory() {
  try {
    for (const [what, points] of JSON.parse(sessionStorage.getItem(kept) ?? '[]')) {
      if (history.has(what) && points.length > 0) history.set(what, points);
    }
  } catch {
    // Not ours, or not readable.
  }
}

/** What was sold, less what was given back, before this page was opened, minute by minute; where nothing was the line is flat. */
async function recallSold() {
  const { minutes } = await call('GET', `${path}/figures/history`);
  const lines = { sold: [], revenue: [] };
  const totals = { sold: 0, revenue: 0 };
  for (const { startTime, tickets, revenue, ticketsRefunded, refunded } of minutes) {
    const start = Date.parse(startTime);
    for (const [what, more] of [
      ['sold', tickets - ticketsRefunded],
      ['revenue', (revenue?.amountMinor ?? 0) - (refunded?.amountMinor ?? 0)],
    ]) {
      lines[what].push([start, totals[what]], [start + 60_000, totals[what] + more]);
      totals[what] += more;
    }
  }
  for (const [what, points] of Object.entries(lines)) {
    const seen = history.get(what);
    const from = seen[0]?.[0] ?? Date.now();
    history.set(what, [...points.filter(([ms]) => ms < from), ...seen]);
  }
}

function figureOf(what) {
  const known = at(`figure-${what}`);
  if (known) return known;
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const box = make(
    'div',
    { class: 'figure', id: `figure-${what}` },
    make('span', { class: 'quiet' }, t(what)),
    make('strong', {}, '–'),
    svg,
    make('div', { class: 'axis quiet', 'aria-hidden': 'true' }),
  );
  at('figures').append(box);
  return box;
}

function link(live) {
  at('link').dataset.state = live ? 'live' : 'connecting';
  write('link-text', t(live ? 'live' : 'notLive'));
}

function listen() {
  stream?.close();
  const used = session()?.accessToken;
  if (!used) return void mustSignIn();
  const mine = new EventSource(`/api/v1${path}/figures/stream?access_token=${encodeURIComponent(used)}`);
  stream = mine;
  mine.addEventListener('figures', ({ data }) => {
    link(true);
    showFigures(JSON.parse(data));
  });
  mine.addEventListener('error', () => {
    if (mine !== stream) return;
    link(false);
    if (mine.readyState !== EventSource.CLOSED) return;
    setTimeout(
      async () => {
        await refresh(used);
        if (mine === stream) listen();
      },
      2_000 + Math.random() * 3_000,
    );
  });
}

async function read() {
  sale = await call('GET', path);
  showSale();
}

/** Approval and phases come from outside; figures say so only once they run. */
async function keepReading() {
  if (document.visibilityState === 'visible') await read().catch(() => {});
  setTimeout(keepReading, 10_000);
}

const act = (id, verb, body = () => undefined, sure) =>
  onSubmit(id, async (form) => {
    at('done').hidden = true;
    if (sure && !confirm(sure)) return;
    sale = await call('POST', `${path}/${verb}`, body(form));
    showSale();
    at('done').textContent = t('changed');
    at('done').hidden = false;
  });
act('pause', 'pause', ({ message }) => (message ? { message } : {}));
act('resume', 'resume');
act('extend', 'extend', ({ closeTime }) => ({ closeTime: fieldToIso(closeTime) }));
act('close', 'close', undefined, t('closeSure'));
act('cancel-event', 'cancel-event', undefined, t('cancelEventSure'));

at('export').addEventListener('click', async ({ currentTarget: button }) => {
  button.disabled = true;
  try {
    const blob = await (await call('GET', `${path}/orders.csv`, undefined, { raw: true })).blob();
    const file = make('a', { href: URL.createObjectURL(blob), download: `${name}-orders.csv` });
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 60_000);
  } catch (error) {
    fail(error);
  } finally {
    release(button);
  }
});

if (mustSignIn()) {
  recallHistory();
  setInterval(countDown, 500);
  read()
    .then(() => recallSold().catch(() => {}))
    .then(() => {
      listen();
      setTimeout(keepReading, 10_000);
    })
    .catch((error) =>
      fail(error.code === 'ROLE_REQUIRED' ? Object.assign(error, { message: t('notAllowed') }) : error),
    );
}
