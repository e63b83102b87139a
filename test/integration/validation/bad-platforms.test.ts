import assert from 'node:assert/strict';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { PLATFORM_SPEC } from '#operator/api/platform-schema.gen.ts';
import { withDefaults } from '#operator/api/structural.ts';
import { problemsOf } from '#operator/platform/validation.ts';
import { create, edited, type Guarded, guardedApiServer, type Manifest, samplePlatform } from './api-fixture.ts';

/** The line that is changed, to what, what the mend says, and the field that is named when it is another. */
type Row = readonly [path: string, value: unknown, mend: RegExp, field?: string];

const SET = /Required value|is missing; set it/;
const DURATION = /is not a duration from \S+ to \S+; write it like 30s, 15m or 1h30m/;
const SECRET = /is not the name of a Secret; set it to one that `kubectl get secrets` shows/;
const ONE_OF = /supported values: |set it to one of /;
const ADDRESS = /is not host:port; write it like \S+:\d+/;
const URL = /is not an http\(s\) address without query; write it like https:\/\//;
const atLeast = (least: number) => new RegExp(`greater than or equal to ${least}|set it to ${least} or more`);
const atMost = (most: number) => new RegExp(`less than or equal to ${most}|set it to ${most} or less`);
const LABELS = /are no labels of nodes; write them as `kubectl get nodes --show-labels` shows them/;
const PLACED = 'spec.scheduling';
const GATEWAY = 'spec.services.gateway';
const BACKUP = (field: string) => `spec.backup.${field}`;
const PDF = 'spec.lambda.functions.pdf-generator';

