import assert from 'node:assert/strict';
import { createMetrics } from './metrics.ts';
import { startOpsServer } from './ops-server.ts';
import { Readiness } from './readiness.ts';

describe('ops server', () => {
  it('says alive at once, and ready only when every check passes, naming those that fail', async () => {
    const readiness = new Readiness();
    await using server = await startOpsServer({ port: 0, host: '127.0.0.1', readiness, metrics: createMetrics('x') });
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
      return { status: response.status, body: await response.text() };
    };
    assert.equal((await get('/livez')).status, 200);
    assert.deepEqual(JSON.parse((await get('/readyz')).body), { ready: false, failing: { started: 'starting' } });

    let database = true;
    readiness.probe('postgres', async () => {
      if (!database) throw new Error('connection refused');
    });
    readiness.set('started', true);
    assert.equal((await get('/readyz')).status, 200);

    database = false;
    const down = await get('/readyz');
    assert.equal(down.status, 503);
    assert.deepEqual(JSON.parse(down.body).failing, { postgres: 'connection refused' });

    database = true;
    readiness.beginDrain();
    assert.deepEqual(JSON.parse((await get('/readyz')).body).failing, { draining: 'shutting down' });
    assert.equal((await get('/livez')).status, 200);
    assert.match((await get('/metrics')).body, /^process_cpu_user_seconds_total/m);
    assert.equal((await get('/nothing')).status, 404);
  });
});

describe('readiness', () => {
  it('tells listeners about changes only', () => {
    const readiness = new Readiness();
    const seen: boolean[] = [];
    const stop = readiness.onChange((ready) => seen.push(ready));
    readiness.set('kafka', false, 'connecting');
    readiness.set('started', true);
    readiness.set('kafka', true);
    readiness.set('kafka', true);
    readiness.beginDrain();
    stop();
    assert.deepEqual(seen, [true, false]);
  });
});
