import { some } from './buyer-pages.ts';
import { html, type Piece } from './html.ts';
import { document, errorLine, type Layout } from './layout.ts';
import { TEXTS } from './texts.ts';

// `method="post"`: pressed before the script is here, a form must not put a password into an address.
const email = (label: string) =>
  html`<label>${label}<input name="email" type="email" autocomplete="username" maxlength="254" required></label>`;
const password = (label: string, use: 'current-password' | 'new-password', name = 'password', help?: string): Piece =>
  html`<label>${label}<input name="${name}" type="password" autocomplete="${use}" maxlength="200" required${
    use === 'new-password' ? html` minlength="8" aria-describedby="${name}-help"` : ''
  }></label>${help && html`<p class="quiet small" id="${name}-help">${help}</p>`}`;

export function signInPage(layout: Layout): string {
  const t = TEXTS[layout.language];
  const body = html`<h1>${t.signIn}</h1>${errorLine}<p id="done" class="notice good" role="status" hidden></p>
<form id="signin" method="post">${email(t.email)}${password(t.password, 'current-password')}<button type="submit">${t.signIn}</button></form>
<p><a href="/forgot-password">${t.forgot}</a></p><p>${t.noAccount} <a class="keep-next" href="/signup">${t.signUp}</a></p>`;
  return document(layout, { title: t.signIn, body, script: 'account', texts: some(layout, ['resetDone']) });
}

export function signUpPage(layout: Layout): string {
  const t = TEXTS[layout.language];
  const body = html`<h1>${t.signUp}</h1>${errorLine}
<form id="signup" method="post"><label>${t.fullName}<input name="fullName" autocomplete="name" maxlength="200" required></label>${email(t.email)}
${password(t.password, 'new-password', 'password', t.passwordHelp)}<button type="submit">${t.signUp}</button></form>
<p>${t.haveAccount} <a class="keep-next" href="/signin">${t.signIn}</a></p>`;
  return document(layout, { title: t.signUp, body, script: 'account' });
}

export function forgotPage(layout: Layout): string {
  const t = TEXTS[layout.language];
  const body = html`<h1>${t.resetTitle}</h1>${errorLine}<p id="done" class="notice good" role="status" hidden></p>
<form id="forgot" method="post">${email(t.email)}<button type="submit">${t.resetSend}</button></form>`;
  return document(layout, { title: t.resetTitle, body, script: 'account', texts: some(layout, ['resetSent']) });
}

/** The token stands behind `#` in the link of the mail: it never reaches a server's log. */
export function resetPage(layout: Layout): string {
  const t = TEXTS[layout.language];
  const body = html`<h1>${t.resetTitle}</h1>${errorLine}
<form id="reset" method="post">${password(t.newPassword, 'new-password', 'newPassword', t.passwordHelp)}<button type="submit">${t.changePassword}</button></form>
<p><a href="/forgot-password">${t.forgot}</a></p>`;
  return document(layout, { title: t.resetTitle, body, script: 'account', texts: some(layout, ['resetNoToken']) });
}

export function accountPage(layout: Layout): string {
  const t = TEXTS[layout.language];
  const body = html`<h1>${t.account}</h1>${errorLine}<p id="done" class="notice good" role="status" hidden></p>
<p class="lead"><strong id="full-name">…</strong><br><span class="quiet" id="email"></span></p>
<p id="staff" hidden><a class="button quiet-button" id="to-organiser" href="/organiser" hidden>${t.organiserPages}</a> <a class="button quiet-button" id="to-door" href="/door" hidden>${t.doorPage}</a></p>
<p class="actions"><button type="button" id="signout">${t.signOut}</button><button type="button" class="quiet-button" id="signout-all">${t.signOutAll}</button></p>
<section aria-labelledby="change"><h2 id="change">${t.changePassword}</h2>
<form id="password" method="post">${password(t.currentPassword, 'current-password', 'currentPassword')}${password(t.newPassword, 'new-password', 'newPassword', t.passwordHelp)}<button type="submit">${t.changePassword}</button></form></section>
<section aria-labelledby="sessions-title" id="sessions-section" hidden><h2 id="sessions-title">${t.sessions}</h2><ul class="rows" id="sessions"></ul></section>`;
  return document(layout, {
    title: t.account,
    body,
    script: 'account',
    texts: some(layout, ['saved', 'thisDevice', 'endSession']),
  });
}
