import { call, fail, mustSignIn, onSubmit } from './api.js';
import { createScanQueue } from './offline-scans.js';
import { at, keep, make, t, timeText, write } from './page-data.js';
import { getKept, rememberPass, setKept } from './scan-store.js';
import { hasCamera, openCamera, readerOf } from './ticket-camera.js';
import { createTicketReader } from './ticket-signature.js';

const setting = at('setting').elements;
/** An answer later than this and people pile up: the signature decides, and the scan is sent afterwards. */
const PATIENCE_MS = 2_500;
let readTicket;
const queue = createScanQueue({ onLink: online, onQueued: showQueued, onConflict: showConflict, onRefused: fail });

async function loadKeys() {
  let keys;
  try {
    keys = await call('GET', '/door/keys');
    await setKept('keys', keys);
  } catch {
    keys = await getKept('keys');
  }
  if (!keys) throw new Error(t('keysMissing'));
  readTicket = await createTicketReader(keys);
}

async function loadEvents() {
  let events;
  try {
    ({ events } = await call('GET', '/events?pageSize=100'));
    events = events.map(({ id, name }) => ({ id, name }));
    await setKept('events', events);
  } catch {
    events = (await getKept('events')) ?? [];
  }
  setting.eventId.replaceChildren(
    new Option(t('chooseEventFirst'), ''),
    ...events.map(({ id, name }) => new Option(name, id)),
  );
  const { eventId, gate } = keep.get('tb.door') ?? {};
  if (events.some(({ id }) => id === eventId)) setting.eventId.value = eventId;
  setting.gate.value = gate ?? '';
  at('where').open = !settled();
  showWhere();
}

const settled = () => at('setting').checkValidity();

function showWhere() {
  const event = setting.eventId.selectedOptions[0];
  write('where-text', settled() ? [event.text, setting.gate.value].join(' · ') : t('whereFirst'));
}

/** The event and the gate, or undefined with the form open that asks for them. */
function whereWeAre() {
  at('where').open ||= !settled();
  return at('setting').reportValidity() ? Object.fromEntries(new FormData(at('setting'))) : undefined;
}

async function check(qr) {
  const where = whereWeAre();
  if (!where) return;
  const { eventId, gate } = where;
  const direction = at('direction').elements.direction.value;
  const scan = { qr: qr.trim(), direction, nonce: nonce(), scannedAt: new Date().toISOString() };
  try {
    if (!navigator.onLine) throw new Error('offline');
    const result = await within(call('POST', '/door/scan', { eventId, gate, ...scan }), PATIENCE_MS);
    online(true);
    if (result.ticket && result.accepted) await rememberPass(result.ticket.id, direction);
    verdict(result);
    void queue.send();
  } catch (error) {
    // Refused requests are no lost network: a wrong role must not open doors.
    if (error.status >= 400 && error.status < 500 && error.status !== 429) return fail(error);
    online(false);
    verdict(await queue.decide(await readTicket?.(scan.qr), { eventId, gate, ...scan }));
  }
}

function verdict({ outcome, accepted, ticket, previous }) {
  const who = [ticket?.className, ticket?.holder].filter(Boolean).join(' · ');
  const before = previous && !accepted ? t('before', { gate: previous.gate, time: timeText(previous.scannedAt) }) : '';
  const words = t(`outcome${outcome}`);
  const box = at('verdict');
  box.hidden = false;
  box.classList.toggle('ok', accepted);
  // Seen although the same verdict was there before: the next guest must not pass on the last one's green.
  if (matchMedia('(prefers-reduced-motion: no-preference)').matches) box.animate([{ opacity: 0.2 }, {}], 300);
  // The mark beside the colour: not everybody sees red and green.
  write('verdict-mark', accepted ? '✓' : '✕');
  write('verdict-text', words);
  write('verdict-who', [who, before].filter(Boolean).join(' — '));
  navigator.vibrate?.(accepted ? 80 : [200, 100, 200]);
  beep(accepted);
  const line = make(
    'li',
    {},
    make('span', {}, `${accepted ? '✓' : '✕'} ${words}`),
    make('span', { class: 'quiet small' }, who),
  );
  at('recent').prepend(line);
  while (at('recent').children.length > 20) at('recent').lastElementChild.remove();
}

