import { call, fail, mustSignIn, release } from './api.js';
import { at, clockText, eventFacts, keep, make, money, page, t } from './page-data.js';
import { until } from './server-clock.js';

const { orderId } = page;
const PROVIDER = { zalopay: 'ZaloPay', payos: 'PayOS', vnpay: 'VNPay' };
const came = new URLSearchParams(location.search);
let shown = '';
let order;
let event;
let saidMinutes;

/** Drawn anew only when something changed, so that focus and what is read out stay where they are. */
function show() {
  const key = JSON.stringify([order.state, order.tickets.length, order.paymentUrl, overdue()]);
  if (key === shown) return;
  shown = key;
  const [title, ...parts] = view();
  at('title').textContent = title;
  at('announce').textContent = title;
  document.title = `${title} · TicketBottle`;
  at('order').replaceChildren(...parts, lines());
  at('order').removeAttribute('aria-busy');
  countDown();
}

const overdue = () => order.state === 'PENDING' && Boolean(order.holdExpireTime) && until(order.holdExpireTime) <= 0;
const text = (name, className = 'quiet') => make('p', { class: className }, t(name));

function view() {
  const { state } = order;
  const toEvent = make('p', {}, make('a', { class: 'button', href: `/events/${order.eventId}` }, t('toEvent')));
  if (state === 'PAID') return [t('paidTitle'), text('paidHelp'), pdf(), tickets()];
  if (state === 'PENDING' || state === 'UNSPECIFIED') {
    const returned = came.has('returned') && !came.has('declined') && !came.has('cancelled');
    const hold = make(
      'div',
      { class: 'countdown', id: 'hold' },
      make('span', {}, t('holdLeft')),
      make('strong', { id: 'count', role: 'timer', 'aria-live': 'off' }),
    );
    if (returned || overdue() || !order.paymentUrl)
      return [t('checking'), text('checkingHelp'), ...(overdue() ? [] : [hold, payAgain()])];
    if (came.has('cancelled')) return [t('paymentCancelled'), text('paymentCancelledHelp', 'notice'), hold, payAgain()];
    return [
      came.has('declined') ? t('declined') : t(`state${state}`),
      ...(came.has('declined') ? [text('declinedHelp', 'notice')] : []),
      hold,
      payAgain(),
    ];
  }
  // The provider's refusal ended the order: the link cannot be paid again.
  if (state === 'FAILED' && (came.has('declined') || order.paymentUrl)) {
    const again = make('a', { class: 'button', href: `/events/${order.eventId}/queue` }, t('rejoin'));
    return [t('declined'), text('declinedOver', 'notice'), make('p', { class: 'actions' }, again)];
  }
  const help = {
    EXPIRED: 'expiredHelp',
    CANCELLED: 'cancelledHelp',
    REFUNDING: 'refundHelp',
    REFUNDED: 'refundHelp',
    FAILED: 'failedHelp',
  };
  const why =
    state === 'FAILED' || order.failureReason === 'EVENT_CANCELLED' ? page.texts[order.failureReason] : undefined;
  return [t(`state${state}`), make('p', { class: 'quiet' }, why ?? t(help[state] ?? 'failedHelp')), toEvent];
}

function payAgain() {
  const cancel = make('button', { type: 'button', class: 'quiet-button' }, t('cancelOrder'));
  cancel.addEventListener('click', async () => {
    if (!confirm(t('cancelSure'))) return;
    cancel.disabled = true;
    try {
      order = await call('POST', `/orders/${orderId}/cancel`);
      show();
    } catch (error) {
      release(cancel);
      fail(error);
    }
  });
  const payable = order.paymentUrl && !came.has('cancelled');
  const pay =
    payable &&
    make(
      'a',
      { class: 'button', id: 'pay', href: order.paymentUrl, rel: 'external' },
      t('pay', { provider: PROVIDER[order.provider] ?? order.provider }),
    );
  if (pay) pay.addEventListener('click', () => keep.set('tb.last-order', orderId));
  return make('p', { class: 'actions' }, pay, cancel);
}

