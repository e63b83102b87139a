import { call, fail, mustSignIn, onSubmit } from './api.js';
import { fieldToIso, isoToField, zone } from './datetime-field.js';
import { at, make, t, timeText, whole } from './page-data.js';

let rows = 0;
/** The sale that is changed here instead of a new one being made, and what of it has no field. */
const editing = new URLSearchParams(location.search).get('edit');
let before;

function addClass() {
  const n = rows++;
  const field = (label, name, attributes) =>
    make('label', {}, t(label), make('input', { name: `${name}-${n}`, ...attributes }));
  const remove = make('button', { type: 'button', class: 'quiet-button' }, t('removeTicket'));
  const row = make(
    'div',
    { class: 'ticket-class', 'data-n': n },
    field('ticketName', 'className', { required: true, maxlength: 63 }),
    field('price', 'price', { type: 'number', min: 0, step: 1000, required: true, inputmode: 'numeric' }),
    field('quantity', 'quantity', { type: 'number', min: 1, max: 1_000_000, required: true, inputmode: 'numeric' }),
    field('maxPerOrder', 'maxPerOrder', { type: 'number', min: 1, max: 1000, value: 4, inputmode: 'numeric' }),
    field('maxPerAccount', 'maxPerAccount', { type: 'number', min: 0, max: 1000, inputmode: 'numeric' }),
    remove,
  );
  remove.addEventListener('click', () => {
    row.remove();
    removable();
  });
  at('classes').append(row);
  removable();
  return row;
}

/** The last one stays: a sale without tickets is none. */
function removable() {
  const all = at('classes').querySelectorAll('button');
  for (const button of all) button.hidden = all.length === 1;
}

function contentOf(form) {
  const text = (name) => form[name]?.trim() || undefined;
  const classes = [...at('classes').children].map(({ dataset: { n } }) => ({
    ...kept(before?.content.classes[n], ['description']),
    name: form[`className-${n}`].trim(),
    quantity: Number(form[`quantity-${n}`]),
    price: { amountMinor: Number(form[`price-${n}`]), currency: before?.content.classes[n]?.price.currency ?? 'VND' },
    ...(form[`maxPerOrder-${n}`] ? { maxPerOrder: Number(form[`maxPerOrder-${n}`]) } : {}),
    ...(form[`maxPerAccount-${n}`] ? { maxPerAccount: Number(form[`maxPerAccount-${n}`]) } : {}),
  }));
  return {
    ...kept(before?.content, ['peakJoinsPerSecond']),
    eventName: text('eventName'),
    ...(text('description') ? { description: text('description') } : {}),
    venue: {
      ...kept(before?.content.venue, ['country']),
      name: text('venueName'),
      ...(text('address') ? { address: text('address') } : {}),
      ...(text('city') ? { city: text('city') } : {}),
    },
    startTime: fieldToIso(form.startTime),
    classes,
    ...(form.preQueueTime ? { preQueueTime: fieldToIso(form.preQueueTime) } : {}),
    openTime: fieldToIso(form.openTime),
    closeTime: fieldToIso(form.closeTime),
    timeZone: zone,
    ...(form.expectedBuyers ? { expectedBuyers: Number(form.expectedBuyers) } : {}),
  };
}

const kept = (from, names) =>
  Object.fromEntries(names.filter((name) => from?.[name]).map((name) => [name, from[name]]));

