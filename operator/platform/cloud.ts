import { FUNCTIONS, type FunctionName, TICKET_PREFIX } from '#proto/names.ts';
import { durationMs } from '#runtime/duration.ts';
import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import type { DesiredApi } from '../external/apigateway.ts';
import { shortHash } from '../external/canonical-json.ts';
import type { DesiredMapping } from '../external/event-source-mappings.ts';
import type { DesiredRole, PolicyStatement } from '../external/iam.ts';
import { ALIAS, type Bundle, type DesiredFunction, OWNER_TAG } from '../external/lambda-desired.ts';
import type { DesiredLogGroup } from '../external/logs.ts';
import type { DesiredMailIdentity } from '../external/mail-identity.ts';
import type { DesiredBucket } from '../external/s3.ts';
import type { DesiredSchedule } from '../external/scheduler.ts';
import type { DesiredSecret } from '../external/secrets.ts';
import { type DesiredQueue, deadLetterQueue } from '../external/sqs.ts';
import type { Account } from './account.ts';
import { publicUrl, tracingEnvironment } from './environment.ts';
import {
  archivedTopics,
  archiveExpiry,
  archiveRoleName,
  archiveStatements,
  isArchived,
  streamArn,
} from './event-archive.ts';
import { FUNCTION_CATALOGUE } from './function-catalogue.ts';
import { feedbackQueue, feedbackQueueArn, feedbackQueuePolicy, mailConfigurationSet } from './mail-feedback.ts';
import { cloudObject, cloudSecret, functionObject, ownerOf } from './names.ts';

/** Everything that a platform wants from AWS, as data. Pure: ARNs are built from account and region. */

export const SECRET_SUFFIX = { db: 'payment-db', providers: 'payment-providers', kafka: 'kafka' } as const;

/** Functions that the operator looks after. */
export function managedFunctions(platform: TicketBottlePlatform): FunctionName[] {
  return FUNCTIONS.filter((name) => platform.spec.lambda.functions[name].managed);
}

/** Those of them that work on payment's database. */
export const databaseFunctions = (platform: TicketBottlePlatform): FunctionName[] =>
  managedFunctions(platform).filter((name) => FUNCTION_CATALOGUE[name].uses.includes('payment-db'));

export const aliasArn = (platform: TicketBottlePlatform, { accountId, region }: Account, name: FunctionName): string =>
  `arn:aws:lambda:${region}:${accountId}:function:${functionObject(platform, name)}:${ALIAS}`;

export const queueArn = (platform: TicketBottlePlatform, account: Account, name: FunctionName): string =>
  `${queueArnPrefix(account)}:${functionObject(platform, name)}`;

const queueArnPrefix = ({ accountId, region }: Account): string => `arn:aws:sqs:${region}:${accountId}`;

const tagsOf = (platform: TicketBottlePlatform): Record<string, string> => ({
  [OWNER_TAG]: ownerOf(platform),
});

export function desiredBucket(platform: TicketBottlePlatform): DesiredBucket {
  const { storage, aws } = platform.spec;
  // Tickets are read around their event; what is asked for later may take its time.
  const tickets = { prefix: TICKET_PREFIX, days: storage.tickets.retentionDays, cheaperAfterDays: 90 };
  return { name: storage.ticketBucket, region: aws.region, expiring: [tickets, ...archiveExpiry(platform)] };
}

export function desiredMailIdentity(platform: TicketBottlePlatform): DesiredMailIdentity {
  return { identity: platform.spec.mail.from };
}

export function desiredLogGroups(platform: TicketBottlePlatform): DesiredLogGroup[] {
  return managedFunctions(platform).map((name) => ({
    name: `/aws/lambda/${functionObject(platform, name)}`,
    retentionDays: platform.spec.lambda.logRetentionDays,
  }));
}

