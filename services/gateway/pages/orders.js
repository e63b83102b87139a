import { call, fail, mustSignIn, release } from './api.js';
import { at, eventFacts, make, money, t, timeText } from './page-data.js';

let pageToken = '';

async function more() {
  at('more').disabled = true;
  const listed = await call('GET', `/orders?pageSize=20${pageToken && `&pageToken=${encodeURIComponent(pageToken)}`}`);
  if (!pageToken) at('orders').replaceChildren();
  pageToken = listed.nextPageToken;
  // What was refused at once never became an order: the buyer was told and chose something else.
  const orders = listed.orders.filter(({ state, paymentUrl }) => state !== 'FAILED' || paymentUrl);
  const events = await eventsOf(orders);
  for (const order of orders) at('orders').append(card(order, events.get(order.eventId)));
  if (at('orders').children.length === 0 && !pageToken) {
    const toEvents = make('a', { class: 'button', href: '/' }, t('backToEvents'));
    at('orders').append(make('li', { class: 'empty' }, make('p', {}, t('noOrders')), toEvents));
  }
  at('orders').removeAttribute('aria-busy');
  at('more').hidden = !pageToken;
  at('more').disabled = false;
}

async function eventsOf(orders) {
  const ids = [...new Set(orders.map(({ eventId }) => eventId))];
  const events = await Promise.all(ids.map((id) => call('GET', `/events/${id}`).catch(() => undefined)));
  return new Map(ids.map((id, i) => [id, events[i]]));
}

/** Colours of the dots, by what they mean elsewhere. */
const DOT = { PAID: 'Open', PENDING: 'Pending', REFUNDING: 'Pending', FAILED: 'Aborted' };

function card(order, event) {
  const what = order.lines.map((line) => `${line.quantity} × ${line.className ?? ''}`).join(', ');
  return make(
    'li',
    {},
    make(
      'a',
      { class: 'card', href: `/orders/${order.id}` },
      make('h2', {}, event?.name ?? order.code),
      event && make('p', {}, eventFacts(event)),
      make('p', {}, what),
      make(
        'p',
        { class: 'quiet small' },
        [order.code, order.createTime && t('orderedAt', { time: timeText(order.createTime) })]
          .filter(Boolean)
          .join(' · '),
      ),
      make(
        'p',
        { class: 'facts' },
        make('span', { class: 'badge state', 'data-phase': DOT[order.state] ?? 'Closed' }, t(`state${order.state}`)),
        make('span', {}, order.total ? money(order.total) : ''),
      ),
    ),
  );
}

if (mustSignIn()) more().catch(fail);
at('more').addEventListener('click', () =>
  more()
    .catch(fail)
    .finally(() => release(at('more'))),
);
