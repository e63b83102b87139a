import assert from 'node:assert/strict';
import { SALE_MARK } from '#proto/names.ts';
import type { EventSale } from '../../api/eventsale.gen.ts';
import { eventIdOf } from '../identity.ts';
import { aPlatform } from '../testing/platform-builder.ts';
import { aSale } from '../testing/sale-builder.ts';
import { whyNotBegun } from './standing.ts';

const NOW = Date.parse('2027-01-09T00:00:00Z');
const EVENT = '0b5f9f3e-6f0e-4b52-8a53-1d0f6b3e9a11';

const platform = (organisers: object = {}) =>
  aPlatform({
    payments: { providers: [{ name: 'zalopay', credentialsSecretRef: { name: 'z' } }] },
    organisers: { enabled: true, approval: { required: true }, quota: { maxSales: 2, maxTickets: 250 }, ...organisers },
  });

function saleOf(
  name: string,
  change: { organiser?: string; approved?: boolean; phase?: string; created?: string } = {},
) {
  const sale = aSale({}, name);
  const { organiser, approved, phase, created = '2027-01-01T00:00:00Z' } = change;
  return {
    ...sale,
    metadata: {
      ...sale.metadata,
      creationTimestamp: created,
      ...(organiser === undefined ? {} : { labels: { [SALE_MARK.organiser]: organiser } }),
      ...(approved === true ? { annotations: { [SALE_MARK.approvedBy]: 'ops' } } : {}),
    },
    ...(phase === undefined ? {} : { status: { phase } }),
  } as EventSale;
}

const why = (sale: EventSale, others: EventSale[] = [], on = platform(), nowMs = NOW) => {
  const rivals = others.filter((other) => eventIdOf(other) === eventIdOf(sale));
  return whyNotBegun({ sale, platform: on, others, rivals, nowMs });
};

describe('whyNotBegun', () => {
  it('lets sales of ops begin', () => {
    assert.equal(why(saleOf('a')), undefined);
  });

  it("holds an organiser's sale until it is approved", () => {
    const pending = why(saleOf('a', { organiser: 'o1' }));
    assert.equal(pending?.reason, 'ApprovalPending');
    assert.equal(pending?.phase, 'PendingApproval');
    assert.equal(pending?.state, 'held');
    assert.match(pending?.message ?? '', /kubectl annotate eventsale -n ticketbottle a ticketbottle.io\/approved-by=/);
    assert.equal(why(saleOf('a', { organiser: 'o1', approved: true })), undefined);
    assert.equal(why(saleOf('a', { organiser: 'o1' }), [], platform({ approval: { required: false } })), undefined);
  });

  it('leaves a sale that was never approved in time to the timeline, which calls it Missed', () => {
    const sale = saleOf('a', { organiser: 'o1', phase: 'PendingApproval' });
    const lastCall = Date.parse('2027-01-10T03:15:00Z');
    assert.equal(why(sale, [], platform(), lastCall)?.reason, 'ApprovalPending');
    assert.equal(why(sale, [], platform(), lastCall)?.lookAgainAt, lastCall + 1);
    assert.equal(why(sale, [], platform(), lastCall + 1), undefined);
  });

  it('never stops what is being prepared or runs', () => {
    for (const phase of ['Prescaling', 'Ready', 'Armed', 'Open', 'Held', 'Closing'])
      assert.equal(why(saleOf('a', { organiser: 'o1', phase })), undefined, phase);
  });

  it('knows no way round approval: not through suspending, not through missing the first date', () => {
    for (const phase of ['Suspended', 'Missed', 'Aborted'])
      assert.equal(why(saleOf('a', { organiser: 'o1', phase }))?.reason, 'ApprovalPending', phase);
    const sale = saleOf('a', { organiser: 'o1', phase: 'Suspended' });
    const phases = [{ phase: 'Prescaling' as const, at: '2027-01-09T00:00:00Z' }];
    assert.equal(why({ ...sale, status: { ...sale.status, phases } }), undefined);
  });

  it('counts sales and tickets of one organiser, first come first served', () => {
    const approved = (name: string, created: string, organiser = 'o1') =>
      saleOf(name, { organiser, approved: true, created });
    const [a, b, c] = [
      approved('a', '2027-01-01T00:00:00Z'),
      approved('b', '2027-01-02T00:00:00Z'),
      approved('c', '2027-01-03T00:00:00Z'),
    ];
    assert.equal(why(a, [b, c]), undefined);
    assert.equal(why(b, [a, c]), undefined);
    const third = why(c, [a, b]);
    assert.equal(third?.reason, 'QuotaExceeded');
    assert.match(third?.message ?? '', /has 2 sales before this one and may have 2; delete one, wait/);
    assert.equal(why(c, [a, approved('b', '2027-01-02T00:00:00Z', 'o2')]), undefined);
    assert.equal(why(c, [a, saleOf('b', { organiser: 'o1', phase: 'ScaledDown' })]), undefined);
    const few = platform({ quota: { maxSales: 9, maxTickets: 250 } });
    assert.match(why(c, [a, b], few)?.message ?? '', /would sell 300 tickets at once and may sell 250; lower/);
  });

  it('lets the older of two sales of one event go first', () => {
    const of = (name: string, created: string, schedule: object = {}): EventSale => {
      const sale = saleOf(name, { created });
      return {
        ...sale,
        spec: {
          ...sale.spec,
          event: { ...sale.spec.event, id: EVENT },
          schedule: { ...sale.spec.schedule, ...schedule },
        },
      };
    };
    const [a, b] = [of('a', '2027-01-01T00:00:00Z'), of('b', '2027-01-02T00:00:00Z')];
    assert.equal(why(a, [b]), undefined);
    const second = why(b, [a]);
    assert.equal(second?.reason, 'ResourceConflict');
    assert.match(second?.message ?? '', /spec.event.id: EventSale a sells the same event from .*; set another event/);
    const after = of('b', '2027-01-02T00:00:00Z', {
      opensAt: '2027-01-10T06:00:00Z',
      closesAt: '2027-01-10T07:00:00Z',
    });
    assert.equal(why(after, [a]), undefined);
  });

  it('knows what the platform cannot give', () => {
    const [first] = aSale().spec.ticketClasses;
    const dollars = {
      ...saleOf('a'),
      spec: aSale({ ticketClasses: [{ ...first, price: { amountMinor: 5, currency: 'USD' } }] as never }).spec,
    };
    assert.match(
      why(dollars)?.message ?? '',
      /spec.ticketClasses: nobody can pay in USD, zalopay take VND; set price.currency/,
    );
    const floors = { ...saleOf('a'), spec: aSale({ capacity: { gateway: { minReplicas: 41 } } }).spec };
    assert.equal(why(floors)?.reason, 'InvalidSpec');
    assert.match(
      why(floors)?.message ?? '',
      /spec.capacity.gateway.minReplicas: 41 is more than the 40 .*; lower it, or raise/,
    );
  });
});
