import { setSummary } from '#operator/api/conditions.ts';
import type { EventSale } from '#operator/api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { isElsewhere, operatorOf } from '#operator/api/platform-operator.ts';
import type { ControllerDeps } from '#operator/controller-deps.ts';
import {
  type Controller,
  createController,
  type ReconcileContext,
  type ReconcileResult,
} from '#operator/kube/controller.ts';
import { DEPLOYMENT, EVENT_SALE, HPA, type KubeObject, key, PDB, PLATFORM, SECRET } from '#operator/kube/resource.ts';
import type { ServiceName } from '#proto/names.ts';
import { leadSeconds } from './capacity-model.ts';
import { estimateCost } from './cost.ts';
import { finalizeSale } from './finalize.ts';
import { eventIdOf } from './identity.ts';
import { takeBackLeftBehind } from './left-behind.ts';
import { NEIGHBOUR_INDEXES, Neighbours, platformKey } from './neighbours.ts';
import { newsOf } from './news.ts';
import { capacityOf, floorsFor } from './overlap.ts';
import type { Pass } from './pass.ts';
import { PlatformLinks, type Secret } from './platform-links.ts';
import type { Budget } from './prescale/disruption-budgets.ts';
import { FLOOR_MANAGER, type Hpa } from './prescale/hpa-floors.ts';
import { freeRoomOf } from './prescale/nodes.ts';
import { PrescaleMemory } from './prescale/prescale.ts';
import { Rehearsals } from './prescale/rehearsal.ts';
import { type Deployment, readyOf } from './prescale/workloads.ts';
import { regionKey } from './region.ts';
import { invalidConditions, saleConditions } from './sale-conditions.ts';
import type { Phase } from './sale-facts.ts';
import { saleGauges } from './sale-gauges.ts';
import { saleMeters } from './sale-meters.ts';
import { carryOut, takePart } from './sale-pass.ts';
import { saleTimes } from './schedule.ts';
import { shortfall } from './shortfall.ts';
import { beginningStatus, stalledStatus, statusOf } from './status.ts';
import { StatusPace } from './status-pace.ts';
import { planSale } from './timeline.ts';
import { slowedBy, unprovedReplicas } from './unproved.ts';
import { urgencyOf } from './urgency.ts';
import { blockedBy } from './validate/blocked.ts';
import { type NotBegun, whyNotBegun } from './validate/standing.ts';
import { explainCapacityError, validateSale } from './validate.ts';
import { zoneCounter } from './zones.ts';

export const SALE_FINALIZER = 'ticketbottle.io/eventsale';
const STATUS_MANAGER = 'ticketbottle-eventsale-status';
const MANAGED_SELECTOR = 'app.kubernetes.io/managed-by=ticketbottle-operator';
/** A pass waits for others most of its time; sales whose stores hang for seconds must not hold up those next door. */
const WORKERS = 16;

type StoredSale = EventSale & { kind: string };

export interface EventSaleSeams {
  /** `host:port` of a platform's service; the cluster's own names unless a test says otherwise. */
  readonly addressOf?: (platform: { namespace: string; name: string }, service: ServiceName) => string;
}

