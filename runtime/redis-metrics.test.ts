import assert from 'node:assert/strict';
import { redisFigures } from './redis-metrics.ts';

describe('redisFigures', () => {
  const info = [
    '# Clients\r\nconnected_clients:12',
    '# Memory\r\nused_memory:1048576\r\ntotal_system_memory:8589934592\r\nmaxmemory:0',
    '# Stats\r\ninstantaneous_ops_per_sec:5120\r\nevicted_keys:3',
    '# Replication\r\nrole:master\r\nconnected_slaves:2',
    'slave0:ip=10.0.0.2,port=6379,state=online,offset=900,lag=0',
    'slave1:ip=10.0.0.3,port=6379,state=online,offset=700,lag=1\r\nmaster_repl_offset:1000',
  ].join('\r\n');

  it('reads what a primary says of itself and of its slowest replica', () => {
    assert.deepEqual(redisFigures(info), {
      operationsPerSecond: 5120,
      usedBytes: 1_048_576,
      maxBytes: 8_589_934_592,
      clients: 12,
      replicas: 2,
      replicaLagBytes: 300,
      evictedKeys: 3,
    });
  });

  it('takes the limit of the server over that of the machine', () => {
    assert.equal(redisFigures(info.replace('maxmemory:0', 'maxmemory:4194304')).maxBytes, 4_194_304);
  });
});
