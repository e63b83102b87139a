import { SERVICE_PORT, SERVICES, type ServiceName } from '#proto/names.ts';
import type { TicketBottlePlatform } from '../../api/platform.gen.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import {
  CONTROLLER_REVISION,
  DEPLOYMENT,
  HPA,
  JOB,
  type KubeObject,
  NETWORK_POLICY,
  PDB,
  SERVICE,
  SERVICE_ACCOUNT,
} from '../../kube/resource.ts';
import { CALLS, rolloutGroups } from '../call-graph.ts';
import { isActive } from '../cloud.ts';
import {
  type ContainerEnvironment,
  containerEnvironment,
  type EnvVar,
  secretsHash,
  sharedEnvironment,
} from '../environment.ts';
import { imageOf } from '../images.ts';
import { migrationJobName, selectorOf, serviceObject } from '../names.ts';
import { applyChild, ChildConflict, type Pass, type PlatformStatus, planHeld, removeChild } from '../pass.ts';
import { tlsSecretName } from '../service-tls.ts';
import { type AutoscalerObject, autoscaler, blindness } from './autoscaler.ts';
import { hasDatabase } from './database-secret.ts';
import { deployment } from './deployment.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { type JobObject, jobOutcome, MIGRATES_LABEL, migratedElsewhere, migrationJob } from './migration-job.ts';
import { networkPolicies, type PolicyObject, withEgressOf } from './network-policies.ts';
import { type PodSelection, refusedPods } from './pod-trouble.ts';
import {
  type Choice,
  chooseTemplate,
  GOOD_FOR_LABEL,
  type GoodRevision,
  goodRevision,
  imageIn,
  type PodTemplate,
  ROLLED_BACK_BECAUSE,
  TEMPLATE_HASH,
} from './rollback.ts';
import { type DeploymentObject, hasArrived, rolloutOf } from './rollout.ts';
import { service as serviceObjectOf } from './service.ts';
import { serviceAccount } from './service-account.ts';
import { applyServiceConfig, planServiceConfig, removeOldConfigs, serviceConfig } from './service-config.ts';
import { wake } from './wake.ts';
import { WHOSE_ADDRESS } from './webhook-confirmation.ts';

export interface WorkloadInputs {
  readonly webhookUrl: string | undefined;
  /** Names of Secrets that are there with all their keys. */
  readonly completeSecrets: ReadonlySet<string>;
  readonly caBundle: string | undefined;
  /** Services whose database exists; only they may migrate. */
  readonly databases: ReadonlySet<ServiceName>;
  readonly operatorNamespace: string;
}

type ServiceStatus = NonNullable<PlatformStatus['services']>[number];

/** One service's part of this pass: what to show, and whether it counts as ready. */
interface Outcome {
  readonly status: ServiceStatus;
  readonly verdict:
    | 'ready'
    | 'busy'
    | 'queued'
    | 'blocked'
    | 'refused'
    | 'stuck'
    | 'rolled-back'
    | 'frozen'
    | 'migration-failed';
  readonly message: string;
  /** The last step of the migration; undefined for services without a database. */
  readonly migration?: string;
}

/**
 * WorkloadsReady and MigrationsReady: everything that runs in the cluster. New images go callees first, group by group; a
 * Deployment waits for its migration.
 */
export async function lookAfterWorkloads(pass: Pass, inputs: WorkloadInputs): Promise<void> {
  const { platform, report } = pass;
  const shared = sharedEnvironment(platform, inputs.webhookUrl);
  await applyNetworkPolicies(pass, inputs.operatorNamespace);

  const byService = new Map<ServiceName, Outcome>();
  for (const group of rolloutGroups()) {
    const unsettled = [...byService].filter(([, { verdict }]) => verdict !== 'ready').map(([service]) => service);
    const results = await Promise.all(
      group.map((service) => lookAfterServiceSafely(pass, service, { ...inputs, shared, unsettled })),
    );
    for (const [index, service] of group.entries()) {
      const outcome = results[index];
      if (outcome !== undefined) byService.set(service, outcome);
    }
  }
  const outcomes = SERVICES.flatMap((service) => byService.get(service) ?? []);
  report.services.push(...outcomes.map(({ status }) => status));
  for (const [index, { migration }] of outcomes.entries()) {
    const name = SERVICES[index];
    if (migration === undefined || name === undefined) continue;
    const database = report.databases.find((one) => one.name === name);
    if (database !== undefined) database.migration = migration;
  }
  sayMigrations(pass, outcomes);
  sayWorkloads(pass, outcomes);
}

