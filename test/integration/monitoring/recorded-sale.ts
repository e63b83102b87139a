import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { saleGauges } from '#operator/eventsale/sale-gauges.ts';
import { Registry } from '#runtime/metrics.ts';

/** Half an hour of a sale as Prometheus would have scraped it: preparation, queue, opening after ten minutes, nearly sold out. */

export const SERIES = { namespace: 'shop', name: 'tb' } as const;
export const SALE = 'den-vau-live';
export const MINUTES = 30;
const STEP_S = 15;
const OPENS_AFTER_S = 600;
const CLASSES = [
  { class: 'GA', total: 40_000, speed: 30 },
  { class: 'Seated', total: 8_000, speed: 7 },
  { class: 'VIP', total: 900, speed: 2 },
];
const SERVICES = ['gateway', 'user', 'event', 'inventory', 'order', 'payment', 'waitroom'];

function saleAt(second: number, startMs: number): EventSale {
  const open = Math.max(0, second - OPENS_AFTER_S);
  const prepared = Math.min(1, second / 400);
  const waiting = second < 300 ? 0 : Math.max(0, Math.min(200_000, (second - 300) * 700) - open * 90);
  return {
    metadata: { namespace: SERIES.namespace, name: SALE },
    spec: { platformRef: { name: SERIES.name }, schedule: {} },
    status: {
      phase: second < 420 ? 'Prescaling' : second < OPENS_AFTER_S ? 'Armed' : 'Open',
      schedule: { opensAt: new Date(startMs + OPENS_AFTER_S * 1000).toISOString() },
      inventory: CLASSES.map(({ class: name, total, speed }) => {
        const sold = Math.min(total, Math.round(open * speed));
        return { class: name, total, reserved: Math.min(total - sold, open > 0 ? speed * 20 : 0), sold };
      }),
      ledger: { oversold: 0, paidWithoutTicket: 0, ticketWithoutPayment: 0 },
      waitroom: { waiting: Math.round(waiting), active: open > 0 ? 1_900 : 0, admitted: open * 85 },
      capacityPlan: SERVICES.map((service, at) => {
        const replicas = 4 + at * 3;
        return { service, replicas, have: Math.round(replicas * prepared) };
      }),
      prescale: [{ what: 'warm-up', want: '', have: '', ready: prepared === 1 }],
    },
  } as unknown as EventSale;
}

/** In OpenMetrics, every series by itself and in the order of time, as `promtool tsdb create-blocks-from` reads it. */
export async function recordedSale(startMs: number): Promise<string> {
  const series = new Map<string, string[]>();
  const put = (name: string, value: number, atMs: number) =>
    series.set(name, [...(series.get(name) ?? []), `${name} ${value} ${atMs / 1000}`]);
  for (let second = 0; second <= MINUTES * 60; second += STEP_S) {
    const atMs = startMs + second * 1000;
    const registry = new Registry();
    saleGauges(registry, () => [saleAt(second, startMs)]);
    for (const metric of await registry.getMetricsAsJSON())
      for (const { labels, value } of metric.values) put(`${metric.name}{${labelsOf(labels)}}`, Number(value), atMs);
    for (const [name, value] of servicesAt(second)) put(name, value, atMs);
  }
  return `${[...series.values()].flat().join('\n')}\n# EOF\n`;
}

const labelsOf = (labels: Readonly<Record<string, unknown>>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');

const OWN = `namespace="${SERIES.namespace}",platform="${SERIES.name}"`;

/** What services count; names and labels as docs/contracts.md and their code have them. */
function servicesAt(second: number): [string, number][] {
  const open = Math.max(0, second - OPENS_AFTER_S);
  const joins = Math.min(Math.max(0, second - 300), 400) * 700;
  const histogram = (name: string, labels: string, count: number, bounds: readonly [string, number][]) => [
    ...bounds.map(([le, share]): [string, number] => [
      `${name}_bucket{${OWN}${labels},le="${le}"}`,
      Math.round(count * share),
    ]),
    [`${name}_bucket{${OWN}${labels},le="+Inf"}`, count] as [string, number],
  ];
  const answered = 40 * second + 900 * open;
  return [
    [`grpc_server_handling_seconds_count{${OWN},service="waitroom",grpc_method="Join"}`, joins],
    [`waitroom_admission_rate{${OWN},event_id="e1"}`, open > 0 ? 85 : 0],
    ...histogram('gateway_tick_delay_seconds', '', second * 400, [
      ['0.025', 0.9],
      ['0.05', 0.985],
      ['0.1', 0.999],
    ]),
    ...histogram('order_saga_seconds', ',service="order"', open * 40, [
      ['1', 0.6],
      ['5', 0.98],
      ['10', 0.997],
    ]),
    ...histogram('inventory_lock_acquisition_seconds', '', open * 60, [
      ['0.005', 0.9],
      ['0.02', 0.985],
      ['0.05', 1],
    ]),
    [`http_request_duration_seconds_count{${OWN},route="/api/v1/orders",status="200"}`, answered],
    [`http_request_duration_seconds_count{${OWN},route="/api/v1/orders",status="503"}`, Math.round(open * 0.4)],
    ...histogram('http_request_duration_seconds', ',route="/api/v1/orders",status="200"', answered, [
      ['0.05', 0.8],
      ['0.25', 0.992],
      ['0.5', 0.999],
    ]),
  ];
}