/** The database only where somebody has said where it is; `kafka` only when brokers ask for a password, for pipes and functions. */
export function desiredSecrets(
  platform: TicketBottlePlatform,
  values: {
    readonly paymentDatabaseUrl: string | undefined;
    readonly providers: Readonly<Record<string, string>>;
    readonly kafka: { readonly username: string; readonly password: string } | undefined;
  },
): DesiredSecret[] {
  const tags = tagsOf(platform);
  const { paymentDatabaseUrl: url } = values;
  const secrets: DesiredSecret[] = [
    ...(url === undefined ? [] : [{ name: cloudSecret(platform, SECRET_SUFFIX.db), value: { url }, tags }]),
    { name: cloudSecret(platform, SECRET_SUFFIX.providers), value: values.providers, tags },
  ];
  if (values.kafka !== undefined)
    secrets.push({ name: cloudSecret(platform, SECRET_SUFFIX.kafka), value: { ...values.kafka }, tags });
  return secrets;
}

export function desiredQueues(platform: TicketBottlePlatform, account: Account): DesiredQueue[] {
  const common = { arnPrefix: queueArnPrefix(account), tags: tagsOf(platform) };
  return [
    ...queueFunctions(platform).map((name) => ({
      ...common,
      name: functionObject(platform, name),
      visibilityTimeoutSeconds: 6 * timeoutSeconds(platform, name),
      maxReceives: 5,
    })),
    ...(hearsOfMails(platform)
      ? [
          {
            ...common,
            name: feedbackQueue(platform),
            visibilityTimeoutSeconds: 6 * timeoutSeconds(platform, 'email-sender'),
            maxReceives: 5,
            policy: feedbackQueuePolicy(platform, account),
          },
        ]
      : []),
    // A schedule calls without waiting: what failed three times is kept here for people.
    ...scheduledFunctions(platform).map(({ name }) => ({
      ...common,
      name: functionObject(platform, name),
      deadLettersOnly: true as const,
    })),
  ];
}

/** Where the events of a function go that failed for good; undefined for a function that is waited for. */
export function deadLetterArn(
  platform: TicketBottlePlatform,
  account: Account,
  name: FunctionName,
): string | undefined {
  return FUNCTION_CATALOGUE[name].trigger.kind === 'http'
    ? undefined
    : `${queueArnPrefix(account)}:${deadLetterQueue(functionObject(platform, name))}`;
}

/** One role per function with what it needs and no more, and one each for the scheduler, the pipes and the archive. */
export function desiredRoles(platform: TicketBottlePlatform, account: Account): DesiredRole[] {
  const { accountId, region } = account;
  const tags = tagsOf(platform);
  const secretArn = (suffix: string) =>
    `arn:aws:secretsmanager:${region}:${accountId}:secret:${cloudSecret(platform, suffix)}-*`;
  const ofFunction = (name: FunctionName): DesiredRole => {
    const { uses, inVpc, trigger } = FUNCTION_CATALOGUE[name];
    const object = functionObject(platform, name);
    const bucket = `arn:aws:s3:::${platform.spec.storage.ticketBucket}`;
    const statements: (PolicyStatement | false)[] = [
      {
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [`arn:aws:logs:${region}:${accountId}:log-group:/aws/lambda/${object}:*`],
      },
      inVpc && hasNetwork(platform) && { actions: VPC_ACTIONS, resources: ['*'] },
      uses.includes('payment-db') && {
        actions: ['secretsmanager:GetSecretValue'],
        resources: secretsOf(platform, name).map(secretArn),
      },
      uses.includes('bucket') && {
        actions: ['s3:GetObject', 's3:PutObject'],
        resources: [`${bucket}/${TICKET_PREFIX}*`],
      },
      uses.includes('bucket') && { actions: ['s3:ListBucket'], resources: [bucket] },
      // Addresses that mails came back from.
      uses.includes('mail') && { actions: ['s3:GetObject', 's3:PutObject'], resources: [`${bucket}/mail/*`] },
      uses.includes('mail') && { actions: ['ses:SendEmail', 'ses:SendRawEmail'], resources: ['*'] },
      { actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'] },
      trigger.kind === 'schedule' && {
        actions: ['sqs:SendMessage'],
        resources: [deadLetterArn(platform, account, name) ?? ''],
      },
      trigger.kind === 'queue' && {
        actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        resources: [
          queueArn(platform, account, name),
          ...(name === 'email-sender' ? [feedbackQueueArn(platform, account)] : []),
        ],
      },
    ];
    return {
      name: object,
      service: 'lambda.amazonaws.com',
      statements: statements.filter((statement) => statement !== false),
      tags,
    };
  };
  const pipeStatements: PolicyStatement[] = [
    {
      actions: ['sqs:SendMessage', 'sqs:GetQueueAttributes'],
      resources: queueFunctions(platform).map((name) => queueArn(platform, account, name)),
    },
    ...(isArchived(platform)
      ? [
          {
            actions: ['firehose:PutRecord', 'firehose:PutRecordBatch'],
            resources: archivedTopics(platform).map((topic) => streamArn(platform, account, topic)),
          },
        ]
      : []),
    ...(hasNetwork(platform) ? [{ actions: [...VPC_ACTIONS, ...VPC_LOOKUPS], resources: ['*'] }] : []),
    ...(platform.spec.kafka.sasl === undefined
      ? []
      : [{ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn(SECRET_SUFFIX.kafka)] }]),
  ];
  return [
    ...(platform.spec.lambda.roleArn === undefined ? managedFunctions(platform).map(ofFunction) : []),
    {
      name: cloudObject(platform, 'scheduler'),
      service: 'scheduler.amazonaws.com',
      statements: [
        {
          actions: ['lambda:InvokeFunction'],
          resources: scheduledFunctions(platform).map(({ name }) => aliasArn(platform, account, name)),
        },
      ],
      tags,
    },
    { name: cloudObject(platform, 'pipes'), service: 'pipes.amazonaws.com', statements: pipeStatements, tags },
    ...(isArchived(platform)
      ? [
          {
            name: archiveRoleName(platform),
            service: 'firehose.amazonaws.com',
            statements: archiveStatements(platform),
            tags,
          },
        ]
      : []),
  ];
}

