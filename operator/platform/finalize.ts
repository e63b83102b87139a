import type { PlatformConcern } from '../api/conditions.ts';
import { createAlarms } from '../external/alarms.ts';
import { createHttpApi } from '../external/apigateway.ts';
import type { AwsAccess, AwsClients } from '../external/aws-clients.ts';
import { createVeleroSchedule } from '../external/backups/velero.ts';
import { createOrdersTable, dynamoDbClient } from '../external/dynamodb.ts';
import { createEventSourceMappings } from '../external/event-source-mappings.ts';
import { createStreams } from '../external/firehose.ts';
import { createRoles } from '../external/iam.ts';
import { createTopics } from '../external/kafka.ts';
import { createKafkaTopics } from '../external/kafka-strimzi.ts';
import { createFunctions } from '../external/lambda.ts';
import { createLogGroups } from '../external/logs.ts';
import { createMailFeedback } from '../external/mail-feedback.ts';
import { createPipes } from '../external/pipes.ts';
import { createDatabases } from '../external/postgres.ts';
import { createBucket } from '../external/s3.ts';
import { createSchedules } from '../external/scheduler.ts';
import { createSecrets } from '../external/secrets.ts';
import { createQueues } from '../external/sqs.ts';
import { createNamespace } from '../external/temporal.ts';
import { KubeApiError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { type KubeObject, NAMESPACE, SECRET } from '../kube/resource.ts';
import type { Account } from './account.ts';
import { desiredAlarms } from './alarms.ts';
import {
  desiredApi,
  desiredBucket,
  desiredFunctions,
  desiredLogGroups,
  desiredMappings,
  desiredQueues,
  desiredRoles,
  desiredSchedules,
  desiredSecrets,
  managedFunctions,
} from './cloud.ts';
import { desiredVeleroSchedule } from './cluster-backup.ts';
import { DATABASE_SERVICES, databaseName, databaseRole } from './components/database-secret.ts';
import { ordersTable } from './components/orders-table.ts';
import { wantedNamespace } from './components/temporal.ts';
import { strimziPlace } from './components/topics.ts';
import { desiredStreams } from './event-archive.ts';
import { desiredPipes } from './kafka-pipes.ts';
import { wantedTopics } from './kafka-topics.ts';
import { desiredMailFeedback } from './mail-feedback.ts';
import { databaseSecretName, FORCE_FINALIZE, functionObject, signingKeysName } from './names.ts';
import type { Pass } from './pass.ts';
import { kafkaAccess, postgresAccess, temporalAccess, withLog } from './store-access.ts';

export interface Circumstances {
  /** The whole namespace is being deleted: its Secrets go too, and it must not be held up for long. */
  readonly namespaceGoes: boolean;
  /** Concerns whose things belong to an older platform: not ours to remove. */
  readonly conflicts: ReadonlySet<PlatformConcern>;
}

export type Finalized =
  /** `left`: what stays outside although it should have gone. */
  | { readonly kind: 'done'; readonly left?: string }
  /** `stalled`: it has been tried for long enough that somebody should look. */
  | { readonly kind: 'blocked'; readonly message: string; readonly stalled: boolean };

/** How long a namespace that is being deleted waits for systems outside. */
export const NAMESPACE_GRACE_MS = 30_000;
/** After so long without success, deletion counts as stalled; it is tried on. */
const STALLED_AFTER_MS = 5 * 60_000;
/** Limit of one step: a server that swallows packets must not hold up the others. */
const STEP_MS = 20_000;
/** The same while a namespace waits: four stages of it fit into the grace. */
const HURRIED_STEP_MS = 5_000;

type Step = readonly [what: string, concern: PlatformConcern, remove: () => Promise<void>];

/**
 * Lets go of a platform that is being deleted with deletionPolicy Delete. Removes, in this order: what triggers, what runs, what
 * holds data, and the keys to it.
 */
export async function finalize(
  pass: Pass,
  aws: { readonly access: AwsAccess; readonly clients: AwsClients } | undefined,
  { namespaceGoes, conflicts }: Circumstances,
): Promise<Finalized> {
  const { platform, ctx } = pass;
  if (platform.spec.deletionPolicy === 'Retain' || pass.observeOnly) return { kind: 'done' };
  const forced = platform.metadata.annotations?.[FORCE_FINALIZE] === 'true';
  const limitMs = namespaceGoes ? HURRIED_STEP_MS : STEP_MS;
  const blocked: string[] = [];
  if (aws === undefined && (platform.status?.functions ?? []).length > 0)
    blocked.push(`functions: ${gone(platform.spec.aws.credentialsSecretRef?.name).message}`);
  for (const stage of [
    ...(aws === undefined ? [] : cloudStages(pass, aws.clients)),
    storeStage(pass, aws?.access),
    clusterBackup(pass),
  ]) {
    const steps = stage.filter(([, concern]) => !conflicts.has(concern));
    const problems = await Promise.all(
      steps.map(async ([what, , remove]) => await problemOf(what, remove, limitMs, pass)),
    );
    blocked.push(...problems.filter((one) => one !== undefined));
  }
  const waitedMs = ctx.clock.now() - Date.parse(platform.metadata.deletionTimestamp ?? '');
  if (blocked.length > 0 && !forced && !(namespaceGoes && waitedMs >= NAMESPACE_GRACE_MS)) {
    const { namespace, name } = platform.metadata;
    const message = `${blocked.join('. ')}. To leave that as it is: kubectl annotate tbp -n ${namespace} ${name} ${FORCE_FINALIZE}=true`;
    return { kind: 'blocked', message, stalled: waitedMs >= STALLED_AFTER_MS };
  }
  await removeSecrets(pass);
  return blocked.length === 0 ? { kind: 'done' } : { kind: 'done', left: blocked.join('. ') };
}

const gone = (secret: string | undefined): Error =>
  new Error(`the Secret ${secret} that leads there is gone or lacks a key: create it again`);

/** Whether the namespace itself is on its way out; false when we may not ask. */
export async function namespaceGoes(client: KubeClient, namespace: string, signal: AbortSignal): Promise<boolean> {
  try {
    const found = await client.get<KubeObject>(NAMESPACE, '', namespace, { signal });
    return found?.metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 403) return false;
    throw error;
  }
}

