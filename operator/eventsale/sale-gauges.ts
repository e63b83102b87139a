import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { hasRaised } from '#operator/api/sale-standing.ts';
import { Gauge, type Registry } from '#runtime/metrics.ts';

const SALE = ['namespace', 'platform', 'sale'] as const;

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface SaleGauge {
  readonly name: string;
  readonly help: string;
  /** Beside the sale's own. */
  readonly labels: readonly string[];
  readonly of: (sale: EventSale) => readonly Sample[];
}

/** What is true of a sale wherever it is held. */
const EVERYWHERE: readonly SaleGauge[] = [
  {
    name: 'ticketbottle_sale_phase',
    help: '1 for the phase that the sale is in',
    labels: ['phase'],
    of: ({ status }) => (status?.phase === undefined ? [] : [{ labels: { phase: status.phase }, value: 1 }]),
  },
  {
    name: 'ticketbottle_sale_opens_timestamp_seconds',
    help: 'When the doors open',
    labels: [],
    of: ({ spec, status }) => {
      const at = Date.parse(status?.schedule?.opensAt ?? spec.schedule.opensAt);
      return Number.isNaN(at) ? [] : [{ labels: {}, value: at / 1000 }];
    },
  },
];

/** What is only known where it is held: the status of one that stands by keeps what was seen before the other region took over. */
const WHERE_HELD: readonly SaleGauge[] = [
  {
    name: 'ticketbottle_sale_tickets',
    help: 'Tickets of a class by state: total, reserved, sold',
    labels: ['class', 'state'],
    of: ({ status }) =>
      (status?.inventory ?? []).flatMap(({ class: name, total, reserved, sold }) =>
        Object.entries({ total, reserved, sold }).flatMap(([state, value]) =>
          value === undefined ? [] : [{ labels: { class: name, state }, value }],
        ),
      ),
  },
  {
    name: 'ticketbottle_sale_ledger',
    help: 'Tickets that break an invariant: oversold, paidWithoutTicket, ticketWithoutPayment, ticketWithoutStock',
    labels: ['violation'],
    of: ({ status }) =>
      Object.entries(status?.ledger ?? {}).map(([violation, value]) => ({ labels: { violation }, value: value ?? 0 })),
  },
  {
    name: 'ticketbottle_sale_room',
    help: 'Accounts in the waiting room by state: waiting, active, admitted',
    labels: ['state'],
    of: ({ status }) =>
      Object.entries(status?.waitroom ?? {}).map(([state, value]) => ({ labels: { state }, value: value ?? 0 })),
  },
  {
    name: 'ticketbottle_sale_replicas',
    help: 'Replicas of a service that the sale wants and has, from the start of its preparation until all is given back',
    labels: ['target', 'state'],
    // A plan for next month wants nothing yet, and a thousand of them would be most of what is scraped.
    of: (sale) =>
      (hasRaised(sale) ? (sale.status?.capacityPlan ?? []) : []).flatMap(({ service, replicas, have }) => [
        { labels: { target: service, state: 'want' }, value: replicas },
        ...(have === undefined ? [] : [{ labels: { target: service, state: 'have' }, value: have }]),
      ]),
  },
  {
    name: 'ticketbottle_sale_unready_lines',
    help: 'Lines of the preparation that are not ready yet',
    labels: [],
    of: ({ status }) => [{ labels: {}, value: (status?.prescale ?? []).filter(({ ready }) => !ready).length }],
  },
];

/** Sales as gauges, from the cache when scraped; every replica of the operator says the same: take the maximum. */
export function saleGauges(registry: Registry, list: () => readonly EventSale[]): void {
  const here = (sale: EventSale) => sale.status?.phase !== 'Standby';
  publish(registry, EVERYWHERE, list);
  publish(registry, WHERE_HELD, () => list().filter(here));
}

function publish(registry: Registry, gauges: readonly SaleGauge[], list: () => readonly EventSale[]): void {
  for (const { name, help, labels, of } of gauges) {
    if (registry.getSingleMetric(name) !== undefined) continue;
    const gauge = new Gauge({
      name,
      help,
      labelNames: [...SALE, ...labels],
      registers: [registry],
      collect() {
        this.reset();
        for (const sale of list()) {
          const { namespace, name: saleName } = sale.metadata;
          const own = { namespace, platform: sale.spec.platformRef.name, sale: saleName };
          for (const { labels: more, value } of of(sale)) this.set({ ...own, ...more }, value);
        }
      },
    });
    const collected = gauge.get.bind(gauge);
    // Between two scrapes nobody reads them: a thousand sales are 20,000 samples, more than the sales themselves.
    gauge.get = async () => {
      const told = await collected();
      gauge.reset();
      return told;
    };
  }
}
