import { SERVICES, type ServiceName } from '#proto/names.ts';
import { shortHash } from '../../external/canonical-json.ts';
import {
  CONFIG_MAP,
  DEPLOYMENT,
  HPA,
  INGRESS,
  JOB,
  type KubeObject,
  NETWORK_POLICY,
  PDB,
  SERVICE,
  SERVICE_ACCOUNT,
} from '../../kube/resource.ts';
import { isActive } from '../cloud.ts';
import { configHash, containerEnvironment, type EnvVar, sharedEnvironment } from '../environment.ts';
import { imageOf } from '../images.ts';
import { childMeta, migrationJobName, serviceObject, sharedEnvName } from '../names.ts';
import { applyChild, type Pass, type PlatformStatus, removeChild } from '../pass.ts';
import { autoscaler } from './autoscaler.ts';
import { hasDatabase } from './database-secret.ts';
import { deployment } from './deployment.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { ingress } from './ingress.ts';
import { type JobObject, jobOutcome, MIGRATES_LABEL, migrationJob } from './migration-job.ts';
import { networkPolicies } from './network-policies.ts';
import { type DeploymentObject, rolloutOf } from './rollout.ts';
import { service as serviceObjectOf } from './service.ts';
import { serviceAccount } from './service-account.ts';

export interface WorkloadInputs {
  readonly webhookUrl: string | undefined;
  /** Names of Secrets that are there with all their keys. */
  readonly completeSecrets: ReadonlySet<string>;
  readonly caBundle: boolean;
  /** Services whose database exists; only they may migrate. */
  readonly databases: ReadonlySet<ServiceName>;
  readonly operatorNamespace: string;
}

type ServiceStatus = NonNullable<PlatformStatus['services']>[number];

/** One service's part of this pass: what to show, and whether it counts as ready. */
interface Outcome {
  readonly status: ServiceStatus;
  readonly verdict: 'ready' | 'busy' | 'blocked' | 'stuck' | 'frozen' | 'migration-failed';
  readonly message: string;
  /** The last step of the migration; undefined for services without a database. */
  readonly migration?: string;
}

const TEMPLATE_HASH = 'ticketbottle.io/template-hash';

/** WorkloadsReady and MigrationsReady: everything that runs in the cluster. A Deployment waits for its migration. */
export async function lookAfterWorkloads(pass: Pass, inputs: WorkloadInputs): Promise<void> {
  const { platform, report } = pass;
  const shared = sharedEnvironment(platform, inputs.webhookUrl);
  const envMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: childMeta(platform, sharedEnvName(platform), 'env'),
    data: shared,
  };
  await applyChild(pass, CONFIG_MAP, envMap);
  await applyNetworkPolicies(pass, inputs.operatorNamespace);
  await applyIngress(pass);

  const outcomes = await Promise.all(SERVICES.map((service) => lookAfterService(pass, service, shared, inputs)));
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

