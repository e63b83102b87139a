import type { EventSale } from '../api/eventsale.gen.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { operatorOf } from '../api/platform-operator.ts';
import { hasRaised } from '../api/sale-standing.ts';
import type { ControllerDeps } from '../controller-deps.ts';
import type { AwsClients } from '../external/aws-clients.ts';
import { canonicalHash } from '../kube/canonical-hash.ts';
import { type Controller, createController, type ReconcileContext, type ReconcileResult } from '../kube/controller.ts';
import { EVENT_SALE, type KubeObject, key as objectKey, PLATFORM } from '../kube/resource.ts';
import { PRIORITY } from '../kube/work-queue.ts';
import { AwsClientCache, awsAccess } from './aws-access.ts';
import { Bundles } from './bundles.ts';
import { Children } from './children.ts';
import { ClaimBook } from './claim-book.ts';
import { conflictsOf, haveInCommon } from './claims.ts';
import { cloudSecretValues } from './cloud-secret-values.ts';
import { lookAfterAlarms } from './components/alarms.ts';
import { lookAfterBackups } from './components/backups.ts';
import { type DatabasesFound, lookAfterDatabases } from './components/databases.ts';
import { type CloudFacts, lookAfterFunctions } from './components/functions.ts';
import { lookAfterMonitoring } from './components/monitoring.ts';
import { lookAfterOrdersTable } from './components/orders-table.ts';
import { PodTroubles } from './components/pod-trouble.ts';
import { lookAfterRedis } from './components/redis.ts';
import { lookAfterRoute } from './components/route.ts';
import { lookAfterSecrets } from './components/secrets.ts';
import { lookAfterServiceCertificates } from './components/service-certificates.ts';
import { lookAfterTemporal } from './components/temporal.ts';
import { lookAfterTopics } from './components/topics.ts';
import { lookAfterTriggers } from './components/triggers.ts';
import { lookAfterWebhookConfirmation } from './components/webhook-confirmation.ts';
import { lookAfterWorkloads } from './components/workloads.ts';
import { ExternalMemo } from './external-memo.ts';
import { finalize, namespaceGoes } from './finalize.ts';
import { belongsTo, driftIntervalMs, type Freeze, frozen } from './freeze.ts';
import { freezeStatus } from './freeze-status.ts';
import { FreshPasswords } from './fresh-passwords.ts';
import { lifetimeMeters } from './lifetime-meters.ts';
import { FINALIZER, isPaused, signingKeysName } from './names.ts';
import { OperatorClaim } from './operator-claim.ts';
import { ChildConflict, type Pass, type PlatformStatus, Report } from './pass.ts';
import { platformMeters } from './platform-meters.ts';
import { webhookBaseUrl } from './providers.ts';
import { lookAfterRegion } from './region/region.ts';
import { regionMeters } from './region/region-meters.ts';
import {
  deletingStatus,
  failedStatus,
  pausedStatus,
  startingStatus,
  statusOf,
  transitions,
  unreadableStatus,
} from './status.ts';
import { olderDefinition, problemsOf } from './validation.ts';
import { Wishes } from './wishes.ts';

const FIELD_MANAGER = 'ticketbottle-operator';
const STATUS_MANAGER = 'ticketbottle-platform-status';
/** How soon to try again when deletion waits for something outside. */
const FINALIZE_RETRY_MS = 15_000;
/** How soon to look whether the definition in the cluster is as new as this operator. */
const OLDER_RETRY_MS = 60_000;
const WEBHOOK_FUNCTION = 'payment-webhook-handler';