async function problemOf(
  what: string,
  remove: () => Promise<void>,
  limitMs: number,
  { ctx }: Pass,
): Promise<string | undefined> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs / 1000} s`)), limitMs);
  try {
    await Promise.race([remove(), late]);
    return undefined;
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.log.warn({ err: error, what }, 'could not be removed');
    return `${what}: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    clearTimeout(timer);
  }
}

function cloudStages({ platform, ctx }: Pass, aws: AwsClients): (readonly Step[])[] {
  const { signal } = ctx;
  const live = new Set(managedFunctions(platform));
  const account = async (): Promise<Account> => ({
    accountId: await aws.accountId(signal),
    region: platform.spec.aws.region,
  });
  // Names are all that removal reads of the rest.
  const nobody = '';
  const functions = () =>
    desiredFunctions(platform, {
      bundles: new Map([...live].map((name) => [name, { zip: new Uint8Array(), codeSha256: nobody }])),
      roleArns: new Map([...live].map((name) => [functionObject(platform, name), nobody])),
      account: { accountId: nobody, region: nobody },
      secretVersions: new Map(),
    });
  const secrets = () =>
    desiredSecrets(platform, {
      paymentDatabaseUrl: nobody,
      providers: {},
      kafka: platform.spec.kafka.sasl === undefined ? undefined : { username: nobody, password: nobody },
    });
  const triggers: Step[] = [
    ['alarms', 'AlarmsReady', async () => createAlarms(aws.cloudWatch).remove(desiredAlarms(platform), signal)],
    [
      'schedules',
      'TriggersReady',
      async () =>
        createSchedules(aws.scheduler).remove(desiredSchedules(platform, await account(), nobody, live), signal),
    ],
    [
      'pipes',
      'TriggersReady',
      async () =>
        createPipes(aws.pipes, ctx.clock).remove(desiredPipes(platform, await account(), nobody, undefined), signal),
    ],
    [
      'delivery streams',
      'TriggersReady',
      () => createStreams(aws.firehose).remove(desiredStreams(platform, nobody), signal),
    ],
    [
      'event source mappings',
      'TriggersReady',
      async () =>
        createEventSourceMappings(aws.lambda).remove(desiredMappings(platform, await account(), live), signal),
    ],
    [
      'webhook API',
      'TriggersReady',
      async () => {
        const api = desiredApi(platform, await account(), live);
        if (api !== undefined) await createHttpApi(aws.apiGateway, aws.lambda).remove(api, signal);
      },
    ],
  ];
  const runs: Step[] = [
    ['functions', 'FunctionsReady', () => createFunctions(aws, ctx.clock).remove(functions(), signal)],
  ];
  const below: Step[] = [
    [
      'mail feedback',
      'FunctionsReady',
      async () =>
        createMailFeedback(aws.ses, aws.events).remove(desiredMailFeedback(platform, await account()), signal),
    ],
    [
      'queues',
      'FunctionsReady',
      async () => createQueues(aws.sqs).remove(desiredQueues(platform, await account()), signal),
    ],
    ['secrets', 'FunctionsReady', () => createSecrets(aws.secrets).remove(secrets(), signal)],
    [
      'roles',
      'FunctionsReady',
      async () => createRoles(aws.iam).remove(desiredRoles(platform, await account()), signal),
    ],
    ['log groups', 'FunctionsReady', () => createLogGroups(aws.logs).remove(desiredLogGroups(platform), signal)],
    ['bucket', 'FunctionsReady', () => createBucket(aws.s3).remove(desiredBucket(platform), signal)],
  ];
  return [triggers, runs, below];
}