async function lookAfterService(
  pass: Pass,
  service: ServiceName,
  shared: Readonly<Record<string, string>>,
  inputs: WorkloadInputs,
): Promise<Outcome> {
  const { platform, children, observeOnly } = pass;
  const { namespace } = platform.metadata;
  const name = serviceObject(platform, service);
  const { image, version } = imageOf(platform, service);
  const status = (state: string): ServiceStatus => ({ name: service, image, state });
  if (!platform.spec.services[service].managed) return { status: status('Unmanaged'), verdict: 'ready', message: '' };

  await Promise.all([
    applyChild(pass, SERVICE_ACCOUNT, serviceAccount(platform, service)),
    applyChild(pass, SERVICE, serviceObjectOf(platform, service)),
    applyChild(pass, PDB, disruptionBudget(platform, service)),
  ]);

  const env = containerEnvironment(platform, service, version, shared);
  const missing = missingInputs(service, env, inputs);
  if (missing !== undefined)
    return { status: status('Waiting'), verdict: 'blocked', message: `${service}: ${missing}` };

  const hash = configHash(env, shared, (secret) => children.secretData(namespace, secret));
  const bare = deployment(platform, service, { env, configHash: hash, caBundle: inputs.caBundle });
  const templateHash = shortHash(bare.spec.template);
  const wanted = { ...bare, metadata: { ...bare.metadata, annotations: { [TEMPLATE_HASH]: templateHash } } };
  const before = children.get<DeploymentObject>(DEPLOYMENT, namespace, name);
  // A freeze holds back what would roll pods or migrate; first installations and changes of the region's role go on.
  const sameTemplate = before?.metadata.annotations?.[TEMPLATE_HASH] === templateHash;
  if (platform.spec.changeFreeze.enabled && before !== undefined && !sameTemplate) {
    await lookAfterAutoscaler(pass, service);
    const message = `${service} has changes that spec.changeFreeze holds back`;
    return { status: withReplicas(status('Frozen'), before), verdict: 'frozen', message };
  }

  let migration: string | undefined;
  if (hasDatabase(service) && isActive(platform)) {
    const result = await migrate(pass, service, env, inputs);
    migration = result.state;
    if (result.verdict !== 'done') {
      const failed = result.verdict === 'failed';
      const shown = withReplicas(status(failed ? 'MigrationFailed' : 'Migrating'), before);
      const verdict = failed ? 'migration-failed' : result.verdict === 'blocked' ? 'blocked' : 'busy';
      return { status: shown, verdict, message: result.message, migration };
    }
  }
  const rest = migration === undefined ? {} : { migration };

  const after = await applyChild<DeploymentObject>(pass, DEPLOYMENT, wanted);
  await lookAfterAutoscaler(pass, service);
  if (after === undefined)
    return {
      status: status('Planned'),
      verdict: observeOnly ? 'blocked' : 'busy',
      message: `${service} does not exist`,
      ...rest,
    };
  if (!isActive(platform))
    return { status: withReplicas(status('Standby'), after), verdict: 'ready', message: '', ...rest };

  // The last verdict counts only when it is about this template and this spec.
  const { status: stored, metadata } = platform;
  const last = stored?.observedGeneration === metadata.generation ? stored.services : undefined;
  const previously = sameTemplate ? last?.find((one) => one.name === service)?.state : undefined;
  const rollout = rolloutOf(after, platform.spec.services[service].replicas.min, previously);
  return {
    status: withReplicas(status(rollout.state), after),
    verdict: rollout.state === 'Ready' ? 'ready' : rollout.state === 'Stuck' ? 'stuck' : 'busy',
    message: `${service}: ${rollout.message}`,
    ...rest,
  };
}

/** HPA while active; none in a standby region, where it would ask for one replica at least. */
async function lookAfterAutoscaler(pass: Pass, service: ServiceName): Promise<void> {
  const { platform, children } = pass;
  const name = serviceObject(platform, service);
  if (!isActive(platform)) return await removeChild(pass, HPA, name, 'region.role is Standby');
  const observed = children.get<KubeObject>(HPA, platform.metadata.namespace, name);
  await applyChild(pass, HPA, autoscaler(platform, service, observed));
}

interface Migration {
  readonly verdict: 'done' | 'running' | 'blocked' | 'failed';
  readonly state: string;
  readonly message: string;
}

/** Runs the migration Job of this image, once, and clears away those of earlier images when it is through. */
async function migrate(
  pass: Pass,
  service: ServiceName,
  env: readonly EnvVar[],
  { databases, caBundle }: WorkloadInputs,
): Promise<Migration> {
  const { platform, children, ctx, observeOnly, report } = pass;
  const { namespace } = platform.metadata;
  const { image } = imageOf(platform, service);
  const name = migrationJobName(platform, service, image);
  const job = children.get<JobObject>(JOB, namespace, name);
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
        message: `${service}: migration to ${image} is running (job/${name})`,
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
      else await children.apply(JOB, migrationJob(platform, service, { env: databaseOnly(env), caBundle }), ctx.signal);
      return {
        verdict: 'running',
        state: 'Running',
        message: `${service}: migration to ${image} starts (job/${name})`,
      };
  }
}

