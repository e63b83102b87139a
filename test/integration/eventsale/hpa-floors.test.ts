import assert from 'node:assert/strict';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { PAUSE_SCALE_IN } from '#operator/api/platform-marks.ts';
import {
  type FloorScope,
  type Hpa,
  isHeld,
  raiseFloors,
  releaseFloors,
} from '#operator/eventsale/prescale/hpa-floors.ts';
import { type Applier, createApplier } from '#operator/kube/apply.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { fieldOwners } from '#operator/kube/field-owners.ts';
import { HPA, type KubeObject } from '#operator/kube/resource.ts';
import { autoscaler } from '#operator/platform/components/autoscaler.ts';
import { SERVICES, type ServiceName } from '#proto/names.ts';
import { Registry } from '#runtime/metrics.ts';
import { clientOf, makeNamespace, sharedApiServer } from '../kube/api-fixture.ts';

describe('floors on autoscalers of a real API server', function () {
  this.timeout(120_000);
  let client: KubeClient;
  let platformSide: Applier;
  let saleSide: Applier;
  let platform: TicketBottlePlatform;
  const signal = new AbortController().signal;

  before(async () => {
    client = clientOf(await sharedApiServer());
  });
  after(() => client?.close());

  beforeEach(async () => {
    const namespace = await makeNamespace(client);
    platformSide = createApplier({ client, fieldManager: 'ticketbottle-operator', metrics: new Registry() });
    saleSide = createApplier({ client, fieldManager: 'ticketbottle-eventsale', metrics: new Registry() });
    const services = Object.fromEntries(
      SERVICES.map((name) => [name, { managed: name === 'order', replicas: { min: 2, max: 10 } }]),
    );
    // Only what floors read.
    platform = {
      metadata: { name: 'p', namespace, uid: 'u' },
      spec: { services },
    } as unknown as TicketBottlePlatform;
    await platformApplies();
  });

  const read = async () => {
    const hpa = await client.get<Hpa>(HPA, platform.metadata.namespace, 'p-order');
    assert.ok(hpa);
    return hpa;
  };
  /** One pass of the platform controller over its autoscaler. */
  async function platformApplies(): Promise<void> {
    const observed = await client.get<Hpa>(HPA, platform.metadata.namespace, 'p-order');
    await platformSide.apply(HPA, autoscaler(platform, 'order', observed) as KubeObject, observed, signal);
  }
  async function scope(order: number | undefined): Promise<FloorScope> {
    const hpa = await read();
    return {
      platform,
      floors: order === undefined ? {} : { order },
      hpaOf: (service: ServiceName) => (service === 'order' ? hpa : undefined),
      applier: saleSide,
      client,
      signal,
    };
  }

  it('stand through every pass of the platform controller, and go back to the exact value', async () => {
    const [before] = await raiseFloors(await scope(6));
    assert.deepEqual(before, { what: 'floor/order', want: 'at least 6', have: '2', ready: false });
    await platformApplies();
    const [after] = await raiseFloors(await scope(6));
    assert.equal(after?.ready, true);
    assert.equal((await read()).spec.minReplicas, 6);
    assert.deepEqual(fieldOwners(await read(), ['spec', 'minReplicas']), ['ticketbottle-eventsale']);

    await releaseFloors(await scope(undefined));
    assert.equal((await read()).spec.minReplicas, 2);
    assert.equal(isHeld(await read()), false);
    await platformApplies();
    assert.equal((await read()).spec.minReplicas, 2);
    assert.ok(fieldOwners(await read(), ['spec', 'minReplicas']).includes('ticketbottle-operator'));
  });

  it('take scale-in away for as long as a sale holds them, and give it back', async () => {
    const lines = await raiseFloors(await scope(6));
    assert.deepEqual(lines.at(-1), { what: 'scale-in', want: 'off on 1', have: 'off on 0', ready: false });
    await platformApplies();
    assert.equal((await read()).spec.behavior?.scaleDown?.selectPolicy, 'Disabled');
    assert.equal((await raiseFloors(await scope(6))).at(-1)?.ready, true);
    await releaseFloors(await scope(undefined));
    assert.equal((await read()).spec.behavior?.scaleDown?.selectPolicy, 'Max');
  });

  it('leave scale-in off where the platform was paused meanwhile', async () => {
    await raiseFloors(await scope(6));
    platform.metadata.annotations = { [PAUSE_SCALE_IN]: 'true' };
    await releaseFloors(await scope(undefined));
    assert.equal(isHeld(await read()), false);
    assert.equal((await read()).spec.behavior?.scaleDown?.selectPolicy, 'Disabled');
    delete platform.metadata.annotations;
    await platformApplies();
    assert.equal((await read()).spec.behavior?.scaleDown?.selectPolicy, 'Max');
  });

  for (const { to, min } of [
    { to: 'a lower value', min: 2 },
    { to: 'the very floor', min: 6 },
  ])
    it(`never let a default of the API server show on the way back to ${to}`, async () => {
      await raiseFloors(await scope(6));
      platform.spec.services.order.replicas.min = min;
      const seen: (number | undefined)[] = [];
      const watching: KubeClient = {
        ...client,
        apply: async (resource, object, opts) => {
          const result = await client.apply<Hpa>(resource, object, opts);
          seen.push(result.spec.minReplicas);
          return result as never;
        },
      };
      await releaseFloors({ ...(await scope(undefined)), client: watching });
      assert.deepEqual(seen, [min, min]);
      assert.equal(isHeld(await read()), false);
      await platformApplies();
      platform.spec.services.order.replicas.min = 3;
      await platformApplies();
      assert.equal((await read()).spec.minReplicas, 3);
      assert.ok(!fieldOwners(await read(), ['spec', 'minReplicas']).includes('ticketbottle-eventsale'));
    });

  it('fall only to what other sales still need', async () => {
    await raiseFloors(await scope(8));
    await releaseFloors(await scope(5));
    assert.equal((await read()).spec.minReplicas, 5);
    assert.equal(isHeld(await read()), true);
  });

  it('send nothing while they stand', async () => {
    await raiseFloors(await scope(6));
    await raiseFloors(await scope(6));
    const before = client.calls.total({ verb: 'apply' }) + client.calls.total({ verb: 'patch' });
    const standing = await scope(6);
    for (let pass = 0; pass < 3; pass++) await raiseFloors(standing);
    assert.equal(client.calls.total({ verb: 'apply' }) + client.calls.total({ verb: 'patch' }), before);
  });

  it('leave the value to the platform where that is enough, from the start and later', async () => {
    const owners = async () => fieldOwners(await read(), ['spec', 'minReplicas']);
    const [line] = await raiseFloors(await scope(1));
    assert.deepEqual(line, { what: 'floor/order', want: 'at least 2', have: '2', ready: true });
    assert.ok(!(await owners()).includes('ticketbottle-eventsale'));
    await raiseFloors(await scope(6));
    await raiseFloors(await scope(2));
    assert.equal((await read()).spec.minReplicas, 2);
    assert.ok(!(await owners()).includes('ticketbottle-eventsale'));
  });
});
