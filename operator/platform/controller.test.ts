import assert from 'node:assert/strict';
import { ManualClock } from '#runtime/clock.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import type { EventSale } from '../api/eventsale.gen.ts';
import type { ControllerDeps } from '../controller-deps.ts';
import type { Informer, Informers } from '../kube/informer.ts';
import { EVENT_SALE, type KubeObject, PLATFORM, type Resource } from '../kube/resource.ts';
import type { ChangeListener } from '../kube/store.ts';
import { createPlatformController } from './controller.ts';

/** Which platforms are looked at after what sales tell; a look ends at once, as there is no platform. */
async function lookedAtAfter(tell: (sale: ChangeListener<EventSale>) => void): Promise<string[]> {
  const lookedAt: string[] = [];
  const listeners: ChangeListener<EventSale>[] = [];
  const informerOf = (resource: Resource): Partial<Informer<KubeObject>> => ({
    synced: Promise.resolve(),
    list: () => [],
    get: (name) => {
      if (resource === PLATFORM) lookedAt.push(name);
      return undefined;
    },
    onChange: (listener) => {
      if (resource === EVENT_SALE) listeners.push(listener as unknown as ChangeListener<EventSale>);
    },
  });
  const clock = new ManualClock();
  const deps = {
    informers: { of: informerOf } as unknown as Informers,
    applier: () => ({}),
    leader: { lease: 'ours' },
    ...{ client: {}, recorder: {}, config: { watchNamespaces: [], lambdaDir: '.' } },
    ...{ clock, log: silentLogger(), metrics: new Registry() },
  } as unknown as ControllerDeps;
  const controller = createPlatformController(deps);
  const stop = new AbortController();
  const running = controller.run(stop.signal);
  for (const listener of listeners) tell(listener);
  await clock.advance(1);
  stop.abort();
  await running;
  return lookedAt;
}

describe('the platform of a sale', () => {
  const saleOn = (platform: string, opensAt = '2027-01-10T03:00:00Z') =>
    ({
      metadata: { namespace: 'shop', name: 'show' },
      spec: { platformRef: { name: platform }, schedule: { opensAt }, waitroom: {} },
    }) as EventSale;

  it('looks again when its times change, and not when nothing does that it goes by', async () => {
    const later = saleOn('one', '2027-01-11T03:00:00Z');
    assert.deepEqual(await lookedAtAfter((sale) => sale('shop/show', later, saleOn('one'), 'watch')), ['shop/one']);
    assert.deepEqual(await lookedAtAfter((sale) => sale('shop/show', saleOn('one'), saleOn('one'), 'watch')), []);
  });

  it('looks again too when the sale moves to another: nothing freezes it any more', async () => {
    const looked = await lookedAtAfter((sale) => sale('shop/show', saleOn('two'), saleOn('one'), 'watch'));
    assert.deepEqual(looked.toSorted(), ['shop/one', 'shop/two']);
  });
});
