import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { DESKTOP, inspect, PHONE, picture, visitorsOfEachTest } from './browser.ts';
import { STARTING_MS, sharedSite } from './shared-site.ts';
import type { Site } from './site.ts';
import { signIn } from './steps.ts';

describe('pages where something of the network is missing, in a real browser', function () {
  this.timeout(240_000);
  let site: Site;
  const { come } = visitorsOfEachTest();

  before(async function () {
    this.timeout(STARTING_MS);
    ({ site } = await sharedSite());
  });

  async function someone(viewport: typeof PHONE | typeof DESKTOP, locale: 'vi-VN' | 'en-GB'): Promise<Page> {
    return (await come({ viewport, locale })).page;
  }

  it('where streams are blocked, a buyer waits by ticks and comes in all the same', async () => {
    const { eventId } = await site.aSale({ name: 'Sau tường lửa', opensIn: 600_000 });
    const page = await someone(PHONE, 'vi-VN');
    await signIn(page, site);
    await page.route('**/waitroom/stream*', (route) => route.abort());
    await page.goto(`${site.url}/events/${eventId}/queue`);
    await page.waitForSelector('#link[data-state=polling]', { timeout: 30_000 });
    await page.waitForSelector('#numbers:not([hidden])');
    await inspect(page, 'queue-polling-phone');
    await site.openNow(eventId);
    await page.waitForURL('**/tickets', { timeout: 30_000 });
  });

  it('who opens the waiting room without a network is promised nothing, and comes in once it is there', async () => {
    const { eventId } = await site.aSale({ name: 'Trong thang máy', opensIn: 600_000 });
    const page = await someone(PHONE, 'vi-VN');
    await signIn(page, site);
    // The page itself came; then the network went away.
    await page.route('**/api/v1/**', (route) => route.abort());
    await page.goto(`${site.url}/events/${eventId}/queue`);
    await page.waitForSelector('#link[data-state=offline]');
    assert.doesNotMatch((await page.textContent('#link-text')) ?? '', /giữ chỗ/, 'no place is there to keep');
    await picture(page, 'queue-no-network-phone');
    await page.unroute('**/api/v1/**');
    await page.waitForSelector('#link[data-state=live]', { timeout: 30_000 });
    await page.waitForSelector('#numbers:not([hidden])');
  });

  it('the try-it page of the API calls it, under the site’s own policy', async () => {
    await site.aSale({ name: 'Tried out' });
    const page = await someone(DESKTOP, 'en-GB');
    await page.goto(`${site.url}/api/docs`);
    const operation = page.locator('.opblock', { has: page.locator('[data-path="/api/v1/events"]') });
    await operation.locator('.opblock-summary-control, .opblock-summary').first().click();
    await operation.locator('button.execute').click();
    await operation.locator('.live-responses-table .response-col_status', { hasText: '200' }).first().waitFor();
    assert.match((await operation.locator('.live-responses-table').textContent()) ?? '', /Tried out/);
    await picture(page, 'api-docs-desk');
  });
});
