import assert from 'node:assert/strict';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { Registry } from '#runtime/metrics.ts';
import { saleGauges } from './sale-gauges.ts';

describe('gauges of sales', () => {
  const status = {
    phase: 'Open',
    inventory: [{ class: 'GA', total: 100, reserved: 3, sold: 40 }],
    ledger: { oversold: 1, paidWithoutTicket: 0, ticketWithoutPayment: 0, ticketWithoutStock: 0 },
    waitroom: { waiting: 7, active: 2, admitted: 50 },
    capacityPlan: [{ service: 'gateway', replicas: 4, have: 4 }],
    prescale: [{ what: 'nodes', ready: false }],
  };
  const sale = (phase: string, more: object = {}) =>
    ({
      metadata: { namespace: 'shop', name: 'show' },
      spec: { platformRef: { name: 'tb' }, schedule: { opensAt: '2027-01-10T03:00:00Z' } },
      status: { ...status, phase, ...more },
    }) as unknown as EventSale;
  const shown = async (sales: readonly EventSale[]) => {
    const registry = new Registry();
    saleGauges(registry, () => sales);
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('ticketbottle_'));
    return [...new Set(lines.map((line) => line.slice('ticketbottle_sale_'.length, line.indexOf('{'))))].toSorted();
  };

  it("of one in a standby are when it opens and that it stands by: what was seen here before is the other region's now", async () => {
    const all = ['ledger', 'opens_timestamp_seconds', 'phase', 'replicas', 'room', 'tickets', 'unready_lines'];
    assert.deepEqual(await shown([sale('Open')]), all);
    assert.deepEqual(await shown([sale('Standby')]), ['opens_timestamp_seconds', 'phase']);
  });

  it('of one that waits for its time say nothing of replicas, which it does not want yet', async () => {
    const plan = { prescale: undefined, inventory: undefined, ledger: undefined, waitroom: undefined };
    assert.deepEqual(await shown([sale('Pending', plan)]), ['opens_timestamp_seconds', 'phase', 'unready_lines']);
  });

  it('are kept for nobody between two scrapes', async () => {
    const registry = new Registry();
    saleGauges(registry, () => [sale('Open')]);
    assert.match(await registry.metrics(), /sale="show"/);
    const kept = registry.getMetricsAsArray().map((metric) => (metric as unknown as { hashMap: object }).hashMap);
    assert.deepEqual(kept.flatMap(Object.keys), []);
    assert.match(await registry.metrics(), /sale="show"/);
  });

  it('go with the sale', async () => {
    const sales = [sale('Open')];
    const registry = new Registry();
    saleGauges(registry, () => sales);
    assert.match(await registry.metrics(), /sale="show"/);
    sales.length = 0;
    assert.doesNotMatch(await registry.metrics(), /sale="show"/);
  });
});
