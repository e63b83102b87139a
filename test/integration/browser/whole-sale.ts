import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { DESKTOP, inspect, PHONE, picture, type Visitor, visit } from './browser.ts';
import { chooseTickets, payFor, signInAs } from './steps.ts';

/** A shop that is up, seen from outside. */
export interface World {
  readonly url: string;
  readonly browser: Browser;
  anAccount(roles?: readonly ('organiser' | 'door')[]): Promise<{ readonly email: string; readonly password: string }>;
  /** What somebody who may approve sales does with kubectl. */
  approve(name: string): Promise<void>;
  /** `status.phase` of the EventSale; undefined when there is none. */
  phaseOf(name: string): Promise<string | undefined>;
}

export interface Times {
  /** From its approval to its opening. */
  readonly opensInMs: number;
}

const EVENT = 'Đêm nhạc Trịnh';

/**
 * An organiser and three buyers through a whole sale, each with a browser of their own, as `it`s that follow one another: scheduled,
 * approved, prepared by the operator, opened by itself, bought from on a phone and on a desktop, paused, extended, exported, closed.
 */
export function wholeSale(worldOf: () => World, { opensInMs }: Times): void {
  const visitors: Visitor[] = [];
  let organiser: Visitor;
  let organiserAccount: Awaited<ReturnType<World['anAccount']>>;
  let pocket: Visitor;
  let phone: Visitor;
  let desk: Visitor;
  let name: string;
  let eventUrl: string;

  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    for (const [i, { page }] of visitors.entries()) await picture(page, `whole-failed-${i}`).catch(() => {});
  });
  after(async () => {
    await Promise.all(visitors.map(({ context }) => context.close()));
    const complaints = visitors.flatMap((one) => one.complaints);
    assert.deepEqual(complaints, [], 'scripts failed, or the CSP refused something');
  });

  async function someone(
    viewport: typeof PHONE | typeof DESKTOP,
    locale: 'vi-VN' | 'en-GB',
    roles?: readonly ('organiser' | 'door')[],
  ) {
    const { url, browser, anAccount } = worldOf();
    const visitor = await visit(browser, { viewport, locale });
    visitors.push(visitor);
    const account = await anAccount(roles);
    await signInAs(visitor.page, url, account);
    return { ...visitor, account };
  }

  it('an organiser schedules a sale: the EventSale is there and waits for approval', async () => {
    const { url, phaseOf } = worldOf();
    const made = await someone(DESKTOP, 'en-GB', ['organiser']);
    organiser = made;
    organiserAccount = made.account;
    const { page } = organiser;
    await page.goto(`${url}/organiser`);
    await page.waitForSelector('#sales:not([aria-busy])');
    await page.waitForSelector('#new[open]');
    await inspect(page, 'organiser-empty-desk');
    await page.fill('[name=eventName]', EVENT);
    await page.fill('[name=description]', 'Một đêm nhạc với dàn nhạc giao hưởng và khách mời.');
    await page.fill('[name=startTime]', field(30 * 86_400_000));
    await page.fill('[name=venueName]', 'Nhà hát Lớn');
    await page.fill('[name=address]', '1 Tràng Tiền');
    await page.fill('[name=city]', 'Hà Nội');
    await page.fill('[name=className-0]', 'Hạng A');
    await page.fill('[name=price-0]', '1200000');
    await page.fill('[name=quantity-0]', '40');
    await page.click('#add-class');
    await page.fill('[name=className-1]', 'Hạng B');
    await page.fill('[name=price-1]', '500000');
    await page.fill('[name=quantity-1]', '50');
    // The wrong way round first: it is said at the field, and nothing that was typed is lost.
    await page.fill('[name=openTime]', field(3 * 3_600_000));
    await page.fill('[name=closeTime]', field(2 * 3_600_000));
    await page.fill('[name=expectedBuyers]', '200');
    await page.click('#sale [type=submit]');
    await page.waitForSelector('[name=closeTime]:invalid');
    await inspect(page, 'organiser-refused-desk');
    await page.fill('[name=closeTime]', field(5 * 3_600_000));
    await page.click('#sale [type=submit]');
    await page.waitForURL('**/organiser/sales/*');
    name = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1) ?? '');
    await page.locator('#phase', { hasText: 'Waiting for approval' }).waitFor();
    await eventually(async () => (await phaseOf(name)) === 'PendingApproval');
    await page.locator('#what', { hasText: /approv/i }).waitFor();
    await inspect(page, 'sale-pending-desk');
    // Ten too few: seen before anything is prepared, so it may still be mended.
    await page.click('#edit');
    await page.waitForSelector('#new[open]');
    assert.equal(await page.inputValue('[name=eventName]'), EVENT);
    assert.equal(await page.inputValue('[name=city]'), 'Hà Nội');
    assert.equal(await page.inputValue('[name=price-0]'), '1200000');
    await inspect(page, 'organiser-edit-desk');
    // After the picture: taking it scrolls, and the button must be where the mouse presses it.
    await page.fill('[name=quantity-1]', '60');
    await page.click('#sale [type=submit]');
    await page.waitForURL('**/organiser/sales/*');
    await page.locator('#classes tr', { hasText: 'Hạng B' }).locator('td', { hasText: '60' }).waitFor();
    await page.goto(`${url}/organiser`);
    await page.waitForSelector(`a[href="/organiser/sales/${name}"]`);
    await inspect(page, 'organiser-list-desk');
    // The same organiser, on the phone in their pocket.
    pocket = await visit(worldOf().browser, { viewport: PHONE, locale: 'vi-VN' });
    visitors.push(pocket);
    await signInAs(pocket.page, url, made.account);
    await pocket.page.goto(`${url}/organiser`);
    await pocket.page.waitForSelector(`a[href="/organiser/sales/${name}"]`);
    await inspect(pocket.page, 'organiser-list-phone');
    await pocket.page.click('#new summary');
    await inspect(pocket.page, 'organiser-form-phone');
    await pocket.page.goto(`${url}/organiser/sales/${name}`);
    await pocket.page.waitForSelector('#window:not(:empty)');
  });

  it('somebody approves it; the operator prepares it and says how far it is', async function () {
    this.timeout(opensInMs + 120_000);
    const { url, approve } = worldOf();
    const { page } = organiser;
    await page.goto(`${url}/organiser/sales/${name}`);
    await page.waitForSelector('#window:not(:empty)');
    await moveOpening(page, name, opensInMs);
    await approve(name);
    await page.locator('#approval', { hasText: 'Approved by' }).waitFor({ timeout: 30_000 });
    await page.locator('#phase', { hasText: /Being prepared|Ready|Armed/ }).waitFor({ timeout: 30_000 });
    await page.waitForSelector('#buyers:not([hidden])', { timeout: 60_000 });
    await inspect(page, 'sale-preparing-desk');
    eventUrl = new URL((await page.getAttribute('#buyers', 'href')) ?? '', url).href;
  });

  it('the doors open by themselves; two buyers pay, one of them after a declined payment', async function () {
    this.timeout(opensInMs + 150_000);
    [phone, desk] = await Promise.all([someone(PHONE, 'vi-VN'), someone(DESKTOP, 'en-GB')]);
    for (const { page } of [phone, desk]) {
      await page.goto(eventUrl, { waitUntil: 'load' });
      await page.click('#enter a');
      await page.waitForSelector('#link[data-state=live]', { timeout: 60_000 });
    }
    await picture(phone.page, 'whole-queue-phone');
    await picture(desk.page, 'whole-queue-desk');
    await Promise.all([phone, desk].map(({ page }) => page.waitForURL('**/tickets', { timeout: opensInMs + 90_000 })));
    await Promise.all([
      chooseTickets(phone.page, 2, 'zalopay').then(() => pay(phone.page, 2, 'whole-paid-phone')),
      chooseTickets(desk.page, 1, 'vnpay').then(async () => {
        await desk.page.click('#pay');
        await desk.page.click('[value=cancel]');
        await desk.page.waitForURL('**/orders/*declined*');
        await desk.page.waitForSelector('a.button[href$="/queue"]', { timeout: 60_000 });
        await inspect(desk.page, 'whole-declined-desk');
        // The refusal ended the order and gave the slot back; the same buyer may come again.
        await desk.page.click('a.button[href$="/queue"]');
        await desk.page.waitForURL('**/tickets', { timeout: 60_000 });
        await chooseTickets(desk.page, 1, 'payos');
        await pay(desk.page, 1, 'whole-paid-desk');
      }),
    ]);
  });

  it('the organiser watches it sell, on a desktop and on a phone', async function () {
    this.timeout(90_000);
    for (const [{ page }, where] of [
      [organiser, 'desk'],
      [pocket, 'phone'],
    ] as const) {
      await page.bringToFront();
      await page.waitForSelector('#link[data-state=live]', { timeout: 30_000 });
      const shows = (what: string, text: RegExp) =>
        page.locator(`#figure-${what} strong`, { hasText: text }).waitFor({ timeout: 45_000 });
      await shows('sold', /^3\s*\/\s*100$/);
      await shows('joined', /^[23]$/);
      await shows('revenue', /3[.,]600[.,]000/);
      await shows('admitted', /^[23]$/);
      await page.waitForSelector('#figure-sold svg path.line');
      await inspect(page, `sale-selling-${where}`);
    }
  });

  it('who opens the page later sees how it sold before', async function () {
    this.timeout(90_000);
    const { url, browser } = worldOf();
    const later = await visit(browser, { viewport: DESKTOP, locale: 'vi-VN' });
    visitors.push(later);
    await signInAs(later.page, url, organiserAccount);
    // Minutes are counted from what orders say of themselves, a few seconds behind.
    await eventually(async () => {
      await later.page.goto(`${url}/organiser/sales/${name}`);
      await later.page.waitForSelector('#figure-revenue svg path.line', { timeout: 30_000 });
      const line = await later.page.getAttribute('#figure-revenue svg path.line', 'd');
      return (line?.split('L').length ?? 0) >= 3;
    }, 60_000);
    await inspect(later.page, 'sale-later-desk');
  });

  it('pausing is told to who waits, with the organiser’s words; selling on lets them in', async function () {
    this.timeout(120_000);
    const { page } = organiser;
    await page.fill('#pause [name=message]', 'Cổng thanh toán bận, xin chờ ít phút.');
    await page.click('#pause [type=submit]');
    await page.waitForSelector('#paused:not([hidden])');
    await inspect(page, 'sale-paused-desk');
    const third = await someone(PHONE, 'vi-VN');
    await third.page.goto(`${eventUrl}/queue`);
    await third.page.locator('#state', { hasText: 'tạm dừng' }).waitFor({ timeout: 30_000 });
    await third.page.locator('#message', { hasText: 'Cổng thanh toán bận' }).waitFor();
    await inspect(third.page, 'whole-paused-phone');
    await page.click('#resume [type=submit]');
    await page.waitForSelector('#paused', { state: 'hidden' });
    await third.page.waitForURL('**/tickets', { timeout: 60_000 });
  });

  it('it is extended, its orders are exported, and it is closed', async function () {
    this.timeout(120_000);
    const { page } = organiser;
    const later = field(6 * 3_600_000);
    await page.fill('#extend [name=closeTime]', later);
    await page.click('#extend [type=submit]');
    await page.waitForSelector('#done:not([hidden])');
    await page.reload();
    await page.waitForSelector('#window:not(:empty)');
    assert.equal(await page.inputValue('#extend [name=closeTime]'), later, 'the extension is kept');

    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#export')]);
    const rows = (await text(await download.createReadStream())).trim().split('\r\n');
    assert.match(rows[0] ?? '', /code/i);
    assert.equal(rows.filter((row) => /PAID/.test(row)).length, 2, rows.join('\n'));

    await page.click('#close [type=submit]');
    // The third buyer is still choosing and may finish: Closing until then.
    await page.locator('#phase', { hasText: /Clos(ing|ed)/ }).waitFor({ timeout: 60_000 });
    await page.waitForSelector('#steer', { state: 'hidden' });
    await inspect(page, 'sale-closed-desk');
    await phone.page.goto(`${eventUrl}/queue`);
    await phone.page.locator('#state', { hasText: 'Đã đóng bán' }).waitFor({ timeout: 30_000 });
  });
}

