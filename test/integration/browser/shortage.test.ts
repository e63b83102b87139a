import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { place as placeIn } from '#runtime/permutation.ts';
import { toTimestamp } from '#runtime/timestamp.ts';
import { inspect, PHONE, visitorsOfEachTest } from './browser.ts';
import { STARTING_MS, sharedSite } from './shared-site.ts';
import type { Site } from './site.ts';
import { signIn } from './steps.ts';

/** What buyers are told when there is not enough for everybody. */
describe('too few tickets and too little room, in a real browser', function () {
  this.timeout(240_000);
  let site: Site;
  const { come } = visitorsOfEachTest();

  before(async function () {
    this.timeout(STARTING_MS);
    ({ site } = await sharedSite());
  });

  async function aBuyer(): Promise<Page> {
    const { page } = await come({ viewport: PHONE, locale: 'vi-VN' });
    await signIn(page, site);
    return page;
  }

  async function enter(page: Page, eventId: string): Promise<void> {
    await page.goto(`${site.url}/events/${eventId}/queue`);
    await page.waitForURL('**/tickets');
    await page.waitForSelector('#choice [type=submit]:enabled');
  }

  const rowOf = (page: Page, name: string) => page.locator('#classes > li', { hasText: name });
  const oneMore = (page: Page, name: string) => rowOf(page, name).locator('.stepper button').last().click();

  /** Somebody else holds one ticket of a class; answers the order that holds it. */
  async function taken(eventId: string, name: string): Promise<string> {
    const { classes } = await site.shop.inventory.listTicketClasses({ eventId, includeRehearsal: false });
    const { id } = classes.find((one) => one.name === name) ?? assert.fail(name);
    const orderId = randomUUID();
    await site.shop.inventory.reserve({
      ...{ orderId, eventId, userId: randomUUID(), lines: [{ ticketClassId: id, quantity: 1 }], rehearsal: false },
      expireTime: toTimestamp(Date.now() + 600_000),
    });
    return orderId;
  }

  it('a class that goes at the last moment costs no turn: others are chosen', async () => {
    const { eventId } = await site.aSale({ name: 'Đêm kịch', seats: 1 });
    const page = await aBuyer();
    await enter(page, eventId);
    // The page goes on believing what it read last, as on a slow network.
    const url = `${site.url}/api/v1/events/${eventId}/ticket-classes`;
    const body = await (await fetch(url)).text();
    await page.route('**/ticket-classes', (route) => route.fulfill({ body, contentType: 'application/json' }));
    await oneMore(page, 'Hạng A');
    await taken(eventId, 'Hạng A');
    await page.click('#choice [type=submit]');
    await page.locator('#error', { hasText: 'Loại vé này vừa hết' }).waitFor();
    assert.match(page.url(), /\/tickets$/);
    await page.unroute('**/ticket-classes');
    await rowOf(page, 'Hạng A').locator('.left', { hasText: 'Đã hết vé' }).waitFor();
    await inspect(page, 'choice-class-gone-phone');
    await oneMore(page, 'Hạng B');
    await page.click('#choice [type=submit]');
    await page.waitForURL('**/orders/*');
    await page.waitForSelector('#pay');
    assert.match((await page.textContent('#order')) ?? '', /1 × Hạng B/);
    await page.goto(`${site.url}/orders`);
    await page.waitForSelector('#orders .card');
    assert.equal(await page.locator('#orders .card').count(), 1, 'what was refused is no order');
  });

  it('who signs in after somebody else in the same browser gets a turn of their own', async () => {
    const { eventId } = await site.aSale({ name: 'Máy tính chung' });
    const page = await aBuyer();
    await enter(page, eventId);
    // Another account, on the page that the first one left.
    await signIn(page, site);
    await page.goto(`${site.url}/events/${eventId}/tickets`);
    await page.waitForSelector('#choice [type=submit]:enabled');
    await oneMore(page, 'Hạng A');
    await page.click('#choice [type=submit]');
    await page.waitForURL('**/queue');
    await page.waitForURL('**/tickets');
    await page.waitForSelector('#choice [type=submit]:enabled');
    assert.equal(await page.inputValue('.stepper input >> nth=0'), '1', 'the choice is kept');
    await page.click('#choice [type=submit]');
    await page.waitForURL('**/orders/*');
    await page.waitForSelector('#pay');
  });

  it('when nothing is left it is said at once, and what comes back during the turn can be bought', async () => {
    const { eventId } = await site.aSale({ name: 'Đêm xiếc', seats: 1 });
    const page = await aBuyer();
    await enter(page, eventId);
    const [first] = await Promise.all([taken(eventId, 'Hạng A'), taken(eventId, 'Hạng B')]);
    await page.waitForSelector('#sold-out:not([hidden])');
    assert.equal(await page.isVisible('#choice'), false);
    assert.match((await page.textContent('#announce')) ?? '', /Đã hết vé/, 'a screen reader is told');
    await inspect(page, 'choice-sold-out-phone');
    await site.shop.inventory.release({ orderId: first });
    await page.waitForSelector('#choice:not([hidden])');
    await oneMore(page, 'Hạng A');
    await page.click('#choice [type=submit]');
    await page.waitForURL('**/orders/*');
    await page.waitForSelector('#pay');
  });

  it('a full waiting room says so and lets in who waited before it, by itself', async () => {
    const { eventId } = await site.aSale({ name: 'Phòng nhỏ', maxQueue: 1, opensIn: 600_000 });
    const [first, second] = [await aBuyer(), await aBuyer()];
    await first.goto(`${site.url}/events/${eventId}/queue`);
    await first.waitForSelector('#link[data-state=live]');
    await second.goto(`${site.url}/events/${eventId}/queue`);
    await second.locator('#state', { hasText: 'Phòng chờ đã đầy' }).waitFor();
    assert.equal(await second.isVisible('#numbers'), false, 'no number is promised');
    await inspect(second, 'queue-full-phone');
    await first.click('#leave');
    await first.waitForURL(`**/events/${eventId}`);
    await second.waitForSelector('#link[data-state=live]', { timeout: 30_000 });
    await second.waitForSelector('#numbers:not([hidden])');
  });

  it('who waits sees how many are ahead and how long as a range, and hears at once when all is sold', async () => {
    // A crowd of which one has a browser; drawn so that it stands far behind. One place every two seconds.
    const others = 120;
    const seed = seedFor((at) => at > 100, others);
    const { eventId } = await site.aSale({ name: 'Trận cầu', perMinute: 30, burst: 1, opensIn: 600_000, seed });
    for (let n = 0; n < others; n++) await site.shop.waitroom.join({ eventId, userId: randomUUID() });
    const page = await aBuyer();
    await page.goto(`${site.url}/events/${eventId}/queue`);
    await page.waitForSelector('#link[data-state=live]');
    await site.openNow(eventId);
    await page.waitForSelector('#place-pair:not([hidden])');
    const place = await numberIn(page, '#place');
    assert.equal(place, placeIn(seed, others, others + 1) + 1, 'the place that anybody can compute from the seed');
    await page.evaluate(COUNT_ANNOUNCEMENTS);
    const before = await numberIn(page, '#count');
    await page.waitForTimeout(12_000);
    assert.ok(before - (await numberIn(page, '#count')) >= 4, 'the queue moved');
    assert.ok((await page.evaluate<number>('announcements')) <= 1, 'a screen reader is not told each step');
    const [ahead, eta, { served }] = await Promise.all([
      numberIn(page, '#count'),
      page.textContent('#eta'),
      tickOf(eventId),
    ]);
    assert.ok(Math.abs(place - 1 - served - ahead) <= 1, `${ahead} ahead at ${place}, ${served} served`);
    const [, from, to] = /^Khoảng (\d+)–(\d+) phút$/.exec(eta ?? '') ?? assert.fail(`estimated: ${eta}`);
    const truth = (place - served) / 30;
    assert.ok(Number(from) <= truth && truth <= Number(to), `${eta}, in truth ${truth}`);
    await inspect(page, 'queue-crowd-phone');
    await site.shop.waitroom.setSoldOut({ eventId, soldOut: true });
    await page.locator('#state', { hasText: 'Đã hết vé' }).waitFor({ timeout: 5_000 });
    assert.match((await page.textContent('#announce')) ?? '', /Đã hết vé/, 'a screen reader is told');
    await inspect(page, 'queue-sold-out-phone');
    // Tickets that come back move the queue on, at the same place.
    await site.shop.waitroom.setSoldOut({ eventId, soldOut: false });
    await page.locator('#state', { hasText: 'Bạn đang trong hàng chờ' }).waitFor();
    assert.equal(await numberIn(page, '#place'), place);
  });

  async function tickOf(eventId: string) {
    const answer = await fetch(`${site.url}/api/v1/events/${eventId}/waitroom/tick`);
    return (await answer.json()) as { readonly served: number };
  }
});

const COUNT_ANNOUNCEMENTS = `
  globalThis.announcements = 0;
  new MutationObserver(() => announcements++).observe(document.getElementById('announce'), { childList: true });
`;

/** A seed by which the last of so many who joined before the draw gets a place that fits. */
function seedFor(fits: (place: number) => boolean, others: number): Buffer {
  for (;;) {
    const seed = randomBytes(32);
    if (fits(placeIn(seed, others, others + 1) + 1)) return seed;
  }
}

async function numberIn(page: Page, selector: string): Promise<number> {
  return Number(((await page.textContent(selector)) ?? '').replaceAll(/\D/g, ''));
}
