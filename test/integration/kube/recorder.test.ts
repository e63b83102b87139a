import assert from 'node:assert/strict';
import type { KubeClient } from '#operator/kube/client.ts';
import { createRecorder, type RecorderDeps } from '#operator/kube/recorder.ts';
import { CONFIG_MAP, EVENT, type KubeObject } from '#operator/kube/resource.ts';
import { systemClock } from '#runtime/clock.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { clientOf, makeNamespace, sharedApiServer } from './api-fixture.ts';
import { type Answer, json, reset, scriptedApi, status } from './scripted-api.ts';

type Event = KubeObject & {
  reason: string;
  note: string;
  type: string;
  series?: { count: number };
  regarding: { name: string };
};

describe('recorder on a real API server', () => {
  let client: KubeClient;
  let namespace: string;
  let object: KubeObject;

  before(async function () {
    this.timeout(120_000);
    client = clientOf(await sharedApiServer());
    namespace = await makeNamespace(client);
    object = await client.create(CONFIG_MAP, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'thing', namespace },
    });
  });
  after(() => client.close());

  const aRecorder = (other: Partial<RecorderDeps> = {}) =>
    createRecorder({
      client,
      clock: systemClock,
      log: silentLogger(),
      metrics: new Registry(),
      controller: 'ticketbottle.io/operator',
      instance: 'pod-1',
      ...other,
    });
  const events = async (reason: string) =>
    (await client.list<Event>(EVENT, { namespace })).filter((event) => event.reason === reason);

  it('writes an event that says what, about which object', async () => {
    const recorder = aRecorder();
    recorder.event(object, 'Warning', 'DriftCorrected', 'topic order.paid had 1 partition instead of 3');
    await recorder.flush();
    const [event, ...more] = await events('DriftCorrected');
    assert.equal(more.length, 0);
    assert.equal(event?.type, 'Warning');
    assert.equal(event?.regarding.name, 'thing');
    assert.equal(event?.note, 'topic order.paid had 1 partition instead of 3');
  });

  it('makes one event with a count out of repeats, and two out of two messages', async () => {
    const recorder = aRecorder();
    for (let round = 0; round < 5; round++) recorder.event(object, 'Normal', 'Repeated', 'the same');
    recorder.event(object, 'Normal', 'Repeated', 'another');
    await recorder.flush();
    const counts = (await events('Repeated')).map(({ series }) => series?.count ?? 1).toSorted();
    assert.deepEqual(counts, [1, 5]);
  });

  it('tells anew what repeats after its event was deleted', async () => {
    const recorder = aRecorder();
    recorder.event(object, 'Normal', 'Deleted', 'once more');
    await recorder.flush();
    const [first] = await events('Deleted');
    await client.delete(EVENT, namespace, first?.metadata.name ?? '');
    recorder.event(object, 'Normal', 'Deleted', 'once more');
    await recorder.flush();
    assert.equal((await events('Deleted')).length, 1);
  });

  it('does not let one object flood', async () => {
    const metrics = new Registry();
    const recorder = aRecorder({ metrics });
    for (let round = 0; round < 40; round++) recorder.event(object, 'Normal', 'Flood', `message ${round}`);
    await recorder.flush();
    assert.equal((await events('Flood')).length, 25);
    assert.match(await metrics.metrics(), /kube_events_total\{outcome="dropped"\} 15/);
  });

  it('cuts a message that the API would refuse, and survives an object that it refuses', async () => {
    const recorder = aRecorder();
    recorder.event(object, 'Normal', 'Long', 'x'.repeat(5_000));
    // The API counts bytes, and three of them make one such letter.
    recorder.event(object, 'Normal', 'LongWords', 'ế'.repeat(800));
    recorder.event(
      { ...object, metadata: { ...object.metadata, namespace: 'no-such-namespace' } },
      'Normal',
      'Lost',
      'x',
    );
    await recorder.flush();
    assert.equal((await events('Long'))[0]?.note.length, 1_024);
    assert.match((await events('LongWords'))[0]?.note ?? '', /^ế{340}\.\.\.$/);
  });

  it('loses nothing to an API server that is away for a moment, and keeps the order', async () => {
    const unavailable = status(503, 'ServiceUnavailable');
    const taken: string[] = [];
    const take: Answer = (request, response, body) => {
      taken.push((JSON.parse(body) as Event).note);
      json(201, {})(request, response, body);
    };
    const api = await scriptedApi([reset, unavailable, reset, status(409, 'AlreadyExists'), take]);
    const metrics = new Registry();
    const clock = { ...systemClock, sleep: async () => {} };
    const recorder = aRecorder({ client: api.client, clock, metrics });
    for (const note of ['first', 'second', 'third']) recorder.event(object, 'Warning', 'DriftCorrected', note);
    await recorder.flush();
    // That of the first had come through, although nobody said so.
    assert.deepEqual(taken, ['second', 'third']);
    assert.match(await metrics.metrics(), /kube_events_total\{[^}]*outcome="created"[^}]*\} 3/);
  });

  it('gives up what cannot be told when the process stops', async () => {
    const api = await scriptedApi([reset]);
    const metrics = new Registry();
    const recorder = aRecorder({ client: api.client, metrics, stopping: AbortSignal.abort() });
    recorder.event(object, 'Normal', 'Late', 'nobody hears it');
    await recorder.flush();
    assert.equal(api.requests.length, 1);
    assert.match(await metrics.metrics(), /kube_events_total\{[^}]*outcome="failed"[^}]*\} 1/);
  });
});