/** One controller for all sales. What a reconcile does, in order, is `reconcile` below. */
export function createEventSaleController(deps: ControllerDeps, seams: EventSaleSeams = {}): Controller {
  const { client, informers, recorder, leader, clock, log, metrics, config } = deps;
  const sales = informers.of<StoredSale>(EVENT_SALE, { indexes: NEIGHBOUR_INDEXES });
  const neighbours = new Neighbours(sales);
  const platforms = informers.of<TicketBottlePlatform & { kind: string }>(PLATFORM);
  const hpas = informers.of<Hpa>(HPA, { labelSelector: MANAGED_SELECTOR });
  const budgets = informers.of<Budget>(PDB, { labelSelector: MANAGED_SELECTOR });
  const deployments = informers.of<Deployment>(DEPLOYMENT, { labelSelector: MANAGED_SELECTOR });
  const secrets = informers.of<Secret>(SECRET);
  const links = new PlatformLinks({
    secretOf: (name) => secrets.get(name),
    clock,
    log,
    metrics,
    root: config.root,
    ...(seams.addressOf === undefined ? {} : { addressOf: seams.addressOf }),
  });
  const stop = new AbortController();
  const memories = new Map<string, PrescaleMemory>();
  const memoryOf = (uid: string) => {
    const memory = memories.get(uid) ?? new PrescaleMemory();
    memories.set(uid, memory);
    return memory;
  };
  const freeRoom = freeRoomOf({ client, clock });
  const pace = new StatusPace();
  const zones = zoneCounter({ client, clock, log });
  const statusApplier = deps.applier(STATUS_MANAGER);
  const floorApplier = deps.applier(FLOOR_MANAGER);
  const meters = saleMeters(deps);
  saleGauges(metrics, () => sales.list());

  const controller = createController({
    name: 'eventsale',
    reconcile,
    workers: WORKERS,
    waitFor: [sales, platforms, hpas, budgets, deployments, secrets],
    clock,
    log,
    metrics,
  });
  const rehearsals = new Rehearsals({ clock, stop: stop.signal, onStep: (name) => controller.enqueue(name) });

  sales.onChange((name, sale, previous, origin) => {
    // Our own status writes need no second look.
    if (sale !== undefined && previous !== undefined && sameWish(sale, previous)) return;
    controller.enqueue(name, { priority: urgencyOf(sale ?? previous, clock.now(), origin) });
  });
  platforms.onChange((name, platform, previous) => {
    if (platform === undefined) meters.forget(name);
    // Of sales that went while no operator was there nothing but this tells.
    if (platform !== undefined && previous === undefined) controller.enqueue(`${platform.metadata.namespace}/`);
    // What a platform reports of itself concerns only those who wait for it, or all of a thousand would look again.
    const news =
      platform === undefined ||
      previous === undefined ||
      !sameWish(platform, previous) ||
      regionKey(platform) !== regionKey(previous) ||
      operatorOf(platform) !== operatorOf(previous);
    const concerned = news ? neighbours.of(name) : neighbours.needingCapacity(name, clock.now());
    for (const sale of concerned) controller.enqueue(key(sale));
  });

  return {
    ...controller,
    async run(signal) {
      // While another led, no sale was looked at again when it became urgent.
      for (const sale of sales.list())
        controller.enqueue(key(sale), { priority: urgencyOf(sale, clock.now(), 'list') });
      await controller.run(signal);
      stop.abort(signal.reason);
      await rehearsals.settled();
      links.close();
    },
  };

  async function reconcile(name: string, ctx: ReconcileContext): Promise<ReconcileResult | undefined> {
    const known = sales.get(name);
    if (known === undefined) return await lookForLeftBehind(name, ctx);
    const platform = platforms.get(platformKey(known));
    // Once that changes, the platform tells.
    if (platform !== undefined && isElsewhere(platform, leader.lease)) return undefined;
    if (known.metadata.deletionTimestamp !== undefined) return await remove(known, ctx);
    const sale = await withFinalizer(known, ctx);
    const problems = validateSale(sale.spec);
    if (problems.length > 0) return await stall(sale, problems, ctx);
    const [others, rivals] = [neighbours.ofOrganiser(sale), neighbours.rivals(sale)];
    const notBegun = whyNotBegun({ sale, platform, others, rivals, nowMs: clock.now() });
    if (notBegun !== undefined) return await withhold(sale, notBegun, ctx);
    const overlapping = neighbours.overlapping(sale, clock.now());
    const zoneCount = await zones(platform?.spec.scheduling, ctx.signal);
    const measured = neighbours.readySeconds(sale);
    const replicasOf = (service: ServiceName) => readyOf(deployments.get(`${platformKey(sale)}-${service}`));
    const readyReplicas = unprovedReplicas(sale, replicasOf);
    const capacity = capacityOf(sale, platform, overlapping, zoneCount, {
      measuredReadySeconds: measured,
      readyReplicas,
      nowMs: clock.now(),
    });
    if (capacity.errors.length > 0) return await stall(sale, capacity.errors.map(explainCapacityError), ctx);

    // Facts first, then what the timeline makes of them, then where the sale stands after it was done.
    const pass = passOf(sale, platform, capacity, ctx);
    const facts = await takePart(pass);
    if (facts.beginning !== undefined) return await begin(sale, facts.beginning, ctx);
    const done = await carryOut(pass, facts, planSale(sale.spec, facts.observed, clock.now(), pass.autoLeadMs));
    const plan = planSale(sale.spec, done.observed, clock.now(), pass.autoLeadMs);

    const conditions = saleConditions(
      {
        ...{ sale, plan, ...done, blocked: pass.blocked, stalled: done.stalled, ledger: done.books },
        // Without a platform there are no caps yet.
        shortfall: platform === undefined ? undefined : shortfall(capacity),
        slowed: slowedBy(capacity, readyReplicas),
      },
      clock.now(),
    );
    const standing = platform === undefined ? {} : floorsFor(platform, overlapping, zoneCount);
    const cost = estimateCost(
      capacity,
      (service) => Math.max(platform?.spec.services[service].replicas.min ?? 1, standing[service] ?? 0),
      plan.times,
    );
    const have = (service: ServiceName) => replicasOf(service) ?? 0;
    const told = { sale, eventId: pass.eventId, plan, capacity, cost, replicasOf: have, conditions, ...done };
    const status = statusOf(told, clock.now());
    await writeStatus(sale, status, ctx);
    meters.report(sale, status, done.clockOffsetMs);
    const urgency = urgencyOf({ status }, plan.wakeAt);
    return { requeueAfterMs: Math.max(50, plan.wakeAt - clock.now()), priority: urgency };
  }

  function passOf(
    sale: EventSale,
    platform: TicketBottlePlatform | undefined,
    capacity: Pass['capacity'],
    ctx: ReconcileContext,
  ): Pass {
    const child = (service: ServiceName) => `${sale.metadata.namespace}/${sale.spec.platformRef.name}-${service}`;
    return {
      sale,
      eventId: eventIdOf(sale),
      platform,
      blocked: blockedBy(sale, platform),
      capacity,
      autoLeadMs: capacity.leadSeconds * 1000,
      overlapping: () => neighbours.overlapping(sale, clock.now()),
      zones: (signal) => zones(platform?.spec.scheduling, signal),
      links,
      rehearsals,
      memory: memoryOf(sale.metadata.uid),
      shared: memoryOf(platform?.metadata.uid ?? ''),
      freeRoom,
      hpaOf: (service) => hpas.get(child(service)),
      budgetOf: (service) => budgets.get(child(service)),
      deploymentOf: (service) => deployments.get(child(service)),
      applier: floorApplier,
      client,
      clock,
      fencingToken: () => leader.fencingToken(),
      log: ctx.log,
      signal: ctx.signal,
    };
  }

  /** A sale is gone: what its namespace still holds for it, in whatever way it went. */
  async function lookForLeftBehind(name: string, { signal, log: own }: ReconcileContext): Promise<undefined> {
    const namespace = name.split('/')[0] ?? '';
    for (const platform of platforms.list()) {
      if (platform.metadata.namespace !== namespace || platform.metadata.deletionTimestamp !== undefined) continue;
      if (isElsewhere(platform, leader.lease)) continue;
      const child = (service: ServiceName) => `${key(platform)}-${service}`;
      const took = await takeBackLeftBehind({
        platform,
        // Also those that are unsound, of which the index knows nothing.
        sales: sales.list().filter((sale) => platformKey(sale) === key(platform)),
        nowMs: clock.now(),
        hpaOf: (service) => hpas.get(child(service)),
        budgetOf: (service) => budgets.get(child(service)),
        applier: floorApplier,
        client,
        signal,
      });
      if (took) own.warn({ platform: key(platform) }, 'floors and budgets of a sale that is gone were given back');
    }
    return undefined;
  }

  async function stall(sale: EventSale, problems: readonly string[], ctx: ReconcileContext): Promise<undefined> {
    const status = stalledStatus(sale, invalidConditions(sale, problems, clock.now()), clock.now());
    await writeStatus(sale, status, ctx);
    return undefined;
  }

  /** Nothing is prepared: somebody else, or another object, stands before this sale. */
  async function withhold(sale: EventSale, why: NotBegun, ctx: ReconcileContext): Promise<ReconcileResult> {
    const before = sale.status?.conditions ?? [];
    const conditions = setSummary(before, why, sale.metadata.generation, clock.now());
    const times = saleTimes(sale.spec, leadSeconds([]) * 1000);
    await writeStatus(sale, stalledStatus(sale, conditions, clock.now(), why.phase, times), ctx);
    return { requeueAfterMs: Math.max(50, why.lookAgainAt - clock.now()) };
  }

  /** Written down before anything is raised, so that nothing is ever raised that nobody knows of. */
  async function begin(sale: EventSale, expected: Phase, ctx: ReconcileContext): Promise<ReconcileResult> {
    const message = 'capacity is being raised: status.prescale tells line by line how far it is';
    const before = sale.status?.conditions ?? [];
    const summary = { state: 'reconciling', reason: 'Progressing', message } as const;
    const conditions = setSummary(before, summary, sale.metadata.generation, clock.now());
    await writeStatus(sale, beginningStatus(sale, conditions, clock.now(), expected), ctx);
    return { requeueAfterMs: 50, priority: urgencyOf(sale, clock.now()) };
  }

  /** The sale with our finalizer: as it is, or as it became by adding it, which the store does not know yet. */
  async function withFinalizer(sale: StoredSale, { signal }: ReconcileContext): Promise<StoredSale> {
    const { namespace, name, resourceVersion, finalizers = [] } = sale.metadata;
    if (finalizers.includes(SALE_FINALIZER)) return sale;
    const patch = { metadata: { resourceVersion, finalizers: [...finalizers, SALE_FINALIZER] } };
    const patched = await client.mergePatch<StoredSale>(EVENT_SALE, namespace, name, patch, { signal });
    // Onto that very version, so the spec is the same; what is remembered of it hangs on the object.
    return { ...patched, spec: sale.spec };
  }

  async function remove(sale: EventSale, ctx: ReconcileContext): Promise<ReconcileResult | undefined> {
    const { namespace, name, uid, resourceVersion, finalizers = [] } = sale.metadata;
    if (!finalizers.includes(SALE_FINALIZER)) return undefined;
    const platform = platforms.get(platformKey(sale));
    const left = await finalizeSale({
      sale,
      platform,
      overlapping: () => neighbours.overlapping(sale, clock.now()),
      clock,
      zones: await zones(platform?.spec.scheduling, ctx.signal),
      links,
      hpaOf: (service) => hpas.get(`${namespace}/${sale.spec.platformRef.name}-${service}`),
      budgetOf: (service) => budgets.get(`${namespace}/${sale.spec.platformRef.name}-${service}`),
      applier: floorApplier,
      client,
      fencingToken: leader.fencingToken(),
      finalizer: SALE_FINALIZER,
      signal: ctx.signal,
    });
    if (left.again) {
      recorder.event(sale, 'Warning', 'DeletionBlocked', left.message);
      return { requeueAfterMs: 5_000 };
    }
    if (left.message !== '') recorder.event(sale, 'Warning', 'DeletionIncomplete', left.message);
    const patch = { metadata: { resourceVersion, finalizers: finalizers.filter((one) => one !== SALE_FINALIZER) } };
    await client.mergePatch(EVENT_SALE, namespace, name, patch, { signal: ctx.signal });
    memories.delete(uid);
    pace.forget(uid);
    rehearsals.forget(uid);
    return undefined;
  }

  /**
   * One write per reconcile, none when nothing changed; an event for people on each new phase. Written onto the very version
   * that was looked at: what a leader who has been replaced still sends is refused, and so is what a stale store led to.
   */
  async function writeStatus(
    sale: EventSale,
    status: NonNullable<EventSale['status']>,
    ctx: ReconcileContext,
  ): Promise<void> {
    const { namespace, name, uid, resourceVersion } = sale.metadata;
    if (!pace.isDue(uid, sale.status, status, clock.monotonic())) return;
    // Throws once another leads, however late this process learns of it.
    leader.fencingToken();
    const metadata = { namespace, name, resourceVersion };
    const desired = { apiVersion: sale.apiVersion, kind: sale.kind, metadata, status };
    await statusApplier.applyStatus(EVENT_SALE, desired, sale, ctx.signal);
    for (const { type, reason, message: text } of newsOf(sale.status, status)) recorder.event(sale, type, reason, text);
    if (status.phase !== sale.status?.phase)
      ctx.log.info({ from: sale.status?.phase, phase: status.phase }, 'sale entered a phase');
  }
}

function sameWish({ metadata }: KubeObject, { metadata: previous }: KubeObject): boolean {
  return (
    metadata.generation === previous.generation &&
    metadata.deletionTimestamp === previous.deletionTimestamp &&
    JSON.stringify(metadata.annotations) === JSON.stringify(previous.annotations)
  );
}
