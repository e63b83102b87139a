import assert from 'node:assert/strict';
import type { EventType } from '@aws-sdk/client-sesv2';
import { type DesiredApi, diffApi, type ObservedApi } from './apigateway.ts';
import { classifyAwsError } from './aws-errors.ts';
import { canonicalJson } from './canonical-json.ts';
import { type DesiredMapping, diffMappings, mappingKey } from './event-source-mappings.ts';
import { diffStreams, type ObservedStream } from './firehose.ts';
import { type DesiredRole, diffRoles } from './iam.ts';
import { diffMailFeedback, type ObservedMailFeedback } from './mail-feedback.ts';
import { type DesiredPipe, diffPipes, type ObservedPipe, PIPE_TAG, RETRY_PIPE_MS, sourceTag } from './pipes.ts';
import { diffSecrets } from './secrets.ts';
import { diffQueues } from './sqs.ts';

describe('diffQueues', () => {
  const queue = { name: 'q', visibilityTimeoutSeconds: 180, maxReceives: 5, arnPrefix: 'arn:aws:sqs:r:1', tags: {} };
  it('makes the dead-letter queue first, because the other one names it', () => {
    assert.deepEqual(
      diffQueues([queue], new Map()).map(({ name }) => name),
      ['q-dlq', 'q'],
    );
  });
  it('does not mind how AWS spells a policy', () => {
    const spelled = '{"maxReceiveCount":"5","deadLetterTargetArn":"arn:aws:sqs:r:1:q-dlq"}';
    const attributes = { VisibilityTimeout: '180', MessageRetentionPeriod: '1209600', RedrivePolicy: spelled };
    const found = (own: object) => ({ url: 'u', arn: 'a', attributes: { MessageRetentionPeriod: '1209600', ...own } });
    const observed = new Map([
      ['q-dlq', found({})],
      ['q', found(attributes)],
    ]);
    assert.deepEqual(diffQueues([queue], observed), []);
    const other = diffQueues([{ ...queue, maxReceives: 3 }], observed);
    assert.deepEqual(
      other.map(({ action, reason }) => [action, reason]),
      [['update', 'RedrivePolicy differs']],
    );
  });
});

describe('diffMappings', () => {
  const mapping: DesiredMapping = {
    ...{ functionName: 'f', alias: 'live', queueArn: 'q' },
    ...{ batchSize: 10, maxConcurrency: 48, enabled: true },
  };
  const right = { uuid: 'u', state: 'Enabled', batchSize: 10, maxConcurrency: 48, reportsItemFailures: true };
  const seen = (own: object) => new Map([[mappingKey(mapping), { ...right, ...own }]]);
  const actions = (own: object, want = mapping) => diffMappings([want], seen(own)).map(({ action }) => action);
  it('waits while one is on its way: AWS refuses updates until it has settled', () => {
    for (const state of ['Creating', 'Enabling', 'Disabling', 'Updating'])
      assert.deepEqual(actions({ state, batchSize: 1 }), ['wait']);
  });
  it('turns one off and on, and insists on reports of single failures', () => {
    assert.deepEqual(actions({}), []);
    assert.deepEqual(actions({}, { ...mapping, enabled: false }), ['update']);
    assert.deepEqual(actions({ state: 'Disabled' }), ['update']);
    assert.deepEqual(actions({ reportsItemFailures: false }), ['update']);
  });
  it('takes no more at once than the function may do', () => {
    assert.deepEqual(actions({ maxConcurrency: undefined }), ['update']);
    assert.deepEqual(actions({ maxConcurrency: 100 }), ['update']);
    assert.deepEqual(actions({}, { ...mapping, maxConcurrency: undefined }), ['update']);
    const [off] = diffMappings([{ ...mapping, enabled: false }], seen({ maxConcurrency: 100 }));
    assert.equal(off?.onOff, false, 'more than a switch');
  });
});