interface ServiceInputs extends WorkloadInputs {
  readonly shared: Readonly<Record<string, string>>;
  /** Services of earlier groups that do not run what they should yet. */
  readonly unsettled: readonly ServiceName[];
}

/** The API server's refusal of one service's objects is that service's problem, and somebody must read it. */
async function lookAfterServiceSafely(pass: Pass, service: ServiceName, inputs: ServiceInputs): Promise<Outcome> {
  try {
    return await lookAfterService(pass, service, inputs);
  } catch (error) {
    pass.ctx.signal.throwIfAborted();
    const refused = error instanceof KubeApiError && [400, 403, 422].includes(error.status);
    if (!refused && !(error instanceof ChildConflict)) throw error;
    pass.ctx.log.warn({ err: error, service }, 'objects of a service were refused');
    pass.report.comeBackIn(REFUSED_RETRY_MS);
    const { image } = imageOf(pass.platform, service);
    const advice =
      error instanceof ChildConflict ? '' : `. Mend spec.services.${service}, or the quota or policy named here`;
    return {
      status: { name: service, image, state: 'Refused' },
      verdict: 'refused',
      message: `${service}: ${error.message}${advice}`,
    };
  }
}

async function lookAfterService(pass: Pass, service: ServiceName, inputs: ServiceInputs): Promise<Outcome> {
  const { platform, children, observeOnly, podTroubles } = pass;
  const { shared } = inputs;
  const { namespace } = platform.metadata;
  const name = serviceObject(platform, service);
  const { image, version } = imageOf(platform, service);
  const status = (state: string): ServiceStatus => ({ name: service, image, state });
  if (!platform.spec.services[service].managed) return { status: status('Unmanaged'), verdict: 'ready', message: '' };

  await Promise.all([
    applyChild(pass, SERVICE_ACCOUNT, serviceAccount(platform, service)),
    applyChild(pass, SERVICE, serviceObjectOf(platform, service)),
    applyChild(pass, PDB, disruptionBudget(platform, service, children.get(PDB, namespace, name))),
  ]);

  const environment = containerEnvironment(platform, service, version, shared);
  const { env } = environment;
  // Known to be complete when this pass began; one that went meanwhile must not roll pods that could not start without it.
  const isGone = (secret: string) => !observeOnly && children.secretData(namespace, secret) === undefined;
  const missing = missingInputs(platform, service, environment, { ...inputs, isGone });
  if (missing !== undefined)
    return { status: status('Waiting'), verdict: 'blocked', message: `${service}: ${missing}` };

  const config = serviceConfig(platform, service, environment.config);
  const bare = deployment(platform, service, {
    env,
    config: config.metadata.name,
    secretsHash: secretsHash(env, inputs.caBundle, (secret) => children.secretData(namespace, secret)),
    caBundle: inputs.caBundle !== undefined,
  });
  const before = children.get<RunningDeployment>(DEPLOYMENT, namespace, name);
  const good = goodRevisions(pass, service).at(-1);
  const choice = chooseTemplate(bare.spec.template, before, good?.data, platform.spec.rollout.onFailure);
  const because = await whyBack(pass, service, choice, before);
  const annotations = { ...choice.annotations, ...(because === '' ? {} : { [ROLLED_BACK_BECAUSE]: because }) };
  const wanted = {
    ...bare,
    metadata: { ...bare.metadata, annotations },
    spec: { ...bare.spec, template: choice.template },
  };
  const shown = { ...status(''), image: imageIn(choice.template) };

  // What holds back: a conflict what would start to use another platform's things, a freeze what would roll pods or migrate,
  // and the order of versions what would change an image. Changes of the region's role and the way back to what ran before go on.
  const changes =
    before?.metadata.annotations?.[TEMPLATE_HASH] !== choice.annotations[TEMPLATE_HASH] && choice.kind !== 'back';
  const held = observeOnly || !changes ? undefined : holdOf(pass, service, before, choice, inputs.unsettled);
  if (held !== undefined) {
    if (before !== undefined) await lookAfterAutoscaler(pass, service, before);
    planServiceConfig(pass, config, before?.spec?.template, held.why);
    await planHeld(pass, DEPLOYMENT, wanted, held.why);
    return {
      status: withReplicas({ ...shown, image: runningImage(before) ?? image, state: held.state }, before),
      verdict: held.verdict,
      message: `${service}: ${imageIn(choice.template)} ${held.why}`,
    };
  }

  await applyServiceConfig(pass, config, before?.spec?.template);
  let migration: string | undefined;
  if (hasDatabase(service) && isActive(platform) && choice.kind !== 'forward') migration = 'Succeeded';
  else if (hasDatabase(service) && isActive(platform)) {
    const result = await migrate(pass, service, environment, inputs);
    migration = result.state;
    if (result.verdict !== 'done' && !observeOnly) {
      const failed = result.verdict === 'failed';
      const state = failed ? 'MigrationFailed' : 'Migrating';
      const running = withReplicas({ ...shown, image: runningImage(before) ?? image, state }, before);
      const verdict = failed ? 'migration-failed' : result.verdict === 'blocked' ? 'blocked' : 'busy';
      return { status: running, verdict, message: result.message, migration };
    }
  }
  const rest = migration === undefined ? {} : { migration };

  const applied = await applyChild<DeploymentObject>(pass, DEPLOYMENT, wanted);
  const after = await lookAfterAutoscaler(pass, service, applied);
  if (after === undefined)
    return {
      status: { ...shown, state: 'Planned' },
      verdict: observeOnly ? 'blocked' : 'busy',
      message: `${service} does not exist`,
      ...rest,
    };
  if (!isActive(platform))
    return { status: withReplicas({ ...shown, state: 'Standby' }, after), verdict: 'ready', message: '', ...rest };
  if (choice.kind !== 'forward') {
    const message = rolledBackMessage(pass, service, choice, image, because);
    if (choice.kind === 'back') pass.report.events.push({ type: 'Warning', reason: 'RolledBack', note: message });
    return { status: withReplicas({ ...shown, state: 'RolledBack' }, after), verdict: 'rolled-back', message, ...rest };
  }

  // The last verdict counts only when it is about this template and this spec.
  const { status: stored, metadata } = platform;
  const last = stored?.observedGeneration === metadata.generation ? stored.services : undefined;
  const previously = changes || after !== applied ? undefined : last?.find((one) => one.name === service)?.state;
  const rollout = rolloutOf(after, platform.spec.services[service].replicas.min, previously);
  if (!observeOnly && hasArrived(after)) {
    await rememberGood(pass, service, choice.template);
    await removeOldConfigs(pass, service, [choice.template]);
  }
  const pods = podsOf(platform, service);
  if (rollout.state === 'Ready') podTroubles.forget(pods);
  const trouble = rollout.state === 'Ready' ? '' : await troubleOf(pass, pods, after);
  return {
    status: withReplicas({ ...shown, state: rollout.state }, after),
    verdict: rollout.state === 'Ready' ? 'ready' : rollout.state === 'Stuck' ? 'stuck' : 'busy',
    message: `${service}: ${rollout.message}${trouble}`,
    ...rest,
  };
}

