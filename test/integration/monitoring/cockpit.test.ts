import assert from 'node:assert/strict';
import { dashboardOf, having, unanswered } from './answers.ts';
import { type Ask, dashboardPage } from './dashboard-page.ts';
import { drawPages } from './pictures.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';
import { MINUTES, recordedSale, SALE, SERIES } from './recorded-sale.ts';

/**
 * The sale cockpit over half an hour of a sale, asked of a real Prometheus and drawn in a real browser. The page is ours: Grafana
 * is not part of what may be used here. Pictures: out/dashboards.
 */
describe('the sale cockpit, drawn', function () {
  this.timeout(120_000);
  // Whole quarters of a minute, so that the last scrape is the moment that is asked for.
  const startMs = Math.floor((Date.now() - MINUTES * 60_000) / 15_000) * 15_000;
  const [fromS, toS] = [startMs / 1000, startMs / 1000 + MINUTES * 60];
  const cockpit = dashboardOf(SERIES, 'sale');
  let prometheus: Prometheus;

  before(async () => {
    prometheus = await startPrometheus({ recording: await recordedSale(startMs) });
  });
  after(() => prometheus?.[Symbol.asyncDispose]());

  const ask: Ask = (expr, range) => prometheus.ask(expr, range ? { fromS, toS } : { toS });

  it('has something to show in every panel', async () => {
    assert.deepEqual(await unanswered(cockpit, ask), []);
  });

  it('says what a person wants to know', async () => {
    const html = await dashboardPage(cockpit, having(ask, { sale: SALE }), toS * 1000);
    await drawPages({ sale: html }, async (page) => {
      const said = await page.evaluate<Record<string, string>>(
        `Object.fromEntries([...document.querySelectorAll('[data-title]')].map((one) =>
          [one.dataset.title, one.querySelector('svg') ? 'chart' : one.querySelector('.stat, p').innerText.trim()]))`,
      );
      assert.deepEqual(
        Object.keys(said).filter((title) => /No data|NaN/.test(said[title] ?? '')),
        [],
      );
      assert.equal(said['Phase'], 'Open');
      assert.equal(said['Doors open'], '20 minutes ago');
      assert.equal(said['Broken promises'], '0');
      assert.equal(said['Not ready yet'], '0');
      assert.match(said['Sold'] ?? '', /^\d\d\.\d%$/);
    });
  });
});
