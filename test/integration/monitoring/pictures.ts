import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { DESKTOP, openBrowser, PHONE } from '../browser/browser.ts';

const PICTURES = join(import.meta.dirname, '../../../out/dashboards');

/** Shows pages in a real browser, wide and narrow, and leaves pictures of them in out/dashboards for people to look at. */
export async function drawPages(
  pages: Readonly<Record<string, string>>,
  look: (page: Page, name: string) => Promise<void> = async () => {},
): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  const browser = await openBrowser();
  try {
    for (const [name, html] of Object.entries(pages))
      for (const [width, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
        const page = await browser.newPage({ viewport });
        await page.setContent(html);
        await page.screenshot({ path: join(PICTURES, `${name}-${width}.png`), fullPage: true });
        await look(page, name);
        await page.close();
      }
  } finally {
    await browser.close();
  }
}
