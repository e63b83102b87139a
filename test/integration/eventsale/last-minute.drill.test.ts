import assert from 'node:assert/strict';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { eventIdOf } from '#operator/eventsale/identity.ts';
import { createSaleGate, GateRefused } from '#operator/external/sale-gate.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import { EVENT_SALE, type KubeObject, LEASE } from '#operator/kube/resource.ts';
import { redisKey } from '#proto/names.ts';
import { systemClock } from '#runtime/clock.ts';
import { newId } from '#runtime/ids.ts';
import { type ApiServer, startApiServer } from '#runtime/local/apiserver.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { type CuttableProxy, startCuttableProxy } from '#runtime/local/cuttable-proxy.ts';
import { silentLogger } from '#runtime/log.ts';
import { createRedis, type Redis } from '#runtime/redis.ts';
import { generateKeyPairJwk } from '#runtime/tokens.ts';
import { clientOf, eventually, makeNamespace } from '../kube/api-fixture.ts';
import { roomStore } from '../services-front/room-on-redis.ts';
import { connectRedis, freePort, type ServiceProcess, startService } from '../services-front/servers.ts';
import { installKinds, makePlatform, makeSale } from './operator-fixture.ts';
import { type OperatorProcess, startOperatorProcess } from './operator-process.ts';

/** Decided at 30 s before the opening, so that everything below happens to an armed sale. */
const OPENS_IN_MS = 50_000;
const STRIKE_BEFORE_MS = 14_000;
/** Sooner than any operator could have done it: a lost lease takes 15 s to be another's. How punctual: `npm run bench -- open-skew`. */
const BY_ITSELF_MS = 10_000;
/** For an operator to start, wait for the lease and look: what it finds is tried here, not how soon. */
const COMES_BACK_MS = 180_000;

