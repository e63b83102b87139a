import assert from 'node:assert/strict';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { ControllerDeps } from '#operator/controller-deps.ts';
import type { Informer, Informers } from '#operator/kube/informer.ts';
import { EVENT_SALE, type KubeObject, key, PLATFORM, type Resource } from '#operator/kube/resource.ts';
import type { ChangeListener } from '#operator/kube/store.ts';
import { ManualClock } from '#runtime/clock.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { createEventSaleController } from './controller.ts';
import { aPlatform } from './testing/platform-builder.ts';
import { aSale } from './testing/sale-builder.ts';

const HOUR = 3_600_000;

describe('a leader that has followed for hours', () => {
  it('looks first at the sale whose doors are open by now', async () => {
    const clock = new ManualClock();
    const names = Array.from({ length: 40 }, (_, n) => `show-${n}`);
    const sales = new Map(names.map((name) => [`ticketbottle/${name}`, aSale({}, name)]));
    const lookedAt: string[] = [];
    const listeners: ChangeListener<never>[] = [];
    const informerOf = (resource: Resource): Partial<Informer<KubeObject>> => ({
      synced: Promise.resolve(),
      list: () => (resource === EVENT_SALE ? ([...sales.values()] as KubeObject[]) : []),
      get: (name) => {
        if (resource !== EVENT_SALE) return resource === PLATFORM ? elsewhere : undefined;
        lookedAt.push(name);
        return sales.get(name) as KubeObject;
      },
      onChange: (listener) => {
        if (resource === EVENT_SALE) listeners.push(listener as ChangeListener<never>);
      },
    });
    // A look at its sales ends at once.
    const elsewhere = { ...aPlatform(), status: { operator: { lease: 'theirs' } } } as unknown as KubeObject;
    const deps = {
      informers: { of: informerOf } as unknown as Informers,
      applier: () => ({}),
      leader: { lease: 'ours' },
      ...{ client: {}, recorder: {}, config: { root: '.' } },
      ...{ clock, log: silentLogger(), metrics: new Registry() },
    } as unknown as ControllerDeps;
    const controller = createEventSaleController(deps);

    for (const [name, sale] of sales) for (const tell of listeners) tell(name, sale as never, undefined, 'list');
    await clock.advance(10 * HOUR);
    // Written by the leader meanwhile, which is no reason to look again.
    const last = [...sales.values()].at(-1) as EventSale;
    const open = { ...last, status: { phase: 'Open' } } as EventSale;
    sales.set(key(last), open);
    for (const tell of listeners) tell(key(last), open as never, last as never, 'watch');

    const stop = new AbortController();
    const running = controller.run(stop.signal);
    await clock.advance(1);
    stop.abort();
    await running;
    assert.equal(lookedAt.length, names.length);
    assert.equal(lookedAt[0], key(last));
  });
});
