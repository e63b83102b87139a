import type { TicketBottlePlatform } from '../api/platform.gen.ts';
import { duration, onlyWith, type Rule, rule, shape } from '../api/rules.ts';
import { FUNCTION_CATALOGUE } from './function-catalogue.ts';
import { isAtMost } from './quantity.ts';

type Spec = TicketBottlePlatform['spec'];
type Service = Spec['services']['gateway'];
type Scheduling = NonNullable<Spec['scheduling']>;
type Toleration = NonNullable<Scheduling['tolerations']>[number];
type Function = Spec['lambda']['functions']['pdf-generator'];

const SECRET = '^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$';
const TAG = '^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$';
const HOST_PORT =
  '^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$';
const URL = '^https?://[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?(/[^ ?#]*)?$';
const AWS_REGION = '^[a-z]{2}(-[a-z]+){1,3}-[0-9]{1,2}$';
const LABEL_KEY = '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';
const LABEL_VALUE = '^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$';
const ENV_NAME = '^[A-Za-z_][A-Za-z0-9_]*$';

const WINDOW = '^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$';

const NOT_A_WINDOW = 'is not a window of the day; write it in UTC like 18:00-19:00';
const NOT_A_SECRET = 'is not the name of a Secret; set it to one that `kubectl get secrets` shows in this namespace';
const NOT_A_TAG = 'is not an image tag; write letters, digits, dots and dashes, for example 1.4.0';
const NOT_AN_ADDRESS = 'is not host:port; write it like cache.example.com:6379';
const NOT_A_URL = 'is not an http(s) address without query; write it like https://tickets.example.com';
const NOT_A_REGION = 'is not an AWS region; write it like ap-southeast-1';
const NOT_AN_ENV =
  'is not the name of an environment variable; write letters, digits and underscores, for example LOG_LEVEL';

