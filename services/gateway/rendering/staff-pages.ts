import { html, type Piece } from './html.ts';
import { assetOf, document, errorLine, type Layout } from './layout.ts';
import { STAFF_TEXTS } from './staff-texts.ts';

const field = (label: string, name: string, attributes: Piece = '', help?: string): Piece =>
  html`<label>${label}<input name="${name}" ${attributes}></label>${help && html`<p class="quiet small">${help}</p>`}`;

/** The organiser's sales, and a form for a new one. */
export function organiserPage(layout: Layout): string {
  const t = STAFF_TEXTS[layout.language];
  const time = html`type="datetime-local" required`;
  const body = html`<h1>${t.sales}</h1>${errorLine}
<ul class="cards" id="sales" aria-busy="true"></ul>
<details id="new" class="panel"><summary><strong id="new-title">${t.newSale}</strong></summary>
<form id="sale">
<fieldset><legend>${t.event}</legend>${field(t.eventName, 'eventName', html`required maxlength="200"`)}
<label>${t.description}<textarea name="description" rows="3" maxlength="5000"></textarea></label><div class="pair">${field(t.startTime, 'startTime', time)}</div></fieldset>
<fieldset><legend>${t.venue}</legend><div class="pair">${field(t.venueName, 'venueName', html`required maxlength="200"`)}${field(t.address, 'address', html`maxlength="300"`)}${field(t.city, 'city', html`maxlength="300"`)}</div></fieldset>
<fieldset><legend>${t.tickets}</legend><div id="classes"></div><p><button type="button" class="quiet-button" id="add-class">${t.addTicket}</button></p></fieldset>
<fieldset><legend>${t.onSale}</legend><p class="quiet small" id="zone"></p>
<div class="pair"><div>${field(t.preQueueTime, 'preQueueTime', html`type="datetime-local"`)}<p class="quiet small">${t.preQueueHelp}</p></div>${field(t.openTime, 'openTime', time)}${field(t.closeTime, 'closeTime', time)}</div>
${field(t.expectedBuyers, 'expectedBuyers', html`type="number" min="0" max="100000000" inputmode="numeric"`)}</fieldset>
<button type="submit">${t.schedule}</button>
</form></details>`;
  return document(layout, { title: t.organiser, body, script: 'organiser', texts: t, wide: true });
}

/** One sale as it sells, with the few things that an organiser may do to it. */
export function salePage(layout: Layout): string {
  const t = STAFF_TEXTS[layout.language];
  const body = html`<p><a class="back" href="/organiser">${t.backToSales}</a></p>
<h1 id="name">…</h1>
<p class="quiet"><span id="event"></span><br><span id="window"></span></p>
<p class="facts"><span class="badge state" id="phase">…</span><span class="badge warn" id="paused" hidden>${t.isPaused}</span><span class="badge" id="approval" hidden></span><strong id="opens" role="timer" aria-live="off" hidden></strong>
<span class="link-state end" id="link" data-state="connecting"><span class="dot" aria-hidden="true"></span><span id="link-text">${t.notLive}</span></span></p>
<p id="what" role="status"></p>
<details id="details" class="quiet small" hidden><summary>${t.details}</summary><p id="message"></p></details>
${errorLine}<p id="done" class="notice good" role="status" hidden></p>
<p id="read-only" class="notice" hidden>${t.readOnly}</p>
<section class="figures" aria-label="${t.charts}" id="figures"></section>
<section id="steer" aria-labelledby="steer-title" hidden><h2 id="steer-title">${t.steer}</h2>
<div class="columns">
<form id="pause" class="panel"><label>${t.pauseMessage}<input name="message" maxlength="500"></label><button type="submit" class="quiet-button">${t.pause}</button></form>
<form id="resume" class="panel" hidden><p>${t.resumeHelp}</p><button type="submit">${t.resume}</button></form>
<form id="extend" class="panel"><label>${t.closeTime}<input name="closeTime" type="datetime-local" required></label><button type="submit" class="quiet-button">${t.extend}</button></form>
<form id="close" class="panel"><p>${t.closeHelp}</p><button type="submit" class="danger">${t.closeNow}</button></form></div></section>
<form id="cancel-event" class="panel" hidden><p>${t.cancelEventHelp}</p><button type="submit" class="danger">${t.cancelEventNow}</button></form>
<section><h2 id="by-type">${t.byType}</h2><div class="scroll" role="region" tabindex="0" aria-labelledby="by-type"><table><thead><tr><th scope="col">${t.ticketName}</th><th scope="col">${t.sold}</th><th scope="col">${t.held}</th><th scope="col">${t.quantity}</th><th scope="col">${t.revenue}</th></tr></thead><tbody id="classes"></tbody></table></div></section>
<section id="refunds" hidden><h2 id="refunds-title">${t.refunds}</h2><div class="scroll" role="region" tabindex="0" aria-labelledby="refunds-title"><table><thead><tr><td></td><th scope="col">${t.orderCount}</th><th scope="col">${t.ticketCount}</th><th scope="col">${t.money}</th></tr></thead><tbody id="sums"></tbody></table></div></section>
<p class="actions"><a id="edit" class="button quiet-button" hidden>${t.editSale}</a><button type="button" class="quiet-button" id="export">${t.exportOrders}</button><a id="buyers" class="button quiet-button" hidden>${t.buyersPage}</a></p>`;
  return document(layout, { title: t.organiser, body, script: 'organiser-sale', texts: t, wide: true });
}

