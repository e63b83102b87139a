import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { type ChangeListener, Store } from '#operator/kube/store.ts';
import { SALE_MARK } from '#proto/names.ts';
import { measuredReadySeconds } from './lead-time.ts';
import { NEIGHBOUR_INDEXES, Neighbours } from './neighbours.ts';
import { needsCapacity } from './overlap.ts';
import { aSale } from './testing/sale-builder.ts';
import { withheldSale } from './validate/approval.ts';
import { validateSale } from './validate.ts';

const T = Date.parse('2027-01-10T03:00:00Z');
const HOUR = 3_600_000;

type Stored = EventSale & { kind: string };

/** A store that tells of its changes and counts the sales that it hands out. */
class Sales {
  readonly store = new Store<Stored>();
  readonly #listeners: ChangeListener<Stored>[] = [];
  handedOut = 0;

  constructor() {
    for (const [name, of] of Object.entries(NEIGHBOUR_INDEXES)) this.store.addIndex(name, of);
  }

  byIndex(name: string, value: string): Stored[] {
    const found = this.store.byIndex(name, value);
    this.handedOut += found.length;
    return found;
  }

  onChange(listener: ChangeListener<Stored>): void {
    this.#listeners.push(listener);
  }

  set(sale: Stored): void {
    const previous = this.store.set(sale);
    for (const listener of this.#listeners) listener(nameOf(sale), sale, previous, 'watch');
  }

  delete(sale: Stored): void {
    const previous = this.store.delete(nameOf(sale));
    for (const listener of this.#listeners) listener(nameOf(sale), undefined, previous, 'watch');
  }
}

const nameOf = ({ metadata }: EventSale) => `${metadata.namespace}/${metadata.name}`;

interface Wish {
  readonly name?: string;
  readonly platform?: string;
  readonly event?: string;
  readonly organiser?: string | undefined;
  /** Hours after T. */
  readonly opens?: number;
  readonly hours?: number;
  readonly status?: EventSale['status'];
  readonly suspend?: boolean;
  readonly deleted?: boolean;
  readonly sound?: boolean;
}

function stored(wish: Wish): Stored {
  const { name = 'one', opens = 0, hours = 2 } = wish;
  const at = (hour: number) => new Date(T + hour * HOUR).toISOString();
  const sale = aSale({ schedule: { opensAt: at(opens), closesAt: at(opens + hours) } }, name);
  const event = wish.event === undefined ? {} : { id: wish.event };
  return {
    ...sale,
    kind: 'EventSale',
    metadata: {
      ...sale.metadata,
      uid: `uid-${name}`,
      ...(wish.organiser === undefined ? {} : { labels: { [SALE_MARK.organiser]: wish.organiser } }),
      ...(wish.deleted ? { deletionTimestamp: at(0) } : {}),
    },
    spec: {
      ...sale.spec,
      platformRef: { name: wish.platform ?? 'ticketbottle' },
      event: { ...sale.spec.event, ...event },
      suspend: wish.suspend ?? false,
      ...(wish.sound === false ? { ticketClasses: [] } : {}),
    },
    ...(wish.status === undefined ? {} : { status: wish.status }),
  };
}

const phases = ['Pending', 'Prescaling', 'Open', 'Suspended', 'Standby', 'Closed', 'ScaledDown', 'Missed'] as const;
const statuses = fc.option(
  fc.record({
    phase: fc.constantFrom(...phases),
    prescale: fc.constantFrom([], [{ what: 'gate', ready: true, waitingFor: '' }]),
    report: fc.option(fc.record({ timeToReadySeconds: fc.integer({ min: 0, max: 999 }) }), { nil: {} }),
  }),
  { nil: undefined },
) as fc.Arbitrary<EventSale['status']>;

const wishes: fc.Arbitrary<Wish> = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  platform: fc.constantFrom('ticketbottle', 'ticketbottle', 'ticketbottle', 'another'),
  event: fc.constantFrom('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'),
  organiser: fc.constantFrom(undefined, 'xq', 'zt'),
  opens: fc.integer({ min: -60, max: 60 }),
  hours: fc.constantFrom(1, 30, 24 * 29, 24 * 200),
  status: statuses,
  suspend: fc.boolean(),
  deleted: fc.constantFrom(false, false, false, true),
  sound: fc.constantFrom(true, true, true, false),
});

const isSound = ({ spec }: EventSale) => validateSale(spec).length === 0;
const names = (sales: readonly EventSale[]) => sales.map(nameOf).sort();

describe('neighbours of a sale', () => {
  it('are those that a look at every sale finds, whatever came, changed and went before', () => {
    const changes = fc.array(fc.record({ wish: wishes, goes: fc.boolean() }), { maxLength: 25 });
    fc.assert(
      fc.property(changes, fc.array(fc.integer({ min: -100, max: 6_000 }), { minLength: 1 }), (list, hours) => {
        const sales = new Sales();
        const neighbours = new Neighbours(sales);
        for (const { wish, goes } of list) {
          if (goes) sales.delete(stored(wish));
          else sales.set(stored(wish));
          for (const sale of sales.store.list()) neighbours.readySeconds(sale); // Asked all the time.
        }
        const all = sales.store.list().filter((sale) => sale.spec.platformRef.name === 'ticketbottle' && isSound(sale));
        for (const sale of all) {
          const others = all.filter((other) => other !== sale);
          for (const hour of hours) {
            const nowMs = T + hour * HOUR;
            const needing = others.filter((other) => needsCapacity(other, nowMs));
            assert.deepEqual(names(neighbours.overlapping(sale, nowMs)), names(needing));
          }
          const rivals = others.filter((other) => other.spec.event.id === sale.spec.event.id);
          assert.deepEqual(names(neighbours.rivals(sale)), names(rivals));
          assert.equal(neighbours.readySeconds(sale), measuredReadySeconds(others));
          const quota = { maxSales: 1, maxTickets: 150 };
          const platform = { spec: { organisers: { approval: { required: false }, quota } } };
          const judge = (some: readonly EventSale[]) => withheldSale(sale, platform as never, some);
          assert.deepEqual(judge(neighbours.ofOrganiser(sale)), judge(others));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of an organiser count for one that was missed, too: it may begin anew', () => {
    const sales = new Sales();
    const neighbours = new Neighbours(sales);
    const missed = stored({ name: 'b', organiser: 'xq', status: { phase: 'Missed' } });
    for (const sale of [stored({ name: 'a', organiser: 'xq' }), missed]) sales.set(sale);
    assert.deepEqual(names(neighbours.ofOrganiser(missed)), ['ticketbottle/a']);
  });

  it('are not looked at one by one: a thousand that wait, and a thousand that are over, cost a pass nothing', () => {
    const sales = new Sales();
    const neighbours = new Neighbours(sales);
    for (let n = 0; n < 1000; n++) {
      sales.set(stored({ name: `waits-${n}`, opens: 48 + n, hours: 2 }));
      const status = { phase: 'ScaledDown' as const, report: { timeToReadySeconds: 100 + (n % 20) } };
      sales.set(stored({ name: `over-${n}`, opens: -48 - n, hours: 2, status, organiser: 'xq' }));
    }
    const asks = stored({ name: 'asks', organiser: 'xq' });
    sales.set(asks);
    const look = () => [
      neighbours.overlapping(asks, T),
      neighbours.rivals(asks),
      neighbours.ofOrganiser(asks),
      neighbours.readySeconds(asks),
    ];
    assert.deepEqual(look(), [[], [], [], 118]);
    sales.handedOut = 0;
    look();
    assert.equal(sales.handedOut, 3, 'itself, three times');
  });
});