interface RunningDeployment extends DeploymentObject {
  readonly spec?: { readonly replicas?: number; readonly template?: PodTemplate };
}

const runningImage = (object: RunningDeployment | undefined): string | undefined =>
  object?.spec?.template === undefined ? undefined : imageIn(object.spec.template);

/** Why a changed template does not go out now; undefined when it may. Rotated values need no turn: no caller sees them. */
function holdOf(
  { freeze, contested }: Pass,
  service: ServiceName,
  before: RunningDeployment | undefined,
  choice: Choice,
  unsettled: readonly ServiceName[],
): { readonly verdict: 'blocked' | 'frozen' | 'queued'; readonly state: string; readonly why: string } | undefined {
  if (contested.size > 0) {
    const why = `waits: it would use what belongs to another platform, see ${[...contested].join(', ')}`;
    return { verdict: 'blocked', state: 'Waiting', why };
  }
  // What does not run yet disturbs nobody.
  if (before === undefined) return undefined;
  if (freeze.frozen) return { verdict: 'frozen', state: 'Frozen', why: `is held back: ${freeze.reason}` };
  if (runningImage(before) === imageIn(choice.template)) return undefined;
  const first = unsettled.filter((other) => reaches(service, other));
  if (first.length === 0) return undefined;
  return {
    verdict: 'queued',
    state: 'Queued',
    why: `waits until ${first.join(', ')} run${first.length === 1 ? 's' : ''} the wanted image`,
  };
}

