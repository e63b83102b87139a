import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Sale as WireSale } from '#proto/gen/ticketbottle/event/v1/Sale.ts';
import type { SaleContent__Output } from '#proto/gen/ticketbottle/event/v1/SaleContent.ts';
import type { SaleServiceHandlers } from '#proto/gen/ticketbottle/event/v1/SaleService.ts';
import type { SaleTotals as WireTotals } from '#proto/gen/ticketbottle/event/v1/SaleTotals.ts';
import { SALE_MARK } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import {
  aborted,
  failedPrecondition,
  invalidArgument,
  notFound,
  resourceExhausted,
  ServiceError,
} from '#runtime/errors.ts';
import type { ImplementationOf } from '#runtime/grpc-types.ts';
import { toIso, toTimestamp } from '#runtime/timestamp.ts';
import { etagOf, isKeptInGit, type SaleObject, type SaleSpec, specOf, wireSale, withContent } from './sale-object.ts';
import type { SaleObjects, SpecChange } from './sale-objects.ts';
import type { SaleMinute, SaleTotals } from './sql/sale-orders.ts';

export type SaleService = ImplementationOf<SaleServiceHandlers>;

export interface Quota {
  /** Sales of one organiser that are not over yet. */
  readonly maxSales: number;
  /** Tickets in all of them together. */
  readonly maxTickets: number;
}

export interface SalesDeps {
  /** Undefined where the platform does not let organisers schedule: every call is refused. */
  readonly objects: SaleObjects | undefined;
  /** What orders of an event said of themselves. */
  readonly minutesOf: (eventId: string) => Promise<readonly SaleMinute[]>;
  readonly totalsOf: (eventId: string) => Promise<SaleTotals | undefined>;
  /** Cancels the event that a sale sells. */
  readonly cancelEvent: (eventId: string, reason: string) => Promise<void>;
  readonly namespace: string;
  readonly platform: string;
  readonly quota: Quota;
  readonly clock: Clock;
}

const OVER: ReadonlySet<string> = new Set(['Closed', 'ScaledDown', 'Missed', 'Aborted']);
/** Phases in which everything may still change. */
const NOT_BEGUN: ReadonlySet<string> = new Set(['', 'Pending', 'PendingApproval', 'Missed', 'Aborted']);
const OPEN: ReadonlySet<string> = new Set(['Open', 'SoldOut']);
const ID = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/**
 * On-sales of organisers as EventSale objects. The API server, its admission policies and the operator judge them again: what
 * is refused here is refused earlier and in plainer words, not instead.
 */
