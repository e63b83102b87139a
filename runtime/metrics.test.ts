import assert from 'node:assert/strict';
import { ManualClock } from './clock.ts';
import { counter, createMetrics, grpcServerHandling, timeIt } from './metrics.ts';

describe('metrics', () => {
  it('shows process metrics and ours, each with the service', async () => {
    const registry = createMetrics('inventory');
    grpcServerHandling(registry).observe({ grpc_service: 's', grpc_method: 'm', grpc_code: 'OK' }, 0.002);
    const text = await registry.metrics();
    assert.match(text, /process_resident_memory_bytes\{service="inventory"\}/);
    const count = text.split('\n').find((line) => line.startsWith('grpc_server_handling_seconds_count'));
    assert.equal(
      count,
      'grpc_server_handling_seconds_count{service="inventory",grpc_service="s",grpc_method="m",grpc_code="OK"} 1',
    );
  });

  it('gives the same metric when asked twice', () => {
    const registry = createMetrics('x');
    assert.equal(counter(registry, 'a_total', 'a'), counter(registry, 'a_total', 'a'));
  });

  it('shows a counter at nothing before the first is counted, and takes nothing from it when it is asked for again', async () => {
    const registry = createMetrics('x');
    const asked = () => counter(registry, 'parked_total', 'p', ['topic'], [{ topic: 't' }]);
    asked();
    assert.match(await registry.metrics(), /^parked_total\{[^}]*topic="t"[^}]*\} 0$/m);
    asked().inc({ topic: 't' });
    asked();
    assert.match(await registry.metrics(), /^parked_total\{[^}]*topic="t"[^}]*\} 1$/m);
  });

  it('measures failures as well as successes', async () => {
    const registry = createMetrics('x');
    const clock = new ManualClock(0);
    const metric = grpcServerHandling(registry);
    const labels = (outcome: string) => ({ grpc_service: 's', grpc_method: 'm', grpc_code: outcome });
    const failing = timeIt(clock, metric, labels, async () => {
      await clock.sleep(2000);
      throw new Error('no');
    });
    const check = assert.rejects(failing);
    await clock.advance(2000);
    await check;
    assert.match(await registry.metrics(), /grpc_server_handling_seconds_sum\{[^}]*grpc_code="error"[^}]*\} 2\n/);
  });
});