/** Whether a call of `from` may end up at `to`. */
const reaches = (from: ServiceName, to: ServiceName): boolean =>
  CALLS[from].some((callee) => callee === to || reaches(callee, to));

/** Why a template was taken back: seen on its pods at that moment, and kept, as they are gone afterwards. '' when unknown. */
async function whyBack(
  { platform, podTroubles, ctx }: Pass,
  service: ServiceName,
  choice: Choice,
  before: RunningDeployment | undefined,
): Promise<string> {
  if (choice.kind === 'forward' || before === undefined) return '';
  if (choice.kind === 'stay-back') return before.metadata.annotations?.[ROLLED_BACK_BECAUSE] ?? '';
  const trouble = refusedPods(before) ?? (await podTroubles.now(podsOf(platform, service), ctx.signal));
  return trouble?.what ?? '';
}

function podsOf(platform: TicketBottlePlatform, service: ServiceName): PodSelection {
  const labels = Object.entries(selectorOf(platform, service)).map(([label, value]) => `${label}=${value}`);
  return { namespace: platform.metadata.namespace, labelSelector: labels.join(',') };
}

/** What keeps pods from serving and what to do, to be put behind a message; the pass comes back to look again. */
async function troubleOf(pass: Pass, pods: PodSelection, running?: DeploymentObject): Promise<string> {
  const { ctx, podTroubles, report } = pass;
  const nowMs = ctx.clock.now();
  const { trouble, nextAtMs } = await podTroubles.of(pods, nowMs, ctx.signal);
  report.comeBackIn(Math.max(100, nextAtMs - nowMs));
  const told = (running === undefined ? undefined : refusedPods(running)) ?? trouble;
  return told === undefined ? '' : `; ${told.what}: ${told.next}`;
}

function rolledBackMessage(
  { platform }: Pass,
  service: ServiceName,
  choice: Choice,
  image: string,
  because: string,
): string {
  const { namespace } = platform.metadata;
  const name = serviceObject(platform, service);
  const { progressDeadline } = platform.spec.rollout;
  const good = imageIn(choice.template);
  const what = good === image ? `new values for ${image}` : image;
  return `${service}: ${what} did not become ready within ${progressDeadline} and was rolled back to ${good === image ? 'the values before' : good}${because === '' ? '' : `, because ${because}`}. Set another version in the spec, or try again: kubectl annotate deployment -n ${namespace} ${name} ticketbottle.io/rolled-back-from-`;
}

/** Oldest first. */
function goodRevisions({ platform, children }: Pass, service: ServiceName): GoodRevision[] {
  const { namespace, name } = platform.metadata;
  return children
    .list<GoodRevision>(CONTROLLER_REVISION, namespace, name)
    .filter(({ metadata }) => metadata.labels?.[GOOD_FOR_LABEL] === service)
    .sort((a, b) => a.revision - b.revision);
}

