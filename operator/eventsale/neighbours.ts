import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { Informer } from '#operator/kube/informer.ts';
import { eventIdOf } from './identity.ts';
import { measuredReadySeconds, REMEMBERED, youngestMeasured } from './lead-time.ts';
import { capacityWindow, needsCapacity } from './overlap.ts';
import { liveOrganiserOf, organiserOf } from './validate/approval.ts';
import { validateSale } from './validate.ts';

type Indexed = (sale: EventSale) => readonly string[];
type Sales = Pick<Informer<EventSale>, 'byIndex' | 'onChange'>;

/** Indexes of the store of sales, by `namespace/name` of their platform and what follows it. */
export const NEIGHBOUR_INDEXES = {
  platform: ifSound((sale) => [platformKey(sale)]),
  event: ifSound((sale) => [`${platformKey(sale)}/${eventIdOf(sale)}`]),
  organiser: ifSound((sale) => {
    const organiser = liveOrganiserOf(sale);
    return organiser === undefined ? [] : [`${platformKey(sale)}/${organiser}`];
  }),
  capacity: ifSound((sale) => daysOf(sale).map((day) => `${platformKey(sale)}/${day}`)),
  measured: ifSound((sale) => (readySeconds(sale) === undefined ? [] : [platformKey(sale)])),
} satisfies Record<string, Indexed>;

/**
 * What one sale has to know of the others of its platform. A platform may hold thousands, and each of them asks at every pass:
 * so nothing here looks at more of them than the answer needs. Sales are told apart by their uid.
 */
export class Neighbours {
  readonly #sales: Sales;
  /** The youngest measured sales by platform; forgotten when one of its sales was measured, moved or went. */
  readonly #youngest = new Map<string, readonly EventSale[]>();

  /** `sales` must have NEIGHBOUR_INDEXES. */
  constructor(sales: Sales) {
    this.#sales = sales;
    sales.onChange((_name, sale, previous) => {
      if (measurement(sale) === measurement(previous)) return;
      for (const one of [sale, previous]) if (one !== undefined) this.#youngest.delete(platformKey(one));
    });
  }

  /** All sound sales of a platform. */
  of(platform: string): EventSale[] {
    return this.#sales.byIndex('platform', platform);
  }

  /** Sales of a platform that need their capacity at this instant. */
  needingCapacity(platform: string, nowMs: number): EventSale[] {
    return [ALL_DAYS, dayOf(nowMs)]
      .flatMap((day) => this.#sales.byIndex('capacity', `${platform}/${day}`))
      .filter((sale) => needsCapacity(sale, nowMs));
  }

  /** Other sales that need their capacity at this instant. */
  overlapping(sale: EventSale, nowMs: number): EventSale[] {
    return this.needingCapacity(platformKey(sale), nowMs).filter(isNot(sale));
  }

  /** Other sales of the same event. */
  rivals(sale: EventSale): EventSale[] {
    return this.#sales.byIndex('event', `${platformKey(sale)}/${eventIdOf(sale)}`).filter(isNot(sale));
  }

  /** Other live sales of the same organiser; none for a sale of ops. */
  ofOrganiser(sale: EventSale): EventSale[] {
    const organiser = organiserOf(sale);
    if (organiser === undefined) return [];
    return this.#sales.byIndex('organiser', `${platformKey(sale)}/${organiser}`).filter(isNot(sale));
  }

  /** p95 of the times to ready of earlier sales, in seconds; undefined before the first. */
  readySeconds(sale: EventSale): number | undefined {
    const platform = platformKey(sale);
    let youngest = this.#youngest.get(platform);
    if (youngest === undefined) {
      // One more than is looked at, because one may be the sale that asks.
      youngest = youngestMeasured(this.#sales.byIndex('measured', platform), REMEMBERED + 1);
      this.#youngest.set(platform, youngest);
    }
    return measuredReadySeconds(youngest.filter(isNot(sale)));
  }
}

/** `namespace/name` of the platform on which a sale is held. */
export function platformKey({ metadata, spec }: EventSale): string {
  return `${metadata.namespace}/${spec?.platformRef?.name}`;
}

const isNot = (sale: EventSale) => (other: EventSale) => other.metadata.uid !== sale.metadata.uid;

/** What came past the CRD may lack any field, and is nobody's neighbour. */
function ifSound(of: Indexed): Indexed {
  return (sale) => (validateSale(sale.spec).length > 0 ? [] : of(sale));
}

const DAY_MS = 86_400_000;
/** A sale that goes on for longer stands under ALL_DAYS instead: looked at every day, which changes no answer. */
const MOST_DAYS = 31;
const ALL_DAYS = 'all';

const dayOf = (instant: number) => Math.floor(instant / DAY_MS);

/** Days, counted from 1970, on which a sale may need its capacity as it stands. */
function daysOf(sale: EventSale): (number | typeof ALL_DAYS)[] {
  const window = capacityWindow(sale);
  if (window === undefined) return [];
  const [first, last] = [dayOf(window.from), dayOf(window.until)];
  if (last - first >= MOST_DAYS) return [ALL_DAYS];
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function readySeconds(sale: EventSale | undefined): number | undefined {
  return sale?.status?.report?.timeToReadySeconds;
}

/** All that matters of a sale to how long others expect to take. */
function measurement(sale: EventSale | undefined): string | undefined {
  const seconds = readySeconds(sale);
  return sale === undefined || seconds === undefined
    ? undefined
    : `${seconds} ${sale.spec?.schedule?.opensAt} ${platformKey(sale)}`;
}
