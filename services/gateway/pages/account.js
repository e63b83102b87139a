import { call, fail, keepSession, mustSignIn, onSubmit, session } from './api.js';
import { at, make, t, timeText } from './page-data.js';

/** Where the visitor was going; only within this site. */
function next() {
  const wish = new URLSearchParams(location.search).get('next') ?? '/';
  const url = new URL(wish, location.origin);
  return url.origin === location.origin && wish.startsWith('/') ? url.pathname + url.search : '/';
}

function done(text) {
  at('done').textContent = text;
  at('done').hidden = false;
}

async function enter(answer) {
  keepSession(await answer);
  location.replace(next());
}

onSubmit('signin', (body) => enter(call('POST', '/auth/signin', body)));
onSubmit('signup', (body) => enter(call('POST', '/auth/signup', body)));
onSubmit('forgot', async (body, form) => {
  await call('POST', '/auth/password-reset', body);
  form.reset();
  done(t('resetSent'));
});
onSubmit('reset', async ({ newPassword }) => {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  await call('POST', '/auth/password-reset/confirm', { token, newPassword });
  keepSession(undefined);
  location.replace('/signin?reset=1');
});
onSubmit('password', async (body, form) => {
  await call('POST', '/auth/password', body);
  form.reset();
  done(t('saved'));
  await showSessions();
});

for (const link of document.querySelectorAll('.keep-next')) {
  if (next() !== '/') link.href += `?next=${encodeURIComponent(next())}`;
  // In place of this page: Back leads to where the visitor came from, not into a form that is done with.
  link.addEventListener('click', (event) => {
    event.preventDefault();
    location.replace(link.href);
  });
}
if (at('signin') && new URLSearchParams(location.search).has('reset')) done(t('resetDone'));
if (at('reset') && !location.hash.includes('token=')) {
  at('error').textContent = t('resetNoToken');
  at('error').hidden = false;
  at('reset').hidden = true;
}

async function leave(path) {
  try {
    await call('POST', path);
  } catch (error) {
    if (error.status !== 401) return fail(error);
  }
  keepSession(undefined);
  location.assign('/');
}

/** `Chrome · Windows`; what no name is known for is shown as it was sent. */
function deviceOf(userAgent) {
  const first = (names) => names.find(([mark]) => mark.test(userAgent))?.[1];
  const browser = first([
    [/Edg(A|iOS)?\//, 'Edge'],
    [/OPR\/|Opera/, 'Opera'],
    [/SamsungBrowser\//, 'Samsung Internet'],
    [/Firefox\/|FxiOS\//, 'Firefox'],
    [/coc_coc_browser\//, 'Cốc Cốc'],
    [/Chrome\/|CriOS\//, 'Chrome'],
    [/Safari\//, 'Safari'],
  ]);
  const system = first([
    [/iPhone/, 'iPhone'],
    [/iPad/, 'iPad'],
    [/Android/, 'Android'],
    [/Windows/, 'Windows'],
    [/Mac OS X/, 'macOS'],
    [/CrOS/, 'ChromeOS'],
    [/Linux/, 'Linux'],
  ]);
  return [browser, system].filter(Boolean).join(' · ') || userAgent || '?';
}

async function showSessions() {
  const { sessions } = await call('GET', '/me/sessions');
  at('sessions-section').hidden = sessions.length === 0;
  at('sessions').replaceChildren(
    ...sessions.map((one) => {
      const when = timeText(one.lastUseTime ?? one.createTime);
      const text = make(
        'span',
        {},
        deviceOf(one.userAgent),
        make('br'),
        make('span', { class: 'quiet small' }, one.current ? `${when}, ${t('thisDevice')}` : when),
      );
      if (one.current) return make('li', {}, text);
      const end = make(
        'button',
        { type: 'button', class: 'quiet-button', 'aria-label': `${t('endSession')}: ${deviceOf(one.userAgent)}` },
        t('endSession'),
      );
      end.addEventListener('click', () => call('DELETE', `/me/sessions/${one.id}`).then(showSessions).catch(fail));
      return make('li', {}, text, end);
    }),
  );
}

if (at('password') && at('signout') && mustSignIn()) {
  at('signout').addEventListener('click', () => leave('/auth/signout'));
  at('signout-all').addEventListener('click', () => leave('/auth/signout-all'));
  call('GET', '/me')
    .then(({ fullName, email, roles }) => {
      at('full-name').textContent = fullName;
      at('email').textContent = email;
      const may = (...names) => names.some((name) => roles.includes(name));
      at('to-organiser').hidden = !may('organiser', 'admin');
      at('to-door').hidden = !may('door', 'admin');
      at('staff').hidden = !may('organiser', 'admin', 'door');
      return showSessions().catch((error) => error.status === 404 || fail(error));
    })
    .catch(fail);
} else if (session() && (at('signin') || at('signup')) && new URLSearchParams(location.search).has('next')) {
  location.replace(next());
}