async function pay(page: Page, tickets: number, name: string): Promise<void> {
  await payFor(page);
  await eventually(async () => (await page.locator('.tickets .qr svg').count()) === tickets);
  await inspect(page, name);
}

/** People type whole minutes; a test does not wait for the next one. The same call as the page's own. */
async function moveOpening(page: Page, name: string, opensInMs: number): Promise<void> {
  const answer = await page.evaluate(
    async ([path, inMs]) => {
      const { accessToken } = JSON.parse(localStorage.getItem('tb.session') ?? '{}');
      const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
      const { content } = (await (await fetch(path as string, { headers })).json()) as { content: object };
      const preQueueTime = new Date(Date.now() + 5_000).toISOString();
      const openTime = new Date(Date.now() + (inMs as number)).toISOString();
      const body = JSON.stringify({ ...content, preQueueTime, openTime });
      const response = await fetch(path as string, { method: 'PUT', headers, body });
      return { status: response.status, text: await response.text() };
    },
    [`/api/v1/organiser/sales/${name}`, opensInMs] as const,
  );
  assert.equal(answer.status, 200, answer.text);
}

/** What a `datetime-local` field takes, for so many ms from now; the browsers here are in this machine's zone. */
function field(ms: number): string {
  const date = new Date(Date.now() + ms);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

async function text(stream: AsyncIterable<Buffer | string>): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += chunk;
  return all;
}

async function eventually(probe: () => Promise<boolean>, ms = 30_000): Promise<void> {
  const until = performance.now() + ms;
  while (!(await probe())) {
    if (performance.now() > until) throw new Error(`not so after ${ms} ms: ${probe}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
