import assert from 'node:assert/strict';
import { KubeApiError, KubeConnectionError } from '#operator/kube/api-error.ts';
import { createInformers } from '#operator/kube/informer.ts';
import type { ReflectorLimits } from '#operator/kube/reflector.ts';
import { CONFIG_MAP, type KubeObject } from '#operator/kube/resource.ts';
import { systemClock } from '#runtime/clock.ts';
import { silentLogger } from '#runtime/log.ts';
import { eventually } from './api-fixture.ts';
import { type Answer, json, reset, scriptedApi, status } from './scripted-api.ts';

const map = (name: string, resourceVersion: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'ns', resourceVersion },
});
const list = (resourceVersion: string, ...items: KubeObject[]) => json(200, { metadata: { resourceVersion }, items });

describe('client when the API server misbehaves', () => {
  it('waits as long as a 429 asks and then gets its answer', async () => {
    const api = await scriptedApi([status(429, 'TooManyRequests', { 'retry-after': '1' }), json(200, map('a', '1'))]);
    assert.ok(await api.client.get(CONFIG_MAP, 'ns', 'a'));
    const [first, second] = api.requests;
    assert.ok(first && second && second.at - first.at >= 990);
  });

  it('sends reads and applies again after 503 and after a reset', async () => {
    for (const fault of [status(503, 'ServiceUnavailable'), reset]) {
      const api = await scriptedApi([fault, json(200, map('a', '1'))]);
      await api.client.get(CONFIG_MAP, 'ns', 'a');
      assert.equal(api.requests.length, 2);
      const other = await scriptedApi([fault, json(200, map('a', '1'))]);
      await other.client.apply(CONFIG_MAP, map('a', ''), { fieldManager: 'x' });
      assert.equal(other.requests.length, 2);
    }
  });

  it('does not repeat a create that may have happened', async () => {
    for (const fault of [status(503, 'ServiceUnavailable'), reset]) {
      const api = await scriptedApi([fault, json(201, map('a', '1'))]);
      await assert.rejects(api.client.create(CONFIG_MAP, map('a', '')));
      assert.equal(api.requests.length, 1);
    }
  });

  it('gives up after a few tries with the error of the last one', async () => {
    const api = await scriptedApi([status(503, 'ServiceUnavailable')]);
    await assert.rejects(api.client.get(CONFIG_MAP, 'ns', 'a'), (error) => {
      assert.ok(error instanceof KubeApiError);
      assert.equal(error.status, 503);
      return true;
    });
    assert.equal(api.requests.length, 4);
  });

  it('does not wait for ever for an answer', async () => {
    const api = await scriptedApi([() => {}]);
    await assert.rejects(api.client.get(CONFIG_MAP, 'ns', 'a', { timeoutMs: 200 }), (error) => {
      assert.ok(error instanceof KubeConnectionError && error.timedOut);
      return true;
    });
  });

  it('ends at once when its caller does', async () => {
    const api = await scriptedApi([() => {}]);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('caller left')), 50);
    await assert.rejects(api.client.get(CONFIG_MAP, 'ns', 'a', { signal: stop.signal }), /caller left/);
  });

  it('opens a new connection after two calls without an answer', async () => {
    const sockets: unknown[] = [];
    const record = (answer: Answer): Answer => {
      return (request, response, body) => {
        sockets.push(request.socket);
        answer(request, response, body);
      };
    };
    const silence = record(() => {});
    const api = await scriptedApi([
      record(json(200, map('a', '1'))),
      silence,
      silence,
      record(json(200, map('a', '1'))),
    ]);
    await api.client.get(CONFIG_MAP, 'ns', 'a');
    for (let call = 0; call < 2; call++) {
      await assert.rejects(api.client.get(CONFIG_MAP, 'ns', 'a', { timeoutMs: 100 }), KubeConnectionError);
    }
    await api.client.get(CONFIG_MAP, 'ns', 'a');
    assert.ok(!sockets.slice(0, 3).includes(sockets[3]));
  });

  it('shares a handful of connections between all calls', async () => {
    const sockets = new Set<unknown>();
    const api = await scriptedApi([
      (request, response, body) => {
        sockets.add(request.socket);
        json(200, map('a', '1'))(request, response, body);
      },
    ]);
    for (let call = 0; call < 50; call++) await api.client.get(CONFIG_MAP, 'ns', 'a');
    assert.ok(sockets.size <= 4);
  });
});

const gone = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } };

/** An endless watch that begins with these events. */
function watchOf(...events: { type: string; object: unknown }[]): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('\n');
    for (const event of events) response.write(`${JSON.stringify(event)}\n`);
  };
}

