import assert from 'node:assert/strict';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { conflictsOf, haveInCommon } from './claims.ts';
import { aPlatform } from './testing/a-platform.ts';

const FAILOVER = { promotes: 'Operator', lease: '60s', maxLag: '60s' } as const;

/** With stores, bucket and functions of its own. */
function platform(name: string, region: Partial<TicketBottlePlatform['spec']['region']> = {}): TicketBottlePlatform {
  const { metadata, spec, ...rest } = aPlatform();
  return {
    ...rest,
    metadata: { ...metadata, name, uid: name, creationTimestamp: name },
    spec: {
      ...spec,
      region: { ...spec.region, ...region },
      postgres: { ...spec.postgres, host: `${name}.example.com` },
      storage: { ...spec.storage, ticketBucket: `tickets-${name}` },
    },
  };
}
const contested = (older: TicketBottlePlatform, newer: TicketBottlePlatform) =>
  conflictsOf(newer, [older, newer]).map(({ concern }) => concern);

describe('conflictsOf', () => {
  const shared = ['TopicsReady', 'TemporalReady', 'OrdersTableReady'];

  it('keeps two platforms apart that want the same topics, Temporal namespace and table', () =>
    assert.deepEqual(contested(platform('a'), platform('b')), shared));

  it('lets two regions have these in common when both say so', () => {
    const [a, b] = [platform('a', { failover: FAILOVER }), platform('b', { failover: FAILOVER })];
    assert.deepEqual(contested(a, b), []);
    assert.deepEqual(contested(a, platform('b')), shared);
  });
});

describe('haveInCommon', () => {
  const apart = (name: string) => {
    const { spec, ...rest } = platform(name);
    const { kafka, temporal, orders } = spec;
    return {
      ...rest,
      spec: {
        ...spec,
        kafka: { ...kafka, brokers: [`${name}.example.com:9092`] },
        temporal: { ...temporal, namespace: name },
        orders: { ...orders, table: name },
      },
    };
  };

  it('is said of two that want one thing, whoever is older', () => {
    const [a, b] = [apart('a'), apart('b')];
    const wantsTable = { ...b, spec: { ...b.spec, orders: a.spec.orders } };
    assert.deepEqual([haveInCommon(a, wantsTable), haveInCommon(wantsTable, a)], [true, true]);
  });

  it('is not said of two that have everything to themselves', () =>
    assert.equal(haveInCommon(apart('a'), apart('b')), false));
});