/** One controller for all platforms. What a reconcile does, in order, is `reconcile` below. */
export function createPlatformController(deps: ControllerDeps): Controller {
  const { client, informers, recorder, leader, clock, log, metrics, config } = deps;
  const platforms = informers.of<TicketBottlePlatform>(PLATFORM);
  const sales = informers.of<EventSale & KubeObject>(EVENT_SALE);
  const children = new Children({
    informers,
    client,
    applier: deps.applier(FIELD_MANAGER),
    namespaces: config.watchNamespaces,
  });
  const statusApplier = deps.applier(STATUS_MANAGER);
  const memo = new ExternalMemo();
  const claimBook = new ClaimBook(client);
  const operatorClaim = new OperatorClaim({ client, leader, recorder, metrics, log });
  const toldOverrides = new Map<string, string>();
  const freshPasswords = new FreshPasswords();
  const podTroubles = new PodTroubles(client);
  const awsClients = new AwsClientCache();
  const bundles = new Bundles(config.lambdaDir);
  platformMeters(metrics, () => platforms.list());
  const meters = lifetimeMeters(metrics, clock);
  const regions = regionMeters(metrics);

  const controller = createController({
    name: 'platform',
    reconcile,
    workers: 4,
    waitFor: [platforms, sales, ...children.all],
    clock,
    log,
    metrics,
  });
  platforms.onChange((key, now, before, origin) => {
    controller.enqueue(key, { priority: origin === 'list' ? PRIORITY.low : PRIORITY.normal });
    if (now === undefined && before !== undefined) forget(before);
    if (now !== undefined) operatorClaim.answer(now);
    // Who wanted the same thing, and who shows a plan for this one, look again.
    const same = now !== undefined && before !== undefined && now.metadata.generation === before.metadata.generation;
    if (same && now?.status?.observedGeneration === before?.status?.observedGeneration) return;
    const states = [now, before].filter((one) => one !== undefined);
    for (const other of platforms.list()) {
      const otherKey = objectKey(other);
      const concerns = (one: TicketBottlePlatform) => plansFor(other, one) || (!same && haveInCommon(one, other));
      if (otherKey !== key && states.some(concerns)) controller.enqueue(otherKey, { priority: PRIORITY.low });
    }
  });
  sales.onChange((_key, now, before) => {
    if (now !== undefined && before !== undefined && timesOf(now) === timesOf(before)) return;
    // One that it moved away from is no longer frozen by it.
    const states = [now, before].filter((sale) => sale !== undefined);
    for (const { metadata, spec } of states) controller.enqueue(`${metadata.namespace}/${spec.platformRef.name}`);
  });
  children.onChange((key) => controller.enqueue(key));
  children.onSecret((namespace) => {
    for (const { metadata } of platforms.list())
      if (metadata.namespace === namespace) controller.enqueue(`${namespace}/${metadata.name}`);
  });
  return controller;

  async function reconcile(key: string, ctx: ReconcileContext): Promise<ReconcileResult | undefined> {
    const known = platforms.get(key);
    if (known === undefined) return undefined;
    const served = await servedNow(known, ctx);
    const older = olderDefinition(served);
    // An older definition may not keep a claim.
    const unclaimed = older !== undefined && operatorOf(served) === undefined;
    const admitted = unclaimed ? { platform: served } : await operatorClaim.admit(served, ctx);
    if ('keepAway' in admitted) return admitted.keepAway;
    const { platform } = admitted;
    if (older !== undefined) {
      await writeStatus(platform, unreadableStatus(platform, platform.status, older, clock.now()), ctx);
      return { requeueAfterMs: OLDER_RETRY_MS };
    }
    if (platform.metadata.deletionTimestamp !== undefined) return await remove(platform, ctx);
    if (isPaused(platform)) {
      await writeStatus(platform, pausedStatus(platform, platform.status, clock.now()), ctx);
      return undefined;
    }
    if (platform.spec.planFor !== undefined) return await planFor(platform, platform.spec.planFor, ctx);
    // Before the first write outside the cluster; the change that this makes brings us back.
    const finalizer = await settleFinalizer(platform, ctx);
    if (finalizer === 'changed') return undefined;
    if (platform.status?.observedGeneration !== platform.metadata.generation)
      await writeStatus(platform, startingStatus(platform, platform.status, clock.now()), ctx);

    const pass = passOf(platform, ctx);
    await lookAtAll(pass, platform);

    const whileNobodyLed = pass.wishes.mended().map((found) => ({ ...found, mended: true, withinMs: undefined }));
    for (const { concern, mended, withinMs, changes } of [...pass.report.drifted, ...whileNobodyLed]) {
      meters.drifted(concern, withinMs);
      const lines = changes.map(({ target, reason }) => `${target}: ${reason}`).join('; ');
      const when = withinMs === undefined ? ' (while no operator was there)' : '';
      recorder.event(platform, 'Warning', mended ? 'DriftCorrected' : 'DriftDetected', `${lines}${when}`);
    }
    for (const { type, reason, note } of pass.report.events) recorder.event(platform, type, reason, note);
    tellOverride(platform, pass.freeze, ctx);
    const status = statusOf(platform, pass.report, platform.status, clock.now(), pass.wishes);
    await writeStatus(platform, { ...status, ...freezeStatus(platform, sales.list(), clock.now()) }, ctx);
    meters.written(platform, status);
    regions.told(platform, pass.report.behind);
    return { requeueAfterMs: pass.report.requeueMs };
  }

  /** A definition that is upgraded changes what is read of every object, and tells nobody: no watch shows it. */
  async function servedNow(known: TicketBottlePlatform, { signal }: ReconcileContext): Promise<TicketBottlePlatform> {
    if (olderDefinition(known) === undefined) return known;
    const { namespace, name } = known.metadata;
    const only = { namespace, fieldSelector: `metadata.name=${name}`, signal };
    const { items } = await client.listPage<TicketBottlePlatform>(PLATFORM, only);
    return items[0] ?? known;
  }

  /** All that `status` speaks of. What only a person can mend ends up in the report; what may pass is thrown, and said too. */
  async function lookAtAll(pass: Pass, shownOn: TicketBottlePlatform): Promise<void> {
    const { platform, report } = pass;
    report.invalid = problemsOf(platform);
    if (report.invalid.length > 0) return;
    try {
      await runStory(pass);
      for (const { concern, message } of pass.conflicts) report.say(concern, 'False', 'ResourceConflict', message);
    } catch (error) {
      pass.ctx.signal.throwIfAborted();
      if (!(error instanceof ChildConflict)) {
        const message = error instanceof Error ? error.message : String(error);
        const said = { nowMs: clock.now(), operatorNamespace: config.podNamespace };
        await writeStatus(shownOn, failedStatus(shownOn, shownOn.status, message, said), pass.ctx);
        throw error;
      }
      report.problem = { reason: 'ResourceConflict', message: error.message };
    }
  }

  /** `planFor`: what this spec would change on the platform of that name. Nothing is changed, and nothing is claimed. */
  async function planFor(shownOn: TicketBottlePlatform, name: string, ctx: ReconcileContext): Promise<ReconcileResult> {
    const target = platforms.get(`${shownOn.metadata.namespace}/${name}`);
    const { status: _none, ...bare } = target ?? shownOn;
    const platform: TicketBottlePlatform = {
      ...bare,
      metadata: { ...bare.metadata, name },
      spec: shownOn.spec,
      ...(target?.status === undefined ? {} : { status: target.status }),
    };
    if (shownOn.status?.observedGeneration !== shownOn.metadata.generation)
      await writeStatus(shownOn, startingStatus(shownOn, shownOn.status, clock.now()), ctx);
    const pass = passOf(platform, ctx, shownOn.metadata.uid);
    await lookAtAll(pass, shownOn);
    await writeStatus(shownOn, statusOf(shownOn, pass.report, shownOn.status, clock.now()), ctx);
    return { requeueAfterMs: pass.report.requeueMs };
  }

  /** An override is not done in secret: who lifts a freeze, and why, is told once. */
  function tellOverride(platform: TicketBottlePlatform, freeze: Freeze, ctx: ReconcileContext): void {
    const { uid } = platform.metadata;
    if (!freeze.overridden) {
      toldOverrides.delete(uid);
      return;
    }
    if (toldOverrides.get(uid) === freeze.reason) return;
    toldOverrides.set(uid, freeze.reason);
    ctx.log.warn({ by: freeze.by, reason: freeze.reason }, 'a change freeze is overridden');
    recorder.event(platform, 'Warning', 'FreezeOverridden', freeze.reason);
  }

  /** Every concern in the order of their needs. None throws for what is wrong outside: that becomes its condition. */
  async function runStory(asked: Pass): Promise<void> {
    const secrets = await lookAfterSecrets(asked);
    const certificates = await lookAfterServiceCertificates(asked, clock.now());
    const aws = awsOf(asked);
    // From here on a region that may not serve is a standby.
    const pass = { ...asked, platform: await lookAfterRegion(asked, aws?.access) };
    const { platform, report } = pass;

    const [databases] = await Promise.all([
      lookAfterDatabases(pass),
      lookAfterTopics(pass),
      lookAfterTemporal(pass),
      lookAfterOrdersTable(pass, aws?.access),
      lookAfterRedis(pass),
      lookAfterAlarms(pass, aws?.clients),
    ]);

    const facts = await lookAfterCloud(pass, aws?.clients, databases);
    await lookAfterWorkloads(pass, {
      webhookUrl: webhookBaseUrl(platform, report.webhookUrl),
      completeSecrets: new Set([...secrets.complete, ...certificates, ...databases.secrets]),
      caBundle: secrets.caBundle,
      databases: databases.ready,
      operatorNamespace: config.podNamespace,
    });
    await lookAfterRoute(pass);
    await Promise.all([lookAfterMonitoring(pass), lookAfterBackups(pass, aws)]);
    const answers = facts?.live.has(WEBHOOK_FUNCTION) === true;
    const migrated = report.databases.find(({ name }) => name === 'payment')?.migration === 'Succeeded';
    // What is not managed here is its owner's to have ready: PayOS tries the URL, and its answer is told.
    const { services, lambda } = platform.spec;
    const theirs = { database: !services.payment.managed, handler: !lambda.functions[WEBHOOK_FUNCTION].managed };
    await lookAfterWebhookConfirmation(pass, (answers || theirs.handler) && (migrated || theirs.database));
  }

  /** The functions and what calls them. They use everything, so they stay as they are while anything belongs to somebody else. */
  async function lookAfterCloud(
    pass: Pass,
    aws: AwsClients | undefined,
    databases: DatabasesFound,
  ): Promise<CloudFacts | undefined> {
    const { contested, platform, report } = pass;
    const wait = (type: 'FunctionsReady' | 'TriggersReady', message: string) =>
      report.say(type, 'False', 'WaitingForDependency', message);
    // What was there still is, also while nobody may look: deletion must know of it, and pods the address.
    report.functions = platform.status?.functions ?? [];
    report.webhookUrl = platform.status?.endpoints?.webhook;
    if (contested.size > 0) {
      const message = `Left as they are, because they would use what belongs to another platform: see ${[...contested].join(', ')}`;
      wait('FunctionsReady', message);
      wait('TriggersReady', message);
      return undefined;
    }
    const values = cloudSecretValues(pass, databases);
    if (aws === undefined || values === undefined)
      wait('FunctionsReady', 'Waits for Secrets: see SecretsReady and DatabasesReady');
    const facts =
      aws === undefined || values === undefined ? undefined : await lookAfterFunctions(pass, aws, bundles, values);
    if (aws !== undefined) await lookAfterTriggers(pass, aws, facts);
    else wait('TriggersReady', 'Waits for Secrets: see SecretsReady');
    return facts;
  }

  function passOf(platform: TicketBottlePlatform, ctx: ReconcileContext, memoUid = platform.metadata.uid): Pass {
    const freeze = frozen(platform, sales.list(), clock.now());
    const driftMs = driftIntervalMs(platform, freeze);
    const report = new Report(driftMs);
    if (freeze.changesAt !== undefined) report.comeBackIn(Math.max(100, freeze.changesAt - clock.now()));
    const salesHold = () => sales.list().some((sale) => belongsTo(sale, platform) && hasRaised(sale));
    const observeOnly = platform.spec.managementPolicy === 'Observe';
    const claims = claimBook.of(platform, ctx.signal);
    const conflicts = conflictsOf(platform, platforms.list());
    const contested = new Set(conflicts.map(({ concern }) => concern));
    const keys = children.secretData(platform.metadata.namespace, signingKeysName(platform));
    const wishes = new Wishes(keys && canonicalHash(keys), platform.status?.wishes);
    return {
      ...{ platform, ctx, children, memo, freshPasswords, podTroubles, driftMs, observeOnly, freeze, memoUid, claims },
      ...{ conflicts, contested, report, salesHold, wishes, operatorVersion: config.version },
    };
  }

  function awsOf({ platform, memoUid }: Pass) {
    const access = awsAccess(platform, children);
    return access === undefined ? undefined : { access, clients: awsClients.of(memoUid, access) };
  }

  /** Only who must clean up outside before the object may go needs a finalizer: with Retain there is nothing that could strand. */
  async function settleFinalizer(
    platform: TicketBottlePlatform,
    { signal }: ReconcileContext,
  ): Promise<'changed' | 'as-wanted'> {
    const { finalizers = [] } = platform.metadata;
    const wanted = platform.spec.deletionPolicy === 'Delete' && platform.spec.managementPolicy !== 'Observe';
    if (wanted === finalizers.includes(FINALIZER)) return 'as-wanted';
    const others = finalizers.filter((one) => one !== FINALIZER);
    await patchFinalizers(platform, wanted ? [...others, FINALIZER] : others, signal);
    return 'changed';
  }

  async function patchFinalizers(
    { metadata }: TicketBottlePlatform,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { namespace, name, resourceVersion } = metadata;
    await client.mergePatch(PLATFORM, namespace, name, { metadata: { resourceVersion, finalizers } }, { signal });
  }

  async function remove(platform: TicketBottlePlatform, ctx: ReconcileContext): Promise<ReconcileResult | undefined> {
    const { finalizers = [] } = platform.metadata;
    if (!finalizers.includes(FINALIZER)) return undefined;
    const pass = passOf(platform, ctx);
    const outcome = await finalize(pass, awsOf(pass), {
      namespaceGoes: await namespaceGoes(client, platform.metadata.namespace, ctx.signal),
      conflicts: pass.contested,
    });
    if (outcome.kind === 'blocked') {
      recorder.event(platform, 'Warning', 'DeletionBlocked', outcome.message);
      await writeStatus(platform, deletingStatus(platform, platform.status, outcome, clock.now()), ctx);
      return { requeueAfterMs: FINALIZE_RETRY_MS };
    }
    await patchFinalizers(
      platform,
      finalizers.filter((one) => one !== FINALIZER),
      ctx.signal,
    );
    // After the patch: where that is refused (somebody edited meanwhile) all of this comes again.
    if (outcome.left !== undefined) {
      meters.abandoned();
      // The namespace takes no events any more, so the log is where this can be read.
      ctx.log.error({ left: outcome.left }, 'a platform went without all that it had outside');
    }
    meters.deleted(platform);
    return undefined;
  }

  function forget(platform: TicketBottlePlatform): void {
    const { uid } = platform.metadata;
    operatorClaim.forget(platform);
    memo.forget(uid);
    awsClients.forget(uid);
    claimBook.forget(uid);
    toldOverrides.delete(uid);
    meters.forget(uid);
  }

  async function writeStatus(
    platform: TicketBottlePlatform,
    status: PlatformStatus,
    ctx: ReconcileContext,
  ): Promise<void> {
    const { apiVersion, kind, metadata, status: before } = platform;
    const { namespace, name } = metadata;
    const desired = { apiVersion, kind, metadata: { namespace, name }, status };
    const { changed } = await statusApplier.applyStatus(PLATFORM, desired, platform, ctx.signal);
    if (!changed) return;
    for (const { type, status: value, reason, message } of transitions(before, status)) {
      if (reason === 'NotUsed') continue;
      const kind = value === 'True' ? 'Normal' : isWorry(reason) ? 'Warning' : undefined;
      if (kind !== undefined) recorder.event(platform, kind, reason, `${type} is ${value}: ${message}`);
    }
  }
}

const PASSING = ['Progressing', 'WaitingForDependency', 'Drifted', 'ChangeFrozen', 'NotPaused'];

/** Work under way and holding still are told by the conditions; an event each would drown what matters. */
const isWorry = (reason: string): boolean => !PASSING.includes(reason);

const plansFor = ({ metadata, spec }: TicketBottlePlatform, target: TicketBottlePlatform): boolean =>
  spec.planFor === target.metadata.name && metadata.namespace === target.metadata.namespace;

/** What of a sale decides about a freeze, and about what it holds. */
function timesOf(sale: EventSale): string {
  const { spec, status } = sale;
  const times = [spec.platformRef, spec.schedule, spec.waitroom.checkoutTTL, status?.phase, status?.schedule];
  return JSON.stringify([...times, hasRaised(sale)]);
}
