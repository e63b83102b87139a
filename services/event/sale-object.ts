import type { Sale as WireSale } from '#proto/gen/ticketbottle/event/v1/Sale.ts';
import type { SaleClass__Output } from '#proto/gen/ticketbottle/event/v1/SaleClass.ts';
import type { SaleContent__Output } from '#proto/gen/ticketbottle/event/v1/SaleContent.ts';
import { SALE_MARK } from '#proto/names.ts';
import { invalidArgument } from '#runtime/errors.ts';
import { fromWireMoney, money, toWireMoney } from '#runtime/money.ts';
import { fromTimestamp, toIso, toTimestamp } from '#runtime/timestamp.ts';

/** As much of an EventSale as organisers write and read. */
export interface SaleObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: SaleSpec & { readonly platformRef: { readonly name: string } };
  readonly status?: {
    readonly phase?: string;
    readonly eventId?: string;
    readonly sold?: number;
    readonly total?: number;
    readonly waitroom?: { readonly waiting?: number; readonly admitted?: number };
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  };
}

/** The part of a spec that follows from what an organiser decides. */
export interface SaleSpec {
  readonly event: {
    readonly name: string;
    readonly description?: string | null;
    readonly venue: {
      readonly name: string;
      readonly address?: string;
      readonly city?: string;
      readonly country?: string;
    };
    readonly startsAt: string;
  };
  readonly ticketClasses: readonly {
    readonly name: string;
    readonly description?: string;
    readonly quantity: number;
    readonly price: { readonly amountMinor: number; readonly currency: string };
    readonly maxPerOrder: number;
    readonly maxPerAccount: number;
  }[];
  readonly schedule: {
    readonly preQueueAt?: string | null;
    readonly opensAt: string;
    readonly closesAt: string;
    readonly timeZone: string;
  };
  readonly waitroom?: { readonly paused?: boolean; readonly message?: string | null };
  readonly demand?: { readonly expectedBuyers?: number | null; readonly peakJoinsPerSecond?: number | null };
}

const DEFAULT_PER_ORDER = 4;

/** The spec of a content. Throws INVALID_ARGUMENT naming the field; what only the API server knows, it says. */
export function specOf(content: SaleContent__Output | null): SaleSpec {
  if (content === null) throw missing('content');
  const { venue } = content;
  if (venue === null) throw missing('content.venue');
  return {
    event: {
      name: content.eventName,
      ...(content.description === '' ? {} : { description: content.description }),
      venue: Object.fromEntries(Object.entries(venue).filter(([, text]) => text !== '')) as SaleSpec['event']['venue'],
      startsAt: instant(content.startTime, 'content.start_time'),
    },
    ticketClasses: content.classes.map(classOf),
    schedule: {
      ...(content.preQueueTime === null ? {} : { preQueueAt: instant(content.preQueueTime, 'content.pre_queue_time') }),
      opensAt: instant(content.openTime, 'content.open_time'),
      closesAt: instant(content.closeTime, 'content.close_time'),
      timeZone: content.timeZone || 'UTC',
    },
    demand: {
      ...(content.expectedBuyers === 0 ? {} : { expectedBuyers: content.expectedBuyers }),
      ...(content.peakJoinsPerSecond === 0 ? {} : { peakJoinsPerSecond: content.peakJoinsPerSecond }),
    },
  };
}

/** What a content leaves out is taken away; what organisers do not decide stays. */
export function withContent(known: SaleObject['spec'], content: SaleSpec): SaleObject['spec'] {
  const { description: _description, ...event } = known.event;
  const { preQueueAt: _preQueueAt, ...schedule } = known.schedule;
  const { expectedBuyers: _buyers, peakJoinsPerSecond: _joins, ...demand } = known.demand ?? {};
  return {
    ...known,
    ...content,
    event: { ...event, ...content.event },
    schedule: { ...schedule, ...content.schedule },
    demand: { ...demand, ...content.demand },
  };
}

function classOf(one: SaleClass__Output, index: number): SaleSpec['ticketClasses'][number] {
  const { amountMinor, currency } = fromWireMoney(one.price);
  if (amountMinor > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid(`content.classes[${index}].price is too high`);
  return {
    name: one.name,
    ...(one.description === '' ? {} : { description: one.description }),
    quantity: one.quantity,
    price: { amountMinor: Number(amountMinor), currency },
    maxPerOrder: one.maxPerOrder === 0 ? Math.min(DEFAULT_PER_ORDER, Math.max(1, one.quantity)) : one.maxPerOrder,
    maxPerAccount: one.maxPerAccount,
  };
}

export function wireSale(sale: SaleObject): WireSale {
  const { metadata, spec, status } = sale;
  const time = (text: string | null | undefined) =>
    text === null || text === undefined ? null : toTimestamp(Date.parse(text));
  return {
    name: metadata.name,
    organiserId: metadata.labels?.[SALE_MARK.organiser] ?? '',
    content: {
      eventName: spec.event.name,
      description: spec.event.description ?? '',
      venue: spec.event.venue,
      startTime: time(spec.event.startsAt),
      classes: spec.ticketClasses.map((one) => ({
        ...one,
        description: one.description ?? '',
        price: toWireMoney(money(one.price.amountMinor, one.price.currency)),
      })),
      preQueueTime: time(spec.schedule.preQueueAt),
      openTime: time(spec.schedule.opensAt),
      closeTime: time(spec.schedule.closesAt),
      timeZone: spec.schedule.timeZone,
      expectedBuyers: spec.demand?.expectedBuyers ?? 0,
      peakJoinsPerSecond: spec.demand?.peakJoinsPerSecond ?? 0,
    },
    phase: status?.phase ?? '',
    message: status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '',
    eventId: status?.eventId ?? '',
    approvedBy: metadata.annotations?.[SALE_MARK.approvedBy] ?? '',
    paused: spec.waitroom?.paused ?? false,
    pauseMessage: spec.waitroom?.message ?? '',
    readOnly: isKeptInGit(sale),
    soldCount: status?.sold ?? 0,
    totalCount: status?.total ?? 0,
    waitingCount: status?.waitroom?.waiting ?? 0,
    admittedCount: status?.waitroom?.admitted ?? 0,
    etag: etagOf(sale),
    createTime: time(metadata.creationTimestamp),
  };
}

/** Another one with each change of what was scheduled, and with its approval; not with what the operator writes into its status. */
export function etagOf({ metadata: { generation = 0, annotations } }: SaleObject): string {
  return annotations?.[SALE_MARK.approvedBy] === undefined ? `${generation}` : `${generation}-approved`;
}

/** Argo CD, Flux or Helm would undo what is edited here; config/admission/eventsale-organisers.yaml has the same list. */
export function isKeptInGit({ metadata: { labels = {}, annotations = {} } }: SaleObject): boolean {
  return (
    ['argocd.argoproj.io/instance', 'kustomize.toolkit.fluxcd.io/name', 'helm.toolkit.fluxcd.io/name'].some(
      (label) => label in labels,
    ) ||
    ['argocd', 'flux', 'helm'].includes((labels['app.kubernetes.io/managed-by'] ?? '').toLowerCase()) ||
    'argocd.argoproj.io/tracking-id' in annotations
  );
}

function instant(wire: SaleContent__Output['openTime'], field: string): string {
  const ms = fromTimestamp(wire, field);
  if (ms === undefined) throw missing(field);
  return toIso(ms);
}

function missing(field: string) {
  return invalid(`${field} is missing`);
}

function invalid(message: string) {
  return invalidArgument('INVALID_SALE', message);
}