function showConflict(result, scan) {
  const { previous } = result;
  const before = previous && t('before', { gate: previous.gate, time: timeText(previous.scannedAt) });
  const text = make('span', {}, make('strong', {}, `${t(`outcome${result.outcome}`)}: ${scan?.who ?? ''}`), make('br'));
  text.append([before, t('conflictHelp')].filter(Boolean).join('. '));
  at('no-conflicts').hidden = true;
  at('conflicts').prepend(make('li', {}, text));
}

function showQueued(length) {
  write('queued', length > 0 ? t('queued', { n: length }) : '');
  at('sync').hidden = length === 0;
}

function online(yes) {
  at('link').dataset.state = yes ? 'live' : 'offline';
  write('link-text', t(yes ? 'online' : 'offline'));
}

const nonce = () =>
  crypto.randomUUID?.() ??
  `${Date.now()}-${Math.random().toString(36).slice(2)}-${Math.random().toString(36).slice(2)}`;

function within(promise, ms) {
  return Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error('late')), ms))]);
}

/** Heard where nobody looks: one high note opens, two low ones do not. Only after a press may a page sound. */
let sound;
function beep(accepted) {
  if (sound?.state !== 'running') return;
  for (const [n, hertz] of (accepted ? [1320] : [220, 220]).entries()) {
    const note = new OscillatorNode(sound, { frequency: hertz, type: 'square' });
    const volume = new GainNode(sound, { gain: 0.15 });
    note.connect(volume).connect(sound.destination);
    note.start(sound.currentTime + n * 0.2);
    note.stop(sound.currentTime + n * 0.2 + 0.12);
  }
}

let camera;
async function startCamera() {
  at('error').hidden = true;
  sound ??= new AudioContext();
  const view = at('view');
  at('finder').hidden = false;
  try {
    camera = await openCamera(view, (code) => check(code).catch(fail));
  } catch (error) {
    at('finder').hidden = true;
    at('error').textContent = t(`camera-${error.why ?? 'broken'}`);
    at('error').hidden = false;
    return;
  }
  at('camera').textContent = t('stopCamera');
  at('light').hidden = !camera.canLight;
}

function stopCamera() {
  camera.close();
  camera = undefined;
  at('finder').hidden = true;
  at('light').hidden = true;
  at('light').setAttribute('aria-pressed', 'false');
  at('camera').textContent = t('startCamera');
}

onSubmit('typed', async ({ code }, form) => {
  await check(code);
  form.reset();
  form.elements.code.focus();
});
at('setting').addEventListener('submit', (event) => {
  event.preventDefault();
  if (settled()) at('where').open = false;
});
at('setting').addEventListener('change', () => {
  keep.set('tb.door', { eventId: setting.eventId.value, gate: setting.gate.value });
  showWhere();
});
at('sync').addEventListener('click', () => queue.send());
addEventListener('online', () => queue.send());
addEventListener('offline', () => online(false));
at('camera').addEventListener('click', async ({ currentTarget: button }) => {
  if (camera) return stopCamera();
  if (!whereWeAre()) return;
  at('where').open = false;
  button.disabled = true;
  await startCamera().finally(() => (button.disabled = false));
});
at('light').addEventListener('click', ({ currentTarget: button }) => {
  const on = button.getAttribute('aria-pressed') !== 'true';
  camera
    ?.light(on)
    .then(() => button.setAttribute('aria-pressed', String(on)))
    .catch(fail);
});
if (!hasCamera()) {
  at('camera').hidden = true;
  at('no-camera').hidden = false;
}
// Reloaded without a network, as phones do by themselves: the page comes from the worker then.
navigator.serviceWorker?.register('/door/worker.js', { scope: '/door' }).catch(() => {});

if (mustSignIn()) {
  await Promise.all([loadKeys(), loadEvents()]).catch((error) => {
    at('error').textContent = error.message;
    at('error').hidden = false;
  });
  online(navigator.onLine);
  // What reads codes is here before the network goes away.
  if (hasCamera()) (globalThis.requestIdleCallback ?? setTimeout)(() => readerOf().catch(() => {}));
  await queue.send();
  setInterval(() => queue.send(), 15_000);
}
