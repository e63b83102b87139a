import assert from 'node:assert/strict';
import { diffTopics, type ObservedTopic, type ObservedTopics } from './kafka.ts';

const found = (name: string, more: Partial<ObservedTopic> = {}): ObservedTopics =>
  new Map([
    [name, { name, partitions: 3, replicationFactor: 3, leaderless: 0, underReplicated: 0, config: {}, ...more }],
  ]);
const wanted = { name: 'order.paid', partitions: 3, replicationFactor: 3, config: { 'retention.ms': '1000' } };

describe('diff of topics', () => {
  it('is empty when everything is as wanted, or more', () => {
    const config = { 'retention.ms': '1000', 'max.message.bytes': '5' };
    assert.deepEqual(diffTopics([wanted], found('order.paid', { config, partitions: 12, replicationFactor: 4 })), []);
  });

  it('creates what is missing with all that the spec says', () => {
    const [change, ...more] = diffTopics([wanted], new Map());
    assert.equal(more.length, 0);
    assert.deepEqual(change?.step, { kind: 'create', topic: wanted });
  });

  it('raises partitions to the number wanted and never lowers them', () => {
    const config = { 'retention.ms': '1000' };
    const [change] = diffTopics([{ ...wanted, partitions: 8 }], found('order.paid', { config }));
    assert.deepEqual(change?.step, { kind: 'add-partitions', name: 'order.paid', total: 8 });
    assert.deepEqual(diffTopics([{ ...wanted, partitions: 1 }], found('order.paid', { config })), []);
  });

  it('sets only the settings that differ, and names old and new value', () => {
    const topic = { ...wanted, config: { a: '1', b: '2', c: '3' } };
    const [change] = diffTopics([topic], found('order.paid', { config: { a: '1', b: '9' } }));
    assert.deepEqual(change?.step, { kind: 'set-config', name: 'order.paid', config: { b: '2', c: '3' } });
    assert.equal(change?.reason, 'b is 9 instead of 2, c is not set instead of 3');
  });

  it('waits for what it cannot mend: a lost leader, too few replicas', () => {
    const config = { 'retention.ms': '1000' };
    const changes = diffTopics([wanted], found('order.paid', { config, leaderless: 2, replicationFactor: 1 }));
    assert.deepEqual(
      changes.map(({ action, byHand }) => [action, byHand]),
      [
        ['wait', false],
        ['wait', true],
      ],
    );
    assert.match(changes[0]?.reason ?? '', /no leader: bring the broker back/);
    assert.match(changes[1]?.reason ?? '', /replication factor 1 instead of 3/);
  });
});
