import assert from 'node:assert/strict';
import { aPlatform } from '../testing/platform-builder.ts';
import { type Deployment, readyOf, workloadLines } from './workloads.ts';

const platform = aPlatform();
const deployment = (spec: Deployment['spec'], status?: Deployment['status']): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'ticketbottle-order', namespace: 'ticketbottle', generation: 2 },
  spec,
  ...(status === undefined ? {} : { status }),
});
const line = (found: Deployment | undefined) =>
  workloadLines(platform, { order: 3 }, (service) => (service === 'order' ? found : undefined)).find(
    ({ what }) => what === 'replicas/order',
  );

describe('replicas of a service', () => {
  it('are ready when so many of the current version are', () => {
    const status = { observedGeneration: 2, readyReplicas: 3, updatedReplicas: 3 };
    assert.equal(line(deployment({ replicas: 3 }, status))?.ready, true);
    assert.equal(line(deployment({ replicas: 3 }, { ...status, updatedReplicas: 2 }))?.have, '2 ready');
    // What stands there is of the version before.
    assert.equal(line(deployment({ replicas: 3 }, { ...status, observedGeneration: 1 }))?.have, '0 ready');
  });

  it('say what to type: there is no Deployment, it is stuck, or somebody scaled it to 0', () => {
    assert.match(line(undefined)?.message ?? '', /Deployment ticketbottle-order is not there yet/);
    const conditions = [{ type: 'Progressing', status: 'False', message: 'deadline exceeded' }];
    assert.match(
      line(deployment({ replicas: 3 }, { observedGeneration: 2, conditions }))?.message ?? '',
      /^deadline exceeded; kubectl -n ticketbottle describe pods -l .*name=order$/,
    );
    assert.match(
      line(deployment({ replicas: 0 }, { observedGeneration: 2 }))?.message ?? '',
      /scaled to 0, .*: kubectl -n ticketbottle scale deployment ticketbottle-order --replicas=1$/,
    );
  });

  it('are not known before somebody reported them', () => {
    assert.equal(readyOf(undefined), undefined);
    assert.equal(readyOf(deployment({ replicas: 3 })), undefined);
    assert.equal(readyOf(deployment({ replicas: 3 }, { observedGeneration: 2 })), 0);
  });
});
