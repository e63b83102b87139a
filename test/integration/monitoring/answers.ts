import { dashboardsOf } from '#operator/platform/monitoring/dashboards.ts';
import type { Series } from '#operator/platform/monitoring/series.ts';
import type { Ask, Dashboard } from './dashboard-page.ts';

export type DashboardKey = ReturnType<typeof dashboardsOf>[number]['key'];

/** A dashboard of the platform, by its key. */
export function dashboardOf(series: Series, key: DashboardKey): Dashboard {
  const json = dashboardsOf(series).find((one) => one.key === key)?.json;
  if (json === undefined) throw new Error(`no dashboard ${key}`);
  return json as unknown as Dashboard;
}

/** Values that people could choose for each variable of a dashboard. */
export async function choices({ templating }: Dashboard, ask: Ask): Promise<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  for (const { name, query } of templating.list) {
    const [, selector, label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
    if (selector === undefined) continue;
    found[name] = [...new Set((await ask(selector, false)).map(({ metric }) => metric[label] ?? ''))].toSorted();
  }
  return found;
}

/** The same questions with variables filled in, as Grafana does. */
export function having(ask: Ask, variables: Readonly<Record<string, string>>): Ask {
  return (expr, range) =>
    ask(
      Object.entries(variables).reduce((text, [name, value]) => text.replaceAll(`$${name}`, value), expr),
      range,
    );
}

/** Queries of a dashboard that nobody answers with a number, whatever is chosen for its variables. */
export async function unanswered(dashboard: Dashboard, ask: Ask): Promise<string[]> {
  let asks = [ask];
  for (const [name, values] of Object.entries(await choices(dashboard, ask)))
    asks = asks.flatMap((one) => values.map((value) => having(one, { [name]: value })));
  const silent: string[] = [];
  for (const { title, type, targets = [] } of dashboard.panels)
    for (const { expr } of targets) {
      const answers = await Promise.all(asks.map((one) => one(expr, type === 'timeseries')));
      const figures = answers.flat().flatMap(({ values }) => values.map(([, value]) => value));
      if (!figures.some(Number.isFinite)) silent.push(`${dashboard.title}, ${title}: ${expr}`);
    }
  return silent;
}
