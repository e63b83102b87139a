import { durationMs } from '#runtime/duration.ts';
import { counter } from '#runtime/metrics.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import type { ControllerDeps } from '../controller-deps.ts';
import { type Controller, createController, type ReconcileContext, type ReconcileResult } from '../kube/controller.ts';
import { PLATFORM } from '../kube/resource.ts';
import { PRIORITY } from '../kube/work-queue.ts';
import { AwsClientCache, awsAccess } from './aws-access.ts';
import { Bundles } from './bundles.ts';
import { Children } from './children.ts';
import { cloudSecretValues } from './cloud-secret-values.ts';
import { lookAfterDatabases } from './components/databases.ts';
import { lookAfterFunctions } from './components/functions.ts';
import { lookAfterOrdersTable } from './components/orders-table.ts';
import { lookAfterRedis } from './components/redis.ts';
import { lookAfterSecrets } from './components/secrets.ts';
import { lookAfterTemporal } from './components/temporal.ts';
import { lookAfterTopics } from './components/topics.ts';
import { lookAfterTriggers } from './components/triggers.ts';
import { lookAfterWebhookConfirmation } from './components/webhook-confirmation.ts';
import { lookAfterWorkloads } from './components/workloads.ts';
import { ExternalMemo } from './external-memo.ts';
import { finalize } from './finalize.ts';
import { FreshPasswords } from './fresh-passwords.ts';
import { FINALIZER } from './names.ts';
import { type Pass, type PlatformStatus, Report } from './pass.ts';
import { webhookBaseUrl } from './providers.ts';
import { deletingStatus, pausedStatus, startingStatus, statusOf, transitions } from './status.ts';
import { problemsOf } from './validation.ts';

const FIELD_MANAGER = 'ticketbottle-operator';
const STATUS_MANAGER = 'ticketbottle-platform-status';
/** How soon to try again when deletion waits for something outside. */
const FINALIZE_RETRY_MS = 15_000;

