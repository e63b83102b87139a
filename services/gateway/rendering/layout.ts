import type { Asset } from './assets.ts';
import { type Html, html, jsonBlock, type Piece } from './html.ts';
import type { Language } from './language.ts';
import { TEXTS } from './texts.ts';

export interface Layout {
  readonly assets: ReadonlyMap<string, Asset>;
  readonly language: Language;
}

export interface PageParts {
  readonly title: string;
  readonly body: Piece;
  /** Module of the page in `pages/`, without `.js`. */
  readonly script?: string;
  /** What the script needs beside the texts. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Wider than reading width. */
  readonly wide?: boolean;
  /** Texts of the script; absent: none but those of the frame. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly description?: string | undefined;
}

/** A whole document. */
export function document({ assets, language }: Layout, parts: PageParts): string {
  const t = TEXTS[language];
  const scripts = ['shell.js', ...(parts.script === undefined ? [] : [`${parts.script}.js`])].map((name) =>
    assetOf(assets, name),
  );
  const imports = new Set(scripts.flatMap((script) => script.imports));
  const other = language === 'vi' ? 'en' : 'vi';
  const title = parts.title === 'TicketBottle' ? parts.title : `${parts.title} · TicketBottle`;
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${parts.description ? html`<meta name="description" content="${parts.description.slice(0, 160)}">` : ''}
<meta name="theme-color" content="#0b5d52">
<link rel="icon" href="${assetOf(assets, 'icon.svg').url}" type="image/svg+xml">
<link rel="stylesheet" href="${assetOf(assets, 'page.css').url}">
${[...imports].map((url) => html`<link rel="modulepreload" href="${url}">`)}
${scripts.map((script) => html`<script type="module" src="${script.url}"></script>`)}
</head>
<body>
<a class="skip" href="#main">${t.skip}</a>
<header class="top"><div>
<a class="brand" href="/"><img src="${assetOf(assets, 'icon.svg').url}" alt="" width="28" height="28">TicketBottle</a>
<nav><a href="/orders">${t.myTickets}</a><a id="who" href="/signin">${t.signIn}</a><a href="?lang=${other}" hreflang="${other}" lang="${other}" id="language" title="${t.otherLanguage}">${t.otherLanguageShort}<span class="unseen">: ${t.otherLanguage}</span></a></nav>
</div></header>
<main id="main" tabindex="-1"${parts.wide ? html` class="wide"` : ''}>
<noscript><p class="notice">${t.needsScript}</p></noscript>
${parts.body}
</main>
${jsonBlock('page', { language, texts: { ...frameTexts(t), ...parts.texts }, ...parts.data })}
</body>
</html>
`.text;
}

export function assetOf(assets: ReadonlyMap<string, Asset>, name: string): Asset {
  const asset = assets.get(name);
  if (asset === undefined) throw new Error(`pages/${name} is missing`);
  return asset;
}

/** A line for failures, read out at once. */
export const errorLine: Html = html`<p id="error" class="notice bad" role="alert" hidden></p>`;

function frameTexts(t: Readonly<Record<string, string>>): Record<string, string> {
  const names = ['signIn', 'account', 'failed', 'network', 'loading'];
  const codes = Object.keys(t).filter((name) => /^[A-Z_]{6,}$/.test(name));
  return Object.fromEntries([...names, ...codes].map((name) => [name, t[name] ?? '']));
}
