import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Report } from './report.ts';

/** `hack/bench/NAME/plot.ts` exports one as `plot`: what to draw of a run, as Vega-Lite has it. */
export type Plot = (report: Report) => TopLevelSpec;

/** The same look for all: readable on a light page and on a dark one. */
const LOOK = {
  background: 'white',
  padding: 12,
  font: 'sans-serif',
  view: { stroke: '#ccc' },
  axis: { gridColor: '#eee', labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal' as const },
  legend: { orient: 'top' as const, title: null, labelFontSize: 11, labelLimit: 300, columns: 3 },
  title: { fontSize: 12, fontWeight: 'normal' as const, anchor: 'start' as const },
  range: { category: ['#1f77b4', '#d62728', '#7f7f7f', '#2ca02c', '#9467bd', '#ff7f0e'] },
};

export async function drawSvg(spec: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile({ ...spec, config: LOOK }).spec), { renderer: 'none' });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}
