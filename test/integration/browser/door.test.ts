import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { inspect, openBrowser, PHONE, sharedBrowser, type Visitor, visitorsOfEachTest } from './browser.ts';
import { writeFilm } from './camera-film.ts';
import { STARTING_MS, sharedSite } from './shared-site.ts';
import type { Site } from './site.ts';
import { holdTickets, payFor, qrOf, signIn } from './steps.ts';

describe('the door, in a real browser', function () {
  this.timeout(240_000);
  let site: Site;
  const { visitors, come } = visitorsOfEachTest();

  before(async function () {
    this.timeout(STARTING_MS);
    ({ site } = await sharedSite());
  });

  async function someone(browser: Browser, dark = false): Promise<Visitor> {
    return await come({ viewport: PHONE, locale: 'vi-VN', dark }, browser);
  }

  /** An event and what the QR code of a paid ticket for it says. */
  async function aTicket(
    name: string,
  ): Promise<{ readonly eventId: string; readonly qr: string; readonly page: Page }> {
    const { eventId } = await site.aSale({ name });
    const { page } = await someone(await sharedBrowser(), true);
    await signIn(page, site);
    await holdTickets(page, site, eventId, 'zalopay');
    await payFor(page);
    return { eventId, qr: await qrOf(page), page };
  }

  async function standAtGate({ page }: Visitor, eventId: string, gate: string): Promise<void> {
    await signIn(page, site, ['door']);
    await page.goto(`${site.url}/door`);
    await page.waitForSelector(`option[value="${eventId}"]`, { state: 'attached' });
    await page.selectOption('[name=eventId]', eventId);
    await page.fill('[name=gate]', gate);
    await page.click('#setting [type=submit]');
    await page.waitForSelector('#where:not([open])');
  }

  async function type({ page }: Visitor, code: string): Promise<string> {
    await page.fill('#typed [name=code]', code);
    await page.click('#typed [type=submit]');
    while ((await page.inputValue('#typed [name=code]')) !== '') await page.waitForTimeout(50);
    return (await page.textContent('#verdict')) ?? '';
  }
  const forged = (qr: string) => `${qr.slice(0, -3)}AAA`;

  it('checks at two gates, offline too and over a reload, and reports a conflict', async () => {
    const { eventId, qr, page } = await aTicket('Hội chợ sách');
    await inspect(page, 'paid-dark-phone');
    const [first, second] = [await someone(await sharedBrowser()), await someone(await sharedBrowser(), true)];
    await standAtGate(first, eventId, 'A1');
    await standAtGate(second, eventId, 'A2');
    await inspect(first.page, 'door-phone');
    await second.page.evaluate('navigator.serviceWorker.ready');
    await second.context.setOffline(true);
    assert.match(await type(first, qr), /✓/);
    assert.match(await type(first, qr), /✕/, 'no double entry');
    await inspect(first.page, 'door-refused-phone');
    assert.match(await type(first, forged(qr)), /✕/, 'a forged signature');
    // A phone that slept loads its page anew, and there is no network.
    await second.page.reload();
    await second.page.locator('#where-text', { hasText: 'Hội chợ sách · A2' }).waitFor();
    assert.match(await type(second, forged(qr)), /✕/, 'a forged signature, offline');
    assert.match(await type(second, qr), /✓/, 'offline the signature decides');
    assert.match(await type(second, qr), /✕/, 'this scanner let it in already');
    await inspect(second.page, 'door-offline-dark-phone');
    await second.context.setOffline(false);
    await second.page.waitForSelector('#conflicts strong', { timeout: 30_000 });
    await inspect(second.page, 'door-conflict-dark-phone');
    assert.equal(((await second.page.textContent('#queued')) ?? '').trim(), '', 'everything is sent');
    // Out through one gate, in again through the other.
    await first.page.check('[value=out]');
    assert.match(await type(first, qr), /✓/);
    assert.match(await type(second, qr), /✓/);
  });

  it('reads codes with the camera: lets in once, keeps a forged one out', async () => {
    const { eventId, qr } = await aTicket('Liên hoan phim');
    const folder = mkdtempSync(join(tmpdir(), 'ticketbottle-film-'));
    const film = join(folder, 'gate.y4m');
    await writeFilm(film, [{ seconds: 1 }, { code: qr, seconds: 4 }, { seconds: 1 }, { code: forged(qr), seconds: 4 }]);
    const browser = await openBrowser([
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${film}`,
    ]);
    try {
      const gate = await someone(browser);
      await standAtGate(gate, eventId, 'A1');
      const { page } = gate;
      await page.click('#camera');
      const seen = (text: RegExp) => page.locator('#recent li', { hasText: text }).first().waitFor({ timeout: 40_000 });
      await seen(/✓ Mời vào/);
      await inspect(page, 'door-camera-phone');
      await seen(/✕ Vé giả/);
      // The film begins again: the same ticket, a second time.
      await seen(/✕ Vé đã được dùng/);
      assert.equal(await page.locator('#recent li', { hasText: '✓' }).count(), 1, 'let in once');
      await page.click('#camera');
      await page.waitForSelector('#finder', { state: 'hidden' });
      // Not awaited by the next test: contexts of this browser end with it.
      assert.deepEqual(gate.complaints, []);
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true });
      for (const visitor of visitors.splice(0)) if (visitor.context.browser()?.isConnected()) visitors.push(visitor);
    }
  });
});
