import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dashboardsOf } from '#operator/platform/monitoring/dashboards.ts';
import { run } from '#runtime/local/command.ts';
import { localLayout } from '#runtime/local/layout.ts';
import { prometheusPrograms } from '#runtime/local/prometheus.ts';
import { DESKTOP, openBrowser, PHONE } from '../browser/browser.ts';
import { eventually } from '../kube/api-fixture.ts';
import { freePort } from '../services-front/servers.ts';
import { type Answer, type Dashboard, dashboardPage } from './dashboard-page.ts';
import { MINUTES, recordedSale, SALE, SERIES } from './recorded-sale.ts';

const PICTURES = join(import.meta.dirname, '../../../out/dashboards');

interface Result {
  readonly metric: Record<string, string>;
  readonly value?: [number, string];
  readonly values?: [number, string][];
}

/**
 * The sale cockpit over half an hour of a sale, asked of a real Prometheus and drawn in a real browser. The page is ours: Grafana
 * is not part of what may be used here. Pictures: out/dashboards.
 */
describe('the sale cockpit, drawn', function () {
  this.timeout(120_000);
  const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-cockpit-'));
  // Whole quarters of a minute, so that the last scrape is the moment that is asked for.
  const startMs = Math.floor((Date.now() - MINUTES * 60_000) / 15_000) * 15_000;
  const endS = startMs / 1000 + MINUTES * 60;
  let base: string;
  let server: ReturnType<typeof spawn>;

  before(async () => {
    const { prometheus, promtool } = await prometheusPrograms(localLayout(process.env).cache);
    const [file, data] = [join(dir, 'sale.om'), join(dir, 'data')];
    writeFileSync(file, await recordedSale(startMs));
    await run(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', file, data]);
    writeFileSync(join(dir, 'prometheus.yml'), 'global: {}\n');
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    const args = [`--config.file=${join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${data}`];
    server = spawn(prometheus, [...args, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'], {
      stdio: 'inherit',
    });
    await eventually(async () => (await fetch(`${base}/-/ready`).catch(() => undefined))?.ok, 60_000);
  });
  after(async () => {
    const gone = server === undefined ? undefined : once(server, 'exit');
    server?.kill('SIGTERM');
    await gone;
    rmSync(dir, { recursive: true, force: true });
  });

  async function ask(expr: string, range: boolean): Promise<readonly Answer[]> {
    // As Grafana fills in its variables.
    const query = expr.replaceAll('$sale', SALE);
    const when = range
      ? `query_range?${new URLSearchParams({ query, start: String(startMs / 1000), end: String(endS), step: '15' })}`
      : `query?${new URLSearchParams({ query, time: String(endS) })}`;
    const body = (await (await fetch(`${base}/api/v1/${when}`)).json()) as {
      status: string;
      error?: string;
      data?: { result: Result[] };
    };
    assert.equal(body.status, 'success', `${query}: ${body.error}`);
    return (body.data?.result ?? []).map(({ metric, value, values }) => ({
      metric,
      values: (values ?? (value === undefined ? [] : [value])).map(([at, text]): [number, number] => [
        at,
        Number(text),
      ]),
    }));
  }

  it('has something to show in every panel, and says what a person wants to know', async () => {
    const cockpit = dashboardsOf(SERIES).find(({ key }) => key === 'sale')?.json as unknown as Dashboard;
    const html = await dashboardPage(cockpit, ask, endS * 1000);
    const browser = await openBrowser();
    try {
      mkdirSync(PICTURES, { recursive: true });
      for (const [name, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
        const page = await browser.newPage({ viewport });
        await page.setContent(html);
        await page.screenshot({ path: join(PICTURES, `sale-${name}.png`), fullPage: true });
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
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });
});
