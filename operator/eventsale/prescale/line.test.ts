import assert from 'node:assert/strict';
import { firstHint, type PrescaleLine, waitingFor } from './line.ts';

const line = (what: string, message?: string, more: Partial<PrescaleLine> = {}): PrescaleLine => ({
  what,
  want: 'all',
  have: 'some',
  ready: false,
  ...(message === undefined ? {} : { message }),
  ...more,
});

describe('the hint of a sale that is not ready', () => {
  const lines = [
    line('platform', 'WorkloadsReady: 3 of 12 replicas'),
    line('replicas/gateway', 'if it stays so: kubectl describe pods'),
    line('serving', 'not serving by gRPC health: gateway'),
    line('warm-up', 'comes once replicas, event and inventory are ready'),
    line('event', undefined, { ready: true }),
    line('rehearsal'),
  ];

  it('is about the cause, whatever else waits for it', () => {
    assert.equal(firstHint(lines), 'platform: WorkloadsReady: 3 of 12 replicas');
    assert.match(firstHint([...lines, line('nodes', '9 pods ask for 4500m CPU: add nodes')]), /^nodes: 9 pods/);
    assert.match(firstHint([...lines, line('postgres', 'raise max_connections'), line('nodes', 'x')]), /^postgres: /);
    assert.match(firstHint([...lines, line('redis', 'raise maxmemory'), line('clock', 'x')]), /^redis: /);
  });

  it('is about what somebody asked for and cannot have before all else', () => {
    const refused = line('inventory', '2 is below 3 sold', { refusal: '2 is below 3 sold' });
    assert.equal(firstHint([...lines, line('redis', 'raise maxmemory'), refused]), 'inventory: 2 is below 3 sold');
  });

  it('is none where nothing says what to do, and names what is waited for causes first', () => {
    assert.equal(firstHint([line('rehearsal')]), '');
    assert.equal(waitingFor(lines), 'platform, replicas/gateway, serving, warm-up and 1 more');
    assert.equal(waitingFor([...lines, line('nodes')]), 'nodes, platform, replicas/gateway, serving and 2 more');
    assert.equal(waitingFor([line('odd'), line('event', undefined, { ready: true })]), 'odd');
  });
});
