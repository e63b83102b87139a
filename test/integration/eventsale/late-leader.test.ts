import assert from 'node:assert/strict';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { isConflict } from '#operator/kube/api-error.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { EVENT_SALE } from '#operator/kube/resource.ts';
import { clientOf, eventually, makeNamespace, sharedApiServer } from '../kube/api-fixture.ts';
import { installKinds, makePlatform, makeSale, startOperator } from './operator-fixture.ts';

describe('a leader that was replaced while its status write was on the way', function () {
  this.timeout(120_000);
  let client: KubeClient;
  let namespace: string;
  const operators: { stop: () => Promise<void> }[] = [];

  before(async () => {
    client = clientOf(await sharedApiServer());
    await installKinds(client);
    namespace = await makeNamespace(client);
    await makePlatform(client, namespace, { redisAddress: '127.0.0.1:9', accessKey: '{}' });
  });
  after(async () => {
    for (const operator of operators) await operator.stop();
    await client?.close();
  });

  it('is refused, and what the new leader wrote stands', async () => {
    const onTheWay = Promise.withResolvers<void>();
    const replaced = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<unknown>();
    const own = clientOf(await sharedApiServer());
    const slow: KubeClient = {
      ...own,
      apply: async (resource, object, options) => {
        if (resource !== EVENT_SALE || options.subresource !== 'status')
          return await own.apply(resource, object, options);
        onTheWay.resolve();
        await replaced.promise;
        try {
          const written = await own.apply(resource, object, options);
          answered.resolve(written);
          return written as never;
        } catch (error) {
          answered.resolve(error);
          throw error;
        }
      },
    };
    const first = startOperator(slow, namespace, {}, 5);
    operators.push(first);
    await makeSale(client, namespace, 'later', (spec) => {
      const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
      spec['schedule'] = { opensAt: at(48), closesAt: at(50) };
    });
    await onTheWay.promise;

    operators.push(startOperator(clientOf(await sharedApiServer()), namespace, {}, 6));
    const before = await eventually(async () => {
      const sale = await client.get<EventSale>(EVENT_SALE, namespace, 'later');
      return sale?.status?.phase === 'Pending' && sale;
    }, 30_000);
    replaced.resolve();
    assert.ok(isConflict(await answered.promise), 'the late write was taken');
    const after = await client.get<EventSale>(EVENT_SALE, namespace, 'later');
    assert.equal(after?.metadata.resourceVersion, before.metadata.resourceVersion);
    assert.deepEqual(after?.status, before.status);
  });
});
