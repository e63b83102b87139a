import { at, clockText, page, t, write } from './page-data.js';
import { hearTime, serverNow, until } from './server-clock.js';

const { eventId, sale } = page;
let state;
let dead = false;

async function look() {
  const started = performance.now();
  try {
    const response = await fetch(`/api/v1/events/${eventId}/waitroom/tick`);
    const tick = response.ok ? await response.json() : undefined;
    if (tick?.serverTime) hearTime(tick.serverTime, performance.now() - started);
    state = tick?.state ?? state;
  } catch {
    // The countdown goes on; the next look may succeed.
  }
  show();
  // Everybody has this page open before the opening: looks are spread, and closer only near it.
  const left = sale?.openTime ? until(sale.openTime) : 0;
  const pause = left > 60_000 ? 30_000 : 5_000;
  if (!dead) setTimeout(look, pause * (0.75 + Math.random() / 2));
}

function show() {
  const left = sale?.openTime ? until(sale.openTime) : undefined;
  const over = state === 'CLOSED' || (sale?.closeTime && until(sale.closeTime) <= 0);
  const opened = left !== undefined && left <= 0;
  dead = Boolean(over);
  const text = over
    ? t('saleOver')
    : state === 'SOLD_OUT'
      ? t('soldOut')
      : state === 'PAUSED'
        ? t('paused')
        : opened
          ? t('onSaleNow')
          : left === undefined
            ? t('notOpen')
            : t('opensIn');
  write('sale-state', text);
  at('count').hidden = opened || over || left === undefined;
  if (!at('count').hidden) write('count', clockText(left));
  at('enter').hidden = Boolean(over);
  if (opened && page.closes) write('when', over ? '' : t('closesAt', { time: page.closes }));
}

if (at('count')) {
  hearTime(page.serverTime ?? serverNow());
  show();
  setInterval(show, 500);
  look();
}
