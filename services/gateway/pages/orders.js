import { call, fail, mustSignIn } from './api.js';
import { at, make, money, t, timeText } from './page-data.js';

let pageToken = '';

async function more() {
  at('more').disabled = true;
  const listed = await call('GET', `/orders?pageSize=20${pageToken && `&pageToken=${encodeURIComponent(pageToken)}`}`);
  if (!pageToken) at('orders').replaceChildren();
  pageToken = listed.nextPageToken;
  const names = await namesOf(listed.orders);
  for (const order of listed.orders) at('orders').append(card(order, names.get(order.eventId)));
  if (at('orders').children.length === 0) {
    const toEvents = make('a', { class: 'button', href: '/' }, t('backToEvents'));
    at('orders').append(make('li', { class: 'empty' }, make('p', {}, t('noOrders')), toEvents));
  }
  at('orders').removeAttribute('aria-busy');
  at('more').hidden = !pageToken;
  at('more').disabled = false;
}

async function namesOf(orders) {
  const ids = [...new Set(orders.map(({ eventId }) => eventId))];
  const events = await Promise.all(ids.map((id) => call('GET', `/events/${id}`).catch(() => undefined)));
  return new Map(ids.map((id, i) => [id, events[i]?.name]));
}

/** Colours of the dots, by what they mean elsewhere. */
const DOT = { PAID: 'Open', PENDING: 'Pending', REFUNDING: 'Pending', FAILED: 'Aborted' };

function card(order, name) {
  const what = order.lines.map((line) => `${line.quantity} × ${line.className ?? ''}`).join(', ');
  return make(
    'li',
    {},
    make(
      'a',
      { class: 'card', href: `/orders/${order.id}` },
      make('h2', {}, name ?? order.code),
      make('p', {}, what),
      make(
        'p',
        { class: 'quiet small' },
        [order.code, order.createTime && timeText(order.createTime)].filter(Boolean).join(' · '),
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
at('more').addEventListener('click', () => more().catch(fail));
