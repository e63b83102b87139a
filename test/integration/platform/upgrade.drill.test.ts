import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { eventIdOf } from '#operator/eventsale/identity.ts';
import { type Hpa, isHeld } from '#operator/eventsale/prescale/hpa-floors.ts';
import type { KubeClient } from '#operator/kube/client.ts';
import {
  DEPLOYMENT,
  EVENT_SALE,
  HPA,
  type KubeObject,
  NAMESPACE,
  PDB,
  PLATFORM,
  POD,
} from '#operator/kube/resource.ts';
import { redisKey, SERVICES } from '#proto/names.ts';
import { type ApiServer, startApiServer } from '#runtime/local/apiserver.ts';
import { startControllers, WORKLOAD_CONTROLLERS } from '#runtime/local/control-programs.ts';
import { silentLogger } from '#runtime/log.ts';
import { createRedis, type Redis } from '#runtime/redis.ts';
import { clientOf, eventually } from '../kube/api-fixture.ts';
import {
  type InstalledOperator,
  installWithKustomize,
  ROOT,
  startInstalledOperator,
} from '../kube/installed-operator.ts';
import { AUDITED, asksOfOperator } from './audit-log.ts';
import { runKubelets } from './kubelet-stand-in.ts';
import { createSecrets, platformOn, secretsOf, theWorld } from './platform-world.ts';

const NS = 'shop';
const OPENS_IN_MS = 75_000;
const OPEN_FOR_MS = 150_000;
const CHECKOUT_MS = 60_000;
const COOLDOWN_MS = 15_000;

type Deployment = KubeObject & { spec: { template: object } };

/** The release before: what UPGRADE_FROM names, else the newest tag, else the commit before this one. */
function previousRelease(): string {
  const given = process.env['UPGRADE_FROM'];
  if (given !== undefined) return given;
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    return git('describe', '--tags', '--abbrev=0', 'HEAD~1');
  } catch {
    return git('rev-parse', 'HEAD~1');
  }
}

/**
 * The installed operator of the release before brings a platform up and opens a sale. Then this tree is installed over it, as
 * docs/install.md says, while the doors are open, and sees the sale to its end. Pods here run no programs, so the sale opens
 * unproved, and as nobody can be asked whether buyers are still inside, it is closed once the last checkout has run out.
 */
