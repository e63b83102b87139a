import { call, fail, mustSignIn, onSubmit } from './api.js';
import { at, clockText, keep, make, money, page, t, whole } from './page-data.js';
import { until } from './server-clock.js';

const { eventId } = page;
const kept = `tb.admission.${eventId}`;
const toQueue = () => location.replace(`/events/${eventId}/queue`);
let admission = keep.get(kept);
let classes = [];
let ended = false;
/** Chosen quantities by class, kept over reloads. */
const chosen = new Map(Object.entries(keep.get(`tb.chosen.${eventId}`) ?? {}));

/** Claiming again gives the same turn: another tab may have it, or this page was opened by its address. */
async function admit() {
  if (admission && until(admission.expireTime) > 0) return true;
  try {
    admission = await call('POST', `/events/${eventId}/waitroom/claim`);
    keep.set(kept, admission);
    return true;
  } catch (error) {
    keep.set(kept, undefined);
    if (error.status === 0 || error.status >= 500) throw error;
    toQueue();
    return false;
  }
}

async function readClasses() {
  ({ classes } = await call('GET', `/events/${eventId}/ticket-classes`));
  for (const one of classes) draw(one);
  const shown = new Set(classes.map((one) => `class-${one.ticketClassId}`));
  for (const row of [...at('classes').children]) if (!shown.has(row.id)) row.remove();
  sum();
  showWhatIsLeft();
}

/** While nothing is left there is nothing to choose; tickets that come back are shown as long as the turn lasts. */
function showWhatIsLeft() {
  if (ended) return;
  const gone = classes.length > 0 && classes.every(({ available }) => available === 0);
  if (gone && at('sold-out').hidden) at('announce').textContent = `${t('soldOut')}. ${t('soldOutTurnHelp')}`;
  at('sold-out').hidden = !gone;
  at('choice').hidden = gone;
  if (gone) at('error').hidden = true;
}

function limit(one) {
  return Math.max(0, Math.min(one.available, one.maxPerOrder || 4));
}

function draw(one) {
  const id = `class-${one.ticketClassId}`;
  let row = at(id);
  if (!row) {
    const input = make('input', {
      ...{ id: `${id}-n`, type: 'number', inputmode: 'numeric', min: 0, value: chosen.get(one.ticketClassId) ?? 0 },
      'aria-label': t('quantity', { name: one.name }),
    });
    const step = (by, label, text) => {
      const button = make(
        'button',
        { type: 'button', class: 'quiet-button', 'aria-label': t(label, { name: one.name }) },
        text,
      );
      button.addEventListener('click', () => set(one.ticketClassId, Number(input.value) + by));
      return button;
    };
    input.addEventListener('change', () => set(one.ticketClassId, Number(input.value)));
    const stepper = make('span', { class: 'stepper' }, step(-1, 'fewer', '−'), input, step(1, 'more', '+'));
    const text = make(
      'span',
      {},
      make('strong', {}, one.name),
      make('br'),
      money(one.price),
      make('br'),
      make('span', { class: 'quiet small left' }),
    );
    row = make('li', { id }, text, stepper);
    at('classes').append(row);
  }
  const left =
    one.available === 0
      ? t('soldOut')
      : `${t('available', { n: whole(one.available) })} · ${t('perOrder', { n: one.maxPerOrder || 4 })}`;
  row.querySelector('.left').textContent = left;
  const input = at(`${id}-n`);
  input.max = limit(one);
  if (Number(input.value) > limit(one)) set(one.ticketClassId, limit(one));
  row.querySelector('.stepper').hidden = one.available === 0;
}

function set(classId, wanted) {
  const one = classes.find(({ ticketClassId }) => ticketClassId === classId);
  const quantity = Math.max(0, Math.min(limit(one), Math.floor(wanted) || 0));
  at(`class-${classId}-n`).value = quantity;
  chosen.set(classId, quantity);
  keep.set(`tb.chosen.${eventId}`, Object.fromEntries(chosen));
  sum();
}

