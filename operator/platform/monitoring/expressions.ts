import { alertGroups } from './alerts.ts';
import { dashboardsOf } from './dashboards.ts';
import type { Series } from './series.ts';

/** Every PromQL expression of a platform: its alerts' and its dashboards', with where it stands. */
export function expressionsOf(series: Series): { readonly where: string; readonly expr: string }[] {
  const alerts = alertGroups(series).flatMap(({ alerts }) =>
    alerts.map(({ alert, expr }) => ({ where: `alert ${alert}`, expr })),
  );
  const panels = dashboardsOf(series).flatMap(({ key, json }) => [
    ...json.panels.flatMap((panel) => {
      const { title, targets = [] } = panel as { title: string; targets?: readonly { expr: string }[] };
      return targets.map(({ expr }) => ({ where: `dashboard ${key}, ${title}`, expr }));
    }),
    ...json.templating.list.flatMap((variable) => {
      const inner = /^label_values\((.*), \w+\)$/.exec(variable.query)?.[1];
      return inner === undefined ? [] : [{ where: `dashboard ${key}, variable ${variable.name}`, expr: inner }];
    }),
  ]);
  return [...alerts, ...panels];
}

/** Names of metrics in an expression: identifiers that are no function, no keyword and no label. */
export function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/\{[^}]*\}/g, '{}')
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, '')
    .replaceAll(/\[[^\]]*\]/g, '');
  const names = [...bare.matchAll(/\b[a-zA-Z_:][a-zA-Z0-9_:]*\b(?!\s*\()/g)].map(([name]) => name);
  return [...new Set(names)].filter((name) => !KEYWORDS.has(name));
}

const KEYWORDS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'bool', 'offset']);
