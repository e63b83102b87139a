import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { DESKTOP, inspect, PHONE, visitorsOfEachTest } from './browser.ts';
import { STARTING_MS, sharedSite } from './shared-site.ts';
import type { Site } from './site.ts';
import { signInAs } from './steps.ts';

describe('accounts, in a real browser', function () {
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
  const told = (page: Page, text: string) => page.locator('#error', { hasText: text }).waitFor();

  it('wrong passwords and dead links are told in the reader’s language, where they happened', async () => {
    const { email } = await site.anAccount();
    const page = await someone(PHONE, 'vi-VN');
    await page.goto(`${site.url}/signin`);
    const guess = async () => {
      await page.fill('[name=email]', email);
      await page.fill('[name=password]', 'đoán mò');
      await page.click('[type=submit]');
      await page.waitForSelector('[type=submit]:enabled');
    };
    await guess();
    await told(page, 'Email hoặc mật khẩu không đúng.');
    await inspect(page, 'signin-refused-phone');
    for (let n = 0; n < 5; n++) await guess();
    await told(page, 'Sai mật khẩu quá nhiều lần.');

    await page.goto(`${site.url}/reset-password#token=${'x'.repeat(43)}`);
    await page.fill('[name=newPassword]', 'một mật khẩu khác');
    await page.click('[type=submit]');
    await told(page, 'Liên kết này không còn dùng được.');
    assert.match(page.url(), /\/reset-password/, 'nobody is sent away from what was told');
    await inspect(page, 'reset-refused-phone');
    await page.goto(`${site.url}/reset-password`);
    await told(page, 'Liên kết này không đầy đủ.');
    await page.goto(`${site.url}/forgot-password`);
    await inspect(page, 'forgot-phone');
  });

  it('a password is changed, the other device is signed out, and so is everybody at last', async () => {
    const account = await site.anAccount();
    const [desk, phone] = [await someone(DESKTOP, 'en-GB'), await someone(PHONE, 'vi-VN')];
    for (const page of [desk, phone]) await signInAs(page, site.url, account);
    await desk.goto(`${site.url}/account`);
    await desk.waitForSelector('#sessions li:nth-child(2)');
    await desk.locator('#sessions', { hasText: /Chrome · Linux/ }).waitFor();
    await inspect(desk, 'account-desk');
    await desk.fill('[name=currentPassword]', 'not this one');
    await desk.fill('[name=newPassword]', 'một mật khẩu mới');
    await desk.click('#password [type=submit]');
    await told(desk, 'The current password is wrong.');
    await desk.fill('[name=currentPassword]', account.password);
    await desk.click('#password [type=submit]');
    await desk.waitForSelector('#done:not([hidden])');
    await desk.waitForSelector('#sessions li:nth-child(2)', { state: 'detached' });
    // The phone's session is over: it is led to sign in, and back to where it was.
    await phone.goto(`${site.url}/orders`);
    await phone.waitForURL('**/signin?next=%2Forders');
    await phone.fill('[name=email]', account.email);
    await phone.fill('[name=password]', 'một mật khẩu mới');
    await phone.click('[type=submit]');
    await phone.waitForURL('**/orders');
    await phone.waitForSelector('#orders .empty');
    await inspect(phone, 'orders-empty-phone');
    await desk.click('#signout-all');
    await desk.waitForURL(`${site.url}/`);
    await phone.goto(`${site.url}/account`);
    await phone.waitForURL('**/signin?next=%2Faccount');
  });
});
