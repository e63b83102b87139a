import { SERVICE_DATABASE } from '#proto/names.ts';
import { createHttpApi } from '../external/apigateway.ts';
import type { AwsAccess, AwsClients } from '../external/aws-clients.ts';
import { createOrdersTable, dynamoDbClient } from '../external/dynamodb.ts';
import { createEventSourceMappings } from '../external/event-source-mappings.ts';
import { createRoles } from '../external/iam.ts';
import { createTopics } from '../external/kafka.ts';
import { createFunctions } from '../external/lambda.ts';
import { createLogGroups } from '../external/logs.ts';
import { createPipes } from '../external/pipes.ts';
import { createDatabases } from '../external/postgres.ts';
import { createBucket } from '../external/s3.ts';
import { createSchedules } from '../external/scheduler.ts';
import { createSecrets } from '../external/secrets.ts';
import { createQueues } from '../external/sqs.ts';
import { createNamespace } from '../external/temporal.ts';
import { SECRET } from '../kube/resource.ts';
import {
  type Account,
  desiredApi,
  desiredBucket,
  desiredFunctions,
  desiredLogGroups,
  desiredMappings,
  desiredPipes,
  desiredQueues,
  desiredRoles,
  desiredSchedules,
  desiredSecrets,
  managedFunctions,
} from './cloud.ts';
import { DATABASE_SERVICES, databaseRole } from './components/database-secret.ts';
import { ordersTable } from './components/orders-table.ts';
import { wantedNamespace } from './components/temporal.ts';
import { wantedTopics } from './kafka-topics.ts';
import { databaseSecretName, FORCE_FINALIZE, functionObject, signingKeysName } from './names.ts';
import type { Pass } from './pass.ts';
import { kafkaAccess, postgresAccess, temporalAccess, withLog } from './store-access.ts';

/**
 * Lets go of a platform that is being deleted. Retain touches nothing outside. Delete removes, in this order: what triggers,
 * what runs, what holds data, and the keys to it. Returns what is in the way, or undefined when all is done.
 */
export async function finalize(
  pass: Pass,
  aws: { readonly access: AwsAccess; readonly clients: AwsClients } | undefined,
): Promise<string | undefined> {
  const { platform, ctx } = pass;
  if (platform.spec.deletionPolicy === 'Retain' || pass.observeOnly) return undefined;
  const forced = platform.metadata.annotations?.[FORCE_FINALIZE] === 'true';
  const steps: (readonly [string, () => Promise<void>])[] = [
    ...(aws === undefined ? [] : cloudSteps(pass, aws.clients)),
    ...storeSteps(pass, aws?.access),
  ];
  const blocked: string[] = [];
  for (const [what, remove] of steps) {
    try {
      await remove();
    } catch (error) {
      ctx.signal.throwIfAborted();
      ctx.log.warn({ err: error, what, forced }, 'could not be removed');
      blocked.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (blocked.length > 0 && !forced)
    return `${blocked.join('. ')}. To leave that as it is: kubectl annotate tbp -n ${platform.metadata.namespace} ${platform.metadata.name} ${FORCE_FINALIZE}=true`;
  await removeSecrets(pass);
  return undefined;
}

function cloudSteps({ platform, ctx }: Pass, aws: AwsClients) {
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
      secretVersions: new Map(),
    });
  const secrets = () =>
    desiredSecrets(platform, {
      paymentDatabaseUrl: nobody,
      providers: {},
      kafka: platform.spec.kafka.sasl === undefined ? undefined : { username: nobody, password: nobody },
    });
  return [
    [
      'schedules',
      async () =>
        createSchedules(aws.scheduler).remove(desiredSchedules(platform, await account(), nobody, live), signal),
    ],
    [
      'pipes',
      async () => createPipes(aws.pipes).remove(desiredPipes(platform, await account(), nobody, undefined), signal),
    ],
    [
      'event source mappings',
      async () =>
        createEventSourceMappings(aws.lambda).remove(desiredMappings(platform, await account(), live), signal),
    ],
    [
      'webhook API',
      async () => {
        const api = desiredApi(platform, await account(), live);
        if (api !== undefined) await createHttpApi(aws.apiGateway, aws.lambda).remove(api, signal);
      },
    ],
    ['functions', () => createFunctions(aws.lambda, ctx.clock).remove(functions(), signal)],
    ['queues', async () => createQueues(aws.sqs).remove(desiredQueues(platform, await account()), signal)],
    ['secrets', () => createSecrets(aws.secrets).remove(secrets(), signal)],
    ['roles', async () => createRoles(aws.iam).remove(desiredRoles(platform, await account()), signal)],
    ['log groups', () => createLogGroups(aws.logs).remove(desiredLogGroups(platform), signal)],
    ['bucket', () => createBucket(aws.s3).remove(desiredBucket(platform), signal)],
  ] as const;
}

function storeSteps(pass: Pass, aws: AwsAccess | undefined) {
  const { platform, ctx } = pass;
  const { signal, log } = ctx;
  return [
    [
      'topics',
      async () => {
        const access = kafkaAccess(pass);
        if (access === undefined || platform.spec.kafka.management !== 'Admin') return;
        await createTopics(withLog(access, log)).remove(wantedTopics(platform), signal);
      },
    ],
    ['Temporal namespace', () => createNamespace(temporalAccess(pass)).remove(wantedNamespace(platform), signal)],
    [
      'orders table',
      async () => {
        if (aws === undefined) return;
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
      async () => {
        const access = postgresAccess(pass);
        if (access === undefined) return;
        const services = DATABASE_SERVICES.filter((service) => platform.spec.services[service].managed);
        const desired = services.map((service) => ({
          database: SERVICE_DATABASE[service],
          role: databaseRole(service),
          password: '',
        }));
        await createDatabases(access).remove(desired, signal);
      },
    ],
  ] as const;
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