export function organisersSales(deps: SalesDeps): SaleService {
  const { namespace, platform, quota, clock } = deps;

  function objects(): SaleObjects {
    if (deps.objects === undefined)
      throw failedPrecondition(
        'ORGANISERS_DISABLED',
        'organisers cannot schedule sales here; ops set spec.organisers.enabled of the platform',
      );
    return deps.objects;
  }

  /** A sale that the organiser may know of. */
  async function owned(organiserId: string, name: string): Promise<SaleObject> {
    const organiser = organiserOf(organiserId);
    if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) throw notFound('SALE_NOT_FOUND', 'there is no such sale');
    const sale = await objects().get(name);
    if (sale.metadata.labels?.[SALE_MARK.organiser] !== organiser)
      throw notFound('SALE_NOT_FOUND', 'there is no such sale');
    return sale;
  }

  async function writable(organiserId: string, name: string): Promise<SaleObject> {
    const sale = await owned(organiserId, name);
    if (isKeptInGit(sale))
      throw failedPrecondition(
        'SALE_READ_ONLY',
        'this sale is kept in Git and read-only here; ask ops to change it there',
      );
    if (OVER.has(phaseOf(sale)) && !NOT_BEGUN.has(phaseOf(sale)))
      throw failedPrecondition('SALE_OVER', 'this sale is over; schedule a new one');
    return sale;
  }

  const edit = async (sale: SaleObject, patch: object) => ({
    sale: wireSale(await objects().patch(sale.metadata.name, patch)),
  });

  const replace = async (seen: SaleObject, wanted: SpecChange) => ({
    sale: wireSale(await objects().replaceSpec(seen, wanted)),
  });

  /** Sales that count and tickets in them may not exceed what the platform allows. */
  async function keepToQuota(organiser: string, wanted: SaleObject): Promise<void> {
    const others = (await objects().list(organiser)).filter(
      (sale) =>
        sale.metadata.name !== wanted.metadata.name &&
        sale.metadata.deletionTimestamp === undefined &&
        !OVER.has(phaseOf(sale)),
    );
    if (others.length >= quota.maxSales)
      throw resourceExhausted(
        'QUOTA_EXCEEDED',
        `you have ${others.length} sales that are not over and may have ${quota.maxSales}; wait until one is over, or ask ops for more`,
      );
    const tickets = [...others, wanted].reduce((sum, sale) => sum + ticketsOf(sale), 0);
    if (tickets > quota.maxTickets)
      throw resourceExhausted(
        'QUOTA_EXCEEDED',
        `you would sell ${tickets} tickets at once and may sell ${quota.maxTickets}; offer fewer, or ask ops for more`,
      );
  }

  /** Upon the sale as it was read and no other. */
  async function update(sale: SaleObject, spec: SaleSpec): Promise<{ sale: WireSale }> {
    if (!NOT_BEGUN.has(phaseOf(sale))) {
      const { closesAt } = spec.schedule;
      const known = specOf(wireSale(sale).content as SaleContent__Output);
      if (!isDeepStrictEqual({ ...known, schedule: { ...known.schedule, closesAt } }, spec))
        throw failedPrecondition(
          'SALE_BEGUN',
          'the sale is being prepared or running, and buyers know what it offers; only content.close_time may change now',
        );
      return await replace(sale, {
        spec: { ...sale.spec, schedule: { ...sale.spec.schedule, closesAt } },
        approval: 'kept',
      });
    }
    const changed = withContent(sale.spec, spec);
    await keepToQuota(organiserOf(sale.metadata.labels?.[SALE_MARK.organiser] ?? ''), { ...sale, spec: changed });
    return await replace(sale, { spec: changed, approval: 'taken back' });
  }

  return {
    async scheduleSale({ requestId, organiserId, content }) {
      const organiser = organiserOf(organiserId);
      if (requestId === '')
        throw invalidArgument(
          'INVALID_REQUEST_ID',
          'request_id is missing; send one, and the same when you repeat the request',
        );
      const spec = specOf(content);
      const wanted: SaleObject = {
        apiVersion: 'ticketbottle.io/v1alpha1',
        kind: 'EventSale',
        metadata: {
          name: nameOf(spec.event.name, organiser, requestId),
          namespace,
          labels: { [SALE_MARK.organiser]: organiser },
        },
        spec: { platformRef: { name: platform }, ...spec },
      };
      const before = await objects().get(wanted.metadata.name).catch(absent);
      if (before !== undefined) return { sale: wireSale(before) };
      await keepToQuota(organiser, wanted);
      return { sale: wireSale(await objects().create(wanted)) };
    },

    async updateSale({ organiserId, name, content, etag }) {
      for (let tries = 1; ; tries++) {
        const sale = await writable(organiserId, name);
        if (etag !== '' && etag !== etagOf(sale))
          throw aborted('SALE_CHANGED', 'somebody changed the sale at the same time; look at it again and repeat');
        try {
          return await update(sale, specOf(content));
        } catch (error) {
          // The phase may have changed. What was scheduled is as it was read, or the next look finds out.
          const beaten = error instanceof ServiceError && error.reason === 'SALE_CHANGED';
          if (!beaten || tries === 5) throw error;
        }
      }
    },

    async pauseSale({ organiserId, name, message }) {
      const sale = await writable(organiserId, name);
      return await edit(sale, { spec: { waitroom: { paused: true, message: message === '' ? null : message } } });
    },

    async resumeSale({ organiserId, name }) {
      const sale = await writable(organiserId, name);
      return await edit(sale, { spec: { waitroom: { paused: false, message: null } } });
    },

    async closeSale({ organiserId, name }) {
      const sale = await writable(organiserId, name);
      if (!OPEN.has(phaseOf(sale)))
        throw failedPrecondition(
          'SALE_NOT_OPEN',
          'only an open sale is closed; pause this one, or ask ops to take it away',
        );
      const now = clock.now();
      if (Date.parse(sale.spec.schedule.closesAt) <= now) return { sale: wireSale(sale) };
      return await edit(sale, { spec: { schedule: { closesAt: toIso(now) } } });
    },

    async cancelSaleEvent({ organiserId, name, reason }) {
      const sale = await owned(organiserId, name);
      const { eventId = '' } = wireSale(sale);
      if (eventId === '')
        throw failedPrecondition(
          'SALE_NOT_PREPARED',
          'nothing was sold yet: the sale is not prepared; ask ops to take it away',
        );
      await deps.cancelEvent(eventId, reason);
      const now = clock.now();
      const open = OPEN.has(phaseOf(sale)) && Date.parse(sale.spec.schedule.closesAt) > now;
      // What is kept in Git is closed there; nothing of it is sold all the same.
      if (!open || isKeptInGit(sale)) return { sale: wireSale(sale) };
      return await edit(sale, { spec: { schedule: { closesAt: toIso(now) } } });
    },

    async getSaleHistory({ organiserId, name, totalsOnly }) {
      const { eventId = '' } = wireSale(await owned(organiserId, name));
      if (eventId === '') return { minutes: [] };
      const [minutes, totals] = await Promise.all([totalsOnly ? [] : deps.minutesOf(eventId), deps.totalsOf(eventId)]);
      return {
        minutes: minutes.map(({ minute, revenueMinor, refundedMinor, currency, ...counts }) => ({
          startTime: toTimestamp(minute.getTime()),
          ...counts,
          revenue: { amountMinor: revenueMinor, currency },
          refunded: { amountMinor: refundedMinor, currency },
        })),
        totals: totals === undefined ? null : wireTotals(totals),
      };
    },

    getSale: async ({ organiserId, name }) => ({ sale: wireSale(await owned(organiserId, name)) }),

    async listSales({ organiserId }) {
      const found = [...(await objects().list(organiserOf(organiserId)))];
      found.sort((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''));
      return { sales: found.map(wireSale) };
    },
  };
}

