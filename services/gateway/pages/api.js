import { at, keep, page, t } from './page-data.js';

const SESSION = 'tb.session';
let unkept;

export const session = () => keep.get(SESSION) ?? unkept;

/** All tabs share one session. */
export function keepSession(next) {
  unkept = next;
  keep.set(SESSION, next);
}

/** A failure that the API explained; `code` is its stable word, `network` when it was not reached. */
export class Problem extends Error {
  constructor(code, status, { detail, details, retryAfterS } = {}) {
    super(page.texts[code] ?? (code === 'network' ? t('network') : status >= 500 ? t('BUSY') : detail) ?? t('failed'));
    this.details = details ?? {};
    this.code = code;
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

/** After a lost answer, what may be repeated is asked once more: reads, and what has a key. */
const REPEAT_MS = 800;

/** Calls the API; a 401 is tried once more with a fresh token. */
export async function call(method, path, body, { key, headers = {}, raw = false, again = true, repeat = true } = {}) {
  const used = session()?.accessToken;
  let response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(used ? { authorization: `Bearer ${used}` } : {}),
        ...(key ? { 'idempotency-key': key } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(35_000),
    });
  } catch {
    if (!repeat || !navigator.onLine || (method !== 'GET' && !key)) throw new Problem('network', 0);
    await new Promise((resolve) => setTimeout(resolve, REPEAT_MS));
    return await call(method, path, body, { key, headers, raw, again, repeat: false });
  }
  if (response.status === 401 && used && again && (await refresh(used))) {
    return await call(method, path, body, { key, headers, raw, again: false, repeat });
  }
  if (!response.ok) {
    const { code = 'failed', detail, details } = await response.json().catch(() => ({}));
    const retryAfterS = Number(response.headers.get('retry-after')) || undefined;
    throw new Problem(code, response.status, { detail, details, retryAfterS });
  }
  if (raw) return response;
  return response.status === 204 || response.status === 202 ? undefined : await response.json();
}

/**
 * A fresh access token in place of `used`; false when the session is over. A refresh token is spent by its use and two uses look
 * like theft, so tabs take turns and look first whether another one was faster.
 */
export function refresh(used) {
  return inTurn(async () => {
    const now = session();
    if (!now) return false;
    if (now.accessToken !== used) return true;
    try {
      keepSession(await call('POST', '/auth/refresh', { refreshToken: now.refreshToken }, { again: false }));
      return true;
    } catch (error) {
      // Only a refusal ends the session: a lost connection does not.
      if (error.status === 401) keepSession(undefined);
      return false;
    }
  });
}

let turn = Promise.resolve();
function inTurn(work) {
  if (navigator.locks) return navigator.locks.request(SESSION, work);
  turn = turn.then(work, work);
  return turn;
}

/** Whether this page is of use to somebody who is signed in only. */
let ofAccounts = false;

/** Leads to the sign-in page and back again. True: signed in already. */
export function mustSignIn() {
  ofAccounts = true;
  if (session()) return true;
  location.replace(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`);
  return false;
}

/** Shows a failure in the page's error line; a session that is over leads to the sign-in page. */
export function fail(error) {
  if (error?.status === 401 && ofAccounts && !session()) return void mustSignIn();
  const line = at('error');
  line.textContent = error instanceof Problem ? error.message : t('failed');
  line.hidden = false;
  line.scrollIntoView({ block: 'nearest' });
  if (!(error instanceof Problem)) console.error(error);
}

/** Makes a button usable again. Browsers take the focus off one that is disabled; who goes by keyboard would begin anew at the top. */
export function release(button) {
  button.disabled = false;
  if (document.activeElement === document.body) button.focus({ preventScroll: true });
}

/** Runs `act` on submit, once at a time. */
export function onSubmit(id, act) {
  at(id)?.addEventListener('submit', async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const button = form.querySelector('[type=submit]');
    if (button.disabled) return;
    button.disabled = true;
    at('error').hidden = true;
    try {
      await act(Object.fromEntries(new FormData(form)), form);
    } catch (error) {
      fail(error);
    } finally {
      release(button);
    }
  });
}
