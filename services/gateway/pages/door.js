import { call, fail, mustSignIn, onSubmit } from './api.js';
import { at, keep, make, t, timeText, write } from './page-data.js';
import { dropScan, getKept, lastPass, queuedScans, queueScan, rememberPass, setKept } from './scan-store.js';
import { createTicketReader } from './ticket-signature.js';

const setting = at('setting').elements;
/** An answer later than this and people pile up: the signature decides, and the scan is sent afterwards. */
const PATIENCE_MS = 2_500;
let readTicket;
let order = Date.now();
let syncing = false;

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
  setting.eventId.replaceChildren(...events.map(({ id, name }) => new Option(name, id)));
  const { eventId, gate } = keep.get('tb.door') ?? {};
  if (events.some(({ id }) => id === eventId)) setting.eventId.value = eventId;
  setting.gate.value = gate ?? '';
}

async function check(qr) {
  const { eventId, gate, direction } = Object.fromEntries(new FormData(at('setting')));
  if (!at('setting').reportValidity()) return;
  const scan = { qr: qr.trim(), direction, nonce: nonce(), scannedAt: new Date().toISOString() };
  try {
    if (!navigator.onLine) throw new Error('offline');
    const result = await within(call('POST', '/door/scan', { eventId, gate, ...scan }), PATIENCE_MS);
    online(true);
    if (result.ticket && result.accepted) await rememberPass(result.ticket.id, direction);
    verdict(result);
    void sync();
  } catch (error) {
    // Refused requests are no lost network: a wrong role must not open doors.
    if (error.status >= 400 && error.status < 500 && error.status !== 429) return fail(error);
    online(false);
    await checkAlone({ eventId, gate, ...scan });
  }
}

/** Without the gateway: a genuine ticket of this event, that did not pass here in this direction before, opens the gate. */
async function checkAlone(scan) {
  const claims = await readTicket?.(scan.qr);
  const shut = (outcome) => ({
    nonce: scan.nonce,
    outcome,
    accepted: false,
    ticket: claims && { className: claims.c, holder: claims.n },
  });
  if (!claims) return verdict(shut('FORGED'));
  if (claims.e.toLowerCase() !== scan.eventId.toLowerCase()) return verdict(shut('OTHER_EVENT'));
  const last = await lastPass(claims.t);
  const pass = last !== scan.direction;
  if (pass) await rememberPass(claims.t, scan.direction);
  // Kept before the gate opens: what is not written down has not happened. Scans that keep it shut are told too.
  await queueScan({ ...scan, opened: pass, order: order++, who: `${claims.c} · ${claims.n}` });
  verdict({ ...shut(pass ? 'OFFLINE_OK' : 'OFFLINE_SEEN'), accepted: pass });
  await showQueue();
}

/** Sends what waits, event by event and gate by gate, oldest first. Nonces make sending it twice harmless. */
async function sync() {
  if (syncing) return;
  syncing = true;
  try {
    for (;;) {
      const waiting = await queuedScans();
      const [first] = waiting;
      if (!first) break;
      const { eventId, gate } = first;
      const batch = waiting.filter((one) => one.eventId === eventId && one.gate === gate).slice(0, 100);
      const scans = batch.map(({ qr, direction, nonce: id, scannedAt, opened }) => ({
        qr,
        direction,
        nonce: id,
        scannedAt,
        opened,
      }));
      const { results } = await call('POST', '/door/scans', { eventId, gate, scans });
      online(true);
      for (const result of results) {
        const scan = batch.find((one) => one.nonce === result.nonce);
        if (result.conflict) conflict(result, scan);
        await dropScan(result.nonce);
      }
    }
  } catch (error) {
    if (error.code === 'network' || error.status >= 500) online(false);
    else fail(error);
  } finally {
    syncing = false;
    await showQueue();
  }
}

function conflict(result, scan) {
  at('conflicts').querySelector('.quiet:only-child')?.remove();
  const before =
    result.previous && t('before', { gate: result.previous.gate, time: timeText(result.previous.scannedAt) });
  const text = make(
    'span',
    {},
    make('strong', {}, `${t(`outcome${result.outcome}`)}: ${scan?.who ?? ''}`),
    make('br'),
    [before, t('conflictHelp')].filter(Boolean).join('. '),
  );
  at('conflicts').prepend(make('li', {}, text));
}

function verdict({ outcome, accepted, ticket, previous }) {
  const who = [ticket?.className, ticket?.holder].filter(Boolean).join(' · ');
  const before = previous && !accepted ? t('before', { gate: previous.gate, time: timeText(previous.scannedAt) }) : '';
  at('verdict').hidden = false;
  at('verdict').classList.toggle('ok', accepted);
  // The mark beside the colour: not everybody sees red and green.
  write('verdict-text', `${accepted ? '✓' : '✕'} ${t(`outcome${outcome}`)}`);
  write('verdict-who', [who, before].filter(Boolean).join(' — '));
  navigator.vibrate?.(accepted ? 80 : [200, 100, 200]);
  at('recent').prepend(
    make(
      'li',
      {},
      make('span', {}, `${accepted ? '✓' : '✕'} ${t(`outcome${outcome}`)}`),
      make('span', { class: 'quiet small' }, who),
    ),
  );
  while (at('recent').children.length > 20) at('recent').lastElementChild.remove();
}

async function showQueue() {
  const { length } = await queuedScans();
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

let camera;
async function startCamera() {
  const detector = new BarcodeDetector({ formats: ['qr_code'] });
  camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  const view = at('view');
  view.srcObject = camera;
  view.hidden = false;
  await view.play();
  at('camera').textContent = t('stopCamera');
  let last = '';
  let lastAt = 0;
  while (camera?.active) {
    const [code] = await detector.detect(view).catch(() => []);
    // The same code stays before the camera for a while.
    if (code && (code.rawValue !== last || Date.now() - lastAt > 5_000)) {
      [last, lastAt] = [code.rawValue, Date.now()];
      await check(code.rawValue).catch(fail);
    }
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
}

function stopCamera() {
  for (const track of camera?.getTracks() ?? []) track.stop();
  camera = undefined;
  at('view').hidden = true;
  at('camera').textContent = t('startCamera');
}

onSubmit('typed', async ({ code }, form) => {
  await check(code);
  form.reset();
  form.elements.code.focus();
});
at('setting').addEventListener('submit', (event) => event.preventDefault());
at('setting').addEventListener('change', () =>
  keep.set('tb.door', { eventId: setting.eventId.value, gate: setting.gate.value }),
);
at('sync').addEventListener('click', () => sync());
addEventListener('online', () => sync());
addEventListener('offline', () => online(false));
at('camera').addEventListener('click', () => (camera ? stopCamera() : startCamera().catch(fail)));
if (!('BarcodeDetector' in globalThis) || !navigator.mediaDevices) {
  at('camera').hidden = true;
  at('no-camera').hidden = false;
}

if (mustSignIn()) {
  await Promise.all([loadKeys(), loadEvents()]).catch((error) => {
    at('error').textContent = error.message;
    at('error').hidden = false;
  });
  await showQueue();
  online(navigator.onLine);
  await sync();
  setInterval(sync, 15_000);
}