/** Keeps the template that has just proved itself, and forgets the one before. */
async function rememberGood(pass: Pass, service: ServiceName, template: PodTemplate): Promise<void> {
  const known = goodRevisions(pass, service);
  const last = known.at(-1);
  const wanted = goodRevision(pass.platform, service, template, (last?.revision ?? 0) + 1);
  if (last?.metadata.name !== wanted.metadata.name)
    await pass.children.apply(CONTROLLER_REVISION, wanted, pass.ctx.signal);
  for (const old of known)
    if (old.metadata.name !== wanted.metadata.name)
      await removeChild(pass, CONTROLLER_REVISION, old.metadata.name, 'belongs to an earlier template');
}

/**
 * HPA while active; none in a standby region, where it would ask for one replica at least. Returns the Deployment, woken where
 * somebody had scaled it to nothing.
 */
async function lookAfterAutoscaler<T extends DeploymentObject>(
  pass: Pass,
  service: ServiceName,
  running: T | undefined,
): Promise<T | undefined> {
  const { platform, children } = pass;
  const name = serviceObject(platform, service);
  if (!isActive(platform)) {
    await removeChild(pass, HPA, name, 'region.role is Standby');
    return running;
  }
  const observed = children.get<AutoscalerObject>(HPA, platform.metadata.namespace, name);
  await applyChild(pass, HPA, autoscaler(platform, service, observed));
  return running?.spec?.replicas === 0 ? await wake(pass, service, running, observed) : running;
}

const REFUSED_RETRY_MS = 30_000;

interface Migration {
  readonly verdict: 'done' | 'running' | 'blocked' | 'failed';
  readonly state: string;
  readonly message: string;
}

/** Runs the migration Job of this image, once, and clears away those of earlier images when it is through. */
async function migrate(
  pass: Pass,
  service: ServiceName,
  environment: ContainerEnvironment,
  { databases, caBundle }: Pick<WorkloadInputs, 'databases' | 'caBundle'>,
): Promise<Migration> {
  const { platform, children, ctx, observeOnly, podTroubles, report } = pass;
  const { namespace } = platform.metadata;
  const { image } = imageOf(platform, service);
  const name = migrationJobName(platform, service, image);
  const job = children.get<JobObject>(JOB, namespace, name);
  const pods = { namespace, labelSelector: `batch.kubernetes.io/job-name=${name}` };
  if (jobOutcome(job) !== 'running') podTroubles.forget(pods);
  if (job !== undefined && !observeOnly && migratedElsewhere(job, platform, service)) {
    await removeChild(pass, JOB, name, 'migrated another database');
    const message = `${service}: migration to ${image} starts again, as the database is another`;
    return { verdict: 'running', state: 'Running', message };
  }
  switch (jobOutcome(job)) {
    case 'succeeded':
      for (const old of children.list<JobObject>(JOB, namespace, platform.metadata.name))
        if (old.metadata.labels?.[MIGRATES_LABEL] === service && old.metadata.name !== name)
          await removeChild(pass, JOB, old.metadata.name, 'belongs to an earlier image');
      return { verdict: 'done', state: 'Succeeded', message: '' };
    case 'running':
      return {
        verdict: 'running',
        state: 'Running',
        message: `${service}: migration to ${image} is running (job/${name})${await troubleOf(pass, pods)}`,
      };
    case 'failed':
      return {
        verdict: 'failed',
        state: 'Failed',
        message: `${service}: migration to ${image} failed, pods stay on the old image. See: kubectl logs -n ${namespace} job/${name}; to try again: kubectl delete job -n ${namespace} ${name}`,
      };
    case 'missing':
      if (!databases.has(service))
        return {
          verdict: 'blocked',
          state: 'Waiting',
          message: `${service} waits for its database: see DatabasesReady`,
        };
      if (observeOnly) report.plan.push({ target: `Job ${name}`, action: 'create', reason: `migrations of ${image}` });
      // Not applied again once it is there: the template of a Job cannot change.
      else {
        const inputs = { env: databaseOnly(environment), caBundle: caBundle !== undefined };
        await children.apply(JOB, migrationJob(platform, service, inputs), ctx.signal);
      }
      return {
        verdict: 'running',
        state: 'Running',
        message: `${service}: migration to ${image} starts (job/${name})`,
      };
  }
}

