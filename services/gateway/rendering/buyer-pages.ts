import type { eventJson } from '../api-json.ts';
import { type PaymentProvider, PROVIDER_NAME } from '../payment-providers.ts';
import { html } from './html.ts';
import { document, errorLine, type Layout } from './layout.ts';
import { fill, TEXTS, type TextKey } from './texts.ts';
import { dateStub, moneyText, shortTimeText, timeText } from './values.ts';

export type EventView = ReturnType<typeof eventJson>;

/** What is on sale, soonest opening first as the service lists it. */
export function eventsPage(
  layout: Layout,
  listed: { readonly events: readonly EventView[]; readonly nextPageToken: string },
  nowMs: number,
): string {
  const { language } = layout;
  const t = TEXTS[language];
  const card = (event: EventView) => {
    const cheapest = event.ticketTypes
      .flatMap(({ price }) => (price === undefined ? [] : [price]))
      .sort((a, b) => a.amountMinor - b.amountMinor)[0];
    return html`<li><a class="card stub" href="/events/${event.id}">${stub(event, layout)}<div>
<h2>${event.name}</h2>
<p class="quiet">${placeOf(event)}</p>
${cheapest ? html`<p>${fill(t.from, { price: moneyText(cheapest, language) })}</p>` : ''}
<p class="facts"><span class="badge state" data-phase="${phaseOf(event, nowMs)}">${saleText(event, layout, nowMs)}</span></p>
</div></a></li>`;
  };
  const body = html`<h1>${t.events}</h1>
${listed.events.length === 0 ? html`<div class="empty"><p>${t.noEvents}</p></div>` : html`<ul class="cards">${listed.events.map(card)}</ul>`}
${listed.nextPageToken ? html`<p><a class="button quiet-button" href="/?page=${encodeURIComponent(listed.nextPageToken)}">${t.moreEvents}</a></p>` : ''}`;
  return document(layout, { title: 'TicketBottle', body, wide: true });
}

export function eventPage(layout: Layout, event: EventView, nowMs: number): string {
  const { language } = layout;
  const t = TEXTS[language];
  const { sale } = event;
  const zone = sale?.timeZone;
  const cancelled = event.state === 'CANCELLED';
  const opened = sale?.openTime !== undefined && Date.parse(sale.openTime) <= nowMs;
  const over = sale?.closeTime !== undefined && Date.parse(sale.closeTime) <= nowMs;
  const body = html`<p><a class="back" href="/">${t.backToEvents}</a></p>
<header class="hero">${stub(event, layout)}<div><h1>${event.name}</h1>
<p>${timeText(event.startTime, language, zone)}</p><p>${placeOf(event, true)}</p></div></header>
${
  cancelled
    ? html`<p class="notice">${t.cancelledEvent}</p>`
    : html`<section class="panel center" aria-labelledby="sale-state">
<h2 id="sale-state" aria-live="polite">${over ? t.saleOver : opened ? t.onSaleNow : t.opensIn}</h2>
<p id="count" class="big" role="timer" aria-live="off"${opened || over ? html` hidden` : ''}>…</p>
<p id="when" class="quiet">${over ? '' : fill(opened ? t.closesAt : t.opens, { time: timeText(opened ? sale?.closeTime : sale?.openTime, language, zone) })}</p>
<p id="enter"${over ? html` hidden` : ''}><a class="button wide-button" href="/events/${event.id}/queue">${t.enterRoom}</a></p>
${opened || over || !sale?.preQueueTime ? '' : html`<p class="quiet small">${fill(t.queueOpensAt, { time: timeText(sale.preQueueTime, language, zone) })}</p>`}
</section>`
}
${event.description ? html`<p class="pre">${event.description}</p>` : ''}
<section aria-labelledby="types"><h2 id="types">${t.ticketTypes}</h2>
<ul class="rows">${event.ticketTypes.map(
    (type) =>
      html`<li><span><strong>${type.name}</strong>${
        type.description ? html`<br><span class="quiet">${type.description}</span>` : ''
      }${type.maxPerOrder > 0 ? html`<br><span class="quiet small">${fill(t.perOrder, { n: type.maxPerOrder })}</span>` : ''}</span><strong class="price">${moneyText(type.price, language)}</strong></li>`,
  )}</ul></section>`;
  return document(layout, {
    title: event.name,
    description: event.description || placeOf(event),
    body,
    script: 'event',
    texts: some(layout, ['opensIn', 'onSaleNow', 'saleOver', 'soldOut', 'paused', 'notOpen', 'closesAt']),
    data: { eventId: event.id, serverTime: nowMs, sale, closes: timeText(sale?.closeTime, language, zone) },
  });
}