const ROWS: readonly Row[] = [
  ['metadata.name', 'ticketbottle-production-asia-southeast-vietnam', /at most 40/, ''],
  ['metadata.name', '1st', /choose one of .* that begins with a letter/, ''],
  ['metadata.name', 'tickets.example', /lower-case letters, digits and dashes/, ''],
  ['spec.version', undefined, SET],
  ['spec.version', '', /should be at least 1 chars long|is empty; set it/],
  ['spec.version', '1.0 beta', /is not an image tag; write .* 1\.4\.0/],
  ['spec.version', '.1', /is not an image tag/],
  ['spec.imageRegistry', 'https://registry.example.com/tickets', /without https:\/\//],
  ['spec.imageRegistry', 'registry.example.com/', /without a slash at the end/],
  ['spec.imagePullPolicy', 'Sometimes', ONE_OF],
  ['spec.imagePullSecrets', [{ name: 'Pull_Secret' }], SECRET, 'spec.imagePullSecrets[0].name'],
  ['spec.scheduling', { nodeSelector: { 'pool name': 'a' } }, LABELS, `${PLACED}.nodeSelector`],
  ['spec.scheduling', { nodeSelector: { pool: 'a b' } }, LABELS, `${PLACED}.nodeSelector`],
  ['spec.scheduling', { tolerations: [{ key: 'a=b' }] }, /is not the key of a taint/, `${PLACED}.tolerations[0].key`],
  ['spec.scheduling', { tolerations: [{ key: 'a', value: '!' }] }, /of a taint/, `${PLACED}.tolerations[0].value`],
  ['spec.scheduling', { tolerations: [{ value: 'a' }] }, /set operator to Exists/, `${PLACED}.tolerations[0].key`],
  [
    'spec.scheduling',
    { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] },
    /remove it, or set operator to Equal/,
    `${PLACED}.tolerations[0].value`,
  ],
  [
    'spec.scheduling',
    { tolerations: [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 5 }] },
    /for the effect NoExecute only/,
    `${PLACED}.tolerations[0].effect`,
  ],
  ['spec.scheduling', { priorityClassName: 'High!' }, /not the name of a PriorityClass/, `${PLACED}.priorityClassName`],
  ['spec.region.name', 'US East', /is not the name of a region; write .* us-east-1/],
  ['spec.region.role', 'Passive', ONE_OF],
  [`${GATEWAY}.replicas.min`, 3, /exceeds max; lower it or raise max/],
  [`${GATEWAY}.replicas.min`, 0, atLeast(1)],
  [`${GATEWAY}.replicas.max`, 1001, atMost(1000)],
  [`${GATEWAY}.image`, 'tickets/gateway', /is not a full image reference; write it with its tag or digest/],
  [`${GATEWAY}.image`, 'tickets/gateway:', /is not a full image reference/],
  [`${GATEWAY}.version`, 'latest!', /is not an image tag/],
  [`${GATEWAY}.resources.requests.cpu`, '100 m', /should match|has another form than .*; write it so/],
  [
    `${GATEWAY}.resources.limits`,
    { memory: '64Mi' },
    /has more memory than limits; lower it or raise limits.memory/,
    `${GATEWAY}.resources.requests`,
  ],
  [
    `${GATEWAY}.resources.limits`,
    { cpu: '0.05' },
    /has more cpu than limits; lower it or raise limits.cpu/,
    `${GATEWAY}.resources.requests`,
  ],
  [
    `${GATEWAY}.env`,
    [{ name: 'LOG-LEVEL', value: 'x' }],
    /is not the name of an environment variable; write .* LOG_LEVEL/,
    `${GATEWAY}.env[0].name`,
  ],
  [
    `${GATEWAY}.env`,
    [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ],
    /Duplicate value|is there twice; rename or remove/,
    `${GATEWAY}.env[1]`,
  ],
  [`${GATEWAY}.env`, [{ name: 'A' }], SET, `${GATEWAY}.env[0].value`],
  [`${GATEWAY}.capacityPerReplica.requestsPerSecond`, 0, atLeast(1)],
  ['spec.postgres', undefined, SET],
  ['spec.postgres.host', 'postgres://db.example.com', /is not a host; write its name or address alone/],
  ['spec.postgres.host', 'db.example.com:5432', /and the port in spec.postgres.port/],
  ['spec.postgres.databasePrefix', 'shop-staging', /is not the beginning of a database name; write small letters/],
  ['spec.postgres.databasePrefix', 'tb', /is taken: .* choose another/],
  ['spec.postgres.databasePrefix', 'pg_shop', /is taken: .* choose another/],
  ['spec.postgres.port', 70000, atMost(65535)],
  ['spec.postgres.credentialsSecretRef.name', 'Aurora Credentials', SECRET],
  [
    'spec.postgres.tls',
    { caSecretRef: { name: 'ca' } },
    /is false although caSecretRef is set; set it to true, or remove/,
    'spec.postgres.tls.enabled',
  ],
  ['spec.redis.address', '10.89.0.1', ADDRESS],
  ['spec.redis.address', 'redis://10.89.0.1:6379', ADDRESS],
  ['spec.redis.address', '10.89.0.1:99999', ADDRESS],
  [
    'spec.redis.authSecretRef',
    { name: '' },
    /should be at least 1 chars long|is empty; set it/,
    'spec.redis.authSecretRef.name',
  ],
  ['spec.kafka.brokers', [], /should have at least 1 items|add entries/],
  ['spec.kafka.brokers', ['10.89.0.1'], ADDRESS, 'spec.kafka.brokers[0]'],
  ['spec.kafka.brokers', ['a:9092', 'a:9092'], /name one broker twice; remove one of them/],
  ['spec.kafka.replicationFactor', 0, atLeast(1)],
  ['spec.kafka.management', 'Manual', ONE_OF],
  [
    'spec.kafka.sasl',
    { mechanism: 'gssapi', credentialsSecretRef: { name: 'kafka' } },
    ONE_OF,
    'spec.kafka.sasl.mechanism',
  ],
  ['spec.kafka.topics', { 'order paid': { partitions: 3 } }, /have a name that Kafka does not take; write letters/],
  ['spec.kafka.topics', { 'order.paid': { partitions: 0 } }, atLeast(1), 'spec.kafka.topics.order.paid.partitions'],
  [
    'spec.kafka.topics',
    { 'order.paid': { config: { 'min.insync.replicas': '2' } } },
    /up to replicationFactor, so nothing could be written; lower it/,
  ],
  ['spec.temporal.address', 'temporal', ADDRESS],
  ['spec.temporal.namespace', 'ticket bottle', /is not a Temporal namespace; write/],
  ['spec.temporal.retention', '3 days', DURATION],
  ['spec.temporal.retention', '10m', DURATION],
  ['spec.aws.region', 'virginia', /is not an AWS region; write it like/],
  ['spec.aws.endpoint', '10.89.0.1:4566', URL],
  ['spec.aws.accountId', '12345', /is not an AWS account; write its 12 digits/],
  ['spec.orders.table', 'a/b', /is not the name of a DynamoDB table; write/],
  ['spec.orders.replicaRegions', ['us-east-1'], /name the region of the table itself; remove it/],
  ['spec.orders.replicaRegions', ['eu-west-1', 'eu-west-1'], /name one region twice; remove one of them/],
  ['spec.orders.replicaRegions', ['europe'], /is not an AWS region/, 'spec.orders.replicaRegions[0]'],
  ['spec.lambda.logRetentionDays', 45, ONE_OF],
  ['spec.storage.tickets.retentionDays', 90, atLeast(400)],
  [`${PDF}.memoryMB`, 64, atLeast(128)],
  [`${PDF}.timeout`, '16m', /is not a duration from 1s to 15m/],
  [`${PDF}.timeout`, '5 minutes', DURATION],
  [
    `${PDF}.provisionedConcurrency`,
    21,
    /exceeds reservedConcurrency .20 unless set.; lower it or raise reservedConcurrency/,
  ],
  ['spec.lambda.functions.outbox-processor.provisionedConcurrency', 2, /exceeds reservedConcurrency .1 unless set./],
  [`${PDF}.reservedConcurrency`, 1, /is below the 2 that its queue takes at least.*set 2 or more, or 0 to stop it/],
  ['spec.lambda.functions.email-sender.reservedConcurrency', 3, /each of its two queues.*set 4 or more, or 0/],
  [`${PDF}.runtime`, 'python3.13', /is not a Node.js runtime of AWS Lambda; write it like nodejs24.x/],
  [`${PDF}.env`, [{ name: '1A', value: '' }], /is not the name of an environment variable/, `${PDF}.env[0].name`],
  [
    `${PDF}.rollout.analysis`,
    { prometheusUrl: 'prometheus:9090', queries: [{ name: 'fails', query: 'failing > 0' }] },
    URL,
    `${PDF}.rollout.analysis.prometheusUrl`,
  ],
  [`${PDF}.rollout.steps`, [10, 50], /do not end with 100; write them like/],
  [`${PDF}.rollout.steps`, [50, 10, 100], /do not rise; write them like/],
  [`${PDF}.rollout.steps`, [0, 100], atLeast(1), `${PDF}.rollout.steps[0]`],
  [`${PDF}.rollout.rollbackOnErrorRate`, '105%', /is not a share from 0% to 100%; write it like 5%/],
  [`${PDF}.rollout.interval`, '1 minute', DURATION],
  [`${PDF}.code`, { sha256: '0'.repeat(64) }, /set one of them and remove the other/],
  ['spec.lambda.roleArn', 'ticketbottle', /is not the ARN of a role; write it like arn:aws:iam/],
  ['spec.lambda.network', { subnetIds: ['subnet-1'] }, /set both, or neither/],
  [
    'spec.lambda.network',
    { subnetIds: ['net-1'], securityGroupIds: ['sg-1'] },
    /is not the id of a subnet; write/,
    'spec.lambda.network.subnetIds[0]',
  ],
  ['spec.mail.from', 'tickets', /is not a mail address; write it like/],
  ['spec.storage.ticketBucket', 'Tickets', /is not the name of a bucket; write/],
  ['spec.payments', undefined, SET],
  ['spec.payments.providers', [], /should have at least 1 items|add entries/],
  ['spec.payments.providers[0].name', 'paypal', ONE_OF],
  [
    'spec.payments.providers[1].name',
    'zalopay',
    /Duplicate value|is there twice; rename or remove/,
    'spec.payments.providers[1]',
  ],
  ['spec.payments.providers[0].baseUrl', 'ftp://10.89.0.1', URL],
  ['spec.payments.providers[0].credentialsSecretRef', undefined, SET],
  [
    'spec.ingress.serviceType',
    'ClusterIP',
    /set serviceType to NodePort or LoadBalancer, or remove nodePort/,
    'spec.ingress.nodePort',
  ],
  ['spec.ingress.nodePort', 80, atLeast(30000)],
  ['spec.ingress.host', 'https://tickets.example.com', /without https:\/\/ and without a port/],
  [
    'spec.ingress.className',
    'nginx',
    /is missing although className is set; set it to the name that buyers use/,
    'spec.ingress.host',
  ],
  ['spec.ingress.publicUrl', 'tickets.example.com', URL],
  ['spec.planFor', 'ticketbottle', /set spec.managementPolicy to Observe, or remove planFor/, 'spec'],
  ['spec.observability.logLevel', 'verbose', ONE_OF],
  ['spec.organisers.quota.maxSales', 0, atLeast(1), 'spec.organisers.quota.maxSales'],
  [
    'spec.backup',
    { postgres: { rdsCluster: 'Aurora 1' } },
    /is not the identifier of an RDS cluster/,
    BACKUP('postgres.rdsCluster'),
  ],
  [
    'spec.backup',
    { postgres: { rdsCluster: 'a', window: '3am' } },
    /write it in UTC like 18:00-19:00/,
    BACKUP('postgres.window'),
  ],
  ['spec.backup', { postgres: { window: '18:00-19:00' } }, /set rdsCluster, or remove it/, BACKUP('postgres.window')],
  [
    'spec.backup',
    { postgres: { copyRegion: 'eu-west-1' } },
    /set rdsCluster, or remove it/,
    BACKUP('postgres.copyRegion'),
  ],
  [
    'spec.backup',
    { postgres: { rdsCluster: 'a', copyRegion: 'Frankfurt' } },
    /is not an AWS region/,
    BACKUP('postgres.copyRegion'),
  ],
  ['spec.backup', { postgres: { retentionDays: 36 } }, atMost(35), BACKUP('postgres.retentionDays')],
  ['spec.backup', { postgres: { maxAge: '30m' } }, DURATION, BACKUP('postgres.maxAge')],
  ['spec.backup', { postgres: { maxLag: '1s' } }, DURATION, BACKUP('postgres.maxLag')],
  [
    'spec.backup',
    { redis: { replicationGroup: 'Queue' } },
    /is not the identifier of a replication group/,
    BACKUP('redis.replicationGroup'),
  ],
  ['spec.backup', { redis: { window: '18:00-19:00' } }, /set replicationGroup, or remove it/, BACKUP('redis.window')],
  [
    'spec.backup',
    { redis: { replicationGroup: 'queue', window: '24:00-25:00' } },
    /is not a window of the day/,
    BACKUP('redis.window'),
  ],
  ['spec.backup', { orders: { retentionDays: 0 } }, atLeast(1), BACKUP('orders.retentionDays')],
  ['spec.backup', { events: { maxLag: '5m' } }, DURATION, BACKUP('events.maxLag')],
  ['spec.backup', { cluster: { schedule: '@daily' } }, /is not a cron line of five fields/, BACKUP('cluster.schedule')],
  ['spec.backup', { cluster: { namespace: 'Velero' } }, /is not the name of a namespace/, BACKUP('cluster.namespace')],
  [
    'spec.backup',
    { cluster: { storageLocation: 'S3 bucket' } },
    /is not the name of a BackupStorageLocation/,
    BACKUP('cluster.storageLocation'),
  ],
  ['spec.driftInterval', '5', DURATION],
  ['spec.driftInterval', '100ms', DURATION],
  ['spec.deletionPolicy', 'Orphan', ONE_OF],
  ['spec.managementPolicy', 'Dry', ONE_OF],
  ['spec.suspend', 'yes', /must be of type boolean|is not true or false/],
];