describe('the last minute before an opening, with the real operator, waitroom, API server and Redis', function () {
  this.timeout(600_000);
  let server: ApiServer;
  let client: KubeClient;
  let primary: Backing<'redis'>;
  let replica: Backing<'redis'>;
  /** Where `spec.redis.address` points: the primary endpoint of a managed Redis. */
  let endpoint: CuttableProxy;
  const target = { host: '127.0.0.1', port: 0 };
  let redis: Redis;
  let waitroom: ServiceProcess;
  let namespace: string;
  const operators: OperatorProcess[] = [];

  before(async () => {
    server = await startApiServer();
    client = clientOf(server);
    primary = await startBacking({ which: ['redis'] });
    replica = await startBacking({ which: ['redis'] });
    target.port = primary.redis.port;
    endpoint = await startCuttableProxy(target);
    redis = connectRedis(`127.0.0.1:${endpoint.port}`);
    await installKinds(client);
    const { privateJwk } = await generateKeyPairJwk();
    waitroom = await startService(
      'waitroom',
      {
        REDIS_ADDRESS: `127.0.0.1:${endpoint.port}`,
        GRPC_PORT: String(await freePort()),
        ADMISSION_PRIVATE_JWK: JSON.stringify(privateJwk),
      },
      await freePort(),
    );
  });
  after(async () => {
    await waitroom?.stop();
    redis?.disconnect();
    await endpoint?.[Symbol.asyncDispose]();
    await Promise.all([primary?.stop(), replica?.stop()]);
    await client?.close();
    await server?.stop();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed' && process.env['TEST_LOG'] !== undefined)
      for (const one of operators) console.log(one.output());
    for (const one of operators.splice(0)) {
      one.child.kill('SIGCONT');
      await one.kill('SIGKILL');
    }
  });

  async function start(name: string): Promise<OperatorProcess> {
    const one = await startOperatorProcess(server.kubeconfig, namespace, name);
    operators.push(one);
    return one;
  }

  /** A sale that is armed, with one buyer in the pre-queue. Nothing else of its platform is there: it opens anyway. */
  async function armedSale(): Promise<{ sale: EventSale; eventId: string; opensAt: number }> {
    namespace = await makeNamespace(client);
    await makePlatform(client, namespace, { redisAddress: `127.0.0.1:${endpoint.port}`, accessKey: '{}' });
    const { opsPort } = await start('operator-a');
    // Importing it takes long on a busy machine, and that is not what is tried here.
    await eventually(
      () =>
        fetch(`http://127.0.0.1:${opsPort}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      90_000,
    );
    const opensAt = Date.now() + OPENS_IN_MS;
    const sale = await makeSale(client, namespace, 'tonight', (spec) => {
      spec['schedule'] = {
        preQueueAt: new Date(opensAt - 40_000).toISOString(),
        opensAt: new Date(opensAt).toISOString(),
        closesAt: new Date(opensAt + 3_600_000).toISOString(),
      };
      spec['onNotReady'] = { policy: 'OpenAnyway' };
      delete spec['capacity'];
    });
    await eventually(async () => (await read()).status?.phase === 'Armed', OPENS_IN_MS - STRIKE_BEFORE_MS).catch(
      async (error: unknown) => {
        throw new Error(`never armed: ${JSON.stringify((await read()).status?.conditions, null, 1)}`, { cause: error });
      },
    );
    const eventId = eventIdOf(sale);
    await eventually(
      async () => (await roomStore(redis).join(eventId, 'early-bird', newId())).outcome === 'OK',
      10_000,
    );
    await systemClock.sleep(Math.max(0, opensAt - STRIKE_BEFORE_MS - Date.now()));
    return { sale, eventId, opensAt };
  }

  const read = async () => {
    const sale = await client.get<EventSale>(EVENT_SALE, namespace, 'tonight');
    assert.ok(sale);
    return sale;
  };

  async function opensOnTime(eventId: string, opensAt: number): Promise<void> {
    await systemClock.sleep(Math.max(0, opensAt + 200 - Date.now()));
    const first = await eventually(async () => (await roomStore(redis).read(eventId)).firstAdmissionMs, BY_ITSELF_MS);
    const late = first - opensAt;
    assert.ok(late >= 0 && late < BY_ITSELF_MS, `opened ${late} ms after opensAt`);
    console.log(`        opened ${late} ms after opensAt`);
  }

  it('opens on time when every operator is killed, and the next one knows it', async () => {
    const { eventId, opensAt } = await armedSale();
    for (const one of operators) await one.kill('SIGKILL');
    await opensOnTime(eventId, opensAt);
    await start('operator-b');
    await eventually(async () => (await read()).status?.phase === 'Open', COMES_BACK_MS);
  });

  it('opens on time when the API server is gone', async () => {
    const { eventId, opensAt } = await armedSale();
    await server.kill();
    await opensOnTime(eventId, opensAt);
    await server.restart();
    // An operator that lost its lease ends; here this stands in for the kubelet that starts it again.
    await start('operator-b');
    await eventually(
      () =>
        read().then(
          (sale) => sale.status?.phase === 'Open',
          () => false,
        ),
      COMES_BACK_MS,
    );
  });

  it('opens on time when the leader is cut off, and refuses what the old leader writes when it is back', async () => {
    const { sale, eventId, opensAt } = await armedSale();
    const [old] = operators;
    const tokenOf = async () => Number((await redis.hgetall(redisKey.gate(eventId)))['fencingToken']);
    const oldToken = await tokenOf();
    await start('operator-b');
    old?.child.kill('SIGSTOP');
    await opensOnTime(eventId, opensAt);
    // The new leader takes over when the lease has run out, and an edit has it write the gate.
    await eventually(async () => {
      const lease = await client.get<KubeObject & { spec?: { holderIdentity?: string } }>(
        LEASE,
        namespace,
        'ticketbottle-operator',
      );
      return lease?.spec?.holderIdentity?.startsWith('operator-b') === true;
    }, COMES_BACK_MS);
    await client.mergePatch(EVENT_SALE, namespace, 'tonight', { spec: { waitroom: { maxConcurrentCheckouts: 77 } } });
    const fields = await eventually(async () => {
      const gate = await redis.hgetall(redisKey.gate(eventId));
      return gate['maxConcurrentCheckouts'] === '77' && gate;
    }, COMES_BACK_MS);
    assert.ok(Number(fields['fencingToken']) > oldToken, `${fields['fencingToken']} is not above ${oldToken}`);

    // Back from its pause it believes that it leads. What it sends, with the token of its term, is refused.
    old?.child.kill('SIGCONT');
    const gate = createSaleGate(redis, systemClock);
    const number = (name: string) => Number(fields[name]);
    const stale = {
      eventId,
      saleUid: sale.metadata.uid,
      generation: 1,
      fencingToken: oldToken,
      preQueueAtMs: number('preQueueAtMs'),
      opensAtMs: number('opensAtMs'),
      closesAtMs: number('closesAtMs'),
      armedAtMs: number('armedAtMs'),
      paused: true,
      message: 'from the past',
      admissionsPerMinute: 1,
      maxConcurrentCheckouts: 1,
      maxQueueLength: 0,
      checkoutTtlMs: 900_000,
      claimWindowMs: 120_000,
      ordering: 'ShuffleThenFIFO' as const,
    };
    const { signal } = new AbortController();
    await assert.rejects(
      gate.apply(gate.diff(stale, await gate.observe(stale, signal)), signal),
      (error: unknown) => error instanceof GateRefused && error.verdict === 'FENCED',
    );
    // It ends as soon as it learns that it leads no more.
    await eventually(async () => old?.child.exitCode !== null, COMES_BACK_MS);
    const later = await redis.hgetall(redisKey.gate(eventId));
    assert.equal(later['maxConcurrentCheckouts'], '77');
    assert.equal(later['fencingToken'], fields['fencingToken']);
  });

  it('opens on time when Redis fails over to its replica', async () => {
    const direct = createRedis({ address: replica.redis.address, log: silentLogger() });
    await direct.replicaof('127.0.0.1', primary.redis.port);
    await eventually(async () => (await direct.info('replication')).includes('master_link_status:up'), 20_000);
    const { eventId, opensAt } = await armedSale();
    const before = await redis.hgetall(redisKey.gate(eventId));
    const old = createRedis({ address: primary.redis.address, log: silentLogger() });
    await old.shutdown('NOSAVE').catch(() => undefined);
    old.disconnect();
    // What a managed Redis does: the replica becomes the primary and the endpoint's name follows it.
    await direct.replicaof('NO', 'ONE');
    target.port = replica.redis.port;
    endpoint.cut();
    await opensOnTime(eventId, opensAt);
    assert.equal((await direct.hgetall(redisKey.gate(eventId)))['opensAtMs'], before['opensAtMs']);
    await eventually(async () => (await read()).status?.phase === 'Open', COMES_BACK_MS);
    direct.disconnect();
  });
});