/** One controller for all platforms. What a reconcile does, in order, is `reconcile` below. */
export function createPlatformController(deps: ControllerDeps): Controller {
  const { client, informers, recorder, clock, log, metrics, config } = deps;
  const platforms = informers.of<TicketBottlePlatform>(PLATFORM);
  const children = new Children({ informers, client, applier: deps.applier(FIELD_MANAGER) });
  const statusApplier = deps.applier(STATUS_MANAGER);
  const memo = new ExternalMemo();
  const freshPasswords = new FreshPasswords();
  const awsClients = new AwsClientCache();
  const bundles = new Bundles(config.lambdaDir);
  const drift = counter(metrics, 'drift_detected_total', 'Outside changes that were undone', ['concern']);

  const controller = createController({
    name: 'platform',
    reconcile,
    workers: 4,
    waitFor: [platforms, ...children.all],
    clock,
    log,
    metrics,
  });
  platforms.onChange((key, _now, _before, origin) =>
    controller.enqueue(key, { priority: origin === 'list' ? PRIORITY.low : PRIORITY.normal }),
  );
  children.onChange((key) => controller.enqueue(key));
  children.onSecret((namespace) => {
    for (const { metadata } of platforms.list())
      if (metadata.namespace === namespace) controller.enqueue(`${namespace}/${metadata.name}`);
  });
  return controller;

  async function reconcile(key: string, ctx: ReconcileContext): Promise<ReconcileResult | undefined> {
    const platform = platforms.get(key);
    if (platform === undefined) return undefined;
    if (platform.metadata.deletionTimestamp !== undefined) return await remove(platform, ctx);
    if (platform.spec.suspend) {
      await writeStatus(platform, pausedStatus(platform, platform.status, clock.now()), ctx);
      return undefined;
    }
    // Before the first write outside the cluster; the change that this makes brings us back.
    if (!(platform.metadata.finalizers ?? []).includes(FINALIZER)) return await addFinalizer(platform, ctx);
    if (platform.status?.observedGeneration !== platform.metadata.generation)
      await writeStatus(platform, startingStatus(platform, platform.status, clock.now()), ctx);

    const pass = passOf(platform, ctx);
    pass.report.invalid = problemsOf(platform);
    if (pass.report.invalid.length === 0) await runStory(pass);

    for (const { concern, changes } of pass.report.corrected) {
      drift.inc({ concern });
      const lines = changes.map(({ target, reason }) => `${target}: ${reason}`).join('; ');
      recorder.event(platform, 'Warning', 'DriftCorrected', lines);
    }
    await writeStatus(platform, statusOf(platform, pass.report, platform.status, clock.now()), ctx);
    return { requeueAfterMs: pass.report.requeueMs };
  }

  /** Every concern in the order of their needs. None throws for what is wrong outside: that becomes its condition. */
  async function runStory(pass: Pass): Promise<void> {
    const { platform, report } = pass;
    const secrets = await lookAfterSecrets(pass);
    const aws = awsOf(platform);

    const [databases] = await Promise.all([
      lookAfterDatabases(pass),
      lookAfterTopics(pass),
      lookAfterTemporal(pass),
      lookAfterOrdersTable(pass, aws?.access),
      lookAfterRedis(pass),
    ]);

    const values = cloudSecretValues(pass, databases);
    if (aws === undefined || values === undefined) {
      const message = 'Waits for Secrets: see SecretsReady and DatabasesReady';
      report.say('FunctionsReady', 'False', 'WaitingForDependency', message);
    }
    const facts =
      aws === undefined || values === undefined
        ? undefined
        : await lookAfterFunctions(pass, aws.clients, bundles, values);
    if (aws !== undefined) await lookAfterTriggers(pass, aws.clients, facts);
    else report.say('TriggersReady', 'False', 'WaitingForDependency', 'Waits for Secrets: see SecretsReady');

    await lookAfterWorkloads(pass, {
      webhookUrl: webhookBaseUrl(platform, report.webhookUrl),
      completeSecrets: new Set([...secrets.complete, ...databases.secrets]),
      caBundle: secrets.caBundle,
      databases: databases.ready,
      operatorNamespace: config.podNamespace,
    });
    const answers = facts?.live.has('payment-webhook-handler') === true;
    const migrated = report.databases.find(({ name }) => name === 'payment')?.migration === 'Succeeded';
    await lookAfterWebhookConfirmation(pass, answers && migrated);
  }

  function passOf(platform: TicketBottlePlatform, ctx: ReconcileContext): Pass {
    const driftMs = durationMs(platform.spec.driftInterval);
    const observeOnly = platform.spec.managementPolicy === 'Observe';
    return { platform, ctx, children, memo, freshPasswords, driftMs, observeOnly, report: new Report(driftMs) };
  }

  function awsOf(platform: TicketBottlePlatform) {
    const access = awsAccess(platform, children);
    return access === undefined ? undefined : { access, clients: awsClients.of(platform.metadata.uid, access) };
  }

  async function addFinalizer(platform: TicketBottlePlatform, { signal }: ReconcileContext): Promise<undefined> {
    const { namespace, name, resourceVersion, finalizers = [] } = platform.metadata;
    const patch = { metadata: { resourceVersion, finalizers: [...finalizers, FINALIZER] } };
    await client.mergePatch(PLATFORM, namespace, name, patch, { signal });
    return undefined;
  }

  async function remove(platform: TicketBottlePlatform, ctx: ReconcileContext): Promise<ReconcileResult | undefined> {
    const { namespace, name, uid, resourceVersion, finalizers = [] } = platform.metadata;
    if (!finalizers.includes(FINALIZER)) return undefined;
    const left = await finalize(passOf(platform, ctx), awsOf(platform));
    if (left !== undefined) {
      recorder.event(platform, 'Warning', 'DeletionBlocked', left);
      await writeStatus(platform, deletingStatus(platform, platform.status, left, clock.now()), ctx);
      return { requeueAfterMs: FINALIZE_RETRY_MS };
    }
    const patch = { metadata: { resourceVersion, finalizers: finalizers.filter((one) => one !== FINALIZER) } };
    await client.mergePatch(PLATFORM, namespace, name, patch, { signal: ctx.signal });
    memo.forget(uid);
    awsClients.forget(uid);
    return undefined;
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
    for (const { type, status: value, reason, message } of transitions(before, status))
      recorder.event(
        platform,
        isWarning(value, reason) ? 'Warning' : 'Normal',
        reason,
        `${type} is ${value}: ${message}`,
      );
  }
}

/** Work under way and standing by are nothing to worry about. */
function isWarning(value: string, reason: string): boolean {
  return value === 'False' && !['Progressing', 'WaitingForDependency', 'Drifted', 'ChangeFrozen'].includes(reason);
}
