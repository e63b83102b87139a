import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { redisKey } from '#proto/names.ts';
import { DESKTOP, inspect, PHONE, pageWeight, sharedBrowser, visitorsOfEachTest } from './browser.ts';
import { HOLD_S, STARTING_MS, sharedSite } from './shared-site.ts';
import { ROOT, type Site } from './site.ts';
import { holdTickets, signIn } from './steps.ts';

describe('the pages, in a real browser, on the real services', function () {
  this.timeout(240_000);
  let site: Site;
  let browser: Browser;
  const { come } = visitorsOfEachTest();

  before(async function () {
    this.timeout(STARTING_MS);
    browser = await sharedBrowser();
    ({ site } = await sharedSite());
  });

  const phone = () => come({ viewport: PHONE, locale: 'vi-VN' });
  const desk = () => come({ viewport: DESKTOP, locale: 'en-GB' });

  it('leads a buyer on a phone from the event to the tickets, with reloads at every step and Back', async () => {
    const { eventId, name } = await site.aSale({ name: 'Đêm nhạc Hà Nội', preQueueIn: -1_000, opensIn: 600_000 });
    const { page } = await come({ viewport: PHONE, locale: 'vi-VN', timeZone: 'America/New_York' });
    await page.goto(site.url);
    assert.equal(await page.getAttribute('html', 'lang'), 'vi');
    await inspect(page, 'events-phone');
    await page.click(`a[href="/events/${eventId}"]`);
    await page.waitForSelector('#count:not([hidden])');
    assert.match((await page.textContent('h1')) ?? '', new RegExp(name));
    const clock = /\d\d:\d\d$/.exec((await page.textContent('.hero p')) ?? '')?.[0] ?? assert.fail('no time');
    await inspect(page, 'event-phone');
    await page.click('#enter a');
    // Not signed in: an account first, then on to where the buyer was going.
    await page.waitForURL('**/signin?next=*');
    await inspect(page, 'signin-phone');
    await page.click('a.keep-next');
    await page.waitForURL('**/signup?next=*');
    await page.fill('[name=fullName]', 'Trần Thị Bình');
    await page.fill('[name=email]', `binh-${Date.now()}@example.com`);
    await page.fill('[name=password]', 'một mật khẩu dài');
    await inspect(page, 'signup-phone');
    await page.click('[type=submit]');
    await page.waitForURL('**/queue');
    await page.waitForSelector('#link[data-state=live]');
    const number = await page.textContent('#number');
    await inspect(page, 'queue-before-phone');
    await page.reload();
    await page.waitForSelector('#link[data-state=live]');
    assert.equal(await page.textContent('#number'), number, 'a reload keeps the place');

    await site.openNow(eventId);
    await page.waitForURL('**/tickets', { timeout: 30_000 });
    await page.waitForSelector('#class-count, .stepper');
    await page.locator('#classes > li').first().locator('.stepper button').last().click();
    await page.locator('#classes > li').first().locator('.stepper button').last().click();
    await inspect(page, 'choice-phone');
    await page.reload();
    await page.waitForSelector('.stepper');
    assert.equal(await page.inputValue('.stepper input >> nth=0'), '2', 'a reload keeps the choice');
    await page.goBack();
    await page.waitForURL(`**/events/${eventId}`);
    await page.click('#enter a');
    await page.waitForURL('**/tickets');
    await page.waitForSelector('#choice [type=submit]:enabled');
    await page.click('#choice [type=submit]');
    await page.waitForURL('**/orders/*');
    const orderUrl = page.url();
    await page.waitForSelector('#pay');
    await inspect(page, 'checkout-phone');
    await page.reload();
    await page.click('#pay');
    await page.waitForSelector('[value=pay]');
    await page.goBack();
    await page.waitForSelector('#pay');
    assert.equal(page.url(), orderUrl, 'Back from the provider is the order that still waits');
    await page.click('#pay');
    await page.click('[value=pay]');
    await page.waitForSelector('.tickets .qr svg', { timeout: 40_000 });
    assert.equal(await page.locator('.tickets .qr svg').count(), 2);
    const pass = (await page.textContent('.pass header')) ?? '';
    assert.ok(
      pass.includes(clock),
      `the ticket says ${pass}, the event ${clock}: the clock of its place, not of the phone`,
    );
    await inspect(page, 'paid-phone');
    await page.reload();
    await page.waitForSelector('.tickets .qr svg');
    await page.goto(`${site.url}/orders`);
    await page.waitForSelector('#orders .card');
    await inspect(page, 'orders-phone');
    await page.goto(`${site.url}/account`);
    await page.waitForSelector('#sessions li');
    await inspect(page, 'account-phone');
  });

  it('speaks English on a desktop, in two tabs that hold one place; a cancelled payment is told', async () => {
    const { eventId } = await site.aSale({ name: 'A night at the opera' });
    const { page, context } = await desk();
    await page.goto(`${site.url}/`);
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    await inspect(page, 'events-desk');
    await signIn(page, site);
    await page.goto(`${site.url}/events/${eventId}`);
    await inspect(page, 'event-desk');
    const other = await context.newPage();
    await Promise.all([page, other].map((tab) => tab.goto(`${site.url}/events/${eventId}/queue`)));
    await Promise.all([page, other].map((tab) => tab.waitForURL('**/tickets')));
    await Promise.all([page, other].map((tab) => tab.waitForSelector('#choice [type=submit]:enabled')));
    await inspect(page, 'choice-desk');
    for (const tab of [page, other]) await tab.locator('.stepper button').nth(1).click();
    await page.check('[value=payos]');
    await page.click('#choice [type=submit]');
    await page.waitForURL('**/orders/*');
    // The turn is used up: the other tab shows the same order and offers no second one.
    await other.waitForURL(page.url());
    await other.close();
    await page.waitForSelector('#pay');
    await page.click('#pay');
    await page.click('[value=cancel]');
    await page.waitForURL('**/orders/*cancelled*');
    await page.waitForSelector('#order .notice');
    await inspect(page, 'cancelled-desk');
    await page.goto(`${site.url}/orders`);
    await page.waitForSelector('#orders .card');
    assert.equal(await page.locator('#orders .card').count(), 1, 'one turn, one order');
    await page.click('#language');
    await page.waitForSelector('html[lang=vi]');
  });

  it('keeps the place over a lost connection, and tells at once of a pause and of the end', async () => {
    const { eventId } = await site.aSale({ name: 'Chung kết', slots: 1, preQueueIn: -5_000, opensIn: -1_000 });
    // The only slot is taken, so that the next one waits.
    const first = await phone();
    await signIn(first.page, site);
    await first.page.goto(`${site.url}/events/${eventId}/queue`);
    await first.page.waitForURL('**/tickets');
    const { page, context } = await phone();
    await signIn(page, site);
    await page.goto(`${site.url}/events/${eventId}/queue`);
    await page.waitForSelector('#place-pair:not([hidden])');
    await page.waitForSelector('#link[data-state=live]');
    await inspect(page, 'queue-phone');
    const place = await page.textContent('#place');
    await context.setOffline(true);
    await page.waitForSelector('#link[data-state=offline]');
    await inspect(page, 'queue-offline-phone');
    assert.equal(await page.textContent('#place'), place);
    await context.setOffline(false);
    await page.waitForSelector('#link[data-state=live]', { timeout: 30_000 });
    assert.equal(await page.textContent('#place'), place, 'the place is kept');
    const gateKey = redisKey.gate(eventId);
    await site.redis.hset(gateKey, { paused: '1', message: 'Cổng thanh toán đang bận.', generation: 2 });
    await page.locator('#state', { hasText: 'tạm dừng' }).waitFor();
    assert.match((await page.textContent('#announce')) ?? '', /tạm dừng/, 'a screen reader is told');
    await inspect(page, 'queue-paused-phone');
    await site.redis.hset(gateKey, { paused: '0', message: '', closesAtMs: Date.now() - 1_000, generation: 3 });
    await page.locator('#state', { hasText: 'Đã đóng bán' }).waitFor();
    assert.deepEqual(
      await Promise.all(['#steps', '#leave', '#elsewhere'].map((id) => page.isVisible(id))),
      [false, false, true],
      'what cannot happen any more is not offered',
    );
    await inspect(page, 'queue-closed-phone');
  });

  it('tells when the hold has ended', async function () {
    this.timeout((HOLD_S + 90) * 1_000);
    const { eventId } = await site.aSale({ name: 'Kịch nói cuối tuần' });
    const { page } = await come({ viewport: PHONE, locale: 'vi-VN', dark: true });
    await signIn(page, site);
    await holdTickets(page, site, eventId, 'vnpay');
    await inspect(page, 'checkout-dark-phone');
    await page.waitForSelector('a.button[href^="/events/"]', { timeout: (HOLD_S + 40) * 1_000 });
    assert.match((await page.textContent('h1')) ?? '', /Hết thời gian|huỷ/i);
    await inspect(page, 'expired-dark-phone');
  });

  it('is light: every first load under 100 kB over the wire', async () => {
    const { eventId } = await site.aSale({ name: 'Cân nặng' });
    const later = await site.aSale({ name: 'Cân nặng, mở sau', opensIn: 600_000 });
    const { page } = await phone();
    await signIn(page, site, ['organiser', 'door']);
    await holdTickets(page, site, eventId, 'zalopay');
    const orderPath = new URL(page.url()).pathname;
    const session = await page.evaluate<string>("localStorage.getItem('tb.session')");
    const visits = [
      ...['/', '/signin', '/signup', `/events/${eventId}`].map((path) => [path, undefined] as const),
      ...[`/events/${later.eventId}/queue`, `/events/${eventId}/tickets`, orderPath].map(
        (path) => [path, session] as const,
      ),
      ...['/account', '/orders', '/organiser', '/door'].map((path) => [path, session] as const),
    ];
    const figures: Record<string, { bytes: number; requests: number; readyMs: number }> = {};
    for (const [path, as] of visits)
      figures[path.replace(/[0-9a-f-]{36}/, 'ID')] = await pageWeight(browser, site.url + path, as);
    writeFileSync(join(ROOT, 'out', 'browser', 'page-weight.json'), JSON.stringify(figures, null, 2));
    for (const [path, { bytes, requests, readyMs }] of Object.entries(figures)) {
      process.stdout.write(
        `      ${path}: ${(bytes / 1000).toFixed(1)} kB in ${requests} requests, ready after ${readyMs.toFixed(0)} ms\n`,
      );
      assert.ok(bytes < 100_000, `${path} weighs ${bytes} bytes`);
    }
  });

  it('serves what never changes for ever, compressed, and says what is not there in the reader’s language', async () => {
    const page = await fetch(site.url, { headers: { 'accept-language': 'en;q=0.9, vi;q=0.8' } });
    const html = await page.text();
    assert.match(html, /<html lang="en">/);
    assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'self'/);
    const urls = [...html.matchAll(/(?:href|src)="(\/pages\/[^"]+)"/g)].map(([, url]) => url ?? '');
    assert.ok(urls.length >= 4);
    for (const url of urls) {
      const asset = await fetch(site.url + url, { headers: { 'accept-encoding': 'br' } });
      assert.equal(asset.status, 200, url);
      assert.equal(asset.headers.get('content-encoding'), 'br');
      assert.match(asset.headers.get('cache-control') ?? '', /immutable/);
    }
    const missing = await fetch(`${site.url}/events/00000000-0000-4000-8000-000000000000`, {
      headers: { cookie: 'lang=en' },
    });
    assert.equal(missing.status, 404);
    assert.match(await missing.text(), /does not exist/);
    const switched = await fetch(`${site.url}//evil.example/?lang=vi`, { redirect: 'manual' });
    assert.ok(!(switched.headers.get('location') ?? '').startsWith('//'), 'no way out to another host');
  });
});
