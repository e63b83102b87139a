import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { KubeObject } from './resource.ts';
import { Store } from './store.ts';

interface Sale extends KubeObject {
  spec: { platforms: string[] };
}

const sale = (name: string, platforms: string[]): Sale => ({
  metadata: { name, namespace: 'ns' },
  spec: { platforms },
});
const byPlatform = (object: Sale) => object.spec.platforms;

describe('store', () => {
  it('keeps an index equal to a search through everything, through all changes', () => {
    const step = fc.oneof(
      fc.record({ name: fc.constantFrom('a', 'b', 'c'), platforms: fc.array(fc.constantFrom('x', 'y', 'z')) }),
      fc.record({ name: fc.constantFrom('a', 'b', 'c') }),
    );
    fc.assert(
      fc.property(fc.array(step), fc.nat(20), (steps, indexAt) => {
        const store = new Store<Sale>();
        steps.forEach((step, at) => {
          if (at === indexAt) store.addIndex('platform', byPlatform);
          if ('platforms' in step) store.set(sale(step.name, step.platforms));
          else store.delete(`ns/${step.name}`);
        });
        store.addIndex('platform', byPlatform);
        for (const value of ['x', 'y', 'z']) {
          const names = (objects: Sale[]) => objects.map(({ metadata }) => metadata.name).toSorted();
          const searched = store.list().filter((object) => object.spec.platforms.includes(value));
          assert.deepEqual(names(store.byIndex('platform', value)), names(searched));
        }
      }),
    );
  });

  it('refuses an index that nobody declared', () => {
    assert.throws(() => new Store().byIndex('nobody', 'x'), /no index "nobody"/);
  });
});