function lines() {
  return classes
    .map((one) => ({ one, quantity: Number(at(`class-${one.ticketClassId}-n`)?.value ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
}

function sum() {
  const picked = lines();
  const currency = classes[0]?.price.currency ?? 'VND';
  const amountMinor = picked.reduce((all, { one, quantity }) => all + one.price.amountMinor * quantity, 0);
  at('total').textContent = money({ amountMinor, currency });
}

async function order({ provider, fullName }, form) {
  const picked = lines();
  if (picked.length === 0) {
    at('error').textContent = t('chooseOne');
    at('error').hidden = false;
    at('classes').querySelector('input')?.focus();
    return;
  }
  const button = form.querySelector('[type=submit]');
  button.textContent = t('reserving');
  // The same key for the same attempt: pressing twice, a second tab or a lost answer make one order.
  const attempt = keep.get(`tb.attempt.${eventId}`) ?? 0;
  try {
    const made = await call(
      'POST',
      '/orders',
      {
        eventId,
        provider,
        admissionToken: admission.admissionToken,
        ...(fullName ? { fullName } : {}),
        returnUrl: `${location.origin}/payment/return`,
        language: page.language,
        lines: picked.map(({ one, quantity }) => ({ ticketClassId: one.ticketClassId, quantity })),
      },
      { key: `web-${admission.admissionToken.slice(-40)}-${attempt}` },
    );
    if (made.state === 'FAILED' && !made.paymentUrl) {
      keep.set(`tb.attempt.${eventId}`, attempt + 1);
      return await refused(made.failureReason);
    }
    keep.set(kept, undefined);
    keep.set('tb.last-order', made.id);
    keep.set(`tb.chosen.${eventId}`, undefined);
    location.replace(`/orders/${made.id}`);
  } catch (error) {
    // A refusal ends the attempt and the turn is still ours; without an answer it may have been taken: asked again as the same.
    if (error.status >= 400 && error.status < 500) keep.set(`tb.attempt.${eventId}`, attempt + 1);
    if (error.code === 'TOKEN_USED') location.replace('/orders');
    // The turn of who was signed in here before.
    if (error.code === 'TOKEN_FOREIGN') {
      keep.set(kept, undefined);
      return toQueue();
    }
    if (error.code === 'TOKEN_EXPIRED') end();
    await readClasses().catch(() => {});
    throw error;
  } finally {
    button.textContent = t('reserve');
  }
}

/** No order came of it and nothing was charged. The turn is still ours, to choose something else. */
async function refused(reason) {
  const { provider } = at('choice').elements;
  // One that is switched off is not offered again; the next one is chosen in its place.
  if (reason === 'PROVIDER_OFF') {
    const ways = [...at('choice').querySelectorAll('[name=provider]')];
    for (const way of ways) if (way.value === provider.value) way.disabled = true;
    const next = ways.find(({ disabled }) => !disabled);
    if (next) next.checked = true;
  }
  await readClasses().catch(() => {});
  at('error').textContent = page.texts[reason] ?? t('refusedHelp');
  at('error').hidden = false;
  at('error').scrollIntoView({ block: 'nearest' });
}

function end() {
  if (ended) return;
  ended = true;
  keep.set(kept, undefined);
  at('over').hidden = false;
  at('sold-out').hidden = true;
  at('choice').hidden = true;
  at('hold').hidden = true;
  at('announce').textContent = t('timeUp');
}

let saidMinutes;
function countDown() {
  if (ended || !admission) return;
  const left = until(admission.expireTime);
  if (left <= 0) return end();
  at('hold').hidden = false;
  at('hold').classList.toggle('soon', left < 60_000);
  at('count').textContent = clockText(left);
  const minutes = Math.ceil(left / 60_000);
  if (minutes !== saidMinutes && (minutes <= 2 || minutes % 5 === 0))
    at('announce').textContent = t('minutesLeft', { n: minutes });
  saidMinutes = minutes;
}

async function keepReading() {
  if (document.visibilityState === 'visible' && !ended) await readClasses().catch(() => {});
  setTimeout(keepReading, 4_000 + Math.random() * 2_000);
}

try {
  if (mustSignIn() && (await admit())) {
    countDown();
    setInterval(countDown, 500);
    await readClasses();
    at('choice').elements.fullName.value ||= (await call('GET', '/me').catch(() => ({}))).fullName ?? '';
    at('choice').removeAttribute('aria-busy');
    at('classes').querySelector('.quiet:not(.small)')?.remove();
    at('choice').querySelector('[type=submit]').disabled = false;
    setTimeout(keepReading, 4_000);
  }
} catch (error) {
  fail(error);
  setTimeout(() => location.reload(), 5_000);
}
onSubmit('choice', order);
// Another tab has used the turn: one turn, one order.
addEventListener('storage', ({ key }) => {
  if (key === 'tb.last-order' && !keep.get(kept)) location.replace(`/orders/${keep.get('tb.last-order')}`);
});
