import type { Browser } from 'playwright-core';
import { sharedBrowser } from './browser.ts';
import type { OrganisersSite } from './control-plane.ts';
import { STARTING_MS, sharedSite } from './shared-site.ts';
import { wholeSale } from './whole-sale.ts';

describe('a whole sale in real browsers: an organiser, the operator and buyers', function () {
  this.timeout(240_000);
  let organisers: OrganisersSite;
  let browser: Browser;

  before(async function () {
    this.timeout(STARTING_MS);
    browser = await sharedBrowser();
    organisers = await sharedSite();
  });

  wholeSale(
    () => ({
      url: organisers.site.url,
      browser,
      anAccount: organisers.site.anAccount,
      approve: organisers.approve,
      phaseOf: async (name) => (await organisers.sale(name)).status?.phase,
    }),
    { opensInMs: 60_000 },
  );
});
