import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { PHONE, sharedBrowser, type Visitor, visit } from './browser.ts';
import { STARTING_MS, sharedSite } from './shared-site.ts';
import type { Site } from './site.ts';
import { qrOf, signIn } from './steps.ts';

describe('a purchase without a mouse', function () {
  this.timeout(240_000);
  let site: Site;
  let buyer: Visitor;

  before(async function () {
    this.timeout(STARTING_MS);
    ({ site } = await sharedSite());
    buyer = await visit(await sharedBrowser(), { viewport: PHONE, locale: 'vi-VN' });
  });
  after(async () => {
    await buyer?.context.close();
    assert.deepEqual(buyer?.complaints, [], 'scripts failed, or the CSP refused something');
  });

  it('leads from the event to tickets that a scanner can read and a file that can be kept', async () => {
    const { page } = buyer;
    const { eventId } = await site.aSale({ name: 'Đọc sách' });
    await signIn(page, site);
    await page.goto(`${site.url}/events/${eventId}`);
    await tabTo(page, '.skip');
    await page.keyboard.press('Enter');
    await tabTo(page, '#enter a', 4);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/tickets');
    await page.waitForSelector('#choice [type=submit]:enabled');
    await tabTo(page, '.stepper button:last-child');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Space');
    assert.equal(await page.inputValue('.stepper input >> nth=0'), '2');
    await tabTo(page, '[name=provider]');
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.isChecked('[value=payos]'), true);
    await tabTo(page, '#choice [type=submit]');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/orders/*');
    await page.waitForSelector('#pay');
    await tabTo(page, '#pay');
    await page.keyboard.press('Enter');
    // The provider's page is not ours.
    await page.click('[value=pay]');
    await page.waitForSelector('.tickets .qr svg', { timeout: 60_000 });
    assert.equal(await readQr(page), await qrOf(page), 'the picture says what was signed');

    await tabTo(page, '#pdf');
    await page.keyboard.press('Enter');
    await page.locator('#error', { hasText: 'PDF đang được in' }).waitFor();
    await site.print(new URL(page.url()).pathname.split('/').at(-1) ?? '', '%PDF-1.7 printed');
    // The button still has the focus, so the same key tries again.
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    assert.equal(readFileSync((await download.path()) ?? '', 'utf8'), '%PDF-1.7 printed');
    assert.match(download.suggestedFilename(), /^tickets-TB.*\.pdf$/);
  });

  it('stands still for who asked for less motion', async () => {
    const { page } = buyer;
    const { eventId } = await site.aSale({ name: 'Yên tĩnh', opensIn: 600_000 });
    await page.goto(`${site.url}/events/${eventId}/queue`);
    await page.waitForSelector('#link[data-state=live]');
    const moving = () => page.evaluate<number>('document.getAnimations().length');
    const connecting = () => page.evaluate("document.getElementById('link').dataset.state = 'connecting'");
    await connecting();
    assert.equal(await moving(), 0);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await connecting();
    assert.ok((await moving()) > 0, 'something moves for everybody else, or this test says nothing');
  });
});

/** Presses Tab until an element that fits has the focus, and looks that each stop on the way can be seen. */
async function tabTo(page: Page, selector: string, most = 40): Promise<void> {
  for (let n = 0; n < most; n++) {
    await page.keyboard.press('Tab');
    const [there, stop, seen] = await page.evaluate<[boolean, string, boolean]>(`(() => {
      const focused = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(focused);
      const ring = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
      const { width, height } = focused.getBoundingClientRect();
      const there = focused.matches(${JSON.stringify(selector)});
      return [there, focused.outerHTML.slice(0, 120), ring && width > 1 && height > 1];
    })()`);
    assert.ok(seen, `the focus cannot be seen on ${stop}`);
    if (there) return;
  }
  throw new Error(`${selector} is not reached with ${most} Tabs`);
}

/** What a camera would read off the first ticket of this page. */
async function readQr(page: Page): Promise<string> {
  return await page.evaluate<string>(`(async () => {
    const [decoder] = (await (await fetch('/door')).text()).match(/\\/pages\\/qr-decoder[\\w.-]+js/);
    const { BarcodeDetector } = await import(decoder);
    const picture = new Image();
    const svg = document.querySelector('.tickets .qr svg');
    picture.src = 'data:image/svg+xml,' + encodeURIComponent(new XMLSerializer().serializeToString(svg));
    await picture.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: 600, height: 600 });
    canvas.getContext('2d').drawImage(picture, 0, 0, 600, 600);
    const [found] = await new BarcodeDetector({ formats: ['qr_code'] }).detect(canvas);
    return found?.rawValue ?? 'no code';
  })()`);
}
