import { html, type Piece } from './html.ts';
import { document, errorLine, type Layout } from './layout.ts';
import { STAFF_TEXTS } from './staff-texts.ts';

const field = (label: string, name: string, attributes: Piece = '', help?: string): Piece =>
  html`<label>${label}<input name="${name}" ${attributes}></label>${help && html`<p class="quiet small">${help}</p>`}`;

/** The organiser's sales, and a form for a new one. */
export function organiserPage(layout: Layout): string {
  const t = STAFF_TEXTS[layout.language];
  const time = html`type="datetime-local" required`;
  const body = html`<h1>${t.sales}</h1>${errorLine}
<ul class="cards" id="sales" aria-busy="true"></ul>
<details id="new" class="panel"><summary><strong>${t.newSale}</strong></summary>
<form id="sale">
<fieldset><legend>${t.event}</legend>${field(t.eventName, 'eventName', html`required maxlength="200"`)}
<label>${t.description}<textarea name="description" rows="3" maxlength="5000"></textarea></label>${field(t.startTime, 'startTime', time)}</fieldset>
<fieldset><legend>${t.venue}</legend>${field(t.venueName, 'venueName', html`required maxlength="200"`)}${field(t.address, 'address', html`maxlength="300"`)}${field(t.city, 'city', html`maxlength="300"`)}</fieldset>
<fieldset><legend>${t.tickets}</legend><div id="classes"></div><p><button type="button" class="quiet-button" id="add-class">${t.addTicket}</button></p></fieldset>
<fieldset><legend>${t.onSale}</legend><p class="quiet small" id="zone"></p>
${field(t.preQueueTime, 'preQueueTime', html`type="datetime-local"`, t.preQueueHelp)}${field(t.openTime, 'openTime', time)}${field(t.closeTime, 'closeTime', time)}
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
<p class="facts"><span class="badge" id="phase">…</span><span class="badge" id="approval" hidden></span><span class="badge" id="paused" hidden>${t.isPaused}</span>
<span class="link-state" id="link" data-state="connecting"><span class="dot" aria-hidden="true"></span><span id="link-text">${t.notLive}</span></span></p>
<p id="what" role="status"></p>${errorLine}<p id="done" class="notice good" role="status" hidden></p>
<p id="read-only" class="notice" hidden>${t.readOnly}</p>
<section class="figures" aria-label="${t.charts}" id="figures"></section>
<section><h2 id="by-type">${t.byType}</h2><div class="scroll" role="region" tabindex="0" aria-labelledby="by-type"><table><thead><tr><th scope="col">${t.ticketName}</th><th scope="col">${t.sold}</th><th scope="col">${t.held}</th><th scope="col">${t.quantity}</th><th scope="col">${t.revenue}</th></tr></thead><tbody id="classes"></tbody></table></div></section>
<section id="steer" aria-labelledby="steer-title"><h2 id="steer-title">${t.steer}</h2>
<div class="columns">
<form id="pause"><label>${t.pauseMessage}<input name="message" maxlength="500"></label><button type="submit">${t.pause}</button></form>
<form id="resume" hidden><button type="submit">${t.resume}</button></form>
<form id="extend"><label>${t.closeTime}<input name="closeTime" type="datetime-local" required></label><button type="submit">${t.extend}</button></form>
<form id="close"><button type="submit" class="danger">${t.closeNow}</button></form></div></section>
<p class="actions"><button type="button" class="quiet-button" id="export">${t.exportOrders}</button><a id="buyers" class="button quiet-button" hidden>${t.buyersPage}</a></p>`;
  return document(layout, { title: t.organiser, body, script: 'organiser-sale', texts: t, wide: true });
}

export function doorPage(layout: Layout): string {
  const t = STAFF_TEXTS[layout.language];
  const way = (id: 'in' | 'out', checked: Piece) =>
    html`<label class="choice"><input type="radio" name="direction" value="${id}"${checked}><strong>${t[id]}</strong></label>`;
  const body = html`<h1>${t.door}</h1>
<p class="link-state" id="link" data-state="live"><span class="dot" aria-hidden="true"></span><span id="link-text">${t.online}</span></p>
${errorLine}
<form id="setting"><label>${t.chooseEvent}<select name="eventId" required></select></label>
<label>${t.gate}<input name="gate" required maxlength="64" pattern="[A-Za-z0-9_ .\\-]+" aria-describedby="gate-help" autocomplete="off"></label><p class="quiet small" id="gate-help">${t.gateHelp}</p>
<fieldset class="two"><legend>${t.direction}</legend>${way('in', html` checked`)}${way('out', '')}</fieldset></form>
<div id="verdict" class="verdict" role="alert" aria-atomic="true" hidden><strong id="verdict-text"></strong><span id="verdict-who"></span></div>
<p class="actions"><button type="button" id="camera">${t.startCamera}</button></p><p id="no-camera" class="quiet small" hidden>${t.noCamera}</p>
<video id="view" playsinline muted hidden></video>
<form id="typed"><label>${t.code}<input name="code" autocomplete="off" autocapitalize="off" spellcheck="false" required></label><button type="submit">${t.check}</button></form>
<p class="facts"><span id="queued"></span><button type="button" class="quiet-button" id="sync" hidden>${t.syncNow}</button></p>
<section aria-labelledby="conflicts-title"><h2 id="conflicts-title">${t.conflicts}</h2><ul class="rows" id="conflicts"><li class="quiet">${t.noConflicts}</li></ul></section>
<section aria-labelledby="recent-title"><h2 id="recent-title">${t.recent}</h2><ul class="rows" id="recent"></ul></section>`;
  return document(layout, { title: t.door, body, script: 'door', texts: t });
}
