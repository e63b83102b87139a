import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { ensureAptPackages } from '#runtime/local/preflight.ts';
import { ROOT } from './site.ts';

export const PHONE = { width: 390, height: 844 } as const;
export const DESKTOP = { width: 1280, height: 900 } as const;
export const CHROMIUM = '/usr/bin/chromium';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const PICTURES = join(ROOT, 'out', 'browser');

/**
 * The distribution's Chromium, installed when it is missing; throws a SetupError saying what to type when it cannot be.
 * `executablePath`: a program that starts it somewhere else.
 */
export async function openBrowser(args: readonly string[] = [], executablePath = CHROMIUM): Promise<Browser> {
  await ensureAptPackages({ chromium: CHROMIUM });
  return await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...args],
  });
}

let shared: Promise<Browser> | undefined;

/** One for all files; everybody has a context of their own. */
export function sharedBrowser(): Promise<Browser> {
  shared ??= openBrowser();
  return shared;
}

after(async () => {
  await (await shared)?.close();
});

export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page's scripts failed with and what the CSP refused. */
  readonly complaints: string[];
}

/** Somebody with a browser of their own: cookies and storage are theirs. */
export async function visit(
  browser: Browser,
  options: {
    readonly viewport: typeof PHONE | typeof DESKTOP;
    readonly locale: 'vi-VN' | 'en-GB';
    readonly dark?: boolean;
    /** Absent: that of this machine. */
    readonly timeZone?: string;
  },
): Promise<Visitor> {
  const context = await browser.newContext({
    ...{ viewport: options.viewport, locale: options.locale, colorScheme: options.dark ? 'dark' : 'light' },
    ...{ reducedMotion: 'reduce', bypassCSP: false },
    ...(options.timeZone === undefined ? {} : { timezoneId: options.timeZone }),
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    // Refused calls are shown to people by the page; the browser's own note of them is no fault.
    if (message.type() === 'error' && !/Failed to load resource|ERR_INTERNET_DISCONNECTED/.test(text))
      complaints.push(text);
  });
  page.on('dialog', (dialog) => void dialog.accept());
  return { page, context, complaints };
}

/**
 * Those who come during a test of this `describe` leave after it, and it fails when a script of theirs failed or the CSP refused
 * something. Without `browser` they have the shared one.
 */
export function visitorsOfEachTest() {
  const visitors: Visitor[] = [];
  before(async function () {
    this.timeout(300_000); // installed when it is missing
    await sharedBrowser();
  });
  afterEach(async () => {
    const left = visitors.splice(0);
    await Promise.all(left.map(({ context }) => context.close()));
    const complaints = left.flatMap((one) => one.complaints);
    assert.deepEqual(complaints, [], 'scripts failed, or the CSP refused something');
  });
  const come = async (options: Parameters<typeof visit>[1], browser?: Browser): Promise<Visitor> => {
    const visitor = await visit(browser ?? (await sharedBrowser()), options);
    visitors.push(visitor);
    return visitor;
  };
  return { visitors, come };
}

/** A picture alone: of a page that may lead on at any moment. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}

/** A picture for people to look at, and what an accessibility engine and the layout say of the same moment. */
export async function inspect(page: Page, name: string): Promise<void> {
  await picture(page, name);
  // Through the debugger: the page's CSP forbids foreign scripts, as it should.
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const violations = await page.evaluate<readonly string[]>(`axe
    .run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    .then(({ violations }) => violations.map(({ id, help, nodes }) =>
      id + ': ' + help + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`);
  assert.deepEqual(violations, [], `accessibility of ${name}`);
  const wider = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  assert.ok(wider <= 0, `${name} scrolls sideways by ${wider} px`);
  const small = await page.evaluate<readonly string[]>(`
    [...document.querySelectorAll('button, .button, .top a, select, input:not([type=radio])')]
      .filter((one) => one.offsetParent !== null && one.getBoundingClientRect().height < 43.5)
      .map((one) => one.outerHTML.slice(0, 100))`);
  assert.deepEqual(small, [], `targets under 44 px in ${name}`);
}

/** Bytes over the wire of one page with an empty cache, as the browser counted them; `session` for who is signed in. */
export async function pageWeight(
  browser: Browser,
  url: string,
  session?: string,
): Promise<{ readonly bytes: number; readonly requests: number; readonly readyMs: number }> {
  const context = await browser.newContext({ viewport: PHONE });
  if (session !== undefined)
    await context.addInitScript(`localStorage.setItem('tb.session', ${JSON.stringify(session)})`);
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  let bytes = 0;
  let requests = 0;
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
    requests++;
  });
  await page.goto(url, { waitUntil: 'load' });
  await page.waitForTimeout(400);
  const readyMs = await page.evaluate<number>("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd");
  await context.close();
  return { bytes, requests, readyMs };
}
