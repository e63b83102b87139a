import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Draws a dashboard's JSON as Grafana lays it out, as far as our panels go: for people to look at where there is no Grafana. */

export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit: string;
      readonly thresholds: { readonly steps: readonly { readonly color: string; readonly value: number | null }[] };
      readonly mappings?: readonly { readonly options: Readonly<Record<string, { readonly text: string }>> }[];
      readonly custom?: { readonly stacking: { readonly mode: string } };
    };
  };
  readonly options?: { readonly textMode?: string; readonly colorMode?: string };
}

export interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

export interface Answer {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds since the epoch, and the value. */
  readonly values: readonly (readonly [number, number])[];
}

/** Answers of a panel's queries, in their order. */
export type Ask = (expr: string, range: boolean) => Promise<readonly Answer[]>;

export async function dashboardPage(dashboard: Dashboard, ask: Ask, nowMs: number): Promise<string> {
  const panels: string[] = [];
  for (const panel of dashboard.panels) panels.push(await drawn(panel, ask, nowMs));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(dashboard.title)}</title><style>
body { font: 13px/1.4 sans-serif; background: #111217; color: #ccccdc; margin: 8px }
main { display: grid; grid-template-columns: repeat(24, 1fr); grid-auto-rows: 30px; gap: 8px }
section { background: #181b1f; border: 1px solid #2c3235; border-radius: 2px; padding: 6px; overflow: hidden; display: flex; flex-direction: column }
h1 { font-size: 16px } h2 { font-size: 13px; margin: 0 0 4px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.row { grid-column: 1 / -1 !important; background: none; border: 0; font-weight: 600 }
.stat { flex: 1; display: flex; flex-wrap: wrap; gap: 4px; align-items: center; justify-content: center; font-size: 26px; text-align: center }
.red { background: #c4162a; color: #fff } .green { background: #1a7f37; color: #fff } .value { color: #73bf69 }
svg { width: 100%; height: 100%; min-height: 0 }
@media (max-width: 768px) { main { display: block } section { margin-bottom: 8px; min-height: 130px } .row { min-height: 0 } }
</style><h1>${escaped(dashboard.title)}</h1><main>${panels.join('\n')}</main></html>`;
}

async function drawn(panel: Panel, ask: Ask, nowMs: number): Promise<string> {
  const { x, y, w, h } = panel.gridPos;
  const place = `style="grid-column:${x + 1}/span ${w};grid-row:${y + 1}/span ${h}"`;
  if (panel.type === 'row') return `<section class="row" ${place}>${escaped(panel.title)}</section>`;
  const range = panel.type === 'timeseries';
  const series: { name: string; values: Answer['values'] }[] = [];
  for (const { expr, legendFormat } of panel.targets ?? [])
    for (const { metric, values } of await ask(expr, range))
      series.push({ name: legendFormat.replace(/\{\{(\w+)\}\}/g, (_all, label) => metric[label] ?? ''), values });
  const body =
    series.length === 0 ? '<p>No data</p>' : range ? await chart(panel, series) : stats(panel, series, nowMs);
  return `<section ${place} data-title="${escaped(panel.title)}"><h2>${escaped(panel.title)}</h2>${body}</section>`;
}

type Series = { readonly name: string; readonly values: Answer['values'] };

/** Grafana's rules: of one series the value, of several names and values, unless the panel says which. */
function stats({ fieldConfig, options }: Panel, series: readonly Series[], nowMs: number): string {
  const { unit, thresholds, mappings } = fieldConfig?.defaults ?? { unit: 'none', thresholds: { steps: [] } };
  const shown = series.map(({ name, values }) => {
    const value = values.at(-1)?.[1] ?? Number.NaN;
    const text = mappings?.[0]?.options[String(value)]?.text ?? formatted(value, unit, nowMs);
    const mode = options?.textMode === 'auto' ? (series.length > 1 ? 'both' : 'value') : options?.textMode;
    const colour =
      thresholds.steps.filter((step) => step.value === null || value >= step.value).at(-1)?.color ?? 'green';
    const look = options?.colorMode === 'background' ? colour : 'value';
    const said = mode === 'name' ? name : mode === 'both' ? `${name} ${text}` : text;
    return `<span class="${look}">&nbsp;${escaped(said)}&nbsp;</span>`;
  });
  return `<div class="stat">${shown.join('')}</div>`;
}

async function chart({ fieldConfig, gridPos }: Panel, series: readonly Series[]): Promise<string> {
  const { unit = 'none', thresholds, custom } = fieldConfig?.defaults ?? {};
  const stacked = custom?.stacking.mode === 'normal';
  const limit = thresholds?.steps.find(({ value }) => value !== null)?.value;
  const rows = series.flatMap(({ name, values }) =>
    values.filter(([, value]) => Number.isFinite(value)).map(([at, value]) => ({ at: at * 1000, value, name })),
  );
  const width = gridPos.w * 52 - 90;
  const format = { percentunit: '.0%', s: '~s', bytes: '~s' }[unit] ?? '~s';
  // An axis from 0 to 0 has no length.
  const scale = rows.every(({ value }) => value === 0) ? { domain: [0, limit ?? 1] } : {};
  const y = {
    ...{ field: 'value', type: 'quantitative', title: null, scale },
    ...{ axis: { format }, stack: stacked ? 'zero' : null },
  };
  const spec = {
    ...{ $schema: 'https://vega.github.io/schema/vega-lite/v6.json', background: null, height: (gridPos.h - 3) * 34 },
    width,
    config: {
      axis: { labelColor: '#ccccdc', gridColor: '#2c3235', titleColor: '#ccccdc' },
      legend: {
        labelColor: '#ccccdc',
        orient: 'bottom',
        title: null,
        columns: Math.max(1, Math.floor(width / 220)),
        labelLimit: 190,
      },
      view: { stroke: null },
    },
    layer: [
      {
        data: { values: rows },
        mark: stacked ? { type: 'area', opacity: 0.6 } : { type: 'line', strokeWidth: 2, clip: true },
        encoding: {
          x: { field: 'at', type: 'temporal', title: null, axis: { format: '%H:%M' } },
          y,
          color: { field: 'name', type: 'nominal' },
        },
      },
      ...(limit === undefined || limit === null
        ? []
        : [
            {
              data: { values: [{ limit }] },
              mark: { type: 'rule', color: '#f2495c', strokeDash: [6, 4] },
              encoding: { y: { field: 'limit', type: 'quantitative' } },
            },
          ]),
    ],
  };
  const svg = await new View(parse(compile(spec as unknown as TopLevelSpec).spec), { renderer: 'none' }).toSVG();
  return svg.replace('<svg ', '<svg preserveAspectRatio="none" ');
}

function formatted(value: number, unit: string, nowMs: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (unit === 'percentunit') return `${(value * 100).toFixed(1)}%`;
  if (unit === 'dateTimeFromNow') {
    const minutes = Math.round((value - nowMs) / 60_000);
    return minutes <= 0 ? `${-minutes} minutes ago` : `in ${minutes} minutes`;
  }
  if (unit === 'short' && value >= 1000) return `${(value / 1000).toFixed(1)} K`;
  return String(Math.round(value * 1000) / 1000);
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