describe('diffPipes', () => {
  const pipe: DesiredPipe = {
    name: 'p',
    brokers: ['k1:9092', 'k2:9092'],
    topic: 'order.paid',
    consumerGroup: 'p',
    targetArn: 'q',
    body: 'value',
    batch: { size: 10 },
    roleArn: 'r',
    enabled: true,
    subnetIds: [],
    securityGroupIds: [],
  };
  const observed: ObservedPipe = {
    source: 'smk://k1:9092',
    targetArn: 'q',
    roleArn: 'r',
    desiredState: 'RUNNING',
    currentState: 'RUNNING',
    stateReason: undefined,
    modifiedAtMs: 0,
    tags: {},
  };
  const ours = { [PIPE_TAG.source]: sourceTag(pipe) };
  const diff = (found: ObservedPipe | undefined, want = pipe, atMs = 0) =>
    diffPipes([want], { atMs, pipes: new Map(found === undefined ? [] : [['p', found]]) });
  const steps = (...args: Parameters<typeof diff>) => diff(...args).map(({ step }) => step);
  it('creates, waits while AWS works, and is done', () => {
    assert.deepEqual(steps(undefined), ['create']);
    assert.deepEqual(steps({ ...observed, currentState: 'CREATING' }), ['wait']);
    assert.deepEqual(steps({ ...observed, tags: ours }), []);
  });
  it('makes a pipe anew when its source is another, as a source cannot be changed', () => {
    assert.deepEqual(steps({ ...observed, source: 'smk://other:9092' }), ['delete']);
    assert.deepEqual(steps({ ...observed, tags: { [PIPE_TAG.source]: 'of other brokers' } }), ['delete']);
  });
  it('takes away one that is not wanted, and makes none', () => {
    const unwanted = { ...pipe, unwanted: true };
    assert.deepEqual(steps(undefined, unwanted), []);
    assert.deepEqual(steps(observed, unwanted), ['delete']);
    assert.deepEqual(steps({ ...observed, currentState: 'DELETING' }, unwanted), []);
  });
  it('says why AWS gave up on one, lets it rest and tries again', () => {
    const tries: Record<string, string> = {
      ...{ START_FAILED: 'update', STOP_FAILED: 'update', UPDATE_FAILED: 'update' },
      ...{ CREATE_FAILED: 'delete', DELETE_FAILED: 'delete', UPDATE_ROLLBACK_FAILED: 'delete' },
    };
    for (const [currentState, again] of Object.entries(tries)) {
      const failed = { ...observed, tags: ours, currentState, stateReason: 'no route', modifiedAtMs: 5_000 };
      const [resting] = diff(failed, pipe, 5_000 + RETRY_PIPE_MS - 1);
      assert.deepEqual(
        [resting?.step, resting?.reason, resting?.failed],
        ['wait', `is ${currentState}: no route`, true],
        currentState,
      );
      const [due] = diff(failed, pipe, 5_000 + RETRY_PIPE_MS);
      assert.deepEqual([due?.step, due?.reason, due?.failed], [again, `is ${currentState}: no route`, true]);
      assert.deepEqual(steps({ ...failed, modifiedAtMs: undefined }), [again]);
      const unwanted = { ...pipe, unwanted: true };
      assert.deepEqual(steps(failed, unwanted, 5_000), ['wait'], 'nor is one taken away that AWS cannot let go of');
      assert.deepEqual(steps(failed, unwanted, 5_000 + RETRY_PIPE_MS), ['delete']);
    }
  });
  it('does not wait for the end of a freeze with a pipe that carries nothing, unless it would be rerouted', () => {
    const failed = { ...observed, tags: ours, modifiedAtMs: undefined };
    const freely = (currentState: string, want = pipe) => diff({ ...failed, currentState }, want)[0]?.onOff;
    assert.equal(freely('START_FAILED'), true);
    assert.equal(freely('CREATE_FAILED'), true);
    assert.equal(freely('START_FAILED', { ...pipe, targetArn: 'other' }), false);
    assert.equal(freely('UPDATE_ROLLBACK_FAILED'), false, 'it may still run as it was');
  });
});

describe('diffStreams', () => {
  const stream = { name: 's', bucket: 'b', prefix: 'events/t/', errorPrefix: 'failed/', roleArn: 'r', tags: {} };
  const destination = {
    BucketARN: 'arn:aws:s3:::b',
    RoleARN: 'r',
    Prefix: 'events/t/',
    ErrorOutputPrefix: 'failed/',
    CompressionFormat: 'GZIP',
  };
  const active: ObservedStream = {
    status: 'ACTIVE',
    failure: undefined,
    versionId: '1',
    destinationId: 'd',
    destination,
  };
  const steps = (found: ObservedStream) => diffStreams([stream], new Map([['s', found]])).map(({ step }) => step);
  it('waits for one that is being made, and makes one anew that could not be', () => {
    assert.deepEqual(steps({ ...active, status: 'CREATING' }), ['wait']);
    assert.deepEqual(steps({ ...active, status: 'CREATING_FAILED' }), ['replace']);
  });
  it('brings its destination back', () => {
    assert.deepEqual(steps(active), []);
    assert.deepEqual(steps({ ...active, destination: { ...destination, Prefix: 'elsewhere/' } }), ['update']);
  });
});