describe('bad platforms, each one line away from the sample', () => {
  let api: Guarded;

  before(async function () {
    this.timeout(120_000);
    api = await guardedApiServer();
  });

  it('leaves the sample itself alone', async () => {
    const { status, message, body } = await create(api.ask, samplePlatform());
    assert.equal(status, 201, message);
    assert.deepEqual(problemsOf(body as unknown as TicketBottlePlatform), []);
    assert.ok(ROWS.length >= 60, `${ROWS.length} rows`);
  });

  for (const [path, value, mend, field = path] of ROWS) {
    it(`${path}: ${JSON.stringify(value) ?? 'left out'}`, async () => {
      const manifest = edited(samplePlatform(), path, value);
      const { status, causes, message } = await create(api.ask, manifest);
      assert.ok(status === 422 || status === 400, `${status}: accepted`);
      // Rules about the object itself carry the field in their message.
      const said = causes.length > 0 ? causes.map((one) => `${one.field}: ${one.message}`) : [message];
      assert.ok(
        said.some(
          (text) => mend.test(text) && (field === '' ? text.includes('metadata.name') : text.startsWith(field)),
        ),
        `no cause names ${field} and ${mend}:\n${said.join('\n')}`,
      );
      const own = problemsOf(defaulted(manifest));
      assert.ok(
        own.some((text) => mend.test(text) && text.startsWith(field === '' ? 'metadata.name: ' : field)),
        `the reconciler does not name ${field} and ${mend}:\n${own.join('\n')}`,
      );
    });
  }

  for (const [path, value] of [
    ['spec.postgres.databasePrefix', 'other'],
    ['spec.orders.table', 'other-orders'],
    ['spec.storage.ticketBucket', 'other-tickets'],
    ['spec.temporal.namespace', 'other'],
  ] as const) {
    it(`${path} cannot change once it is there`, async () => {
      const { status, causes } = await change(api, edited(samplePlatform(), path, value));
      assert.equal(status, 422);
      assert.match(
        causes.map((one) => `${one.field}: ${one.message}`).join('\n'),
        new RegExp(`${path}: .*cannot change.*set it back`),
      );
    });
  }

  it('spec.orders.table changes to a restored copy while nothing runs, as docs/runbooks/restore.md says', async () => {
    const standby = edited(samplePlatform(), 'spec.region.role', 'Standby');
    const restored = edited(standby, 'spec.orders.table', 'restored-orders');
    assert.equal((await change(api, restored, standby)).status, 200);
    const both = await change(api, restored);
    assert.equal(both.status, 422, 'not while pods still write the old one');
    assert.match(both.causes[0]?.message ?? '', /set region\.role to Standby first/);
  });
});

/** An edit of a stored platform, the sample unless given; nothing stays. */
async function change({ ask }: Guarded, manifest: Manifest, before = samplePlatform()) {
  const stored = { ...before, metadata: { ...before.metadata, name: 'stored' } };
  const path = '/apis/ticketbottle.io/v1alpha1/namespaces/ticketbottle/ticketbottleplatforms';
  await ask('POST', path, stored);
  const patch = { spec: manifest.spec };
  const answer = await ask('PATCH', `${path}/stored?dryRun=All`, patch, undefined, 'application/merge-patch+json');
  await ask('DELETE', `${path}/stored`);
  return answer;
}

function defaulted(manifest: Manifest): TicketBottlePlatform {
  return { ...manifest, spec: withDefaults(PLATFORM_SPEC, manifest.spec) } as unknown as TicketBottlePlatform;
}
