import { call, fail, mustSignIn, onSubmit, refresh, session } from './api.js';
import { fieldToIso, isoToField } from './datetime-field.js';
import { drawChart } from './line-chart.js';
import { at, make, money, t, whole, write } from './page-data.js';

const name = decodeURIComponent(location.pathname.split('/').at(-1));
const path = `/organiser/sales/${encodeURIComponent(name)}`;
const SHOWN = ['joined', 'waiting', 'admitted', 'sold', 'held', 'revenue', 'rate'];
/** Points are thinned out when there are more, so that a page left open for a day stays small. */
const MOST_POINTS = 600;
const history = new Map(SHOWN.map((what) => [what, []]));
let sale;
let stream;
let phaseSeen;

function showSale() {
  const { content, phase, approved, approvedBy, paused, readOnly } = sale;
  write('name', content.eventName);
  document.title = `${content.eventName} · TicketBottle`;
  write('phase', phase || t('scheduled'));
  at('approval').hidden = false;
  write(
    'approval',
    approved ? (approvedBy ? t('approvedBy', { who: approvedBy }) : t('approved')) : t('awaitingApproval'),
  );
  at('paused').hidden = !paused;
  write('what', [sale.message, paused && sale.pauseMessage].filter(Boolean).join(' '));
  at('read-only').hidden = !readOnly;
  at('steer').hidden = readOnly || ['Closed', 'ScaledDown', 'Aborted'].includes(phase);
  at('pause').hidden = paused;
  at('resume').hidden = !paused;
  const { closeTime } = at('extend').elements;
  if (document.activeElement !== closeTime) closeTime.value = isoToField(content.closeTime);
  if (sale.eventId) {
    at('buyers').href = `/events/${sale.eventId}`;
    at('buyers').hidden = false;
  }
}

function showFigures(figures) {
  const now = Date.parse(figures.readTime);
  const values = { ...figures, rate: figures.ratePerSecond, revenue: figures.revenue?.amountMinor };
  for (const what of SHOWN) {
    const value = values[what];
    if (value === undefined) continue;
    const points = history.get(what);
    if ((points.at(-1)?.[0] ?? 0) >= now) continue;
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
    drawChart(box.querySelector('svg'), history.get(what), t('chartOf', { name: t(what), now: text }));
  }
  at('classes').replaceChildren(
    ...figures.classes.map((one) =>
      make(
        'tr',
        {},
        make('th', { scope: 'row' }, one.name),
        ...[whole(one.sold), whole(one.held), whole(one.total), money(one.revenue)].map((text) => make('td', {}, text)),
      ),
    ),
  );
  const seen = `${figures.phase}/${figures.paused}`;
  if (phaseSeen !== undefined && phaseSeen !== seen) read().catch(fail);
  phaseSeen = seen;
}

function figureOf(what) {
  const known = at(`figure-${what}`);
  if (known) return known;
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const box = make(
    'div',
    { class: 'figure', id: `figure-${what}` },
    make('span', { class: 'quiet' }, t(what)),
    make('strong'),
    svg,
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
    button.disabled = false;
  }
});

if (mustSignIn()) {
  read()
    .then(() => {
      listen();
      setTimeout(keepReading, 10_000);
    })
    .catch((error) =>
      fail(error.code === 'ROLE_REQUIRED' ? Object.assign(error, { message: t('notAllowed') }) : error),
    );
}
