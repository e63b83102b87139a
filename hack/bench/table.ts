import type { LineResult } from './judge.ts';
import type { Spread } from './statistics.ts';

export const COLUMNS = ['', 'ours', 'peer', 'ratio', 'target', ''] as const;

/** One row of cells for each line: title, ours, peer, ratio, target, verdict. */
export function tableRows(lines: readonly LineResult[]): string[][] {
  return lines.map((line) => [
    line.title,
    `${spread(line.ours)} ${line.unit}`,
    line.peer === undefined ? '' : `${spread(line.peer)} (${line.peer.name})`,
    line.ratio === undefined ? '' : line.ratio === null ? `refused: ${line.refused}` : spread(line.ratio),
    targetText(line),
    line.met === undefined ? '' : line.met ? 'met' : 'missed',
  ]);
}

/** Aligned for a terminal. */
export function plainTable(lines: readonly LineResult[]): string {
  const rows = [[...COLUMNS], ...tableRows(lines)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function markdownTable(lines: readonly LineResult[]): string {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [row(COLUMNS), row(COLUMNS.map(() => '---')), ...tableRows(lines).map(row)].join('\n');
}

function targetText({ target, ratio, unit }: LineResult): string {
  if (target === undefined) return '';
  const of = ratio === undefined ? ` ${unit}` : '';
  const parts = [
    ...(target.atLeast === undefined ? [] : [`≥ ${target.atLeast}${of}`]),
    ...(target.atMost === undefined ? [] : [`≤ ${target.atMost}${of}`]),
  ];
  return parts.join(', ');
}

/** Median and, in brackets, the lowest and highest round. */
function spread({ median, min, max }: Spread): string {
  return `${short(median)} (${short(min)}–${short(max)})`;
}

function short(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
