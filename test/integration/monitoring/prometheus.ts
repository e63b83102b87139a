import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { run } from '#runtime/local/command.ts';
import { localLayout } from '#runtime/local/layout.ts';
import { prometheusPrograms } from '#runtime/local/prometheus.ts';
import { eventually } from '../kube/api-fixture.ts';
import { freePort } from '../services-front/servers.ts';
import type { Answer } from './dashboard-page.ts';

/** Where a program serves its metrics, and the labels that its PodMonitor would give to them. */
export interface Target {
  readonly url: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** One moment, or from one to another. */
export interface Span {
  readonly fromS?: number;
  readonly toS: number;
}

export interface Prometheus extends AsyncDisposable {
  readonly url: string;
  /** Throws when Prometheus refuses the expression. */
  ask(expr: string, span: Span): Promise<readonly Answer[]>;
}

interface Result {
  readonly metric: Record<string, string>;
  readonly value?: [number, string];
  readonly values?: [number, string][];
}

/** A real Prometheus: over a recording in OpenMetrics, or scraping once a second what runs. */
export async function startPrometheus(of: {
  readonly recording?: string;
  readonly targets?: readonly Target[];
}): Promise<Prometheus> {
  const { prometheus, promtool } = await prometheusPrograms(localLayout(process.env).cache);
  const dir = mkdtempSync(join(tmpdir(), 'ticketbottle-prometheus-'));
  const [config, data] = [join(dir, 'prometheus.yml'), join(dir, 'data')];
  if (of.recording !== undefined) {
    const file = join(dir, 'recording.om');
    writeFileSync(file, of.recording);
    await run(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', file, data]);
  }
  const static_configs = (of.targets ?? []).map(({ url, labels }) => ({ targets: [new URL(url).host], labels }));
  const scrape_configs = [
    { job_name: 'ticketbottle', scrape_interval: '1s', scrape_timeout: '1s', honor_labels: true },
  ];
  writeFileSync(config, stringify({ scrape_configs: scrape_configs.map((job) => ({ ...job, static_configs })) }));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const files = [`--config.file=${config}`, `--storage.tsdb.path=${data}`];
  const server = spawn(prometheus, [...files, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'], {
    stdio: 'inherit',
  });
  const gone = once(server, 'exit');
  const stop = async () => {
    server.kill('SIGTERM');
    await gone;
    rmSync(dir, { recursive: true, force: true });
  };
  const ask: Prometheus['ask'] = async (query, { fromS, toS }) => {
    const step = String(Math.max(1, Math.round((toS - (fromS ?? toS)) / 120)));
    const path =
      fromS === undefined
        ? `query?${new URLSearchParams({ query, time: String(toS) })}`
        : `query_range?${new URLSearchParams({ query, start: String(fromS), end: String(toS), step })}`;
    const body = (await (await fetch(`${base}/api/v1/${path}`)).json()) as {
      status: string;
      error?: string;
      data?: { result: Result[] };
    };
    if (body.status !== 'success') throw new Error(`${query}: ${body.error}`);
    return (body.data?.result ?? []).map(({ metric, value, values }) => ({
      metric,
      values: (values ?? (value === undefined ? [] : [value])).map(([at, text]) => [at, Number(text)] as const),
    }));
  };
  try {
    await eventually(async () => (await fetch(`${base}/-/ready`).catch(() => undefined))?.ok, 60_000);
    // It looks for targets only some seconds after it is ready.
    const scraped = async () => (await ask('up == 1', { toS: Date.now() / 1000 })).length;
    await eventually(async () => (await scraped()) === static_configs.length, 30_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: base, ask, [Symbol.asyncDispose]: stop };
}
