import assert from 'node:assert/strict';
import { expressionsOf, metricsIn } from './expressions.ts';

describe('expressions', () => {
  it('finds the metrics and nothing else', () => {
    assert.deepEqual(
      metricsIn(
        'histogram_quantile(0.99, sum by (le, route) (rate(http_bucket{a="by_x",route!~".*/stream"}[5m]))) > 0.5 and on (sale) (max by (sale) (phase{p=~"A|B"}) == 1) or absent(up)',
      ),
      ['http_bucket', 'phase', 'up'],
    );
  });

  it('of a platform ask for its own series only, or for the operator', () => {
    const shared =
      /^(drift_detected|controller_runtime|workqueue|rest_client|reflector|leader_election|eventsale_|clock_offset)/;
    for (const { where, expr } of expressionsOf({ namespace: 'shop', name: 'tb' })) {
      const foreign = metricsIn(expr).filter((name) => !shared.test(name));
      if (foreign.length > 0) assert.ok(expr.includes('namespace="shop",platform="tb"'), `${where}: ${expr}`);
    }
  });
});
