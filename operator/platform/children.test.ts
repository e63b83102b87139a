import assert from 'node:assert/strict';
import { KubeApiError } from '../kube/api-error.ts';
import type { Applier } from '../kube/apply.ts';
import type { KubeClient, PageOptions } from '../kube/client.ts';
import type { Informer, Informers } from '../kube/informer.ts';
import { HTTP_ROUTE, type KubeObject, type Resource } from '../kube/resource.ts';
import { Children } from './children.ts';

/** `listed` answers for a namespace; an informer of a kind that may not be listed everywhere never has its first list. */
function childrenOf(namespaces: string[], listed: (namespace: string | undefined) => void) {
  const never = new Promise<void>(() => {});
  const asked: string[] = [];
  const informers = {
    of: (resource: Resource) => {
      asked.push(resource.plural);
      return { synced: never, onChange: () => {} } as unknown as Informer<KubeObject>;
    },
  } as unknown as Informers;
  const client = {
    listPage: async (_resource: Resource, { namespace }: PageOptions) => {
      listed(namespace);
      return { items: [], resourceVersion: '1', continueToken: undefined };
    },
  } as unknown as KubeClient;
  return { children: new Children({ informers, client, applier: {} as Applier, namespaces }), asked };
}

describe('kinds that others install', () => {
  it('are not watched where one of the namespaces may not be read: their informer would never be in sync', async () => {
    const { children, asked } = childrenOf(['shop', 'other'], (namespace) => {
      if (namespace === 'other') throw new KubeApiError('LIST', 403, { reason: 'Forbidden' });
    });
    assert.equal(await children.watches(HTTP_ROUTE, 0, AbortSignal.timeout(1_000)), false);
    assert.ok(!asked.includes(HTTP_ROUTE.plural));
  });

  it('keep no reconcile waiting beyond its time when their first list does not come', async () => {
    const { children } = childrenOf([], () => {});
    await assert.rejects(children.watches(HTTP_ROUTE, 0, AbortSignal.timeout(50)), /timeout/i);
  });
});
