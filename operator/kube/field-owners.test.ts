import assert from 'node:assert/strict';
import { fieldOwners } from './field-owners.ts';

describe('field owners', () => {
  const hpa = {
    metadata: {
      name: 'p-gateway',
      managedFields: [
        { manager: 'ticketbottle-operator', fieldsV1: { 'f:spec': { 'f:maxReplicas': {} } } },
        { manager: 'ticketbottle-eventsale', fieldsV1: { 'f:spec': { 'f:minReplicas': {} } } },
        {
          manager: 'kube-controller-manager',
          subresource: 'status',
          fieldsV1: { 'f:status': { 'f:currentReplicas': {} } },
        },
      ],
    },
  };

  it('names who owns a field', () => {
    assert.deepEqual(fieldOwners(hpa, ['spec', 'minReplicas']), ['ticketbottle-eventsale']);
    assert.deepEqual(fieldOwners(hpa, ['spec', 'maxReplicas']), ['ticketbottle-operator']);
    assert.deepEqual(fieldOwners(hpa, ['spec', 'metrics']), []);
  });

  it('finds nobody where managedFields were stripped', () => {
    assert.deepEqual(fieldOwners({ metadata: { name: 'x' } }, ['spec', 'minReplicas']), []);
  });
});
