import assert from 'node:assert/strict';
import { PLATFORM_CONCERNS } from '../api/conditions.ts';
import { failureOf } from './failure.ts';

const error = (message: string, own: object = {}) => Object.assign(new Error(message), own);

describe('failureOf', () => {
  it('names fields of the spec for every concern outside of the cluster', () => {
    const inside = ['SecretsReady', 'MigrationsReady', 'WorkloadsReady', 'RouteReady', 'MonitoringReady'];
    // Says by itself what to do.
    const own = ['WebhookConfirmed'];
    for (const concern of PLATFORM_CONCERNS.filter((one) => !inside.includes(one) && !own.includes(one)))
      for (const problem of [error('x', { code: 'ECONNREFUSED' }), error('x', { name: 'AccessDenied' }), error('x')])
        assert.doesNotMatch(failureOf(concern, problem).message, /the spec\b(?!\.)/, concern);
  });

  const cases: [concern: (typeof PLATFORM_CONCERNS)[number], Error, reason: string, field: RegExp][] = [
    [
      'DatabasesReady',
      error('password authentication failed', { code: '28P01' }),
      'AccessDenied',
      /spec\.postgres\.cred/,
    ],
    ['DatabasesReady', error('permission denied to create role', { code: '42501' }), 'AccessDenied', /spec\.postgres/],
    [
      'DatabasesReady',
      error('connect ECONNREFUSED 1.2.3.4:5432', { code: 'ECONNREFUSED' }),
      'Unreachable',
      /spec\.postgres\.host/,
    ],
    ['DatabasesReady', error('too many clients', { code: '53300' }), 'Unreachable', /spec\.postgres\.host/],
    ['TopicsReady', error('x', { name: 'KafkaJSSASLAuthenticationError' }), 'AccessDenied', /spec\.kafka\.sasl/],
    [
      'TopicsReady',
      error('Connection error', { name: 'KafkaJSConnectionError' }),
      'Unreachable',
      /spec\.kafka\.brokers/,
    ],
    ['TopicsReady', error('order.paid: Invalid config', { name: 'TopicsRefused' }), 'Refused', /spec\.kafka\.topics/],
    ['TopicsReady', error('x', { name: 'KafkaJSProtocolError', type: 'INVALID_CONFIG' }), 'Refused', /spec\.kafka/],
    ['DatabasesReady', error('write EPIPE', { code: 'EPIPE' }), 'Unreachable', /spec\.postgres\.host/],
    ['TemporalReady', error('x', { code: 14, details: 'down' }), 'Unreachable', /spec\.temporal\.address/],
    ['TemporalReady', error('x', { code: 7, details: 'no' }), 'AccessDenied', /spec\.temporal/],
    [
      'TemporalReady',
      error('outer', { cause: error('x', { code: 14, details: 'down' }) }),
      'Unreachable',
      /spec\.temporal/,
    ],
    ['RedisReachable', error('WRONGPASS invalid username-password pair'), 'AccessDenied', /spec\.redis\.authSecretRef/],
    ['OrdersTableReady', error('no', { name: 'AccessDeniedException' }), 'AccessDenied', /rights on DynamoDB/],
    ['FunctionsReady', error('busy', { name: 'ResourceConflictException' }), 'Progressing', /by itself/],
    ['TriggersReady', error('Rate exceeded', { name: 'ThrottlingException' }), 'Progressing', /by itself/],
  ];
  for (const [concern, failure, reason, field] of cases)
    it(`says ${reason} for "${failure.message}" (${failure.name}) of ${concern}, and where to look`, () => {
      const found = failureOf(concern, failure);
      assert.equal(found.reason, reason);
      assert.match(found.message, field);
    });

  it('never leaves anybody without a next step', () => {
    for (const concern of PLATFORM_CONCERNS)
      for (const odd of [new Error('boom'), new Error(''), 'text', undefined])
        assert.match(failureOf(concern, odd).message, /tried again|Correct|Check/);
  });
});
