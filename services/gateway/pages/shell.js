import { session } from './api.js';
import { at, t } from './page-data.js';

/** The frame of every page: who is signed in, and a language switch that keeps the rest of the address. */
function show() {
  const signedIn = session();
  at('who').textContent = signedIn ? t('account') : t('signIn');
  at('who').href = signedIn ? '/account' : `/signin?next=${encodeURIComponent(next())}`;
}

function next() {
  return /^\/(signin|signup|forgot|reset|account)/.test(location.pathname) ? '/' : location.pathname + location.search;
}

show();
addEventListener('storage', show);
addEventListener('pageshow', show);
const language = at('language');
const wish = new URL(location.href);
wish.searchParams.set('lang', language.hreflang);
language.href = wish.pathname + wish.search;
// What stands behind # (a token of a mail) is not sent to the server, and must survive the switch.
if (location.hash) language.href += location.hash;