export interface FunctionInputs {
  readonly bundles: ReadonlyMap<FunctionName, Bundle>;
  readonly roleArns: ReadonlyMap<string, string>;
  readonly account: Account;
  /** Changes with every new value of a secret that functions read. */
  readonly secretVersions: ReadonlyMap<string, string | undefined>;
}

/** Functions whose bundle and role are there. */
export function desiredFunctions(platform: TicketBottlePlatform, inputs: FunctionInputs): DesiredFunction[] {
  return managedFunctions(platform).flatMap((name): DesiredFunction[] => {
    const { spec } = platform;
    const facts = FUNCTION_CATALOGUE[name];
    const own = spec.lambda.functions[name];
    const object = functionObject(platform, name);
    const bundle = own.code === undefined ? inputs.bundles.get(name) : ownCode(own.code);
    const roleArn = spec.lambda.roleArn ?? inputs.roleArns.get(object);
    if (bundle === undefined || roleArn === undefined) return [];
    const network = facts.inVpc ? spec.lambda.network : undefined;
    return [
      {
        name: object,
        description: facts.description,
        runtime: own.runtime,
        handler: 'index.handler',
        memoryMB: own.memoryMB ?? facts.memoryMB,
        timeoutSeconds: timeoutSeconds(platform, name),
        roleArn,
        env: functionEnvironment(platform, name, inputs.secretVersions),
        subnetIds: network?.subnetIds ?? [],
        securityGroupIds: network?.securityGroupIds ?? [],
        layers: own.layers ?? [],
        // SQS keeps what a queue's function cannot do; only for schedules does Lambda itself have to.
        deadLetterArn: facts.trigger.kind === 'schedule' ? deadLetterArn(platform, inputs.account, name) : undefined,
        bundle,
        reservedConcurrency: reservedConcurrency(platform, name),
        provisionedConcurrency: own.provisionedConcurrency,
        steps: own.rollout.steps,
        intervalMs: durationMs(own.rollout.interval),
        limits: {
          errorRate: Number.parseFloat(own.rollout.rollbackOnErrorRate) / 100,
          p90Ms: own.rollout.rollbackOnLatency === undefined ? facts.slowMs : durationMs(own.rollout.rollbackOnLatency),
        },
        alarms: own.rollout.rollbackOnAlarms ?? [],
        analysis: own.rollout.analysis,
        pin: own.rollout.pinToVersion,
        promote: own.rollout.promoteVersion,
        abort: own.rollout.abortVersion,
        owner: ownerOf(platform),
        tags: own.tags ?? {},
      },
    ];
  });
}