describe('diffMailFeedback', () => {
  const feedback = { configurationSet: 'p-mail', rule: 'p-mail-feedback', queueArn: 'q', busArn: 'bus', tags: {} };
  const pattern = JSON.stringify({
    detail: { mail: { tags: { 'ses:configuration-set': ['p-mail'] } }, eventType: ['Bounce', 'Complaint'] },
    source: ['aws.ses'],
  });
  const destination = {
    Enabled: true,
    MatchingEventTypes: ['BOUNCE', 'COMPLAINT'] as EventType[],
    EventBridgeDestination: { EventBusArn: 'bus' },
  };
  const right: ObservedMailFeedback = {
    configurationSet: true,
    rates: true,
    destination,
    rule: { pattern, state: 'ENABLED' },
    targets: ['q'],
  };
  const steps = (found: Partial<ObservedMailFeedback>) =>
    diffMailFeedback(feedback, { ...right, ...found }).map(({ step }) => step);
  it('begins where events end up', () => {
    assert.deepEqual(steps({ rule: undefined, targets: [], configurationSet: false, destination: undefined }), [
      'rule',
    ]);
    assert.deepEqual(steps({ targets: [] }), ['target']);
    assert.deepEqual(steps({ configurationSet: false, destination: undefined }), ['configuration set']);
    assert.deepEqual(steps({ rates: false }), ['rates']);
    assert.deepEqual(steps({ destination: undefined }), ['new destination']);
    assert.deepEqual(steps({}), []);
  });
  it('mends a rule that is off, and a destination that does not hear of complaints', () => {
    assert.deepEqual(steps({ rule: { pattern, state: 'DISABLED' } }), ['rule']);
    assert.deepEqual(steps({ destination: { ...destination, MatchingEventTypes: ['BOUNCE'] } }), ['destination']);
  });
});

describe('diffApi', () => {
  const api: DesiredApi = {
    name: 'a',
    routeKey: 'POST /webhook/{provider}',
    functionName: 'f',
    alias: 'live',
    functionExists: true,
    targetArn: 'arn:f:live',
    executeArnPrefix: 'arn:aws:execute-api:r:1',
    tags: {},
  };
  const observed: ObservedApi = {
    apiId: 'id',
    endpoint: 'https://id',
    integration: { id: 'i', uri: 'arn:f:live', payload: '2.0' },
    route: { id: 'r', target: 'integrations/i' },
    stage: { autoDeploy: true },
    permission: 'arn:aws:execute-api:r:1:id/*/*/webhook/{provider}',
  };
  const steps = (found: ObservedApi | undefined, want = api) => diffApi(want, found).map(({ step }) => step);
  it('builds level by level', () => {
    assert.deepEqual(steps(undefined), ['api']);
    assert.deepEqual(steps({ ...observed, integration: undefined, route: undefined }), ['integration']);
    assert.deepEqual(steps({ ...observed, route: undefined, stage: undefined }), ['route', 'stage']);
    assert.deepEqual(steps(observed), []);
  });
  it('allows nobody to call a function that does not exist yet', () => {
    assert.deepEqual(steps({ ...observed, permission: undefined }), ['permission']);
    assert.deepEqual(steps({ ...observed, permission: undefined }, { ...api, functionExists: false }), []);
  });
});

describe('diffRoles and diffSecrets', () => {
  const role: DesiredRole = { name: 'r', service: 's', statements: [{ actions: ['a:b'], resources: ['*'] }], tags: {} };
  it('see permissions that somebody widened', () => {
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 's' }, Action: 'sts:AssumeRole' }],
    };
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }] };
    assert.deepEqual(
      diffRoles([role], new Map([['r', { arn: 'x', trust, policy }]])).map(({ step }) => step),
      ['policy'],
    );
  });
  it('never show a value', () => {
    const secret = { name: 's', value: { url: 'postgres://u:hunter2@h/d' }, tags: {} };
    const found = { arn: 'a', versionId: 'v', value: 'old', scheduledForDeletion: false };
    for (const observed of [
      new Map(),
      new Map([['s', found]]),
      new Map([['s', { ...found, scheduledForDeletion: true }]]),
    ])
      for (const { target, reason } of diffSecrets([secret], observed))
        assert.doesNotMatch(`${target} ${reason}`, /hunter2/);
    assert.deepEqual(diffSecrets([secret], new Map([['s', { ...found, value: canonicalJson(secret.value) }]])), []);
  });
});

describe('classifyAwsError', () => {
  const error = (name: string, message: string, status?: number) =>
    Object.assign(new Error(message), {
      name,
      ...(status === undefined ? {} : { $metadata: { httpStatusCode: status } }),
    });
  const cases: [Error, ReturnType<typeof classifyAwsError>][] = [
    [error('ResourceConflictException', 'an update is in progress', 409), 'later'],
    [
      error('InvalidParameterValueException', 'The role defined for the function cannot be assumed by Lambda.', 400),
      'later',
    ],
    [error('AccessDeniedException', 'not authorized', 403), 'denied'],
    [error('UnrecognizedClientException', 'The security token is invalid', 400), 'denied'],
    [error('InvalidParameterValueException', 'MemorySize', 400), 'refused'],
    [error('TooManyRequestsException', 'Rate exceeded', 429), 'later'],
    [error('Throttling', 'Rate exceeded', 400), 'later'],
    [error('RequestThrottled', 'Request is throttled', 403), 'later'],
    [error('SlowDown', 'reduce your request rate', 503), 'later'],
    [error('InternalFailure', '', 500), 'unreachable'],
    [Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }), 'unreachable'],
    [new Error('something else'), 'unknown'],
  ];
  for (const [thrown, verdict] of cases)
    it(`calls ${thrown.name} "${thrown.message}" ${verdict}`, () => assert.equal(classifyAwsError(thrown), verdict));
});
