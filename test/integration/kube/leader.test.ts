import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '#operator/kube/client.ts';
import { createLeader, firstTerm, type Leader, LeadershipLost } from '#operator/kube/leader.ts';
import { type KubeObject, LEASE } from '#operator/kube/resource.ts';
import { type Clock, systemClock } from '#runtime/clock.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { clientOf, eventually, makeNamespace, sharedApiServer } from './api-fixture.ts';
import { json, scriptedApi, status } from './scripted-api.ts';

type Lease = KubeObject & { spec: { holderIdentity: string; leaseTransitions: number; renewTime: string } };

describe('leader election on a real API server', () => {
  let client: KubeClient;
  let namespace: string;
  const started: { stop: AbortController; done: Promise<unknown> }[] = [];

  before(async function () {
    this.timeout(120_000);
    client = clientOf(await sharedApiServer());
  });
  beforeEach(async () => {
    namespace = await makeNamespace(client);
  });
  afterEach(async () => {
    for (const { stop } of started) stop.abort();
    await Promise.allSettled(started.splice(0).map(({ done }) => done));
  });
  after(() => client.close());

  /** Short times, so that a failover takes two seconds and not seventeen. */
  function candidate(identity: string, using: KubeClient = client, clock: Clock = systemClock) {
    const leader = createLeader({
      client: using,
      clock,
      log: silentLogger(),
      metrics: new Registry(),
      namespace,
      name: 'operator',
      identity,
      leaseMs: 2_000,
      renewDeadlineMs: 1_200,
      retryMs: 200,
    });
    const stop = new AbortController();
    const terms: number[] = [];
    const done = leader.run(stop.signal, async (term) => {
      terms.push(leader.fencingToken());
      await new Promise<void>((resolve) => term.addEventListener('abort', () => resolve(), { once: true }));
    });
    done.catch(() => {});
    started.push({ stop, done });
    return { leader, stop, done, terms };
  }

  const lease = () => client.get<Lease>(LEASE, namespace, 'operator');
  const leads = (leader: Leader) => eventually(() => leader.isLeader());

  it('elects one of two, and the lease survives renewals', async () => {
    const a = candidate('a');
    await leads(a.leader);
    const b = candidate('b');
    await sleep(3_000);
    assert.equal(a.leader.isLeader(), true);
    assert.equal(b.leader.isLeader(), false);
    assert.throws(() => b.leader.fencingToken(), /does not lead/);
    const held = await lease();
    assert.equal(held?.spec.holderIdentity, 'a');
    assert.match(held?.spec.renewTime ?? '', /\.\d{6}Z$/);
  });

  it('hands over at once when the leader stops in order', async () => {
    const a = candidate('a');
    await leads(a.leader);
    const first = a.leader.fencingToken();
    const b = candidate('b');
    await sleep(500);
    const stoppedAt = performance.now();
    a.stop.abort();
    await a.done;
    assert.equal(a.leader.isLeader(), false);
    await leads(b.leader);
    assert.ok(performance.now() - stoppedAt < 1_500, 'sooner than the lease would run out');
    assert.ok(b.leader.fencingToken() > first);
    assert.equal((await lease())?.spec.leaseTransitions, b.leader.fencingToken());
  });

  it('takes over from a crashed leader once its lease has run out, and not before', async () => {
    // A leader that is gone without a word leaves exactly this.
    await client.create(LEASE, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'operator', namespace },
      spec: {
        holderIdentity: 'crashed',
        leaseDurationSeconds: 2,
        leaseTransitions: 41,
        renewTime: '2020-01-01T00:00:00.000000Z',
      },
    } as KubeObject);
    const from = performance.now();
    const b = candidate('b');
    await leads(b.leader);
    // Although the renewal says 2020: clocks of others are not trusted, only what we saw ourselves.
    assert.ok(performance.now() - from >= 1_900);
    assert.ok(b.leader.fencingToken() > 41);
  });

  it('begins above whoever has led by another Lease until now, and can outrank one who leads beside it', async () => {
    const a = candidate('a');
    await leads(a.leader);
    a.stop.abort();
    await a.done;
    // Led by another Lease, made two seconds later, and moved back to this one.
    await sleep(2_000);
    const elsewhere = firstTerm(systemClock.now());
    await sleep(1_000);
    const b = candidate('b');
    await leads(b.leader);
    const token = b.leader.fencingToken();
    assert.ok(token > elsewhere, `${token} is not above ${elsewhere}`);
    await sleep(2_000);
    const beside = firstTerm(systemClock.now()) - 1;
    b.leader.outrank();
    assert.ok(b.leader.fencingToken() > beside && b.leader.fencingToken() > token);
    await eventually(async () => (await lease())?.spec.leaseTransitions === b.leader.fencingToken());
    assert.equal(b.leader.lease, `${namespace}/operator`);
  });

  it('never hands out a smaller token, even after the Lease was deleted', async () => {
    const a = candidate('a');
    await leads(a.leader);
    const first = a.leader.fencingToken();
    a.stop.abort();
    await a.done;
    await sleep(1_000);
    await client.delete(LEASE, namespace, 'operator');
    const b = candidate('b');
    await leads(b.leader);
    assert.ok(b.leader.fencingToken() > first);
  });

  it('ends its term when somebody else took the lease', async () => {
    const a = candidate('a');
    await leads(a.leader);
    await eventually(() =>
      client
        .mergePatch(LEASE, namespace, 'operator', { spec: { holderIdentity: 'thief', leaseDurationSeconds: 60 } })
        .then(() => true),
    );
    await assert.rejects(a.done, LeadershipLost);
    assert.equal(a.leader.isLeader(), false);
    assert.equal((await lease())?.spec.holderIdentity, 'thief', 'and does not release what is not its own');
  });

  it('ends its term when the API server cannot be reached for the renew deadline', async () => {
    let broken = false;
    const flaky: KubeClient = {
      ...client,
      get: (...args) => (broken ? Promise.reject(new Error('unreachable')) : client.get(...args)),
    };
    const a = candidate('a', flaky);
    await leads(a.leader);
    broken = true;
    const from = performance.now();
    await assert.rejects(a.done, LeadershipLost);
    assert.ok(performance.now() - from < 2_000, 'before others may take over');
  });

  it('goes on when somebody else writes to the Lease between its look and its renewal', async () => {
    let meddle = 0;
    const between: KubeClient = {
      ...client,
      get: async (...args) => {
        const found = await client.get<never>(...args);
        if (meddle-- > 0)
          await client.mergePatch(LEASE, namespace, 'operator', { metadata: { annotations: { seen: `${meddle}` } } });
        return found;
      },
    };
    const a = candidate('a', between);
    await leads(a.leader);
    const token = a.leader.fencingToken();
    meddle = 2;
    await eventually(() => meddle < -2);
    assert.equal(a.leader.isLeader(), true);
    assert.equal(a.leader.fencingToken(), token, 'it is the same term');
  });

  it('goes on after it was asleep beyond its deadline, when nobody has taken over', async () => {
    let asleepMs = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + asleepMs };
    const a = candidate('a', client, clock);
    await leads(a.leader);
    const token = a.leader.fencingToken();
    asleepMs = 1_600;
    await eventually(() => a.leader.isLeader());
    await sleep(1_000);
    assert.equal(a.leader.isLeader(), true);
    assert.equal(a.leader.fencingToken(), token);
  });

  it('ends its term before others may lead although the API server asks for patience', async () => {
    const busy = await scriptedApi([
      status(404, 'NotFound'),
      json(201, {}),
      status(429, 'TooManyRequests', { 'retry-after': '9' }),
    ]);
    const a = candidate('a', busy.client);
    await leads(a.leader);
    const from = performance.now();
    await assert.rejects(a.done, LeadershipLost);
    assert.ok(performance.now() - from < 2_000, 'before others may take over');
  });
});