/** The waiting room. The event's name is all that it needs to know before the script asks. */
export function queuePage(layout: Layout, event: EventView): string {
  const t = TEXTS[layout.language];
  const body = html`<p><a class="back" href="/events/${event.id}">${event.name}</a></p>
<h1>${t.waitingRoom}</h1>
<p class="link-state" id="link" data-state="connecting"><span class="dot" aria-hidden="true"></span><span id="link-text">${t.joining}</span></p>
<section class="panel center room" aria-labelledby="state">
<h2 id="state">${t.joining}</h2>
<p id="count" class="big" aria-hidden="true"></p>
<p id="unit" class="quiet" aria-hidden="true"></p>
<progress id="progress" max="1" value="0" aria-hidden="true" hidden></progress>
<p id="eta" class="eta" aria-hidden="true"></p>
<p id="help" class="quiet"></p>
<p id="message" class="notice" hidden></p>
<p id="again" hidden><button type="button">${t.rejoin}</button></p>
<dl id="numbers" class="pairs" hidden><div><dt>${t.yourNumber}</dt><dd id="number"></dd></div><div id="place-pair" hidden><dt>${t.yourPlace}</dt><dd id="place"></dd></div></dl>
</section>
<p id="announce" class="unseen" role="status" aria-live="polite" aria-atomic="true"></p>
${errorLine}
<p id="elsewhere" class="center" hidden><a class="button quiet-button" href="/">${t.backToEvents}</a></p>
<section id="steps" aria-labelledby="next"><h2 id="next">${t.whatNext}</h2>
<ol class="steps"><li>${t.next1}</li><li>${t.next2}</li><li>${t.next3}</li></ol></section>
<details class="quiet small"><summary>${t.fairness}</summary><p>${t.fairnessHelp}<br><code id="commitment"></code></p></details>
<p><button type="button" class="quiet-button" id="leave" hidden>${t.leave}</button></p>`;
  return document(layout, {
    title: `${t.waitingRoom}: ${event.name}`,
    body,
    script: 'queue',
    data: { eventId: event.id },
    texts: some(layout, [
      ...(['joining', 'youAreIn', 'drawHelp', 'ahead', 'aheadSaid', 'eta', 'etaSoon', 'etaUnknown', 'wait'] as const),
      ...(['yourTurn', 'opening', 'notOpen', 'notOpenHelp', 'opensIn', 'paused', 'pausedHelp', 'soldOut'] as const),
      ...(['soldOutHelp', 'closed', 'closedHelp', 'turnPassed', 'turnPassedHelp', 'leaveSure', 'live'] as const),
      ...([
        'youAreNext',
        'youAreNextHelp',
        'queueFull',
        'queueFullHelp',
        'looking',
        'connecting',
        'noNetwork',
      ] as const),
      ...(['polling', 'reconnecting', 'offline', 'waitingTitle'] as const),
    ]),
  });
}

/** `providers`: at least one, the first of them is chosen already. */
export function choicePage(layout: Layout, event: EventView, providers: readonly PaymentProvider[]): string {
  const t = TEXTS[layout.language];
  const provider = (id: PaymentProvider, i: number) =>
    html`<label class="choice"><input type="radio" name="provider" value="${id}" required${i === 0 ? html` checked` : ''}><span><strong>${PROVIDER_NAME[id]}</strong><br><span class="quiet">${t[`${id}Help`]}</span></span></label>`;
  const body = html`<p><a class="back" href="/events/${event.id}">${event.name}</a></p>
<h1>${t.chooseTickets}</h1>
<div class="countdown" id="hold" hidden><span>${t.heldFor}</span><strong id="count" role="timer" aria-live="off"></strong></div>
<p id="announce" class="unseen" role="status" aria-live="polite"></p>
<div id="over" class="panel center" hidden><h2>${t.timeUp}</h2><p class="quiet">${t.timeUpHelp}</p><p><a class="button" href="/events/${event.id}/queue">${t.rejoin}</a></p></div>
<div id="sold-out" class="panel center" hidden><h2>${t.soldOut}</h2><p class="quiet">${t.soldOutTurnHelp}</p><p><a class="button quiet-button" href="/">${t.backToEvents}</a></p></div>
${errorLine}
<form id="choice" novalidate aria-busy="true">
<fieldset><legend>${t.ticketTypes}</legend><ul class="rows" id="classes"><li class="quiet">${t.loading}</li></ul></fieldset>
<label>${t.nameOnTicket}<input name="fullName" autocomplete="name" maxlength="200"></label>
<fieldset><legend>${t.payWith}</legend>
${providers.map(provider)}</fieldset>
<div class="sum"><span>${t.total}</span><strong id="total" aria-live="polite"></strong><button type="submit" disabled>${t.reserve}</button></div>
</form>`;
  return document(layout, {
    title: `${t.chooseTickets}: ${event.name}`,
    body,
    script: 'choice',
    data: { eventId: event.id },
    texts: some(layout, [
      ...(['available', 'soldOut', 'quantity', 'fewer', 'more', 'perOrder', 'reserve', 'reserving'] as const),
      ...(['chooseOne', 'minutesLeft', 'timeUp', 'soldOutTurnHelp', 'refusedHelp'] as const),
    ]),
  });
}