/** What a TicketBottlePlatform must be by itself: the CRD's own rules once more. */
export const PLATFORM_RULES: readonly Rule[] = [
  rule(
    '',
    undefined,
    [
      "self.metadata.name.matches('^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$')",
      ({ metadata }: TicketBottlePlatform) => /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/.test(metadata.name),
    ],
    'metadata.name: names of Services are made of it; choose one of at most 40 lower-case letters, digits and dashes that begins with a letter',
  ),
  shape('spec.version', TAG, NOT_A_TAG),
  shape(
    'spec.imageRegistry',
    '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*$',
    'is not the prefix of an image name; write it like registry.example.com/tickets, without https:// and without a slash at the end',
  ),
  shape('spec.imagePullSecrets[].name', SECRET, NOT_A_SECRET),
  rule(
    'spec.scheduling.nodeSelector',
    undefined,
    [
      `self.all(k, k.matches('${LABEL_KEY}') && self[k].matches('${LABEL_VALUE}'))`,
      (self: NonNullable<Scheduling['nodeSelector']>) =>
        Object.entries(self).every(
          ([key, value]) => new RegExp(LABEL_KEY).test(key) && new RegExp(LABEL_VALUE).test(value),
        ),
    ],
    'names or values are no labels of nodes; write them as `kubectl get nodes --show-labels` shows them',
  ),
  shape(
    'spec.scheduling.tolerations[].key',
    LABEL_KEY,
    'is not the key of a taint; write it as `kubectl describe node` shows it, without value and effect',
  ),
  shape(
    'spec.scheduling.tolerations[].value',
    LABEL_VALUE,
    'is not the value of a taint; write it as `kubectl describe node` shows it',
  ),
  rule(
    'spec.scheduling.tolerations[]',
    'key',
    [
      "has(self.key) || self.operator == 'Exists'",
      ({ key, operator }: Toleration) => key !== undefined || operator === 'Exists',
    ],
    'is missing; name the taint, or set operator to Exists to stand all of them',
  ),
  rule(
    'spec.scheduling.tolerations[]',
    'value',
    [
      "!has(self.value) || self.operator == 'Equal'",
      ({ value, operator }: Toleration) => value === undefined || operator === 'Equal',
    ],
    'means nothing with the operator Exists; remove it, or set operator to Equal',
  ),
  rule(
    'spec.scheduling.tolerations[]',
    'effect',
    [
      "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
      ({ tolerationSeconds, effect }: Toleration) => tolerationSeconds === undefined || effect === 'NoExecute',
    ],
    'means something for the effect NoExecute only; set it, or remove tolerationSeconds',
  ),
  shape(
    'spec.scheduling.priorityClassName',
    SECRET,
    'is not the name of a PriorityClass; set it to one that `kubectl get priorityclasses` shows',
  ),
  shape(
    'spec.region.name',
    '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
    'is not the name of a region; write lower-case letters, digits and dashes, for example us-east-1',
  ),

  shape('spec.services.*.version', TAG, NOT_A_TAG),
  shape(
    'spec.services.*.image',
    '^[a-z0-9][A-Za-z0-9._:/-]*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})$',
    'is not a full image reference; write it with its tag or digest, like registry.example.com/tickets/order:1.4.0',
  ),
  rule(
    'spec.services.*.replicas',
    'min',
    ['self.min <= self.max', (self: Service['replicas']) => self.min <= self.max],
    'exceeds max; lower it or raise max',
  ),
  ...(['cpu', 'memory'] as const).map((name) =>
    rule(
      'spec.services.*.resources',
      'requests',
      [
        `!has(self.requests) || !('${name}' in self.requests) || !has(self.limits) || !('${name}' in self.limits) || quantity(string(self.requests['${name}'])).compareTo(quantity(string(self.limits['${name}']))) <= 0`,
        ({ requests, limits }: NonNullable<Service['resources']>) => isAtMost(requests?.[name], limits?.[name]),
      ],
      `has more ${name} than limits; lower it or raise limits.${name}`,
    ),
  ),
  shape('spec.services.*.env[].name', ENV_NAME, NOT_AN_ENV),

  shape(
    'spec.postgres.databasePrefix',
    '^[a-z]([a-z0-9_]{0,38}[a-z0-9])?$',
    'is not the beginning of a database name; write small letters, digits and underscores, like shop_staging',
  ),
  rule(
    'spec.postgres.databasePrefix',
    undefined,
    ["self != 'tb' && !self.startsWith('pg_')", (prefix: string) => prefix !== 'tb' && !prefix.startsWith('pg_')],
    "is taken: tb is what the roles of the prefix ticketbottle begin with, pg_ what Postgres' own do; choose another",
  ),
  shape(
    'spec.postgres.host',
    '^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$',
    'is not a host; write its name or address alone, like db.example.com, and the port in spec.postgres.port',
  ),
  shape('spec.postgres.credentialsSecretRef.name', SECRET, NOT_A_SECRET),
  shape('spec.redis.address', HOST_PORT, NOT_AN_ADDRESS),
  shape('spec.redis.authSecretRef.name', SECRET, NOT_A_SECRET),
  shape('spec.kafka.brokers[]', HOST_PORT, 'is not host:port; write it like broker-1.example.com:9092'),
  rule(
    'spec.kafka',
    'brokers',
    [
      'self.brokers.all(b, self.brokers.exists_one(c, c == b))',
      ({ brokers }: Spec['kafka']) => new Set(brokers).size === brokers.length,
    ],
    'name one broker twice; remove one of them',
  ),
  rule(
    'spec.kafka',
    'topics',
    [
      "!has(self.topics) || self.topics.all(t, t.matches('^[a-zA-Z0-9._-]{1,249}$'))",
      ({ topics }: Spec['kafka']) => Object.keys(topics ?? {}).every((name) => /^[a-zA-Z0-9._-]{1,249}$/.test(name)),
    ],
    'have a name that Kafka does not take; write letters, digits, dots, dashes and underscores',
  ),
  rule(
    'spec.kafka',
    'topics',
    [
      "!has(self.topics) || self.topics.all(t, !has(self.topics[t].config) || !('min.insync.replicas' in self.topics[t].config) || (self.topics[t].config['min.insync.replicas'].matches('^[1-9][0-9]{0,2}$') && int(self.topics[t].config['min.insync.replicas']) <= self.replicationFactor))",
      ({ topics, replicationFactor }: Spec['kafka']) =>
        Object.values(topics ?? {}).every(({ config }) => {
          const text = config?.['min.insync.replicas'];
          return text === undefined || (/^[1-9][0-9]{0,2}$/.test(text) && Number(text) <= replicationFactor);
        }),
    ],
    'have a config min.insync.replicas that is no number up to replicationFactor, so nothing could be written; lower it',
  ),
  rule(
    'spec.kafka',
    'management',
    [
      "self.management != 'StrimziKafkaTopic' || has(self.strimzi)",
      ({ management, strimzi }: Spec['kafka']) => management !== 'StrimziKafkaTopic' || strimzi !== undefined,
    ],
    'is StrimziKafkaTopic and nothing says whose; set spec.kafka.strimzi.cluster to the name of the Kafka resource',
  ),
  shape(
    'spec.kafka.strimzi.cluster',
    '^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$',
    'is not the name of a Kafka resource; set it to one that `kubectl get kafkas.kafka.strimzi.io -A` shows',
  ),
  shape(
    'spec.kafka.strimzi.namespace',
    '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
    'is not the name of a namespace; set it to the one in which the Kafka resource is',
  ),
  shape('spec.kafka.sasl.credentialsSecretRef.name', SECRET, NOT_A_SECRET),
  shape('spec.temporal.address', HOST_PORT, 'is not host:port; write it like temporal.example.com:7233'),
  shape(
    'spec.temporal.namespace',
    '^[a-zA-Z0-9][a-zA-Z0-9._-]{1,254}$',
    'is not a Temporal namespace; write 2 to 255 letters, digits, dots and dashes, for example ticketbottle',
  ),
  duration('spec.region.failover.lease', '30s', '10m'),
  duration('spec.region.failover.maxLag', '1s', '1h'),
  duration('spec.temporal.retention', '1h', '8760h'),
  rule(
    'spec.temporal',
    'searchAttributes',
    [
      "!has(self.searchAttributes) || self.searchAttributes.all(n, n.matches('^[A-Za-z][A-Za-z0-9_-]{0,63}$'))",
      ({ searchAttributes = {} }: Spec['temporal']) =>
        Object.keys(searchAttributes).every((name) => /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name)),
    ],
    'have a name that Temporal does not take; begin with a letter and write letters, digits, dashes and underscores, for example EventId',
  ),
  ...(['postgres', 'redis', 'kafka', 'temporal'] as const).flatMap((store) => [
    rule(
      `spec.${store}.tls`,
      'enabled',
      [
        '!has(self.caSecretRef) || self.enabled',
        (self: NonNullable<Spec['redis']['tls']>) => self.caSecretRef === undefined || self.enabled,
      ],
      'is false although caSecretRef is set; set it to true, or remove caSecretRef',
    ),
    shape(`spec.${store}.tls.caSecretRef.name`, SECRET, NOT_A_SECRET),
  ]),

  shape('spec.aws.region', AWS_REGION, NOT_A_REGION),
  shape('spec.aws.endpoint', URL, NOT_A_URL),
  shape('spec.aws.credentialsSecretRef.name', SECRET, NOT_A_SECRET),
  shape(
    'spec.aws.accountId',
    '^[0-9]{12}$',
    'is not an AWS account; write its 12 digits in quotes, for example "123456789012"',
  ),
  shape(
    'spec.orders.table',
    '^[a-zA-Z0-9_.-]{3,255}$',
    'is not the name of a DynamoDB table; write 3 to 255 letters, digits, dots and dashes',
  ),
  shape('spec.orders.region', AWS_REGION, NOT_A_REGION),
  shape('spec.orders.endpoint', URL, NOT_A_URL),
  shape(
    'spec.orders.timeToLiveAttribute',
    '^[a-zA-Z0-9_.-]{1,255}$',
    'is not the name of an attribute; write letters, digits, dots, dashes and underscores, for example expires_at',
  ),
  shape(
    'spec.orders.kmsKeyArn',
    '^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$',
    'is not the ARN of a KMS key; write it like arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab, aliases cannot be compared',
  ),
  shape('spec.orders.replicaRegions[]', AWS_REGION, NOT_A_REGION),
  rule(
    'spec',
    'orders.replicaRegions',
    [
      '!has(self.orders.replicaRegions) || !((has(self.orders.region) ? self.orders.region : self.aws.region) in self.orders.replicaRegions)',
      ({ orders, aws }: Spec) => !(orders.replicaRegions ?? []).includes(orders.region ?? aws.region),
    ],
    'name the region of the table itself; remove it, only further regions stand there',
  ),
  rule(
    'spec.orders',
    'replicaRegions',
    [
      '!has(self.replicaRegions) || self.replicaRegions.all(r, self.replicaRegions.exists_one(s, s == r))',
      ({ replicaRegions = [] }: Spec['orders']) => new Set(replicaRegions).size === replicaRegions.length,
    ],
    'name one region twice; remove one of them',
  ),

  duration('spec.lambda.functions.*.timeout', '1s', '15m'),
  shape(
    'spec.lambda.functions.*.runtime',
    '^nodejs[0-9]{2}[.]x$',
    'is not a Node.js runtime of AWS Lambda; write it like nodejs24.x',
  ),
  ...Object.entries(FUNCTION_CATALOGUE).map(([name, usual]) =>
    rule(
      `spec.lambda.functions.${name}`,
      'provisionedConcurrency',
      [
        `!has(self.provisionedConcurrency) || self.provisionedConcurrency <= (has(self.reservedConcurrency) ? self.reservedConcurrency : ${usual.reservedConcurrency})`,
        ({ provisionedConcurrency = 0, reservedConcurrency = usual.reservedConcurrency }: Function) =>
          provisionedConcurrency <= reservedConcurrency,
      ],
      `exceeds reservedConcurrency (${usual.reservedConcurrency} unless set); lower it or raise reservedConcurrency`,
    ),
  ),
  rule(
    'spec.lambda.functions.email-sender',
    'reservedConcurrency',
    [
      '!has(self.reservedConcurrency) || self.reservedConcurrency == 0 || self.reservedConcurrency >= 4',
      ({ reservedConcurrency = 0 }: Function) => reservedConcurrency === 0 || reservedConcurrency >= 4,
    ],
    'is below the 2 that each of its two queues takes at least, so that Lambda would throttle mails into the dead-letter queue; set 4 or more, or 0 to stop it',
  ),
  rule(
    'spec.lambda.functions.pdf-generator',
    'reservedConcurrency',
    [
      '!has(self.reservedConcurrency) || self.reservedConcurrency == 0 || self.reservedConcurrency >= 2',
      ({ reservedConcurrency = 0 }: Function) => reservedConcurrency === 0 || reservedConcurrency >= 2,
    ],
    'is below the 2 that its queue takes at least, so that Lambda would throttle tickets into the dead-letter queue; set 2 or more, or 0 to stop it',
  ),
  rule(
    'spec.lambda.functions.*.code',
    undefined,
    [
      'has(self.s3) != has(self.imageUri)',
      ({ s3, imageUri }: { s3?: unknown; imageUri?: unknown }) => (s3 === undefined) !== (imageUri === undefined),
    ],
    'needs either s3 or imageUri; set one of them and remove the other',
  ),
  shape('spec.lambda.functions.*.env[].name', ENV_NAME, NOT_AN_ENV),
  rule(
    'spec.lambda.functions.*.rollout',
    'steps',
    [
      'size(self.steps) > 0 && self.steps[size(self.steps)-1] == 100',
      ({ steps }: Function['rollout']) => steps.at(-1) === 100,
    ],
    'do not end with 100; write them like [10, 50, 100]',
  ),
  rule(
    'spec.lambda.functions.*.rollout',
    'steps',
    [
      'self.steps.isSorted() && self.steps.all(s, self.steps.exists_one(t, t == s))',
      ({ steps }: Function['rollout']) => steps.every((step, index) => step > (steps[index - 1] ?? 0)),
    ],
    'do not rise; write them like [10, 50, 100]',
  ),
  duration('spec.lambda.functions.*.rollout.interval', '0s', '24h'),
  shape(
    'spec.lambda.functions.*.rollout.rollbackOnErrorRate',
    '^(100|[0-9]{1,2}([.][0-9]{1,3})?)%$',
    'is not a share from 0% to 100%; write it like 5%',
  ),
  shape('spec.lambda.functions.*.rollout.analysis.prometheusUrl', URL, NOT_A_URL),
  shape(
    'spec.lambda.roleArn',
    '^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$',
    'is not the ARN of a role; write it like arn:aws:iam::123456789012:role/ticketbottle',
  ),
  shape(
    'spec.lambda.network.subnetIds[]',
    '^subnet-[0-9a-z]+$',
    'is not the id of a subnet; write it like subnet-0a1b2c3d',
  ),
  shape(
    'spec.lambda.network.securityGroupIds[]',
    '^sg-[0-9a-z]+$',
    'is not the id of a security group; write it like sg-0a1b2c3d',
  ),
  rule(
    'spec.lambda.network',
    undefined,
    [
      '(has(self.subnetIds) && size(self.subnetIds) > 0) == (has(self.securityGroupIds) && size(self.securityGroupIds) > 0)',
      ({ subnetIds = [], securityGroupIds = [] }: NonNullable<Spec['lambda']['network']>) =>
        subnetIds.length > 0 === securityGroupIds.length > 0,
    ],
    'has subnetIds without securityGroupIds or the other way round; set both, or neither',
  ),
  shape(
    'spec.mail.from',
    '^[^@ <>]+@[A-Za-z0-9.-]+[.][A-Za-z0-9-]+$',
    'is not a mail address; write it like tickets@example.com',
  ),
  shape(
    'spec.storage.ticketBucket',
    '^[a-z0-9]([-a-z0-9]|[.][a-z0-9]){1,61}[a-z0-9]$',
    'is not the name of a bucket; write 3 to 63 lower-case letters, digits and dashes',
  ),
  shape('spec.payments.providers[].credentialsSecretRef.name', SECRET, NOT_A_SECRET),
  shape('spec.payments.providers[].baseUrl', URL, NOT_A_URL),
  shape('spec.payments.providers[].webhookBaseUrl', URL, NOT_A_URL),

  rule(
    'spec.ingress',
    'nodePort',
    [
      "!has(self.nodePort) || self.serviceType != 'ClusterIP'",
      ({ nodePort, serviceType }: Spec['ingress']) => nodePort === undefined || serviceType !== 'ClusterIP',
    ],
    'needs a Service that has node ports; set serviceType to NodePort or LoadBalancer, or remove nodePort',
  ),
  shape(
    'spec.ingress.host',
    '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?([.][a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$',
    'is not a host name; write it like tickets.example.com, without https:// and without a port',
  ),
  rule(
    'spec.ingress',
    'host',
    [
      '!has(self.className) || has(self.host)',
      ({ className, host }: Spec['ingress']) => className === undefined || host !== undefined,
    ],
    'is missing although className is set; set it to the name that buyers use, or remove className',
  ),
  shape('spec.ingress.publicUrl', URL, NOT_A_URL),
  rule(
    'spec',
    undefined,
    [
      '!has(self.ingress.gatewayRef) || !has(self.ingress.className)',
      ({ ingress }: Spec) => ingress.gatewayRef === undefined || ingress.className === undefined,
    ],
    'spec.ingress: gatewayRef makes an HTTPRoute, className an Ingress: keep one of them',
  ),
  rule(
    'spec',
    undefined,
    [
      "!has(self.planFor) || self.managementPolicy == 'Observe'",
      ({ planFor, managementPolicy }: Spec) => planFor === undefined || managementPolicy === 'Observe',
    ],
    'spec.planFor asks for a plan only: set spec.managementPolicy to Observe, or remove planFor',
  ),
  duration('spec.driftInterval', '1s', '24h'),

  shape(
    'spec.backup.postgres.rdsCluster',
    '^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$',
    'is not the identifier of an RDS cluster; set it to one that `aws rds describe-db-clusters` shows',
  ),
  shape('spec.backup.postgres.window', WINDOW, NOT_A_WINDOW),
  duration('spec.backup.postgres.maxAge', '1h', '720h'),
  duration('spec.backup.postgres.maxLag', '1m', '24h'),
  shape('spec.backup.postgres.copyRegion', AWS_REGION, NOT_A_REGION),
  onlyWith(
    'spec.backup.postgres',
    'window',
    'rdsCluster',
    'is the window of a cluster that RDS backs up; set rdsCluster, or remove it',
  ),
  onlyWith(
    'spec.backup.postgres',
    'copyRegion',
    'rdsCluster',
    'is where snapshots of an RDS cluster are copied to; set rdsCluster, or remove it',
  ),
  shape(
    'spec.backup.redis.replicationGroup',
    '^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$',
    'is not the identifier of a replication group; set it to one that `aws elasticache describe-replication-groups` shows',
  ),
  shape('spec.backup.redis.window', WINDOW, NOT_A_WINDOW),
  duration('spec.backup.redis.maxAge', '1h', '720h'),
  onlyWith(
    'spec.backup.redis',
    'window',
    'replicationGroup',
    'is the window of a group that ElastiCache backs up; set replicationGroup, or remove it',
  ),
  duration('spec.backup.events.maxLag', '6m', '24h'),
  shape(
    'spec.backup.cluster.namespace',
    '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
    'is not the name of a namespace; set it to where `kubectl get pods -A` shows Velero',
  ),
  shape(
    'spec.backup.cluster.schedule',
    '^[0-9*,/-]+( [0-9*,/-]+){4}$',
    'is not a cron line of five fields; write it like 0 18 * * * for 18:00 UTC each day',
  ),
  duration('spec.backup.cluster.maxAge', '1h', '8760h'),
  shape(
    'spec.backup.cluster.storageLocation',
    '^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$',
    'is not the name of a BackupStorageLocation; set it to one that `velero backup-location get` shows',
  ),
];

/** What never changes once it is there; only the API server sees both sides of an edit. */
export const PLATFORM_TRANSITIONS: readonly Pick<Rule, 'at' | 'field' | 'cel' | 'message'>[] = [
  {
    at: 'spec.postgres.databasePrefix',
    field: undefined,
    cel: 'self == oldSelf',
    message:
      'cannot change: the data is in the databases of that name; set it back, or make a new platform and restore a backup into it',
  },
  {
    at: 'spec',
    field: 'orders.table',
    cel: "self.orders.table == oldSelf.orders.table || (self.region.role == 'Standby' && oldSelf.region.role == 'Standby')",
    message:
      'cannot change while region.role is Active: the orders are in that table; set it back, or set region.role to Standby first, to go on with a restored copy',
  },
  {
    at: 'spec.storage.ticketBucket',
    field: undefined,
    cel: 'self == oldSelf',
    message: 'cannot change: the tickets are in that bucket; set it back, or make a new platform and copy the bucket',
  },
  {
    at: 'spec.temporal.namespace',
    field: undefined,
    cel: 'self == oldSelf',
    message: 'cannot change: running orders are in that namespace; set it back, or make a new platform',
  },
];