/** A migration needs the database and nothing else, so nothing else can hold it up. */
function databaseOnly({ config, env }: ContainerEnvironment): EnvVar[] {
  const names = new Set(['DATABASE_URL', 'LOG_LEVEL', 'TB_VERSION', 'TB_PLATFORM', 'TB_REGION']);
  const literal = Object.entries(config).map(([name, value]) => ({ name, value }));
  return [...literal, ...env].filter(({ name }) => names.has(name));
}

/** What a pod of the service could not start without; undefined when all is there. */
function missingInputs(
  platform: TicketBottlePlatform,
  service: ServiceName,
  { env }: ContainerEnvironment,
  inputs: WorkloadInputs & { readonly isGone: (secret: string) => boolean },
): string | undefined {
  const { spec } = platform;
  if (service === 'payment' && inputs.webhookUrl === undefined && !env.some(({ name }) => name === 'WEBHOOK_BASE_URL'))
    return spec.lambda.functions['payment-webhook-handler'].managed
      ? 'waits for the address of the webhook API: see TriggersReady'
      : WHOSE_ADDRESS;
  const secrets = new Set([
    ...env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
    ...(spec.serviceTls.enabled ? [tlsSecretName(platform, service)] : []),
  ]);
  const absent = [...secrets].filter((name) => !inputs.completeSecrets.has(name) || inputs.isGone(name));
  return absent.length === 0 ? undefined : `waits for Secret ${absent.join(', ')}`;
}

function withReplicas(status: ServiceStatus, object: DeploymentObject | undefined): ServiceStatus {
  if (object === undefined) return status;
  const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = object.status ?? {};
  return { ...status, desired: object.spec?.replicas ?? replicas, ready: readyReplicas, updated: updatedReplicas };
}

/** Until every pod of a service is of the wanted template, some still need the ways of the one before. */
async function applyNetworkPolicies(pass: Pass, operatorNamespace: string): Promise<void> {
  const { platform, children } = pass;
  const { namespace, name } = platform.metadata;
  const exact = platform.spec.networkPolicy.enabled ? networkPolicies(platform, operatorNamespace) : [];
  const settled = settledServices(platform);
  const wanted = exact.map((policy) => {
    const service = SERVICES.find((one) => policy.metadata.name === serviceObject(platform, one));
    if (service === undefined || settled.has(service)) return policy;
    return withEgressOf(policy, children.get<PolicyObject>(NETWORK_POLICY, namespace, policy.metadata.name));
  });
  await Promise.all(wanted.map((policy) => applyChild(pass, NETWORK_POLICY, policy)));
  const keep = new Set(wanted.map(({ metadata }) => metadata.name));
  for (const old of children.list<KubeObject>(NETWORK_POLICY, namespace, name)) {
    // A service that is left alone keeps its ways: the default deny holds for its pods too.
    if (platform.spec.networkPolicy.enabled && isTheirs(platform, old.metadata.name)) continue;
    if (!keep.has(old.metadata.name)) await removeChild(pass, NETWORK_POLICY, old.metadata.name, 'not wanted any more');
  }
}

const isTheirs = (platform: TicketBottlePlatform, policyName: string): boolean =>
  SERVICES.some(
    (service) =>
      !platform.spec.services[service].managed &&
      [serviceObject(platform, service), `${serviceObject(platform, service)}-migrate`].includes(policyName),
  );

/** Services that ran the wanted template with all pods when this spec was last looked at. */
function settledServices({ status, metadata }: Pass['platform']): ReadonlySet<ServiceName> {
  if (status?.observedGeneration !== metadata.generation) return new Set();
  const settled = (status?.services ?? []).filter(({ state }) => state === 'Ready' || state === 'Standby');
  return new Set(settled.map(({ name }) => name as ServiceName));
}