/**
 * Only what status.claims says is ours: what an adoptionPolicy kept us from is not ours to remove, nor is what another region
 * may use.
 */
function storeStage(pass: Pass, aws: AwsAccess | undefined): readonly Step[] {
  const { platform, claims, ctx } = pass;
  const { signal, log } = ctx;
  const shared = platform.spec.region.failover !== undefined;
  return [
    [
      'topics',
      'TopicsReady',
      async () => {
        const ours = wantedTopics(platform).filter(({ name }) => !shared && claims.has(`topic ${name}`));
        if (ours.length === 0 || platform.spec.kafka.management === 'Unmanaged') return;
        const place = strimziPlace(pass);
        if (place !== undefined) return await createKafkaTopics(pass.children.client, place).remove(ours, signal);
        const access = kafkaAccess(pass);
        if (access === undefined) throw gone(platform.spec.kafka.sasl?.credentialsSecretRef.name);
        await createTopics(withLog(access, log)).remove(ours, signal);
      },
    ],
    [
      'Temporal namespace',
      'TemporalReady',
      async () => {
        const wanted = wantedNamespace(platform);
        if (shared || !claims.has(`Temporal namespace ${wanted.name}`)) return;
        await createNamespace(temporalAccess(pass)).remove(wanted, signal);
      },
    ],
    [
      'orders table',
      'OrdersTableReady',
      async () => {
        if (shared || !claims.has(`table ${platform.spec.orders.table}`)) return;
        if (aws === undefined) throw gone(platform.spec.aws.credentialsSecretRef?.name);
        const { access, desired } = ordersTable(pass, aws);
        const client = dynamoDbClient(access);
        try {
          await createOrdersTable(client).remove(desired, signal);
        } finally {
          client.destroy();
        }
      },
    ],
    [
      'databases',
      'DatabasesReady',
      async () => {
        const services = DATABASE_SERVICES.filter(
          (service) =>
            platform.spec.services[service].managed && claims.has(`database ${databaseName(platform, service)}`),
        );
        if (services.length === 0) return;
        const access = postgresAccess(pass);
        if (access === undefined) throw gone(platform.spec.postgres.credentialsSecretRef.name);
        const desired = services.map((service) => ({
          database: databaseName(platform, service),
          role: databaseRole(platform, service),
          password: '',
        }));
        await createDatabases(access).remove(desired, signal);
      },
    ],
  ];
}

/** The Schedule is ours; Backups that it made stay until their time is over. */
function clusterBackup({ platform, children, ctx }: Pass): readonly Step[] {
  if (platform.spec.backup?.cluster === undefined) return [];
  const remove = () => createVeleroSchedule(children.client).remove(desiredVeleroSchedule(platform), ctx.signal);
  return [['Velero Schedule', 'BackupsHealthy', remove]];
}

async function removeSecrets({ platform, children, ctx }: Pass): Promise<void> {
  const { namespace } = platform.metadata;
  const names = [
    signingKeysName(platform),
    ...DATABASE_SERVICES.map((service) => databaseSecretName(platform, service)),
  ];
  for (const name of names)
    if (children.get(SECRET, namespace, name) !== undefined) await children.remove(SECRET, namespace, name, ctx.signal);
}