describe('an upgrade of the operator beside a running sale', function () {
  this.timeout(400_000);
  const folder = mkdtempSync(join(tmpdir(), 'ticketbottle-upgrade-'));
  const tree = join(folder, 'tree');
  const kubelets = new AbortController();
  const operators: InstalledOperator[] = [];
  let server: ApiServer;
  let admin: KubeClient;
  let controllers: { stop(): Promise<void> };
  let redis: Redis;
  /** As the release before made them, and as they were before any sale. */
  let templates: Record<string, object>;
  let capacity: Record<string, object>;

  before(async () => {
    execFileSync('git', ['worktree', 'add', '--detach', tree, previousRelease()], { cwd: ROOT, stdio: 'pipe' });
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
    const [world, started] = await Promise.all([theWorld(), startApiServer({ args: AUDITED })]);
    server = started;
    admin = clientOf(server);
    redis = createRedis({ address: world.stores.redis.address, log: silentLogger(), connectionName: 'test' });
    await installWithKustomize(server, 'default', tree);
    await admin.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NS } });
    controllers = await startControllers(server, WORKLOAD_CONTROLLERS);
    runKubelets(admin, NS, kubelets.signal);
    await createSecrets(admin, NS, secretsOf(world.stores));
    operators.push(await startInstalledOperator(server, { POD_NAME: 'before' }, tree));
    const platform = platformOn(world, NS, {
      temporal: { address: world.stores.temporal.address, namespace: `upgrade-${process.pid}` },
    });
    await admin.apply(PLATFORM, platform as KubeObject, { fieldManager: 'user' });
    await platformIs('True', 120_000);
    ({ templates } = await running());
    capacity = await capacities();
  });
  after(async () => {
    for (const { child } of operators) child.kill('SIGKILL');
    kubelets.abort();
    redis?.disconnect();
    await controllers?.stop();
    await admin?.close();
    await server?.stop();
    execFileSync('git', ['worktree', 'remove', '--force', tree], { cwd: ROOT, stdio: 'pipe' });
    rmSync(folder, { recursive: true, force: true });
  });

  const platformIs = (value: string, ms: number) =>
    eventually(async () => {
      const one = await admin.get<TicketBottlePlatform>(PLATFORM, NS, 'tb');
      const ready = one?.status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === value && ready.observedGeneration === one?.metadata.generation;
    }, ms).catch(async () => {
      assert.fail(JSON.stringify((await admin.get<TicketBottlePlatform>(PLATFORM, NS, 'tb'))?.status, null, 1));
    });
  const sale = async () => {
    const found = await admin.get<EventSale>(EVENT_SALE, NS, 'tonight');
    assert.ok(found);
    return found;
  };
  const saleIs = (ms: number, ...phases: string[]) =>
    eventually(async () => phases.includes((await sale()).status?.phase ?? ''), ms).catch(async () => {
      assert.fail(`never ${phases.join(' or ')}: ${JSON.stringify((await sale()).status, null, 1)}`);
    });
  /** What pods are made of, and which there are. */
  const running = async () => {
    const deployments = await admin.list<Deployment>(DEPLOYMENT, { namespace: NS });
    const pods = await admin.list(POD, { namespace: NS });
    const ofServices = deployments.filter(({ metadata }) => SERVICES.some((one) => metadata.name === `tb-${one}`));
    return {
      templates: Object.fromEntries(ofServices.map(({ metadata, spec }) => [metadata.name, spec.template])),
      generations: Object.fromEntries(ofServices.map(({ metadata }) => [metadata.name, metadata.generation])),
      pods: pods.map(({ metadata }) => metadata.uid).sort(),
    };
  };
  type Capacity = KubeObject & { spec: object };
  /** Everything that a sale raises in the cluster. */
  const capacities = async () => {
    const found: Record<string, object> = {};
    for (const resource of [HPA, PDB])
      for (const { metadata, spec } of await admin.list<Capacity>(resource, { namespace: NS }))
        found[`${resource.kind} ${metadata.name}`] = spec;
    return found;
  };
  const floors = async () =>
    (await admin.list<Hpa>(HPA, { namespace: NS })).filter(isHeld).map(({ metadata }) => metadata.name);
  const writesOf = (resource: string, sinceMs: number) =>
    asksOfOperator(server)
      .filter(({ objectRef, verb, requestReceivedTimestamp }) => {
        const writes = objectRef?.resource === resource && !['get', 'list', 'watch'].includes(verb);
        return writes && Date.parse(requestReceivedTimestamp) >= sinceMs;
      })
      .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}/${objectRef?.name}`);

  it('rolls no pod, changes no Deployment, and moves no gate', async () => {
    const manifest = parse(readFileSync(join(ROOT, 'config/samples/eventsale.yaml'), 'utf8'));
    const opensAt = Date.now() + OPENS_IN_MS;
    const at = (ms: number) => new Date(opensAt + ms).toISOString();
    manifest.metadata = { name: 'tonight', namespace: NS };
    manifest.spec = {
      ...manifest.spec,
      platformRef: { name: 'tb' },
      event: { ...manifest.spec.event, startsAt: at(30 * 86_400_000) },
      schedule: {
        preQueueAt: at(-30_000),
        opensAt: at(0),
        closesAt: at(OPEN_FOR_MS),
        cooldown: `${COOLDOWN_MS / 1000}s`,
      },
      waitroom: { ...manifest.spec.waitroom, checkoutTTL: `${CHECKOUT_MS / 1000}s` },
      demand: { expectedBuyers: 100 },
      capacity: { gateway: { minReplicas: 7 } },
      onNotReady: { policy: 'OpenAnyway' },
      rehearsal: { enabled: false },
    };
    await admin.apply(EVENT_SALE, manifest, { fieldManager: 'user' });
    await saleIs(OPENS_IN_MS + 60_000, 'Open');
    const eventId = eventIdOf(await sale());
    // All but the number of the leader who wrote last, which a new one takes over, and what operators note there for each other.
    const gate = async () => {
      const all = await redis.hgetall(redisKey.gate(eventId));
      const { fencingToken: _leader, announcedAtMs: _told, decided: _verdict, ...rest } = all;
      return rest;
    };
    assert.equal((await admin.get<Hpa>(HPA, NS, 'tb-gateway'))?.spec.minReplicas, 7);
    assert.equal((await floors()).length, SERVICES.length);
    assert.notDeepEqual(await capacities(), capacity);
    const before = { ...(await running()), gate: await gate(), phase: (await sale()).status?.phase };
    assert.notDeepEqual(before.gate, {});
    assert.equal(Object.keys(before.templates).length, SERVICES.length);

    // The way of docs/install.md: CRDs and rights first, then the new one starts beside the old one, which lets go.
    const since = Date.now();
    await installWithKustomize(server, 'default');
    const next = await startInstalledOperator(server, { POD_NAME: 'after' });
    operators.push(next);
    await eventually(async () => (await next.ops('/readyz'))?.ok, 60_000);
    assert.equal(await operators[0]?.stop(), 0);
    await eventually(() => next.lines.some((line) => /became leader|is the leader|leading/i.test(line)), 60_000);
    const seen = () => next.ops('/metrics').then((answer) => answer?.text());
    const passed =
      /^controller_runtime_reconcile_total\{(?=[^}]*controller="platform")(?=[^}]*result="(?:success|requeue_after)").*\} [1-9]/m;
    await eventually(async () => passed.test((await seen()) ?? ''), 60_000);
    await platformIs('True', 60_000);
    // What it would apply anew, the API server must find no difference in.
    const writes = writesOf('deployments', since);
    assert.equal(new Set(writes).size, writes.length, 'a Deployment was written again and again');

    const after = await running();
    assert.deepEqual(after.templates, templates);
    assert.deepEqual(after.pods, before.pods, 'pods were replaced');
    assert.deepEqual(after.generations, before.generations);
    const { phase } = (await sale()).status ?? {};
    assert.equal(phase, 'Open');
    // A newer operator may remember more there; what the room read before, it reads still.
    const now = await gate();
    assert.deepEqual({ ...now, ...before.gate }, now, 'the gate was touched');
  });

  it('closes the sale at its time under the new operator, and gives back exactly what the old one raised', async () => {
    const { schedule } = (await sale()).spec;
    await saleIs(OPEN_FOR_MS + CHECKOUT_MS + COOLDOWN_MS + 60_000, 'ScaledDown');
    const { status } = await sale();
    const entered = (status?.phases ?? []).slice((status?.phases ?? []).findIndex(({ phase }) => phase === 'Open'));
    assert.deepEqual(
      entered.map(({ phase }) => phase),
      ['Open', 'Closing', 'Closed', 'ScaledDown'],
    );
    const closedLate = Date.parse(entered[1]?.at ?? '') - Date.parse(schedule.closesAt);
    assert.ok(closedLate >= 0 && closedLate < 5_000, `closed ${closedLate} ms after closesAt`);
    const gate = await redis.hgetall(redisKey.gate(eventIdOf(await sale())));
    assert.equal(Number(gate['closesAtMs']), Date.parse(schedule.closesAt));
    assert.equal(Number(gate['opensAtMs']), Date.parse(schedule.opensAt));

    assert.deepEqual(await floors(), []);
    assert.deepEqual(await capacities(), capacity);
    assert.deepEqual((await running()).templates, templates);
    await platformIs('True', 60_000);
  });
});
