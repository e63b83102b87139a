import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeApiError } from '#operator/kube/api-error.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { createLeader, LeadershipLost } from '#operator/kube/leader.ts';
import { CONFIG_MAP } from '#operator/kube/resource.ts';
import { systemClock } from '#runtime/clock.ts';
import { type ApiServer, startApiServer } from '#runtime/local/apiserver.ts';
import { type CuttableProxy, startCuttableProxy } from '#runtime/local/cuttable-proxy.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { clientOf, eventually, makeNamespace } from './api-fixture.ts';
import { kubeconfigWith, mirrorMaps, numbered } from './outage-fixture.ts';

/** The real servers, and faults between and under them. Every test ends with: nothing was missed. */
describe('informers, leader and client through outages of real servers', function () {
  this.timeout(120_000);
  let server: ApiServer;
  let proxy: CuttableProxy;
  let direct: KubeClient;
  let namespace: string;
  let proxied: { kubeconfig: string };

  before(async () => {
    server = await startApiServer();
    proxy = await startCuttableProxy({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    direct = clientOf(server);
    proxied = kubeconfigWith(server, 'proxied', { port: proxy.port });
  });
  beforeEach(async () => {
    namespace = await makeNamespace(direct);
  });
  after(async () => {
    await direct?.close();
    await proxy?.[Symbol.asyncDispose]();
    await server?.stop();
  });

  /** Writes as long as it is not told to end; returns what the objects must be in the end. */
  function writeOn(names: readonly string[]) {
    const last = new Map<string, number>();
    let on = true;
    const done = (async () => {
      for (let n = 1; on; n++) {
        const name = names[n % names.length] ?? 'one';
        await direct.apply(CONFIG_MAP, numbered(namespace, name, n), { fieldManager: 'writer' });
        last.set(`${namespace}/${name}`, n);
        await sleep(5);
      }
    })();
    return {
      last,
      end: async () => {
        on = false;
        await done;
      },
    };
  }

  type Mirrored = ReturnType<typeof mirrorMaps>;
  const caughtUp = ({ maps }: Mirrored, last: ReadonlyMap<string, number>) =>
    eventually(() => [...last].every(([key, n]) => maps.get(key)?.data?.n === String(n)), 20_000);

  it('sockets cut again and again under a stream of changes: resumes, lists nothing anew, misses nothing', async () => {
    const mirror = mirrorMaps(proxied);
    try {
      await mirror.maps.synced;
      const lists = await mirror.metric('reflector_lists_total');
      const writer = writeOn(['a', 'b', 'c', 'd']);
      for (let cut = 0; cut < 4; cut++) {
        await eventually(() => proxy.open > 0);
        await sleep(400);
        assert.ok(proxy.cut() > 0, 'there was a watch to cut');
      }
      await sleep(300);
      await writer.end();
      const cutAt = performance.now();
      await caughtUp(mirror, writer.last);
      assert.ok(performance.now() - cutAt < 10_000);
      assert.equal(await mirror.metric('reflector_lists_total'), lists, 'a resume costs no list');
      assert.ok((await mirror.metric('reflector_watch_failures_total')) >= 3);
      assert.equal(await mirror.metric('reflector_missed_changes_total'), 0);
    } finally {
      await mirror.stop();
    }
  });

  it('a watch that is black-holed is given up after its silence and resumed', async () => {
    const mirror = mirrorMaps(proxied, { inactivityMs: 1_500 });
    try {
      await mirror.maps.synced;
      await direct.create(CONFIG_MAP, numbered(namespace, 'heard', 1));
      await eventually(() => mirror.maps.get(`${namespace}/heard`));
      proxy.silenceOpen();
      await direct.create(CONFIG_MAP, numbered(namespace, 'unheard', 1));
      await sleep(700);
      assert.equal(mirror.maps.get(`${namespace}/unheard`), undefined, 'nothing comes through');
      await eventually(() => mirror.maps.get(`${namespace}/unheard`), 10_000);
      assert.equal(await mirror.metric('reflector_lists_total'), 1);
    } finally {
      await mirror.stop();
    }
  });

  it('a call through a black hole ends in time, and the next one goes another way', async () => {
    const client = clientOf(proxied);
    try {
      await client.get(CONFIG_MAP, namespace, 'x');
      await sleep(100); // Until the connection is free for the next call.
      proxy.silenceOpen();
      await assert.rejects(client.get(CONFIG_MAP, namespace, 'x', { timeoutMs: 400 }), /no answer in time/);
      assert.equal(await client.get(CONFIG_MAP, namespace, 'x', { timeoutMs: 5_000 }), undefined);
    } finally {
      await client.close();
      proxy.cut();
    }
  });

  it('calls that still wait for a connection end in time too, and on request at once', async () => {
    const client = clientOf(proxied);
    const stop = new AbortController();
    try {
      await client.get(CONFIG_MAP, namespace, 'x');
      proxy.silence();
      const from = performance.now();
      const many = Array.from({ length: 60 }, (_, n) =>
        client.get(CONFIG_MAP, namespace, `x-${n}`, { timeoutMs: 700, signal: stop.signal }),
      );
      const ends = await Promise.allSettled(many);
      assert.ok(ends.every(({ status }) => status === 'rejected'));
      assert.ok(performance.now() - from < 6_000, `took ${performance.now() - from} ms`);
      const waiting = Promise.allSettled(
        Array.from({ length: 60 }, (_, n) => client.get(CONFIG_MAP, namespace, `y-${n}`, { signal: stop.signal })),
      );
      await sleep(200);
      const stoppedAt = performance.now();
      stop.abort();
      await waiting;
      assert.ok(performance.now() - stoppedAt < 1_000);
    } finally {
      proxy.resume();
      proxy.cut();
    }
    assert.equal(await client.get(CONFIG_MAP, namespace, 'x'), undefined);
    await client.close();
  });

  it('a leader whose connection is black-holed finds another way before its lease runs out', async () => {
    const client = clientOf(proxied);
    const leader = createLeader({
      client,
      clock: systemClock,
      log: silentLogger(),
      metrics: new Registry(),
      namespace,
      name: 'silenced',
      identity: 'one',
      leaseMs: 6_000,
      renewDeadlineMs: 4_000,
      retryMs: 800,
    });
    const stop = new AbortController();
    const run = leader.run(
      stop.signal,
      (term) => new Promise<void>((resolve) => term.addEventListener('abort', () => resolve(), { once: true })),
    );
    try {
      await eventually(() => leader.isLeader());
      await sleep(1_000);
      proxy.silenceOpen();
      await sleep(7_000);
      assert.equal(leader.isLeader(), true);
    } finally {
      stop.abort();
      await run;
      await client.close();
      proxy.cut();
    }
  });

  it('a relist at the version seen finds nothing missed while changes pour in', async () => {
    const mirror = mirrorMaps(proxied, { relistMs: 300 });
    try {
      await mirror.maps.synced;
      const writer = writeOn(['a', 'b', 'c']);
      for (let n = 0; n < 30; n++) {
        await direct.create(CONFIG_MAP, numbered(namespace, `passing-${n}`, 0));
        await sleep(60);
        await direct.delete(CONFIG_MAP, namespace, `passing-${n}`);
      }
      await writer.end();
      await caughtUp(mirror, writer.last);
      assert.ok((await mirror.metric('reflector_lists_total')) > 4, 'it did compare');
      assert.equal(await mirror.metric('reflector_missed_changes_total'), 0);
    } finally {
      await mirror.stop();
    }
  });

  it('the API server crashes and comes back, twice, under a stream of changes', async () => {
    const mirror = mirrorMaps(server, { relistMs: 1_000 });
    try {
      await mirror.maps.synced;
      for (let crash = 0; crash < 2; crash++) {
        await direct.apply(CONFIG_MAP, numbered(namespace, 'before', crash), { fieldManager: 'writer' });
        await server.kill();
        await sleep(300);
        await server.restart();
        const writer = writeOn(['a', 'b', 'c']);
        await sleep(1_000);
        await writer.end();
        await caughtUp(mirror, new Map([...writer.last, [`${namespace}/before`, crash]]));
      }
      assert.equal(await mirror.metric('reflector_missed_changes_total'), 0);
    } finally {
      await mirror.stop();
    }
  });

  it('etcd stands still: calls fail in time, the mirror keeps what it has, and all goes on afterwards', async () => {
    const mirror = mirrorMaps(server);
    try {
      await mirror.maps.synced;
      await direct.create(CONFIG_MAP, numbered(namespace, 'kept', 1));
      await eventually(() => mirror.maps.get(`${namespace}/kept`));
      server.pauseStorage();
      try {
        const from = performance.now();
        await assert.rejects(
          direct.apply(CONFIG_MAP, numbered(namespace, 'kept', 2), { fieldManager: 'writer', timeoutMs: 1_000 }),
        );
        assert.ok(performance.now() - from < 8_000);
        await sleep(4_000);
        assert.equal(mirror.maps.get(`${namespace}/kept`)?.data?.n, '1');
      } finally {
        server.resumeStorage();
      }
      await eventually(
        () =>
          direct.apply(CONFIG_MAP, numbered(namespace, 'kept', 3), { fieldManager: 'writer' }).then(
            () => true,
            () => false,
          ),
        30_000,
      );
      await eventually(() => mirror.maps.get(`${namespace}/kept`)?.data?.n === '3');
      assert.equal(await mirror.metric('reflector_missed_changes_total'), 0);
    } finally {
      await mirror.stop();
    }
  });

  it('etcd stands still for longer than a lease: the leader steps down by itself, and is elected again after', async () => {
    const candidate = () =>
      createLeader({
        client: direct,
        clock: systemClock,
        log: silentLogger(),
        metrics: new Registry(),
        namespace,
        name: 'paused',
        identity: 'one',
        leaseMs: 3_000,
        renewDeadlineMs: 2_000,
        retryMs: 300,
      });
    const hold = (term: AbortSignal) =>
      new Promise<void>((resolve) => term.addEventListener('abort', () => resolve(), { once: true }));
    const first = candidate();
    const stop = new AbortController();
    const run = first.run(stop.signal, hold);
    run.catch(() => {});
    await eventually(() => first.isLeader());
    const token = first.fencingToken();
    server.pauseStorage();
    const pausedAt = performance.now();
    try {
      await assert.rejects(run, LeadershipLost);
      assert.ok(performance.now() - pausedAt < 4_500);
      assert.equal(first.isLeader(), false);
    } finally {
      server.resumeStorage();
    }
    const second = candidate();
    const again = second.run(stop.signal, hold);
    await eventually(() => second.isLeader());
    assert.ok(second.fencingToken() > token);
    stop.abort();
    await again;
  });
});

describe('a storm of 429', function () {
  this.timeout(120_000);

  it('a real API server that refuses most requests: every write arrives, once, and the mirror is complete', async () => {
    const server = await startApiServer({
      args: [
        '--enable-priority-and-fairness=false',
        '--max-requests-inflight=1',
        '--max-mutating-requests-inflight=1',
        // Without a handler that takes its time two requests would rarely meet.
        '--min-request-timeout=1800',
      ],
    });
    const admin = clientOf(server);
    const metrics = new Registry();
    try {
      const namespace = await makeNamespace(admin);
      // Limits do not hold for cluster admins, so this is what they hold for.
      const token = await ordinaryToken(server, namespace);
      const access = kubeconfigWith(server, 'ordinary', { token });
      const client = clientOf(access, metrics);
      const mirror = mirrorMaps(access);
      await mirror.maps.synced;
      const failures: unknown[] = [];
      const total = 150;
      let next = 0;
      const worker = async () => {
        for (let n = next++; n < total; n = next++) {
          for (let tries = 0; ; tries++) {
            try {
              await client.apply(CONFIG_MAP, numbered(namespace, `m-${n}`, n), { fieldManager: 'storm' });
              break;
            } catch (error) {
              // What a controller does with it: back to the queue.
              if (!(error instanceof KubeApiError) || error.status !== 429 || tries > 20) {
                failures.push(error);
                break;
              }
              await sleep(200);
            }
          }
        }
      };
      await Promise.all(Array.from({ length: 24 }, worker));
      assert.deepEqual(failures, []);
      const refused = /^rest_client_requests_total\{[^}]*code="429"[^}]*\} (\d+)$/m.exec(await metrics.metrics());
      assert.ok(Number(refused?.[1] ?? 0) > 10, `only ${refused?.[1] ?? 0} were refused`);
      await eventually(() => {
        for (let n = 0; n < total; n++) if (mirror.maps.get(`${namespace}/m-${n}`)?.data?.n !== String(n)) return false;
        return true;
      });
      await mirror.stop();
      await client.close();
    } finally {
      await admin.close();
      await server.stop();
    }
  });
});

async function ordinaryToken(server: ApiServer, namespace: string): Promise<string> {
  await server.fetch('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'ordinary' },
  });
  await server.fetch('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'ordinary' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'ordinary', namespace }],
  });
  const answer = (await server.fetch('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/ordinary/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3_600 },
  })) as { status: { token: string } };
  return answer.status.token;
}
