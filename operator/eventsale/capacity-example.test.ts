import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from '#proto/names.ts';
import { planCapacity } from './capacity.ts';
import { estimateCost } from './cost.ts';
import { saleTimes } from './schedule.ts';
import { webhookEnvironments } from './store-plan.ts';
import { aSale } from './testing/sale-builder.ts';

const DOCS = join(import.meta.dirname, '..', '..', 'docs', 'eventsale.md');

describe('the worked example of docs/eventsale.md', () => {
  it('is what the plan computes', () => {
    const plan = planCapacity({
      demand: {
        expectedBuyers: 500_000,
        tickets: 40_000,
        biggestClassShare: 1,
        maxConcurrentCheckouts: 2000,
        admissionsPerMinute: 6000,
        checkoutTtlSeconds: 900,
      },
      profile: {
        gateway: { requestsPerSecond: 1500, streams: 20_000 },
        waitroom: { requestsPerSecond: 3000 },
        inventory: { requestsPerSecond: 1000, hotRowPerSecond: 950 },
        order: { requestsPerSecond: 150 },
        payment: { requestsPerSecond: 150 },
      },
      limits: {},
      others: { rps: {}, streams: 0 },
      zones: 3,
    });
    const { spec } = aSale({
      schedule: {
        preQueueAt: '2027-01-10T02:45:00Z',
        opensAt: '2027-01-10T03:00:00Z',
        closesAt: '2027-01-10T05:00:00Z',
        prescaleLead: '30m',
        cooldown: '65m',
      },
    });
    const cost = estimateCost(plan, () => 3, saleTimes(spec, 0));
    const of = (service: ServiceName) => plan.services.find((line) => line.service === service);
    const need = (store: string) => plan.stores.find((one) => one.store === store)?.need;
    const computed = {
      'joins per second': plan.peakJoinsPerSecond,
      'gateway load': of('gateway')?.loadRps,
      'gateway replicas': of('gateway')?.replicas,
      'waitroom replicas': of('waitroom')?.replicas,
      'inventory replicas': of('inventory')?.replicas,
      'order replicas': of('order')?.replicas,
      'payment replicas': of('payment')?.replicas,
      'safe rate per minute': plan.admission.safePerMinute,
      'sustained rate per minute': plan.admission.sustainablePerMinute,
      'minutes to sell': Math.ceil(plan.sellOutSeconds / 60),
      'warm webhook environments': webhookEnvironments(plan.stores),
      'table writes per second': need('dynamodb'),
      'Redis MB': need('redis'),
      'extra replicas': cost.extraReplicas,
      'extra replica-hours': cost.extraReplicaHours,
    };
    const rows = [...readFileSync(DOCS, 'utf8').matchAll(/^\| ([A-Za-z- ]+?) +\| (\d+) +\|$/gm)];
    const documented = Object.fromEntries(rows.map(([, figure, value]) => [figure, Number(value)]));
    assert.deepEqual(documented, computed);
  });
});

describe('the warnings of docs/eventsale.md', () => {
  it('are those that the plan gives', () => {
    const sources = readdirSync(import.meta.dirname).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
    );
    const given = sources.flatMap((name) =>
      [...readFileSync(join(import.meta.dirname, name), 'utf8').matchAll(/warnings\.push\(['`](\w+)/g)].map(
        ([, code]) => code,
      ),
    );
    const told = [...readFileSync(DOCS, 'utf8').matchAll(/^\| `([A-Z]\w+)(?::\w+)?` /gm)].map(([, code]) => code);
    assert.ok(given.length >= 12, `${given}`);
    assert.deepEqual([...new Set(told)].sort(), [...new Set(given)].sort());
  });
});