type OwnCode = NonNullable<TicketBottlePlatform['spec']['lambda']['functions'][FunctionName]['code']>;

/** AWS reports the hash of a zip in base64 and that of an image in hex. */
function ownCode({ s3, imageUri, sha256 }: OwnCode): Bundle | undefined {
  if (imageUri !== undefined) return { imageUri, codeSha256: sha256 };
  return s3 === undefined ? undefined : { s3, codeSha256: Buffer.from(sha256, 'hex').toString('base64') };
}

/** AWS sets AWS_REGION itself and refuses to be told. */
export function functionEnvironment(
  platform: TicketBottlePlatform,
  name: FunctionName,
  secretVersions: ReadonlyMap<string, string | undefined>,
): Record<string, string> {
  const { spec } = platform;
  const { uses } = FUNCTION_CATALOGUE[name];
  const secrets = secretsOf(platform, name).map((suffix) => cloudSecret(platform, suffix));
  const values: Record<string, string | undefined> = {
    LOG_LEVEL: spec.observability.logLevel,
    TB_REGION: spec.region.name,
    TB_PLATFORM: ownerOf(platform),
    ...tracingEnvironment(platform),
    AWS_ENDPOINT_URL: spec.aws.endpoint,
    ...(uses.includes('payment-db') && { DATABASE_SECRET_ID: cloudSecret(platform, SECRET_SUFFIX.db) }),
    ...(uses.includes('payment-providers') && { PROVIDERS_SECRET_ID: cloudSecret(platform, SECRET_SUFFIX.providers) }),
    // Secrets are read once per cold start: a new version of one must start everything afresh.
    ...(secrets.length > 0 && { SECRETS_VERSION: shortHash(secrets.map((id) => secretVersions.get(id) ?? null)) }),
    ...(uses.includes('kafka') && {
      KAFKA_BROKERS: spec.kafka.brokers.join(','),
      KAFKA_TLS: String(spec.kafka.tls?.enabled ?? false),
      ...(spec.kafka.sasl !== undefined && {
        KAFKA_SASL_MECHANISM: spec.kafka.sasl.mechanism,
        KAFKA_SECRET_ID: cloudSecret(platform, SECRET_SUFFIX.kafka),
      }),
    }),
    ...(uses.includes('bucket') && { TICKET_BUCKET: spec.storage.ticketBucket }),
    ...(uses.includes('mail') && {
      MAIL_FROM: spec.mail.from,
      MAIL_CONFIGURATION_SET: mailConfigurationSet(platform),
    }),
    ...(uses.includes('links') && { PUBLIC_URL: publicUrl(platform) }),
    ...(name === 'outbox-cleanup' && { RETENTION: '168h' }),
    ...Object.fromEntries((spec.lambda.functions[name].env ?? []).map((entry) => [entry.name, entry.value])),
  };
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Triggers name only functions that exist: AWS refuses the rest. In a standby region all of them are off. */
export function desiredMappings(
  platform: TicketBottlePlatform,
  account: Account,
  live: ReadonlySet<FunctionName>,
): DesiredMapping[] {
  const mapping = (name: FunctionName, arn: string, maxConcurrency: number): DesiredMapping => ({
    functionName: functionObject(platform, name),
    alias: ALIAS,
    queueArn: arn,
    batchSize: 10,
    maxConcurrency: Math.min(Math.max(maxConcurrency, FEWEST_AT_ONCE), MOST_AT_ONCE),
    // A function that may not run leaves its messages in the queue, which keeps them longer than the receives last.
    enabled: isActive(platform) && reservedConcurrency(platform, name) > 0,
  });
  const feedback = hearsOfMails(platform) && live.has('email-sender');
  // Two queues feed the mails: what came back gets the least that AWS takes, so that tickets have all the rest.
  const ofFeedback = (name: FunctionName) => (name === 'email-sender' ? FEWEST_AT_ONCE : 0);
  return [
    ...queueFunctions(platform)
      .filter((name) => live.has(name))
      .map((name) =>
        mapping(name, queueArn(platform, account, name), reservedConcurrency(platform, name) - ofFeedback(name)),
      ),
    ...(feedback ? [mapping('email-sender', feedbackQueueArn(platform, account), FEWEST_AT_ONCE)] : []),
  ];
}

/** Limits of AWS for the batches that one queue may have under way. */
const FEWEST_AT_ONCE = 2;
const MOST_AT_ONCE = 1000;

const reservedConcurrency = ({ spec }: TicketBottlePlatform, name: FunctionName): number =>
  spec.lambda.functions[name].reservedConcurrency ?? FUNCTION_CATALOGUE[name].reservedConcurrency;

export function desiredSchedules(
  platform: TicketBottlePlatform,
  account: Account,
  schedulerRoleArn: string,
  live: ReadonlySet<FunctionName>,
): DesiredSchedule[] {
  return scheduledFunctions(platform)
    .filter(({ name }) => live.has(name))
    .map(({ name, expression, retries }) => ({
      name: functionObject(platform, name),
      expression,
      retries,
      targetArn: aliasArn(platform, account, name),
      roleArn: schedulerRoleArn,
      enabled: isActive(platform),
    }));
}

/** The API is wanted even before its function exists: the payment service needs its URL. */
export function desiredApi(
  platform: TicketBottlePlatform,
  account: Account,
  live: ReadonlySet<FunctionName>,
): DesiredApi | undefined {
  const name: FunctionName = 'payment-webhook-handler';
  if (!managedFunctions(platform).includes(name)) return undefined;
  return {
    name: cloudObject(platform, 'webhooks'),
    // VNPay calls with GET, the others with POST.
    routeKey: 'ANY /webhook/{provider}',
    functionName: functionObject(platform, name),
    alias: ALIAS,
    functionExists: live.has(name),
    targetArn: aliasArn(platform, account, name),
    executeArnPrefix: `arn:aws:execute-api:${account.region}:${account.accountId}`,
    tags: tagsOf(platform),
  };
}

/** Somebody is there who does something about mails that came back. */
export const hearsOfMails = (platform: TicketBottlePlatform): boolean =>
  managedFunctions(platform).includes('email-sender');

export const isActive = (platform: TicketBottlePlatform): boolean => platform.spec.region.role === 'Active';

const VPC_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:UnassignPrivateIpAddresses',
];
const VPC_LOOKUPS = ['ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'];