/** Puts a sale into the form. */
function fill({ content }) {
  const { elements } = at('sale');
  const set = (name, value) => {
    elements[name].value = value ?? '';
  };
  for (const name of ['eventName', 'description', 'expectedBuyers']) set(name, content[name]);
  set('venueName', content.venue.name);
  for (const name of ['address', 'city']) set(name, content.venue[name]);
  for (const name of ['startTime', 'preQueueTime', 'openTime', 'closeTime'])
    set(name, content[name] && isoToField(content[name]));
  for (const [n, one] of content.classes.entries()) {
    if (n > 0) addClass();
    set(`className-${n}`, one.name);
    set(`price-${n}`, one.price.amountMinor);
    set(`quantity-${n}`, one.quantity);
    set(`maxPerOrder-${n}`, one.maxPerOrder || '');
    set(`maxPerAccount-${n}`, one.maxPerAccount || '');
  }
  at('new-title').textContent = t('editSale');
  at('sale').querySelector('[type=submit]').textContent = t('saveSale');
  at('new').open = true;
}

/** The field whose time does not fit the one before it. */
function wrongOrder({ preQueueTime, openTime, closeTime, startTime }) {
  if (preQueueTime && preQueueTime >= openTime) return 'preQueueTime';
  if (closeTime <= openTime) return 'closeTime';
  if (startTime <= openTime) return 'startTime';
  return undefined;
}

/** Said at the field, as browsers say what they check themselves. */
function complain(field, text) {
  field.setCustomValidity(text);
  field.reportValidity();
  field.form.addEventListener('input', () => field.setCustomValidity(''), { once: true });
}

function card(sale) {
  const { content } = sale;
  // Before anything is prepared, what was scheduled.
  const total = sale.total || content.classes.reduce((sum, { quantity }) => sum + quantity, 0);
  return make(
    'li',
    {},
    make(
      'a',
      { class: 'card', href: `/organiser/sales/${encodeURIComponent(sale.name)}` },
      make('h2', {}, content.eventName),
      make('p', {}, t('opensAt', { time: timeText(content.openTime) })),
      make('p', { class: 'quiet' }, [content.venue.name, content.venue.city].filter(Boolean).join(', ')),
      make(
        'p',
        { class: 'facts' },
        make(
          'span',
          { class: 'badge state', 'data-phase': sale.phase || 'Pending' },
          t(`phase${sale.phase || 'Pending'}`),
        ),
        sale.paused && make('span', { class: 'badge warn' }, t('isPaused')),
        make('span', {}, t('soldOf', { sold: whole(sale.sold), total: whole(total) })),
      ),
    ),
  );
}

async function list() {
  const { sales } = await call('GET', '/organiser/sales');
  at('sales').replaceChildren(...sales.map(card));
  if (sales.length === 0) {
    at('sales').append(make('li', { class: 'empty' }, t('noSales')));
    at('new').open = true;
  }
  at('sales').removeAttribute('aria-busy');
}

// One key per form as it stands: pressing twice makes one sale, a corrected form makes its own.
let lastBody = '';
let key = '';
onSubmit('sale', async (form, element) => {
  const content = contentOf(form);
  const wrong = wrongOrder(content);
  if (wrong) return complain(element.elements[wrong], t(`${wrong}Wrong`));
  if (before) {
    const path = `/organiser/sales/${encodeURIComponent(editing)}`;
    // Refused when somebody else changed it meanwhile.
    await call('PUT', path, content, { headers: { 'if-match': `"${before.etag}"` } });
    return location.replace(path);
  }
  const body = JSON.stringify(content);
  if (body !== lastBody) key = `web-${Date.now()}-${Math.random().toString(36).slice(2)}`;
  lastBody = body;
  const sale = await call('POST', '/organiser/sales', content, { key });
  location.assign(`/organiser/sales/${encodeURIComponent(sale.name)}`);
});

if (mustSignIn()) {
  at('zone').textContent = t('timesIn', { zone });
  at('add-class').addEventListener('click', () => addClass().querySelector('input').focus());
  addClass();
  const start = async () => {
    if (editing) {
      before = await call('GET', `/organiser/sales/${encodeURIComponent(editing)}`);
      fill(before);
    }
    await list();
  };
  start().catch((error) =>
    fail(error.code === 'ROLE_REQUIRED' ? Object.assign(error, { message: t('notAllowed') }) : error),
  );
}
