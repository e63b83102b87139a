import assert from 'node:assert/strict';
import { type DesiredTable, diffTable, type ObservedIndex, type ObservedTable, ORDERS_INDEXES } from './dynamodb.ts';

const desired: DesiredTable = {
  name: 'orders',
  pointInTimeRecovery: true,
  deletionProtection: true,
  replicaRegions: [],
};
const projection = 'ALL';
const indexes = new Map<string, ObservedIndex>(
  Object.entries(ORDERS_INDEXES).map(([name, key]) => [name, { ...key, projection, active: true }]),
);
const good: ObservedTable = {
  status: 'ACTIVE',
  hash: 'order_id',
  range: undefined,
  indexes,
  onDemand: true,
  deletionProtection: true,
  pointInTimeRecovery: true,
  streams: false,
  replicas: new Map(),
  timeToLive: { attribute: undefined, switching: false },
  kmsKeyArn: undefined,
  gaps: [],
};
const diff = (more: Partial<ObservedTable>, wish: Partial<DesiredTable> = {}) =>
  diffTable({ ...desired, ...wish }, { ...good, ...more });
const lines = (...args: Parameters<typeof diff>) => diff(...args).map(({ action, reason }) => `${action}: ${reason}`);

describe('diff of the orders table', () => {
  it('is empty when all is as wanted', () => {
    assert.deepEqual(diff({}), []);
  });

  it('lets nothing expire unless asked to, and changes the attribute in two steps', () => {
    const on = (attribute: string, switching = false) => ({ timeToLive: { attribute, switching } });
    assert.deepEqual(lines(on('expires_at')), ['update: lets items expire by expires_at, which nobody asked for']);
    assert.deepEqual(lines(on('a'), { timeToLiveAttribute: 'b' }), ['update: lets items expire by a instead of b']);
    assert.deepEqual(lines(on('a'), { timeToLiveAttribute: 'a' }), []);
    assert.deepEqual(lines({}, { timeToLiveAttribute: 'b' }), ['update: does not let items expire by b']);
    const turning = { timeToLive: { attribute: undefined, switching: true } };
    assert.deepEqual(lines(turning, { timeToLiveAttribute: 'b' }), ['wait: is switching its time to live']);
    assert.deepEqual(lines({ timeToLive: undefined }, { timeToLiveAttribute: 'b' }), [], 'an endpoint without it');
  });

  it('encrypts with the key asked for, and leaves the key alone otherwise', () => {
    const arn = 'arn:aws:kms:us-east-1:000000000000:key/a';
    assert.deepEqual(lines({ kmsKeyArn: arn }), []);
    assert.deepEqual(lines({ kmsKeyArn: arn }, { kmsKeyArn: arn }), []);
    const [change] = diff({}, { kmsKeyArn: arn });
    assert.equal(change?.reason, `is encrypted with the key that AWS owns instead of ${arn}`);
    assert.deepEqual(change?.step.kind === 'update' ? change.step.input.SSESpecification?.KMSMasterKeyId : '', arn);
  });

  it('creates what is missing and asks for nothing else meanwhile', () => {
    assert.deepEqual(lines({ status: undefined }), ['create: does not exist']);
    assert.deepEqual(lines({ status: 'CREATING', onDemand: false }), ['wait: is creating']);
  });

  it('changes one thing at a time, as DynamoDB allows', () => {
    assert.deepEqual(lines({ onDemand: false, deletionProtection: false, indexes: new Map() }), [
      'update: is not billed on demand',
    ]);
  });

  it('waits for an index under construction before it asks for the next', () => {
    const building = new Map(indexes).set('user_id-index', {
      hash: 'user_id',
      range: 'created_at',
      projection,
      active: false,
    });
    building.delete('event_id-index');
    assert.deepEqual(lines({ indexes: building }), ['wait: index user_id-index is being built']);
  });

  it('declares only the attributes of the index that it adds', () => {
    const [change] = diff({ indexes: new Map([...indexes].slice(0, 1)) });
    assert.ok(change?.step.kind === 'update');
    assert.deepEqual(
      change.step.input.AttributeDefinitions?.map(({ AttributeName }) => AttributeName),
      ['event_id', 'status'],
    );
  });

  it('says what it will not do: rebuild a key', () => {
    assert.match(lines({ hash: 'id' })[0] ?? '', /^wait: has the primary key id instead of order_id/);
    const wrong = new Map<string, ObservedIndex>(indexes);
    wrong.set('user_id-index', { hash: 'user_id', range: undefined, projection, active: true });
    assert.match(lines({ indexes: wrong })[0] ?? '', /^wait: index user_id-index has the key user_id instead of/);
  });

  it('tells an index that holds less of an order than the services read, with the command that removes it', () => {
    const key = { hash: 'user_id', range: 'created_at' };
    const partial = (projection: string | undefined) =>
      lines({ indexes: new Map(indexes).set('user_id-index', { ...key, projection, active: true }) });
    assert.deepEqual(partial('KEYS_ONLY'), [
      `wait: index user_id-index projects KEYS_ONLY instead of ALL, and DynamoDB cannot change that: delete it, and it is made anew; until it is filled, nobody finds orders by it: aws dynamodb update-table --table-name orders --global-secondary-index-updates '[{"Delete":{"IndexName":"user_id-index"}}]'`,
    ]);
    assert.match(partial('INCLUDE status')[0] ?? '', /projects INCLUDE status instead of ALL/);
    assert.deepEqual(partial(undefined), [], 'an endpoint that does not say');
    assert.ok(
      diff({
        indexes: new Map(indexes).set('user_id-index', {
          hash: 'x',
          range: undefined,
          projection: 'KEYS_ONLY',
          active: true,
        }),
      })[0]?.byHand,
    );
  });

  it('does not mistake an endpoint without backups for a difference', () => {
    assert.deepEqual(
      diff({ pointInTimeRecovery: undefined, gaps: ['this endpoint has no point-in-time recovery'] }),
      [],
    );
    assert.deepEqual(lines({ pointInTimeRecovery: false }), ['update: has point-in-time recovery off instead of on']);
  });

  it('sets for how many days the table can go back, where that is asked for and the endpoint tells it', () => {
    assert.deepEqual(lines({ recoveryDays: 35 }), []);
    assert.deepEqual(lines({}, { recoveryDays: 7 }), []);
    const [change] = diff({ recoveryDays: 35 }, { recoveryDays: 7 });
    assert.equal(change?.reason, 'can be restored for 35 days instead of 7');
    assert.deepEqual(change?.step, { kind: 'backups', enabled: true, days: 7 });
  });

  it('turns the stream on before it adds replicas, and never takes a replica away', () => {
    assert.deepEqual(lines({}, { replicaRegions: ['eu-west-1'] }), ['update: has no stream, which replicas need']);
    assert.deepEqual(lines({ streams: true }, { replicaRegions: ['eu-west-1'] }), [
      'update: has no replica in eu-west-1',
    ]);
    assert.deepEqual(diff({ streams: true, replicas: new Map([['eu-west-1', 'ACTIVE']]) }), []);
  });
});
