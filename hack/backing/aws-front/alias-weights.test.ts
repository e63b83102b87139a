import assert from 'node:assert/strict';
import { chooseVersion, invokeTarget, namesAlias } from './alias-weights.ts';

describe('alias weights', () => {
  const target = (path: string, method = 'POST') => invokeTarget(method, new URL(path, 'http://front'));
  const invoke = (name: string) => `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`;

  it('reads the target of an Invoke in every way of writing it', () => {
    const live = { functionName: 'f', qualifier: 'live', operation: 'invocations' };
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
    for (const path of [
      `${invoke('f')}?Qualifier=live`,
      invoke('f:live'),
      invoke(`${arn}:live`),
      invoke('000000000000:function:f:live'),
    ]) {
      assert.deepEqual(target(path), live, path);
    }
    assert.deepEqual(target(invoke(arn)), { ...live, qualifier: undefined });
    assert.equal(target('/2021-11-15/functions/f:live/response-streaming-invocations')?.qualifier, 'live');
  });

  it('leaves every other request alone', () => {
    assert.equal(target(invoke('f'), 'GET'), undefined);
    assert.equal(target('/2015-03-31/functions/f/aliases'), undefined);
    assert.equal(target('/bucket/2015-03-31/functions/f/invocations'), undefined);
    assert.deepEqual(['7', '$LATEST', undefined, 'live'].map(namesAlias), [false, false, false, true]);
  });

  it('gives each version its share of [0, 1)', () => {
    const alias = { FunctionVersion: '1', RoutingConfig: { AdditionalVersionWeights: { '2': 0.25 } } };
    const drawn = Array.from({ length: 100 }, (_, n) => chooseVersion(alias, n / 100));
    assert.equal(drawn.filter((version) => version === '2').length, 25);
    assert.equal(chooseVersion({ FunctionVersion: '1' }, 0), '1');
    assert.equal(chooseVersion({ ...alias, RoutingConfig: { AdditionalVersionWeights: { '2': 1 } } }, 0.999), '2');
    assert.equal(chooseVersion({ ...alias, RoutingConfig: { AdditionalVersionWeights: { '2': 0 } } }, 0), '1');
  });
});