export function doorPage(layout: Layout): string {
  const t = STAFF_TEXTS[layout.language];
  const way = (id: 'in' | 'out', checked: Piece) =>
    html`<label class="choice"><input type="radio" name="direction" value="${id}"${checked}><strong>${t[id]}</strong></label>`;
  const body = html`<h1>${t.door}</h1>
<div class="bar"><p class="link-state" id="link" data-state="live"><span class="dot" aria-hidden="true"></span><span id="link-text">${t.online}</span></p>
<p class="link-state"><span id="queued" role="status"></span><button type="button" class="quiet-button slim" id="sync" hidden>${t.syncNow}</button></p></div>
${errorLine}
<details id="where" class="panel slim" open><summary><strong id="where-text">${t.whereFirst}</strong></summary>
<form id="setting"><label>${t.chooseEvent}<select name="eventId" required></select></label>
<label>${t.gate}<input name="gate" required maxlength="64" pattern="[A-Za-z0-9_ .\\-]+" aria-describedby="gate-help" autocomplete="off"></label><p class="quiet small" id="gate-help">${t.gateHelp}</p>
<button type="submit" class="quiet-button">${t.done}</button></form></details>
<form id="direction"><fieldset class="two"><legend class="unseen">${t.direction}</legend>${way('in', html` checked`)}${way('out', '')}</fieldset></form>
<div id="verdict" class="verdict" role="alert" aria-atomic="true" hidden><span id="verdict-mark" class="mark"></span><strong id="verdict-text"></strong><span id="verdict-who"></span></div>
<div id="finder" class="finder" hidden><video id="view" playsinline muted aria-label="${t.cameraView}"></video></div>
<p class="actions"><button type="button" id="camera">${t.startCamera}</button><button type="button" class="quiet-button" id="light" aria-pressed="false" hidden>${t.light}</button></p><p id="no-camera" class="quiet small" hidden>${t.noCamera}</p>
<form id="typed" class="inline"><label>${t.code}<input name="code" autocomplete="off" autocapitalize="off" spellcheck="false" required></label><button type="submit" class="quiet-button">${t.check}</button></form>
<section aria-labelledby="conflicts-title"><h2 id="conflicts-title">${t.conflicts}</h2><p class="quiet" id="no-conflicts">${t.noConflicts}</p><ul class="rows" id="conflicts"></ul></section>
<section aria-labelledby="recent-title"><h2 id="recent-title">${t.recent}</h2><ul class="rows" id="recent"></ul></section>`;
  // The worker keeps what the page names, so that a code can be read after a reload without a network.
  const data = { keep: [assetOf(layout.assets, 'qr-decoder.gen.js').url] };
  return document(layout, { title: t.door, body, script: 'door', texts: t, data });
}
