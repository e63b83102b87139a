import { chromium } from 'playwright-core';
import { ensureAptPackages } from '#runtime/local/preflight.ts';
import type { BenchContext, Benchmark, OpenBenchmark, Side } from '../benchmark.ts';
import { loadPage, SLOW_PHONE } from './page-load.ts';
import { openSite } from './site.ts';

const CHROMIUM = '/usr/bin/chromium';
const PAGES = {
  events: ['what is on sale', () => '/'],
  event: ['an event', (eventId: string) => `/events/${eventId}`],
  queue: ['the waiting room', (eventId: string) => `/events/${eventId}/queue`],
  signin: ['sign in', () => '/signin'],
  door: ['the door', () => '/door'],
} as const satisfies Record<string, readonly [name: string, path: (eventId: string) => string]>;
type PageId = keyof typeof PAGES;
const IDS = Object.keys(PAGES) as PageId[];

export const benchmark: Benchmark = {
  name: 'pages',
  title:
    'A first visit with an empty cache, in Chromium, on a slow phone and a bad network: 150 ms, 1.6 Mbit/s, a quarter of the speed of this machine.',
  lines: IDS.flatMap((page) => [
    line(page, 'kilobytes', 'weight over the wire', 'kB', 100),
    line(page, 'firstPaint', 'first contentful paint', 'ms', 1_800),
    line(page, 'largestPaint', 'largest contentful paint', 'ms', 2_500),
    line(page, 'layoutShift', 'cumulative layout shift', '', 0.1),
    line(page, 'blocked', 'total blocking time', 'ms', 200),
  ]),
  open,
};

/** Bounds are those that Lighthouse calls good; the weight is our own. */
function line(page: PageId, figure: string, what: string, unit: string, atMost: number): Benchmark['lines'][number] {
  const title = `${PAGES[page][0]}: ${what}`;
  return { id: `${page}-${figure}`, title, unit, better: 'lower', ours: { side: page, figure }, target: { atMost } };
}

async function open(context: BenchContext): Promise<OpenBenchmark> {
  await using stack = new AsyncDisposableStack();
  context.say('starting Redis, Postgres, the event service, the waitroom, the gateway and Chromium');
  await ensureAptPackages({ chromium: CHROMIUM }, { signal: context.signal });
  const site = stack.use(await openSite(context));
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  stack.defer(() => browser.close());
  const sides: Side[] = IDS.map((page) => {
    const path = PAGES[page][1](site.eventId);
    return {
      name: page,
      round: async () => ({ figures: { ...(await loadPage(browser, site, path)) }, work: { path } }),
    };
  });
  const version = browser.version();
  const owned = stack.move();
  return {
    sides,
    conditions: { ...SLOW_PHONE, screen: '390 x 844' },
    versions: { chromium: version },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