function lines() {
  const rows = order.lines.map((line) =>
    make(
      'li',
      {},
      make('span', {}, `${line.quantity} × ${line.className ?? ''}`),
      make(
        'strong',
        { class: 'price' },
        line.unitPrice ? money({ ...line.unitPrice, amountMinor: line.unitPrice.amountMinor * line.quantity }) : '',
      ),
    ),
  );
  const total =
    order.total && make('li', {}, make('span', {}, t('total')), make('strong', { class: 'price' }, money(order.total)));
  return make(
    'section',
    { 'aria-label': t('order') },
    make('h2', {}, event?.name ?? t('order')),
    make(
      'p',
      { class: 'quiet small' },
      [`${t('order')} ${order.code}`, event && eventFacts(event)].filter(Boolean).join(' · '),
    ),
    make('ul', { class: 'rows' }, ...rows, total || undefined),
  );
}

function pdf() {
  const button = make('button', { type: 'button', class: 'quiet-button', id: 'pdf' }, t('pdf'));
  button.addEventListener('click', async () => {
    button.disabled = true;
    at('error').hidden = true;
    try {
      const blob = await (await call('GET', `/orders/${orderId}/tickets.pdf`, undefined, { raw: true })).blob();
      const link = make('a', { href: URL.createObjectURL(blob), download: `tickets-${order.code}.pdf` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      if (error.code === 'TICKETS_NOT_READY') {
        at('error').textContent = t('pdfNotReady');
        at('error').hidden = false;
      } else fail(error);
    } finally {
      release(button);
    }
  });
  return make('p', { class: 'actions' }, button);
}

function tickets() {
  const of = order.tickets.length;
  const pair = (name, value) => make('div', {}, make('dt', {}, t(name)), make('dd', {}, value));
  return make(
    'ul',
    { class: 'tickets' },
    ...order.tickets.map((ticket, i) => {
      const label = t('qrOf', { n: i + 1, name: ticket.className ?? '' });
      const qr = make('div', { class: 'qr', role: 'img', 'aria-label': label });
      drawQr(qr, ticket.id).catch(fail);
      const head = make(
        'header',
        {},
        make('h2', {}, event?.name ?? t('order')),
        ...[event && eventFacts(event), t('ticketN', { n: i + 1, of })]
          .filter(Boolean)
          .map((line) => make('p', { class: 'small' }, line)),
      );
      const who = make('dl', {}, pair('ticketType', ticket.className ?? ''), pair('holder', order.fullName ?? ''));
      return make('li', { class: 'pass' }, head, who, qr);
    }),
  );
}

/** A ticket that is shown must not go dark in the queue at the door. */
async function stayAwake() {
  if (order?.state === 'PAID' && document.visibilityState === 'visible')
    await navigator.wakeLock?.request('screen').catch(() => {});
}

/** The picture comes with our token, so it is put into the page as SVG and not by its address. */
async function drawQr(box, ticketId) {
  const response = await call('GET', `/orders/${orderId}/tickets/${ticketId}/qr.svg`, undefined, { raw: true });
  const svg = new DOMParser().parseFromString(await response.text(), 'image/svg+xml').documentElement;
  svg.setAttribute('aria-hidden', 'true');
  box.replaceChildren(document.importNode(svg, true));
}

function countDown() {
  if (order?.state !== 'PENDING' || !order.holdExpireTime) return;
  const left = until(order.holdExpireTime);
  if (left <= 0) return show();
  if (!at('count')) return;
  at('count').textContent = clockText(left);
  at('hold').classList.toggle('soon', left < 60_000);
  const minutes = Math.ceil(left / 60_000);
  if (minutes !== saidMinutes && (minutes <= 2 || minutes % 5 === 0))
    at('announce').textContent = t('minutesLeft', { n: minutes });
  saidMinutes = minutes;
}

async function follow() {
  let pause = 2_000;
  try {
    order = await call('GET', `/orders/${orderId}`);
    event ??= await call('GET', `/events/${order.eventId}`).catch(() => undefined);
    at('error').hidden = true;
    show();
    void stayAwake();
    if (!['PENDING', 'UNSPECIFIED', 'REFUNDING'].includes(order.state)) return;
  } catch (error) {
    if (error.status === 404) {
      at('order').replaceChildren();
      return fail(error);
    }
    fail(error);
    pause = 4_000;
  }
  // Somebody who pays in another window is not here: no need to ask so often.
  setTimeout(follow, document.visibilityState === 'visible' ? pause : 10_000);
}

if (mustSignIn()) {
  follow();
  setInterval(countDown, 500);
  document.addEventListener('visibilitychange', stayAwake);
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
}
