import type { EventSale } from '#operator/api/eventsale.gen.ts';

type Overrides = { [Part in keyof EventSale['spec']]?: Partial<EventSale['spec'][Part]> | EventSale['spec'][Part] };

/** A sound sale as the API server would store it, with parts of its spec replaced. For tests. */
export function aSale(overrides: Overrides = {}, name = 'den-vau-live'): EventSale {
  const spec: EventSale['spec'] = {
    platformRef: { name: 'ticketbottle' },
    event: { name: 'One night', venue: { name: 'Main hall', city: 'Hanoi' }, startsAt: '2027-03-20T19:30:00+07:00' },
    ticketClasses: [
      {
        name: 'GA',
        quantity: 90,
        price: { amountMinor: 800_000, currency: 'VND' },
        maxPerOrder: 4,
        maxPerAccount: 0,
      },
      {
        name: 'VIP',
        quantity: 10,
        price: { amountMinor: 3_200_000, currency: 'VND' },
        maxPerOrder: 2,
        maxPerAccount: 0,
      },
    ],
    schedule: {
      opensAt: '2027-01-10T03:00:00Z',
      closesAt: '2027-01-10T05:00:00Z',
      timeZone: 'Asia/Ho_Chi_Minh',
      prescaleLead: '30m',
      cooldown: '15m',
      startDeadline: '15m',
    },
    waitroom: {
      maxConcurrentCheckouts: 400,
      admissionsPerMinute: 600,
      checkoutTTL: '15m',
      claimWindow: '2m',
      ordering: 'ShuffleThenFIFO',
      paused: false,
    },
    demand: { expectedBuyers: 2000, peakJoinsPerSecond: 100 },
    capacity: {},
    onNotReady: { policy: 'Hold', maxDelay: '2m' },
    rehearsal: { enabled: true, passes: 3, burst: 5 },
    suspend: false,
  };
  const merged = Object.fromEntries(
    Object.entries(spec).map(([part, value]) => {
      const change = overrides[part as keyof Overrides];
      const mixed =
        change !== undefined && typeof change === 'object' && !Array.isArray(change)
          ? { ...(value as object), ...change }
          : (change ?? value);
      return [part, mixed];
    }),
  );
  return {
    apiVersion: 'ticketbottle.io/v1alpha1',
    kind: 'EventSale',
    metadata: {
      name,
      namespace: 'ticketbottle',
      uid: `uid-of-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2027-01-01T00:00:00Z',
    },
    // The parts are those of a spec, each replaced by its own kind.
    spec: merged as unknown as EventSale['spec'],
  };
}
