/** Grafana's dashboard JSON, as little of it as a panel needs. Nothing here knows what is shown. */

export type Unit = 'short' | 's' | 'percentunit' | 'reqps' | 'ops' | 'bytes' | 'dateTimeFromNow' | 'none';

export interface Query {
  readonly expr: string;
  /** `{{label}}` stands for a label's value. */
  readonly legend: string;
}

export interface PanelSpec {
  readonly title: string;
  readonly description?: string;
  readonly kind: 'timeseries' | 'stat' | 'bargauge';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** A line that must not be crossed, coloured above. */
  readonly limit?: number;
  /** Areas on top of each other. */
  readonly stacked?: boolean;
  /** Of 24 columns. */
  readonly width: number;
  readonly height?: number;
  /** A stat whose news is the name of its series, not the value. */
  readonly showsName?: boolean;
  readonly mappings?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

export interface DashboardSpec {
  /** Of the object and the uid: `sale`, `services`. */
  readonly key: string;
  readonly title: string;
  readonly refresh: '5s' | '15s' | '1m';
  readonly from: string;
  readonly variables?: readonly { readonly name: string; readonly label: string; readonly query: string }[];
  readonly rows: readonly Row[];
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own syntax.
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const ROW_HEIGHT = 8;
const COLUMNS = 24;

/** A whole dashboard, laid out row by row. */
export function dashboardJson(spec: DashboardSpec, uid: string) {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: members } of spec.rows) {
    panels.push({
      type: 'row',
      title,
      collapsed: false,
      id: panels.length + 1,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    });
    y += 1;
    let [x, tallest] = [0, 0];
    for (const member of members) {
      const h = member.height ?? ROW_HEIGHT;
      if (x + member.width > COLUMNS) [x, y, tallest] = [0, y + tallest, 0];
      panels.push(panelJson(member, panels.length + 1, { x, y, w: member.width, h }));
      x += member.width;
      tallest = Math.max(tallest, h);
    }
    y += tallest;
  }
  return {
    uid,
    title: spec.title,
    tags: ['ticketbottle'],
    timezone: 'browser',
    editable: false,
    schemaVersion: 39,
    refresh: spec.refresh,
    time: { from: spec.from, to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', current: {} },
        ...(spec.variables ?? []).map(({ name, label, query }) => ({
          ...{ name, label, query, type: 'query', datasource: DATASOURCE },
          ...{ refresh: 2, sort: 1, multi: false, includeAll: false },
        })),
      ],
    },
    panels,
  };
}

function panelJson(spec: PanelSpec, id: number, gridPos: object) {
  const { title, description, kind, unit, queries, limit, stacked = false, showsName = false, mappings } = spec;
  const steps = [{ color: 'green', value: null }, ...(limit === undefined ? [] : [{ color: 'red', value: limit }])];
  const values = Object.entries(mappings ?? {}).map(([value, result]) => [value, result]);
  return {
    id,
    type: kind,
    title,
    ...(description === undefined ? {} : { description }),
    datasource: DATASOURCE,
    gridPos,
    targets: queries.map(({ expr, legend }, index) => ({
      ...{ refId: String.fromCharCode(65 + index), datasource: DATASOURCE, expr, legendFormat: legend },
      ...(kind === 'timeseries' ? { range: true } : { instant: true, range: false }),
    })),
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        thresholds: { mode: 'absolute', steps },
        ...(values.length === 0 ? {} : { mappings: [{ type: 'value', options: Object.fromEntries(values) }] }),
        ...(kind === 'timeseries'
          ? {
              custom: {
                fillOpacity: stacked ? 40 : 8,
                lineWidth: 2,
                showPoints: 'never',
                stacking: { mode: stacked ? 'normal' : 'none' },
                thresholdsStyle: { mode: limit === undefined ? 'off' : 'line' },
              },
            }
          : {}),
      },
      overrides: [],
    },
    options:
      kind === 'timeseries'
        ? { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } }
        : {
            reduceOptions: { calcs: ['lastNotNull'] },
            textMode: showsName ? 'name' : 'auto',
            colorMode: limit === undefined ? 'value' : 'background',
          },
  };
}