const hasNetwork = ({ spec }: TicketBottlePlatform): boolean => (spec.lambda.network?.subnetIds?.length ?? 0) > 0;

function secretsOf(platform: TicketBottlePlatform, name: FunctionName): string[] {
  const { uses } = FUNCTION_CATALOGUE[name];
  return [
    ...(uses.includes('payment-db') ? [SECRET_SUFFIX.db] : []),
    ...(uses.includes('payment-providers') ? [SECRET_SUFFIX.providers] : []),
    ...(uses.includes('kafka') && platform.spec.kafka.sasl !== undefined ? [SECRET_SUFFIX.kafka] : []),
  ];
}

export function queueFunctions(platform: TicketBottlePlatform): FunctionName[] {
  return managedFunctions(platform).filter((name) => FUNCTION_CATALOGUE[name].trigger.kind === 'queue');
}

function scheduledFunctions(platform: TicketBottlePlatform) {
  return managedFunctions(platform).flatMap((name) => {
    const { trigger } = FUNCTION_CATALOGUE[name];
    return trigger.kind === 'schedule' ? [{ name, ...trigger }] : [];
  });
}

function timeoutSeconds(platform: TicketBottlePlatform, name: FunctionName): number {
  const given = platform.spec.lambda.functions[name].timeout;
  return given === undefined
    ? FUNCTION_CATALOGUE[name].timeoutSeconds
    : Math.max(1, Math.ceil(durationMs(given) / 1000));
}
