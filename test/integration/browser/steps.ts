import type { Page } from 'playwright-core';
import type { Site } from './site.ts';

/** With a new account. */
export async function signIn(page: Page, site: Site, roles?: readonly ('organiser' | 'door')[]): Promise<void> {
  await signInAs(page, site.url, await site.anAccount(roles));
}

export async function signInAs(
  page: Page,
  url: string,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<void> {
  await page.goto(`${url}/signin`);
  await page.fill('[name=email]', email);
  await page.fill('[name=password]', password);
  await page.click('[type=submit]');
  await page.waitForURL(`${url}/`);
}

/** From the event's page to the order that waits for its payment. */
export async function holdTickets(
  page: Page,
  { url }: Pick<Site, 'url'>,
  eventId: string,
  provider: 'zalopay' | 'payos' | 'vnpay',
): Promise<void> {
  await page.goto(`${url}/events/${eventId}`);
  await page.click('#enter a');
  await page.waitForURL('**/tickets');
  await chooseTickets(page, 1, provider);
}

export async function chooseTickets(page: Page, quantity: number, provider: string): Promise<void> {
  await page.waitForSelector('#choice [type=submit]:enabled');
  const more = page.locator('#classes > li').first().locator('.stepper button').last();
  for (let n = 0; n < quantity; n++) await more.click();
  await page.check(`[value=${provider}]`);
  await page.click('#choice [type=submit]');
  await page.waitForURL('**/orders/*');
  await page.waitForSelector('#pay');
}

/** At the provider, and back to the tickets. */
export async function payFor(page: Page): Promise<void> {
  await page.click('#pay');
  await page.click('[value=pay]');
  await page.waitForSelector('.tickets .qr svg', { timeout: 60_000 });
}

/** What the first ticket of the order on this page says to a scanner. */
export async function qrOf(page: Page): Promise<string> {
  return await page.evaluate<string>(`(async () => {
    const { accessToken } = JSON.parse(localStorage.getItem('tb.session'));
    const id = location.pathname.split('/').at(-1);
    const answer = await fetch('/api/v1/orders/' + id, { headers: { authorization: 'Bearer ' + accessToken } });
    const order = await answer.json();
    return order.tickets[0].qrPayload;
  })()`);
}
