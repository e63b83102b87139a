import assert from 'node:assert/strict';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import type { Recorder } from '#operator/kube/recorder.ts';
import { PLATFORM } from '#operator/kube/resource.ts';
import { ANSWER_WITHIN_MS, OperatorClaim } from '#operator/platform/operator-claim.ts';
import { ManualClock } from '#runtime/clock.ts';
import { silentLogger } from '#runtime/log.ts';
import { Registry } from '#runtime/metrics.ts';
import { clientOf, leaderOf, makeNamespace } from '../kube/api-fixture.ts';
import { platformOn, theWorld } from './platform-world.ts';

describe('operators of two installations, and one platform', function () {
  this.timeout(120_000);
  let client: KubeClient;
  let namespace: string;
  const clock = new ManualClock();

  before(async () => {
    const world = await theWorld();
    client = clientOf(world.api);
    namespace = await makeNamespace(client);
    await client.create(PLATFORM, platformOn(world, namespace, { suspend: true }) as never);
  });
  after(() => client?.close());

  const read = async () => {
    const found = await client.get<TicketBottlePlatform>(PLATFORM, namespace, 'tb');
    assert.ok(found);
    return found;
  };
  const held = async () => (await read()).status?.operator;

  function operator(lease: string) {
    const events: string[] = [];
    let outranked = 0;
    const leader = { ...leaderOf(lease), outrank: () => void outranked++ };
    const recorder: Recorder = { event: (_object, _type, reason) => void events.push(reason), flush: async () => {} };
    const claim = new OperatorClaim({ client, leader, recorder, metrics: new Registry(), log: silentLogger() });
    const ctx = { signal: new AbortController().signal, log: silentLogger(), clock, reconcileId: 'x' };
    return {
      events,
      outranked: () => outranked,
      look: async (platform?: TicketBottlePlatform) => {
        const admitted = await claim.admit(platform ?? (await read()), ctx);
        return 'platform' in admitted ? 'ours' : (admitted.keepAway.requeueAfterMs ?? 0);
      },
    };
  }

  it('of two that come at once one has it', async () => {
    const [a, b] = [operator('a/operator'), operator('b/operator')];
    const same = await read();
    const outcomes = await Promise.allSettled([a.look(same), b.look(same)]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    await client.mergePatch(PLATFORM, namespace, 'tb', { status: { operator: null } }, { subresource: 'status' });
  });

  it('who has it answers, and the other one keeps away; a leader after it has it too', async () => {
    const [a, b] = [operator('a/operator'), operator('b/operator')];
    assert.equal(await a.look(), 'ours');
    assert.equal(await b.look(), ANSWER_WITHIN_MS);
    assert.deepEqual(await held(), { lease: 'a/operator', askedBy: 'b/operator' });
    // Half the time is over when the next leader comes.
    await clock.advance(ANSWER_WITHIN_MS / 2);
    assert.equal(await operator('a/operator').look(), 'ours');
    assert.deepEqual(await held(), { lease: 'a/operator' });
    await clock.advance(ANSWER_WITHIN_MS);
    const forMs = await b.look();
    assert.ok(typeof forMs === 'number' && forMs > ANSWER_WITHIN_MS, String(forMs));
    await b.look();
    assert.deepEqual([b.events, b.outranked()], [['OperatorConflict'], 0]);
  });

  it('one that moved takes over when nobody answers, above every token of the one before', async () => {
    const moved = operator('new/operator');
    assert.equal(await moved.look(), ANSWER_WITHIN_MS);
    await clock.advance(ANSWER_WITHIN_MS - 1);
    assert.equal(await moved.look(), 1);
    await clock.advance(1);
    assert.equal(await moved.look(), 'ours');
    assert.deepEqual(await held(), { lease: 'new/operator' });
    assert.deepEqual([moved.events, moved.outranked()], [['OperatorChanged'], 1]);
    // And the one that was silent finds somebody else there.
    assert.equal(await operator('a/operator').look(), ANSWER_WITHIN_MS);
  });
});
