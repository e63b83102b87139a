import type { StepResult } from '#runtime/local/steps.ts';
import type { Outcome } from './buyers/buyer.ts';
import type { Sale } from './sale.ts';
import { errorKind, type Verdict } from './verdict.ts';

export interface Report {
  readonly passed: boolean;
  readonly problems: readonly string[];
  readonly buyers: number;
  readonly tickets: number;
  readonly sold: number;
  readonly revenueMinor: number;
  readonly currency: string;
  readonly oversold: number;
  readonly paidWithoutTicket: number;
  readonly ticketWithoutPayment: number;
  readonly refunded: number;
  readonly admittedBeforeOpen: number;
  readonly orderViolations: number;
  readonly openSkewMs: number | null;
  readonly readyMarginSeconds: number | null;
  readonly purchase: { readonly p50Ms: number | null; readonly p99Ms: number | null; readonly count: number };
  readonly joinsPerSecond: number;
  readonly join: { readonly p50Ms: number | null; readonly p99Ms: number | null };
  readonly buyerErrors: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly phases: readonly { phase: string; at: string }[];
  readonly prescale: readonly { what: string; want: string; have: string; ready: boolean }[];
  readonly setup: readonly StepResult[];
}

/** Value below which `share` of the sorted sample lies; null for an empty one. */
export function percentile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? null;
}

const round = (value: number | null) => (value === null ? null : Math.round(value));

export function buildReport(input: {
  readonly buyers: number;
  readonly tickets: number;
  readonly currency: string;
  readonly verdict: Verdict;
  readonly outcomes: readonly Outcome[];
  readonly joinsPerSecond: number;
  readonly sale: Sale;
  /** Prescale lines as they stood when the sale was armed; afterwards they are released. */
  readonly prescale: Report['prescale'];
  readonly setup: readonly StepResult[];
}): Report {
  const { verdict, outcomes, sale } = input;
  const purchases = outcomes.flatMap((outcome) => outcome.purchaseMs ?? []);
  const joins = outcomes.filter((outcome) => outcome.number > 0).map((outcome) => outcome.joinMs);
  const ends: Record<string, number> = {};
  for (const outcome of outcomes) {
    const why = outcome.end === 'error' ? errorKind(outcome) : outcome.refusal;
    const name = why === undefined ? outcome.end : `${outcome.end}: ${why}`;
    ends[name] = (ends[name] ?? 0) + 1;
  }
  return {
    passed: verdict.problems.length === 0,
    problems: verdict.problems,
    buyers: input.buyers,
    tickets: input.tickets,
    sold: verdict.sold,
    revenueMinor: verdict.revenueMinor,
    currency: input.currency,
    oversold: verdict.oversold,
    paidWithoutTicket: verdict.paidWithoutTicket,
    ticketWithoutPayment: verdict.ticketWithoutPayment,
    refunded: verdict.refunded,
    admittedBeforeOpen: verdict.admittedBeforeOpen,
    orderViolations: verdict.orderViolations,
    openSkewMs: sale.status?.report?.openSkewMs ?? null,
    readyMarginSeconds: sale.status?.report?.readyMarginSeconds ?? null,
    purchase: {
      p50Ms: round(percentile(purchases, 0.5)),
      p99Ms: round(percentile(purchases, 0.99)),
      count: purchases.length,
    },
    joinsPerSecond: Math.round(input.joinsPerSecond * 10) / 10,
    join: { p50Ms: round(percentile(joins, 0.5)), p99Ms: round(percentile(joins, 0.99)) },
    buyerErrors: verdict.buyerErrors,
    ends,
    phases: sale.status?.phases ?? [],
    prescale: input.prescale,
    setup: input.setup,
  };
}

/** The end of the demo, for people. */
export function reportTable(report: Report): string {
  const money = new Intl.NumberFormat('en').format(report.revenueMinor);
  const ms = (value: number | null) => (value === null ? '-' : `${new Intl.NumberFormat('en').format(value)} ms`);
  const ok = (good: boolean) => (good ? '✓' : '✗');
  const rows: [string, string, string][] = [
    ['', 'buyers', String(report.buyers)],
    [ok(report.sold > 0), 'tickets sold', `${report.sold} of ${report.tickets}`],
    ['', 'revenue', `${money} ${report.currency}`],
    [ok(report.oversold === 0), 'oversold', String(report.oversold)],
    [ok(report.paidWithoutTicket === 0), 'paid without ticket or refund', String(report.paidWithoutTicket)],
    [ok(report.ticketWithoutPayment === 0), 'ticket without payment', String(report.ticketWithoutPayment)],
    ['', 'payments refunded', String(report.refunded)],
    [ok(report.admittedBeforeOpen === 0), 'admitted before the opening', String(report.admittedBeforeOpen)],
    [ok(report.orderViolations === 0), 'overtaken in the queue', String(report.orderViolations)],
    ['', 'buyers who met an error', String(report.buyerErrors)],
    ['', 'doors opened after opensAt', ms(report.openSkewMs)],
    ['', 'ready before the opening', report.readyMarginSeconds === null ? '-' : `${report.readyMarginSeconds} s`],
    [
      '',
      'money to ticket, p50 / p99',
      `${ms(report.purchase.p50Ms)} / ${ms(report.purchase.p99Ms)} (${report.purchase.count} purchases)`,
    ],
    ['', 'joins', `${report.joinsPerSecond} per second, p50 ${ms(report.join.p50Ms)}, p99 ${ms(report.join.p99Ms)}`],
    [
      '',
      'how it ended',
      Object.entries(report.ends)
        .map(([end, count]) => `${count} ${end}`)
        .join(', '),
    ],
    ['', 'phases', report.phases.map(({ phase }) => phase).join(' → ')],
  ];
  const width = Math.max(...rows.map(([, name]) => name.length));
  const lines = rows.map(([mark, name, value]) => `  ${mark.padEnd(1)} ${name.padEnd(width)}  ${value}`);
  if (report.prescale.length > 0) {
    lines.push('', '  prescaled before the opening:');
    for (const { what, want, have, ready } of report.prescale)
      lines.push(`  ${ok(ready)} ${what.padEnd(width)}  want ${want}, had ${have}`);
  }
  if (report.problems.length > 0)
    lines.push('', '  This run FAILED:', ...report.problems.map((problem) => `  ✗ ${problem}`));
  return lines.join('\n');
}
