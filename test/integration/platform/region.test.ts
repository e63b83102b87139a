import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import { DEPLOYMENT, EVENT_SALE, HPA, type KubeObject, PLATFORM } from '#operator/kube/resource.ts';
import { redisKey } from '#proto/names.ts';
import {
  follow,
  inRedis,
  type RegionStores,
  type ReplicatedStores,
  startReplicatedStores,
} from '#runtime/local/replicated-stores.ts';
import { makeSale, startOperator } from '../eventsale/operator-fixture.ts';
import { clientOf, eventually } from '../kube/api-fixture.ts';
import { openSite, platformOn, type Site, theWorld, type World } from './platform-world.ts';

const LEASE = '30s';
const EVENT = '0195f3a0-7d51-7c61-8a31-0f6d0f0f0f0f';

/** Two operators, a namespace and stores each; the orders table is one, as a global table is. */
describe('two regions', function () {
  this.timeout(300_000);
  let world: World;
  let stores: ReplicatedStores;
  let east: Site;
  let west: Site;
  let sellers: { readonly stop: () => Promise<void> }[];

  before(async () => {
    [world, stores] = await Promise.all([theWorld(), startReplicatedStores()]);
    [east, west] = await Promise.all([openSite(world), openSite(world)]);
    // Their leaders are numbered each for itself: the number of one says nothing to the other.
    sellers = [sellIn(east, 40), sellIn(west, 3)];
  });
  after(async () => {
    await Promise.all((sellers ?? []).map((one) => one.stop()));
    await Promise.all([east?.stop(), west?.stop()]);
    await stores?.[Symbol.asyncDispose]();
  });

  const create = (site: Site, name: string, role: string, { postgres, redis }: RegionStores) =>
    site.client.create(
      PLATFORM,
      platformOn(world, site.namespace, {
        region: { name, role, failover: { lease: LEASE } },
        postgres: { host: postgres.host, port: postgres.port, credentialsSecretRef: { name: 'aurora-credentials' } },
        redis: { address: redis.address },
        orders: { table: `orders-regions-${process.pid}`, deletionProtection: false },
      }) as never,
    );
  const role = (site: Site, role: 'Active' | 'Standby') => site.patch({ region: { role } });
  const serves = (site: Site) =>
    site.becomes('RegionReady', { status: 'True', reason: 'AsSpecified' }, { ms: 120_000 });
  const standsBy = (site: Site) => site.becomes('RegionReady', { status: 'True', reason: 'Standby' });
  const wanted = async (site: Site) => {
    const found = await site.client.get<KubeObject & { spec: { replicas?: number } }>(
      DEPLOYMENT,
      site.namespace,
      'tb-inventory',
    );
    return found?.spec.replicas;
  };
  const scaledTo = (site: Site, holds: (replicas: number) => boolean) =>
    eventually(async () => {
      const replicas = await wanted(site);
      return replicas !== undefined && holds(replicas);
    }, 90_000);
  const write = (backing: RegionStores, note: string) =>
    inPostgres(backing, `INSERT INTO public.sold VALUES ('${note}')`);
  const sold = async (backing: RegionStores) =>
    (await inPostgres<{ note: string }>(backing, 'SELECT note FROM public.sold ORDER BY note')).map(({ note }) => note);
  /** What was written for sure, a session each. */
  const sellUntilRefused = async (backing: RegionStores, name: string) => {
    const notes: string[] = [];
    for (;;) {
      const note = `${name}-${notes.length}`;
      try {
        await write(backing, note);
      } catch (error) {
        if (/read-only transaction/.test(String(error))) return notes;
        continue;
      }
      notes.push(note);
    }
  };
  const takesNoWrites = async (backing: RegionStores) => {
    await assert.rejects(write(backing, 'never'), /read-only transaction/);
    await assert.rejects(
      inRedis(backing, (redis) => redis.set('never', '1')),
      /NOREPLICAS|READONLY/,
    );
  };

  /** The other half of an operator; the services that it would call are away. */
  const sellIn = (site: Site, fencingToken: number) =>
    startOperator(clientOf(world.api), site.namespace, { addressOf: () => '127.0.0.1:9' }, fencingToken);
  const createSale = (site: Site, opensAt: number) =>
    makeSale(site.client, site.namespace, 'one-night', (spec) => {
      const at = (ms: number) => new Date(ms).toISOString();
      spec['platformRef'] = { name: 'tb' };
      spec['event'] = { ...(spec['event'] as object), id: EVENT };
      spec['schedule'] = { preQueueAt: at(opensAt - 1_000), opensAt: at(opensAt), closesAt: at(opensAt + 3_600_000) };
      spec['onNotReady'] = { policy: 'OpenAnyway' };
      spec['rehearsal'] = { enabled: false };
    });
  const saleIn = async (site: Site) => {
    const sale = await site.client.get<EventSale>(EVENT_SALE, site.namespace, 'one-night');
    assert.ok(sale);
    return sale;
  };
  const saleIs = (site: Site, phase: string, term?: number) =>
    eventually(async () => {
      const sale = await saleIn(site);
      return sale.status?.phase === phase && (term === undefined || sale.status.gate?.term === term) && sale;
    }, 60_000).catch(async () => {
      assert.fail(`the sale is not ${phase} ${term ?? ''}: ${JSON.stringify((await saleIn(site)).status, null, 1)}`);
    });
  const gateIn = (backing: RegionStores) => inRedis(backing, (redis) => redis.hgetall(redisKey.gate(EVENT)));
  const heldFloors = async (site: Site) =>
    (await site.client.list<KubeObject>(HPA, { namespace: site.namespace })).filter(({ metadata }) =>
      (metadata.managedFields ?? []).some(({ manager }) => manager === 'ticketbottle-eventsale'),
    ).length;

  it('lets the active one serve and the standby follow, at zero', async () => {
    await create(east, 'us-east-1', 'Active', stores.east);
    await serves(east);
    await create(west, 'ap-southeast-1', 'Standby', stores.west);
    const standby = await standsBy(west);
    assert.match(standby.message, /us-east-1 serves \(term 1\)/);
    await scaledTo(east, (replicas) => replicas > 0);
    await scaledTo(west, (replicas) => replicas === 0);
    const { status } = await west.read();
    assert.equal(status?.region?.serving, false);
    assert.equal(status?.endpoints?.gateway, undefined);
    assert.notEqual((await east.read()).status?.endpoints?.gateway, undefined);
    await west.becomes('RedisReachable', { status: 'True' });
    const behind = async ({ metrics }: Site) =>
      [...(await metrics.metrics()).matchAll(/^ticketbottle_region_behind_seconds\{[^}]*store="(\w+)"\} (\S+)$/gm)].map(
        ([, store, seconds]) => [store, Number(seconds) < 60],
      );
    // A replica that is still being filled lacks everything, as far as anybody knows.
    const both = [
      ['Postgres', true],
      ['Redis', true],
    ];
    await eventually(async () => isDeepStrictEqual(await behind(west), both), 60_000);
    assert.deepEqual(await behind(east), []);
  });

  it('sells in the active one only, though both have the EventSale', async () => {
    const opensAt = Date.now() + 3_000;
    await Promise.all([createSale(east, opensAt), createSale(west, opensAt)]);
    await saleIs(east, 'Open', 1);
    assert.ok((await heldFloors(east)) > 0);
    const { status } = await saleIs(west, 'Standby');
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    assert.deepEqual([ready?.status, ready?.reason], ['True', 'PlatformStandby']);
    assert.match(ready?.message ?? '', /goes on here when its spec.region.role is set to Active/);
    assert.deepEqual([status?.prescale, status?.gate, status?.decision], [undefined, undefined, undefined]);
    const gate = await gateIn(stores.west);
    assert.deepEqual([gate['regionTerm'], gate['fencingToken'], gate['decided']], ['1', '40', 'OpenAnyway']);
  });

  it('refuses to serve beside the other, and says what to do', async () => {
    await inPostgres(stores.east, 'CREATE TABLE public.sold (note text)');
    await role(west, 'Active');
    const refused = await west.becomes('RegionReady', { status: 'False', reason: 'Fenced' });
    assert.match(refused.message, /us-east-1 serves \(term 1\).*Set its spec.region.role to Standby/);
    assert.equal(await wanted(west), 0);
    assert.deepEqual(await inPostgres(stores.west, 'SELECT pg_is_in_recovery() AS follows'), [{ follows: true }]);
    await write(stores.east, 'a');
  });

  it('hands over when the active one stands by, and loses nothing', async () => {
    await write(stores.east, 'b');
    // People buy until they are told that nothing can be written.
    const hurried = Array.from({ length: 8 }, (_, i) => sellUntilRefused(stores.east, `b${i}`));
    await role(east, 'Standby');
    await standsBy(east);
    const told = (await Promise.all(hurried)).flat();
    await takesNoWrites(stores.east);
    await serves(west);
    const there = new Set(await sold(stores.west));
    assert.ok(told.length > 8);
    assert.deepEqual(
      told.filter((note) => !there.has(note)),
      [],
    );
    await inPostgres(stores.west, "DELETE FROM public.sold WHERE note ~ '^b[0-9]'");
    assert.deepEqual(await sold(stores.west), ['a', 'b']);
    await write(stores.west, 'c');
    await inRedis(stores.west, (redis) => redis.set('place', '1'));
    await scaledTo(west, (replicas) => replicas > 0);
    await scaledTo(east, (replicas) => replicas === 0);
    const { status } = await west.read();
    assert.deepEqual([status?.region?.serving, status?.region?.term], [true, 2]);
    assert.notEqual(status?.endpoints?.gateway, undefined);
  });

  it('goes on with the sale there: the same room and opening, under a newer term', async () => {
    const before = await gateIn(stores.east);
    const sale = await saleIs(west, 'Open', 2);
    const after = await gateIn(stores.west);
    for (const name of ['saleUid', 'seed', 'opensAtMs', 'closesAtMs']) assert.equal(after[name], before[name], name);
    assert.deepEqual([after['ownerUid'], after['regionTerm'], after['fencingToken']], [sale.metadata.uid, '2', '3']);
    await eventually(async () => (await heldFloors(west)) > 0);
    // Where it was, everything went back and nothing more is written.
    const left = await saleIs(east, 'Standby');
    assert.equal(left.status?.prescale, undefined);
    assert.equal(await heldFloors(east), 0);
    assert.equal(before['regionTerm'], '1');
  });

  it('does not take a region back that does not follow', async () => {
    await role(west, 'Standby');
    await standsBy(west);
    await role(east, 'Active');
    const refused = await east.becomes('RegionReady', { status: 'False', reason: 'Fenced' });
    assert.match(refused.message, /Postgres and Redis of this region does not follow the other one/);
  });

  it('switches back once its stores followed', async () => {
    await role(east, 'Standby');
    await standsBy(east);
    await follow(stores.east, stores.west);
    await role(east, 'Active');
    await serves(east);
    assert.deepEqual(await sold(stores.east), ['a', 'b', 'c']);
    await write(stores.east, 'd');
    assert.equal(await inRedis(stores.east, (redis) => redis.set('place', '2')), 'OK');
    await saleIs(east, 'Open', 3);
    await saleIs(west, 'Standby');
    await follow(stores.west, stores.east);
  });

  it('replaces one that is cut off once its lease has run out, and fences it when it comes back', async () => {
    await write(stores.east, 'e');
    await Promise.all([east.stop(), sellers.shift()?.stop()]);
    await eventually(async () => (await sold(stores.west)).includes('e'));
    await role(west, 'Active');
    await west.becomes('RegionReady', { status: 'False', reason: 'Fenced' });
    await serves(west);
    assert.deepEqual(await sold(stores.west), ['a', 'b', 'c', 'd', 'e']);
    await write(stores.west, 'f');
    // Still there, and nobody told it.
    await write(stores.east, 'lost');
    await saleIs(west, 'Open', 4);
    east = await openSite(world, { namespace: east.namespace });
    sellers.push(sellIn(east, 41));
    const fenced = await east.becomes('RegionReady', { status: 'False', reason: 'Fenced' });
    assert.match(fenced.message, /ap-southeast-1 serves/);
    await takesNoWrites(stores.east);
    await scaledTo(east, (replicas) => replicas === 0);
    assert.equal((await west.read()).status?.region?.serving, true);
    await saleIs(east, 'Standby');
    assert.equal((await gateIn(stores.east))['regionTerm'], '3');
    assert.equal((await gateIn(stores.west))['regionTerm'], '4');
  });

  it('lets the EventSale go where it stands by, and leaves the doors of the other alone', async () => {
    await east.client.delete(EVENT_SALE, east.namespace, 'one-night');
    await eventually(async () => (await east.client.get(EVENT_SALE, east.namespace, 'one-night')) === undefined);
    const gate = await gateIn(stores.west);
    assert.ok(Number(gate['closesAtMs']) > Date.now());
  });
});

async function inPostgres<T extends object>({ postgres }: RegionStores, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: postgres.url, connectionTimeoutMillis: 20_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}