describe('informers when the API server misbehaves', () => {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  async function mirror(answers: Answer[], limits: ReflectorLimits = {}) {
    const api = await scriptedApi(answers);
    const stop = new AbortController();
    const { client, metrics } = api;
    const log = silentLogger();
    const informers = createInformers({ client, metrics, clock: systemClock, log, namespaces: [], limits });
    const maps = informers.of(CONFIG_MAP);
    const told: string[] = [];
    maps.onChange((key, now) => told.push(`${now === undefined ? '-' : '+'}${key}`));
    const running = informers.start(stop.signal);
    stops.push(async () => {
      stop.abort();
      await running;
    });
    return { api, maps, told };
  }

  it('goes on after failing lists and failing watches, for which client-node ends for good', async function () {
    this.timeout(30_000);
    const added = { type: 'ADDED', object: map('b', '11') };
    const { maps, api } = await mirror([
      status(403, 'Forbidden'),
      list('10', map('a', '9')),
      status(500, 'InternalError'),
      watchOf(added),
    ]);
    await eventually(() => maps.get('ns/b'), 15_000);
    assert.ok(maps.get('ns/a'));
    assert.deepEqual(
      api.requests.map(({ url }) => new URL(url, 'http://x').searchParams.get('resourceVersion')),
      [null, null, '10', '10'],
    );
  });

  it('resumes a broken watch from the last version it saw, bookmarks included', async function () {
    this.timeout(30_000);
    const { api } = await mirror([
      list('10'),
      (request, response, body) => {
        watchOf({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '77' } } })(request, response, body);
        setTimeout(() => request.socket.destroy(), 50);
      },
      watchOf(),
    ]);
    const third = await eventually(() => api.requests[2], 10_000);
    assert.equal(new URL(third.url, 'http://x').searchParams.get('resourceVersion'), '77');
    assert.equal(new URL(third.url, 'http://x').searchParams.get('allowWatchBookmarks'), 'true');
  });

  it('lists again after 410 and tells about what came and went in between', async function () {
    this.timeout(30_000);
    const { maps, told, api } = await mirror([
      list('10', map('stays', '5'), map('goes', '6')),
      watchOf(gone),
      list('90', map('stays', '5'), map('comes', '80')),
      watchOf(),
    ]);
    await eventually(() => api.requests.length === 4, 15_000);
    assert.deepEqual(told, ['+ns/stays', '+ns/goes', '+ns/comes', '-ns/goes']);
    assert.equal(maps.get('ns/goes'), undefined);
    // Versions after the last one seen: nobody could have known them.
    assert.match(await api.metrics.metrics(), /reflector_missed_changes_total\{resource="configmaps"\} 0/);
  });

  it('counts what the watch should have told about and did not', async function () {
    this.timeout(30_000);
    const { told, api } = await mirror([
      list('10'),
      watchOf({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '50' } } }, gone),
      list('90', map('swallowed', '40'), map('new', '80')),
      watchOf(),
    ]);
    await eventually(() => api.requests.length === 4, 15_000);
    assert.deepEqual(told, ['+ns/swallowed', '+ns/new']);
    assert.match(await api.metrics.metrics(), /reflector_missed_changes_total\{resource="configmaps"\} 1/);
  });

  it('a periodic list at the version seen counts changes and deletions that never came', async function () {
    this.timeout(30_000);
    const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '50' } } };
    const { told, maps, api } = await mirror(
      [
        list('10', map('kept', '5'), map('deleted', '6'), map('changed', '7')),
        (request, response, body) => {
          watchOf()(request, response, body);
          setTimeout(() => response.write(`${JSON.stringify(bookmark)}\n`), 300);
        },
        list('50', map('kept', '5'), map('changed', '30')),
        watchOf(),
      ],
      { relistMs: 100 },
    );
    await eventually(() => api.requests.length === 4, 15_000);
    const comparison = new URL(api.requests[2]?.url ?? '', 'http://x').searchParams;
    assert.equal(comparison.get('resourceVersion'), '50');
    assert.equal(comparison.get('resourceVersionMatch'), 'Exact');
    assert.deepEqual(told.slice(3), ['+ns/changed', '-ns/deleted']);
    assert.equal(maps.get('ns/deleted'), undefined);
    assert.match(await api.metrics.metrics(), /reflector_missed_changes_total\{resource="configmaps"\} 2/);
  });

  it('lists anew when the server no longer knows the version to compare at', async function () {
    this.timeout(30_000);
    const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '50' } } };
    const { maps, api } = await mirror(
      [
        list('10'),
        (request, response, body) => {
          watchOf()(request, response, body);
          setTimeout(() => response.write(`${JSON.stringify(bookmark)}\n`), 300);
        },
        status(410, 'Expired'),
        list('90', map('late', '80')),
        watchOf(),
      ],
      { relistMs: 100 },
    );
    await eventually(() => maps.get('ns/late'), 15_000);
    await eventually(() => api.requests.length === 5, 15_000);
    assert.equal(new URL(api.requests[4]?.url ?? '', 'http://x').searchParams.get('resourceVersion'), '90');
    assert.match(await api.metrics.metrics(), /reflector_missed_changes_total\{resource="configmaps"\} 0/);
  });

  it('a listener that throws stops neither the watch nor its neighbours', async function () {
    this.timeout(30_000);
    const { maps, told } = await mirror([list('10'), watchOf({ type: 'ADDED', object: map('b', '11') })]);
    maps.onChange(() => {
      throw new Error('defect');
    });
    await eventually(() => told.includes('+ns/b'));
  });
});