function sayMigrations({ platform, report }: Pass, outcomes: readonly Outcome[]): void {
  const failed = outcomes.filter(({ verdict }) => verdict === 'migration-failed');
  const open = outcomes.filter(({ migration }) => migration !== undefined && migration !== 'Succeeded');
  if (!isActive(platform))
    report.say('MigrationsReady', 'True', 'Standby', 'Migrations run where the database is written');
  else if (failed.length > 0)
    report.say('MigrationsReady', 'False', 'MigrationFailed', failed.map(({ message }) => message).join('. '));
  else if (open.length > 0)
    report.say('MigrationsReady', 'False', 'Progressing', open.map(({ message }) => message).join('. '));
  else if (outcomes.some(({ migration, verdict }) => migration === undefined && verdict === 'blocked'))
    report.say(
      'MigrationsReady',
      'False',
      'WaitingForDependency',
      'Some services cannot start yet: see WorkloadsReady',
    );
  else report.say('MigrationsReady', 'True', 'AsSpecified', 'Every database has the migrations of its image');
}

function sayWorkloads(pass: Pass, outcomes: readonly Outcome[]): void {
  const { platform, report, observeOnly } = pass;
  const of = (verdict: Outcome['verdict']) => outcomes.filter((one) => one.verdict === verdict);
  const say = (
    reason: 'RolloutStuck' | 'RolledBack' | 'Refused' | 'WaitingForDependency' | 'ChangeFrozen' | 'Progressing',
    from: readonly Outcome[],
  ) => report.say('WorkloadsReady', 'False', reason, from.map(({ message }) => message).join('. '));
  const planned = report.plan.length > 0 && observeOnly;
  if (of('refused').length > 0) say('Refused', of('refused'));
  else if (of('rolled-back').length > 0) say('RolledBack', of('rolled-back'));
  else if (of('stuck').length > 0) say('RolloutStuck', of('stuck'));
  else if (of('migration-failed').length > 0)
    report.say('WorkloadsReady', 'False', 'WaitingForDependency', 'A migration failed: see MigrationsReady');
  else if (of('blocked').length > 0) say('WaitingForDependency', of('blocked'));
  else if (planned) report.say('WorkloadsReady', 'False', 'Drifted', 'managementPolicy is Observe: see status.plan');
  else if (of('frozen').length > 0) say('ChangeFrozen', of('frozen'));
  else if (of('busy').length > 0 || of('queued').length > 0) say('Progressing', [...of('busy'), ...of('queued')]);
  else if (!isActive(platform))
    report.say('WorkloadsReady', 'True', 'Standby', 'All services are at zero: this region is a standby');
  else {
    const message = `All services run the wanted image${yoursToRun(platform)}${blindAutoscalers(pass)}`;
    report.say('WorkloadsReady', 'True', 'AsSpecified', message);
  }
}

/** Nothing is wrong yet, and nothing will happen when the crowd comes. */
function blindAutoscalers({ platform, children, ctx }: Pass): string {
  const { namespace } = platform.metadata;
  const managed = SERVICES.filter((service) => platform.spec.services[service].managed);
  const blind = managed.flatMap((service) => {
    const name = serviceObject(platform, service);
    const why = blindness(children.get<AutoscalerObject>(HPA, namespace, name), ctx.clock.now());
    return why === undefined ? [] : [{ name, why }];
  });
  const [first] = blind;
  if (first === undefined) return '';
  return `. Autoscalers that see no load, and so add no pods: ${blind.map(({ name }) => name).join(', ')} (${first.why}). Is metrics-server running? kubectl describe hpa -n ${namespace} ${first.name}`;
}

/** Where the others expect what is not managed here: nobody here can see whether it answers. */
function yoursToRun(platform: TicketBottlePlatform): string {
  const { services } = platform.spec;
  const theirs = SERVICES.filter((service) => !services[service].managed);
  if (theirs.length === 0) return '';
  const where = theirs.map(
    (service) => `${service} as Service ${serviceObject(platform, service)}, port ${SERVICE_PORT[service]}`,
  );
  return `. Yours to run, because managed is false: ${where.join('; ')}`;
}
