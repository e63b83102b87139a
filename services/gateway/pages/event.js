const id = location.pathname.split('/')[2];
const at = (name) => document.getElementById(name);
const room = `/api/v1/events/${id}/waitroom`;
let session = JSON.parse(sessionStorage.getItem('session') ?? 'null');
let place;
let number;
let tick;
let stream;
/** Server clock minus ours, ms: the countdown must not trust this machine. */
let skew = 0;
let claimed = false;

class Problem extends Error {
  constructor(body) {
    super(body.detail ?? 'Something broke');
    this.code = body.code;
  }
}

async function call(method, path, body, retry = true) {
  const response = await fetch(path, {
    method,
    headers: {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(session ? { authorization: `Bearer ${session.accessToken}` } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (response.status === 401 && session && retry && (await refresh())) return await call(method, path, body, false);
  if (response.status === 204) return undefined;
  const answer = await response.json();
  if (!response.ok) throw new Problem(answer);
  return answer;
}

let refreshing;
/** One refresh for all who need it: a refresh token may be used once only. */
function refresh() {
  refreshing ??= (async () => {
    try {
      const refreshToken = session.refreshToken;
      session = null;
      keep(await call('POST', '/api/v1/auth/refresh', { refreshToken }));
      return true;
    } catch {
      keep(null);
      return false;
    } finally {
      refreshing = undefined;
    }
  })();
  return refreshing;
}

function keep(next) {
  session = next;
  if (next) sessionStorage.setItem('session', JSON.stringify(next));
  else sessionStorage.removeItem('session');
}

function fail(error) {
  at('error').hidden = false;
  at('error').textContent = error.message;
}

async function signIn(form) {
  const { email, password, fullName } = Object.fromEntries(new FormData(form));
  if (!fullName) return keep(await call('POST', '/api/v1/auth/signin', { email, password }));
  keep(await call('POST', '/api/v1/auth/signup', { email, password, fullName }));
}

async function join() {
  const joined = await call('POST', `${room}/join`);
  number = joined.number;
  place = joined.place;
  hear(joined.tick);
  at('account').hidden = true;
  at('leave').hidden = false;
  listen();
}

function listen() {
  stream?.close();
  stream = new EventSource(`${room}/stream?access_token=${encodeURIComponent(session.accessToken)}`);
  stream.addEventListener('place', ({ data }) => {
    ({ number, place } = { place, ...JSON.parse(data) });
    show();
  });
  stream.addEventListener('tick', ({ data }) => hear(JSON.parse(data)));
  stream.addEventListener('void', () => {
    place = undefined;
    stream.close();
    join().catch(fail);
  });
  stream.addEventListener('error', () => {
    // The browser reconnects by itself, unless the server refused: then the token may have ended.
    if (stream.readyState !== EventSource.CLOSED) return;
    setTimeout(() => refresh().then((ok) => ok && listen()), 1000 + Math.random() * 4000);
  });
}

function hear(next) {
  tick = next;
  if (tick.serverTime) skew = Date.parse(tick.serverTime) - Date.now();
  show();
  if (tick.state === 'OPEN' && place && place <= tick.served && !claimed) claim().catch(fail);
}

async function claim() {
  claimed = true;
  try {
    const admission = await call('POST', `${room}/claim`);
    const { classes } = await call('GET', `/api/v1/events/${id}/ticket-classes`);
    const select = at('order').elements.ticketClassId;
    select.replaceChildren(
      ...classes.map((one) => {
        const price = new Intl.NumberFormat(undefined, { style: 'currency', currency: one.price.currency });
        const digits = price.resolvedOptions().maximumFractionDigits;
        const text = `${one.name} — ${price.format(one.price.amountMinor / 10 ** digits)} (${one.available} left)`;
        const option = new Option(text, one.ticketClassId);
        option.disabled = one.available === 0;
        return option;
      }),
    );
    at('order').dataset.token = admission.admissionToken;
    at('order').hidden = false;
    show();
  } catch (error) {
    claimed = error.code === 'CLAIM_EXPIRED';
    throw error;
  }
}

async function order(form) {
  const { ticketClassId, quantity, provider } = Object.fromEntries(new FormData(form));
  const made = await call('POST', '/api/v1/orders', {
    eventId: id,
    provider,
    admissionToken: form.dataset.token,
    lines: [{ ticketClassId, quantity: Number(quantity) }],
  });
  if (made.paymentUrl) location.assign(made.paymentUrl);
  else throw new Error(made.failureReason ?? `The order is ${made.state}`);
}

function show() {
  if (!tick) return;
  const untilOpen = tick.openTime ? Date.parse(tick.openTime) - (Date.now() + skew) : undefined;
  const waiting = tick.state === 'PRE_QUEUE' || tick.state === 'NOT_ARMED';
  let [text, count, eta] = ['', '', ''];
  if (waiting && untilOpen > 0) {
    text = number ? 'You are in. Places are drawn at the opening; coming early wins nothing.' : 'Opens in';
    count = clock(untilOpen);
  } else if (waiting) text = 'Not open yet.';
  else if (tick.state === 'SOLD_OUT') text = 'Everything is sold.';
  else if (tick.state === 'CLOSED') text = 'The sale is over.';
  else if (!place) text = 'The sale is open.';
  else if (place <= tick.served) text = 'It is your turn.';
  else {
    const ahead = place - tick.served;
    text = tick.state === 'PAUSED' ? 'The sale is paused; your place is kept.' : 'People before you';
    count = ahead.toLocaleString();
    if (tick.ratePerSecond > 0.05 && tick.state === 'OPEN') {
      const minutes = ahead / tick.ratePerSecond / 60;
      eta = `About ${Math.max(1, Math.floor(minutes * 0.8))} to ${Math.max(1, Math.ceil(minutes * 1.3))} minutes`;
    }
  }
  if (tick.message) text = `${text} ${tick.message}`.trim();
  // Written only when it changed, so that screen readers are not told the same again and again.
  if (at('state').textContent !== text) at('state').textContent = text;
  at('count').textContent = count;
  at('eta').textContent = eta;
}

function clock(ms) {
  const s = Math.ceil(ms / 1000);
  const parts = [Math.floor(s / 3600), Math.floor((s % 3600) / 60), s % 60].map((part) =>
    String(part).padStart(2, '0'),
  );
  return parts.join(':');
}

async function pollUntilSignedIn() {
  while (!stream) {
    try {
      hear(await call('GET', `${room}/tick`));
    } catch (error) {
      fail(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 2000 + Math.random() * 2000));
  }
}

for (const [name, act] of [
  ['account', (form) => signIn(form).then(join)],
  ['order', order],
]) {
  at(name).addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = event.target.querySelector('button');
    button.disabled = true;
    at('error').hidden = true;
    await act(event.target).catch(fail);
    button.disabled = false;
  });
}
at('leave').addEventListener('click', async () => {
  await call('POST', `${room}/leave`).catch(fail);
  stream?.close();
  location.assign('/');
});

setInterval(show, 500);
try {
  const event = await call('GET', `/api/v1/events/${id}`);
  document.title = at('name').textContent = event.name;
  const start = event.startTime ? new Date(event.startTime).toLocaleString() : '';
  at('when').textContent = [event.venue?.name, event.venue?.city, start].filter(Boolean).join(', ');
  pollUntilSignedIn();
  if (session) await join();
} catch (error) {
  fail(error);
}
