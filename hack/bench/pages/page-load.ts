import type { Browser } from 'playwright-core';
import type { PageSite } from './site.ts';

/** A slow phone on a bad network, as Lighthouse has it: 150 ms, 1.6 Mbit/s, a quarter of this machine's speed. */
export const SLOW_PHONE = { latencyMs: 150, downKbit: 1_638, upKbit: 750, cpuSlowdown: 4 } as const;
/** How long after the load event people may still wait for scripts. */
const SETTLE_MS = 2_000;

export interface PageFigures {
  /** Over the wire, compressed, headers included. */
  readonly kilobytes: number;
  readonly requests: number;
  readonly firstPaint: number;
  readonly largestPaint: number;
  /** How far things jumped, as a share of the screen. */
  readonly layoutShift: number;
  /** Ms beyond 50 of each task that kept the page from answering a tap. */
  readonly blocked: number;
}

const WATCH = `(() => {
  const seen = { largestPaint: 0, layoutShift: 0, blocked: 0 };
  globalThis.seen = seen;
  const watch = (type, on) => new PerformanceObserver((list) => list.getEntries().forEach(on)).observe({ type, buffered: true });
  watch('largest-contentful-paint', (entry) => (seen.largestPaint = entry.startTime));
  watch('layout-shift', (entry) => entry.hadRecentInput || (seen.layoutShift += entry.value));
  watch('longtask', (entry) => (seen.blocked += entry.duration - 50));
})()`;

/** One first visit with an empty cache. */
export async function loadPage(browser: Browser, site: PageSite, path: string): Promise<PageFigures> {
  const context = await browser.newContext({
    ...{ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: 'vi-VN' },
  });
  try {
    const session = JSON.stringify({ accessToken: site.accessToken, refreshToken: '' });
    await context.addInitScript(`localStorage.setItem('tb.session', ${JSON.stringify(session)})`);
    await context.addInitScript(WATCH);
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: SLOW_PHONE.latencyMs,
      downloadThroughput: (SLOW_PHONE.downKbit * 1000) / 8,
      uploadThroughput: (SLOW_PHONE.upKbit * 1000) / 8,
    });
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOW_PHONE.cpuSlowdown });
    let bytes = 0;
    let requests = 0;
    cdp.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
      requests++;
    });
    const response = await page.goto(site.url + path, { waitUntil: 'load' });
    if (response?.status() !== 200) throw new Error(`${path} answered ${response?.status()}`);
    await page.waitForTimeout(SETTLE_MS);
    const firstPaint = await page.evaluate<number>(
      "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN",
    );
    const seen = await page.evaluate<Pick<PageFigures, 'largestPaint' | 'layoutShift' | 'blocked'>>('seen');
    return { kilobytes: bytes / 1000, requests, firstPaint, ...seen };
  } finally {
    await context.close();
  }
}
