import assert from 'node:assert/strict';
import { type DeploymentObject, rolloutOf } from './rollout.ts';

const NOW = { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' };

function aDeployment(own: {
  generation?: number;
  replicas: number;
  status: DeploymentObject['status'];
}): DeploymentObject {
  const { generation = 5, replicas, status } = own;
  return {
    metadata: { name: 'tb-user', namespace: 'n', generation, labels: { 'app.kubernetes.io/name': 'user' } },
    spec: { replicas },
    status: { observedGeneration: 5, conditions: [NOW], ...status },
  };
}

const stateOf = (object: DeploymentObject, min = 2, previously = 'Ready') => rolloutOf(object, min, previously).state;

describe('rolloutOf', () => {
  it('is ready when every pod is new and the platform has its own minimum', () => {
    const object = aDeployment({ replicas: 2, status: { replicas: 2, updatedReplicas: 2, readyReplicas: 2 } });
    assert.equal(stateOf(object), 'Ready');
  });

  it('stays ready while a sale scales it up: nothing is wrong with what was there', () => {
    const starting = aDeployment({ replicas: 40, status: { replicas: 40, updatedReplicas: 40, readyReplicas: 2 } });
    assert.equal(stateOf(starting), 'Ready');
    const unseen = aDeployment({
      generation: 6,
      replicas: 40,
      status: { replicas: 2, updatedReplicas: 2, readyReplicas: 2 },
    });
    assert.equal(stateOf(unseen), 'Ready');
  });

  it('is not ready while a new template waits to be looked at, and says so from the pass that applied it on', () => {
    const unseen = aDeployment({
      generation: 6,
      replicas: 2,
      status: { replicas: 2, updatedReplicas: 2, readyReplicas: 2 },
    });
    assert.equal(stateOf(unseen, 2, 'Progressing'), 'Progressing');
  });

  it('is not ready while pods of two templates run', () => {
    const conditions = [{ type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' }];
    const object = aDeployment({
      replicas: 4,
      status: { conditions, replicas: 5, updatedReplicas: 2, readyReplicas: 4 },
    });
    assert.equal(stateOf(object), 'Progressing');
  });

  it('is not ready when the pods that the platform needs are gone, a quarter excepted', () => {
    const withReady = (readyReplicas: number, replicas = 4) =>
      aDeployment({ replicas, status: { replicas, updatedReplicas: replicas, readyReplicas } });
    assert.equal(stateOf(withReady(3), 4), 'Ready');
    assert.equal(stateOf(withReady(2), 4), 'Progressing');
    assert.equal(stateOf(withReady(0, 1), 1), 'Progressing');
  });

  it('is not ready when it is scaled to nothing, whatever was said of it before', () => {
    assert.equal(stateOf(aDeployment({ replicas: 0, status: {} })), 'Progressing');
    assert.equal(stateOf(aDeployment({ generation: 6, replicas: 0, status: {} })), 'Progressing');
  });

  it('is stuck past its progress deadline and says where to look', () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' },
    ];
    const object = aDeployment({ replicas: 2, status: { conditions } });
    const { state, message } = rolloutOf(object, 2, 'Ready');
    assert.equal(state, 'Stuck');
    assert.match(message, /timed out See: kubectl describe pods -n n -l /);
  });
});