export function orderPage(layout: Layout, orderId: string): string {
  const t = TEXTS[layout.language];
  const body = html`<p><a class="back" href="/orders">${t.orders}</a></p>
<h1 id="title">${t.order}</h1>
<p id="announce" class="unseen" role="status" aria-live="polite"></p>
${errorLine}
<div id="order" aria-busy="true"><p class="quiet">${t.loading}</p></div>`;
  return document(layout, {
    title: t.order,
    body,
    script: 'order',
    data: { orderId },
    texts: some(layout, [
      ...(['order', 'holdLeft', 'pay', 'cancelOrder', 'cancelSure', 'checking', 'checkingHelp', 'declined'] as const),
      ...([
        'declinedHelp',
        'paidTitle',
        'paidHelp',
        'expiredHelp',
        'cancelledHelp',
        'refundHelp',
        'failedHelp',
        'EVENT_CANCELLED',
      ] as const),
      ...(['paymentCancelled', 'paymentCancelledHelp', 'declinedOver'] as const),
      ...([
        'toEvent',
        'pdf',
        'pdfNotReady',
        'qrOf',
        'ticketN',
        'ticketType',
        'holder',
        'total',
        'minutesLeft',
        'rejoin',
      ] as const),
      ...STATES,
    ]),
  });
}

export function ordersPage(layout: Layout): string {
  const t = TEXTS[layout.language];
  const body = html`<h1>${t.orders}</h1>${errorLine}<ul class="cards" id="orders" aria-busy="true"><li class="quiet">${t.loading}</li></ul>
<p><button type="button" class="quiet-button" id="more" hidden>${t.moreEvents}</button></p>`;
  return document(layout, {
    title: t.orders,
    body,
    script: 'orders',
    texts: some(layout, ['noOrders', 'orderedAt', 'backToEvents', ...STATES]),
  });
}

/** Where providers send buyers back to; the script knows which order it was. */
export function returnPage(layout: Layout): string {
  const t = TEXTS[layout.language];
  const body = html`<h1>${t.checking}</h1><p class="quiet">${t.checkingHelp}</p><p><a href="/orders">${t.orders}</a></p>`;
  return document(layout, { title: t.checking, body, script: 'payment-return' });
}

export function troublePage(layout: Layout, what: 'notFound' | 'unavailable'): string {
  const t = TEXTS[layout.language];
  const body = html`<h1>${t[what]}</h1><p>${t[`${what}Help`]}</p><p><a class="button" href="/">${t.backToEvents}</a></p>`;
  return document(layout, { title: t[what], body });
}

const STATES = [
  'statePENDING',
  'statePAID',
  'stateCANCELLED',
  'stateEXPIRED',
  'stateREFUNDING',
  'stateREFUNDED',
  'stateFAILED',
  'stateUNSPECIFIED',
] as const satisfies readonly TextKey[];

export function some({ language }: Layout, names: readonly TextKey[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, TEXTS[language][name]]));
}

function stub(event: EventView, { language }: Layout) {
  if (event.startTime === undefined) return html`<div class="date"></div>`;
  const { weekday, day, month } = dateStub(event.startTime, language, event.sale?.timeZone);
  // The whole time stands beside it in words.
  return html`<div class="date" aria-hidden="true"><span>${weekday}</span><strong>${day}</strong><span>${month}</span></div>`;
}

/** The colour of its dot. */
function phaseOf({ sale }: EventView, nowMs: number): string {
  if (sale?.openTime === undefined || (sale.closeTime !== undefined && Date.parse(sale.closeTime) <= nowMs))
    return 'Closed';
  return Date.parse(sale.openTime) <= nowMs ? 'Open' : 'Pending';
}

function saleText(event: EventView, { language }: Layout, nowMs: number): string {
  const t = TEXTS[language];
  const { sale } = event;
  if (sale?.closeTime !== undefined && Date.parse(sale.closeTime) <= nowMs) return t.saleOver;
  if (sale?.openTime === undefined) return t.notOpen;
  if (Date.parse(sale.openTime) <= nowMs) return t.onSaleNow;
  return fill(t.opens, { time: shortTimeText(sale.openTime, language, sale.timeZone) });
}

function placeOf({ venue }: EventView, address = false): string {
  return [venue?.name, address && venue?.address, venue?.city].filter(Boolean).join(', ');
}