function wireTotals(totals: SaleTotals): WireTotals {
  const { ordersPaid, ordersRefunded, tickets, ticketsRefunded, currency } = totals;
  const [revenue, refunded] = [BigInt(totals.revenueMinor), BigInt(totals.refundedMinor)];
  const sum = (orders: number, count: number, minor: bigint) => ({
    ...{ orders, tickets: count, money: { amountMinor: minor.toString(), currency } },
  });
  return {
    gross: sum(ordersPaid, tickets, revenue),
    refunded: sum(ordersRefunded, ticketsRefunded, refunded),
    net: sum(ordersPaid - ordersRefunded, tickets - ticketsRefunded, revenue - refunded),
  };
}

function phaseOf({ status }: SaleObject): string {
  return status?.phase ?? '';
}

function ticketsOf({ spec }: SaleObject): number {
  return spec.ticketClasses.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** The id goes into a label and into a selector, so it is checked like one. */
function organiserOf(id: string): string {
  if (!ID.test(id))
    throw invalidArgument(
      'INVALID_ORGANISER',
      'organiser_id is missing, or not made of letters, digits, dashes and dots',
    );
  return id;
}

/** The same request makes the same name, so that repeating it finds what it made. */
function nameOf(title: string, organiser: string, requestId: string): string {
  const hash = createHash('sha256').update(`${organiser}\n${requestId}`).digest('hex').slice(0, 10);
  const slug = title
    .normalize('NFD')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 30)
    .replace(/-+$/, '');
  return `${slug || 'sale'}-${hash}`;
}

function absent(error: unknown): undefined {
  if (error instanceof ServiceError && error.code === 'NOT_FOUND') return undefined;
  throw error;
}