/** A migration needs the database and nothing else, so nothing else can hold it up. */
function databaseOnly(env: readonly EnvVar[]): EnvVar[] {
  const names = new Set(['DATABASE_URL', 'LOG_LEVEL', 'TB_VERSION', 'TB_PLATFORM', 'TB_REGION']);
  return env.filter(({ name }) => names.has(name));
}

/** What a pod of the service could not start without; undefined when all is there. */
function missingInputs(service: ServiceName, env: readonly EnvVar[], inputs: WorkloadInputs): string | undefined {
  if (service === 'payment' && inputs.webhookUrl === undefined && !env.some(({ name }) => name === 'WEBHOOK_BASE_URL'))
    return 'waits for the address of the webhook API: see TriggersReady';
  const secrets = new Set(env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []));
  const absent = [...secrets].filter((name) => !inputs.completeSecrets.has(name));
  return absent.length === 0 ? undefined : `waits for Secret ${absent.join(', ')}`;
}

function withReplicas(status: ServiceStatus, object: DeploymentObject | undefined): ServiceStatus {
  if (object === undefined) return status;
  const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = object.status ?? {};
  return { ...status, desired: object.spec?.replicas ?? replicas, ready: readyReplicas, updated: updatedReplicas };
}

async function applyNetworkPolicies(pass: Pass, operatorNamespace: string): Promise<void> {
  const { platform, children } = pass;
  const { namespace, name } = platform.metadata;
  const wanted = platform.spec.networkPolicy.enabled ? networkPolicies(platform, operatorNamespace) : [];
  await Promise.all(wanted.map((policy) => applyChild(pass, NETWORK_POLICY, policy)));
  const keep = new Set(wanted.map(({ metadata }) => metadata.name));
  for (const old of children.list<KubeObject>(NETWORK_POLICY, namespace, name))
    if (!keep.has(old.metadata.name)) await removeChild(pass, NETWORK_POLICY, old.metadata.name, 'not wanted any more');
}

async function applyIngress(pass: Pass): Promise<void> {
  const wanted = ingress(pass.platform);
  if (wanted !== undefined) await applyChild(pass, INGRESS, wanted);
  else await removeChild(pass, INGRESS, serviceObject(pass.platform, 'gateway'), 'spec.ingress names no host');
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

function sayWorkloads({ platform, report, observeOnly }: Pass, outcomes: readonly Outcome[]): void {
  const of = (verdict: Outcome['verdict']) => outcomes.filter((one) => one.verdict === verdict);
  const say = (
    reason: 'RolloutStuck' | 'WaitingForDependency' | 'ChangeFrozen' | 'Progressing',
    from: readonly Outcome[],
  ) => report.say('WorkloadsReady', 'False', reason, from.map(({ message }) => message).join('. '));
  const planned = report.plan.length > 0 && observeOnly;
  if (of('stuck').length > 0) say('RolloutStuck', of('stuck'));
  else if (of('migration-failed').length > 0)
    report.say('WorkloadsReady', 'False', 'WaitingForDependency', 'A migration failed: see MigrationsReady');
  else if (of('blocked').length > 0) say('WaitingForDependency', of('blocked'));
  else if (planned) report.say('WorkloadsReady', 'False', 'Drifted', 'managementPolicy is Observe: see status.plan');
  else if (of('frozen').length > 0) say('ChangeFrozen', of('frozen'));
  else if (of('busy').length > 0) say('Progressing', of('busy'));
  else if (!isActive(platform))
    report.say('WorkloadsReady', 'True', 'Standby', 'All services are at zero: this region is a standby');
  else report.say('WorkloadsReady', 'True', 'AsSpecified', 'All services run the wanted image');
}
