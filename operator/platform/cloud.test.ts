import assert from 'node:assert/strict';
import { FUNCTIONS, TOPIC } from '#proto/names.ts';
import {
  desiredApi,
  desiredBucket,
  desiredFunctions,
  desiredLogGroups,
  desiredMappings,
  desiredQueues,
  desiredRoles,
  desiredSchedules,
  functionEnvironment,
} from './cloud.ts';
import { desiredStreams } from './event-archive.ts';
import { desiredPipes } from './kafka-pipes.ts';
import { functionObject, migrationJobName } from './names.ts';
import { aPlatform } from './testing/a-platform.ts';
import { problemsOf } from './validation.ts';

const account = { accountId: '123456789012', region: 'us-east-1' };
const live = new Set(FUNCTIONS);
const inputsFor = (platform: ReturnType<typeof aPlatform>) => ({
  account,
  bundles: new Map(FUNCTIONS.map((name) => [name, { zip: new Uint8Array(), codeSha256: 'c' }])),
  roleArns: new Map(FUNCTIONS.map((name) => [functionObject(platform, name), 'arn:role'])),
  secretVersions: new Map<string, string>(),
});
const inStandby = () => aPlatform((spec) => Object.assign(spec, { region: { name: 'eu', role: 'Standby' } }));

describe('what a platform wants from AWS', () => {
  it('sizes functions as the architecture does, unless the spec says otherwise', () => {
    const platform = aPlatform();
    const sizes = desiredFunctions(platform, inputsFor(platform)).map((one) => [
      one.name.replace('ticketbottle-', ''),
      one.memoryMB,
      one.timeoutSeconds,
      one.reservedConcurrency,
    ]);
    assert.deepEqual(sizes, [
      ['payment-webhook-handler', 256, 30, 100],
      ['outbox-processor', 256, 60, 1],
      ['outbox-cleanup', 256, 120, 1],
      ['email-sender', 256, 30, 50],
      ['pdf-generator', 512, 300, 20],
    ]);
  });

  it('rolls functions out as the spec says', () => {
    const rollout = {
      ...{ steps: [10, 50, 100], interval: '3m', rollbackOnErrorRate: '2.5%', rollbackOnLatency: '800ms' },
      ...{ rollbackOnAlarms: ['paid-without-ticket'], pinToVersion: '5', promoteVersion: '7', abortVersion: '6' },
    };
    const platform = aPlatform((spec) =>
      Object.assign(spec, { lambda: { functions: { 'email-sender': { rollout } } } }),
    );
    const [one, other] = ['email-sender', 'pdf-generator'].map((name) =>
      desiredFunctions(platform, inputsFor(platform)).find((found) => found.name === `ticketbottle-${name}`),
    );
    assert.deepEqual(
      [one?.steps, one?.intervalMs, one?.limits, one?.alarms],
      [[10, 50, 100], 180_000, { errorRate: 0.025, p90Ms: 800 }, ['paid-without-ticket']],
    );
    assert.deepEqual([one?.pin, one?.promote, one?.abort], ['5', '7', '6']);
    assert.deepEqual(
      [other?.steps, other?.limits, other?.pin],
      [[100], { errorRate: 0.05, p90Ms: 120_000 }, undefined],
    );
  });

  it('puts into the VPC what talks to the database, and nothing else', () => {
    const platform = aPlatform((spec) =>
      Object.assign(spec, { lambda: { network: { subnetIds: ['s-1'], securityGroupIds: ['g-1'] } } }),
    );
    const inVpc = desiredFunctions(platform, inputsFor(platform)).filter(({ subnetIds }) => subnetIds.length > 0);
    assert.deepEqual(
      inVpc.map(({ name }) => name),
      ['payment-webhook-handler', 'outbox-processor', 'outbox-cleanup'].map((name) => `ticketbottle-${name}`),
    );
  });

  it('gives functions the names of secrets, never their values', () => {
    const platform = aPlatform();
    const env = functionEnvironment(platform, 'payment-webhook-handler', new Map());
    assert.equal(env['DATABASE_SECRET_ID'], 'ticketbottle/payment-db');
    assert.equal(env['PROVIDERS_SECRET_ID'], 'ticketbottle/payment-providers');
    assert.equal('DATABASE_URL' in env, false);
    assert.equal('AWS_REGION' in env, false, 'AWS refuses a function that sets it');
  });

  it('starts functions afresh when a secret that they read has a new version, and only those', () => {
    const platform = aPlatform();
    const versions = (id: string) => new Map([['ticketbottle/payment-db', id]]);
    for (const name of FUNCTIONS) {
      const [before, after] = ['v1', 'v2'].map((id) => functionEnvironment(platform, name, versions(id)));
      const reads = 'DATABASE_SECRET_ID' in (before ?? {});
      assert.equal(JSON.stringify(before) !== JSON.stringify(after), reads, name);
    }
  });

  it('has every trigger of the architecture', () => {
    const platform = aPlatform();
    assert.deepEqual(
      desiredSchedules(platform, account, 'arn:role', live).map(({ name, expression, enabled }) => [
        name,
        expression,
        enabled,
      ]),
      [
        ['ticketbottle-outbox-processor', 'rate(1 minute)', true],
        ['ticketbottle-outbox-cleanup', 'cron(0 2 * * ? *)', true],
      ],
    );
    assert.equal(desiredApi(platform, account, live)?.routeKey, 'ANY /webhook/{provider}');
    const queue = 'arn:aws:sqs:us-east-1:123456789012';
    assert.deepEqual(
      desiredPipes(platform, account, 'arn:role', undefined)
        .slice(0, 4)
        .map(({ name, topic, targetArn }) => [name, topic, targetArn]),
      [
        ['ticketbottle-order-paid-email', 'order.paid', `${queue}:ticketbottle-email-sender`],
        ['ticketbottle-order-refunded-email', 'order.refunded', `${queue}:ticketbottle-email-sender`],
        ['ticketbottle-money-returned-email', 'order.money-returned', `${queue}:ticketbottle-email-sender`],
        ['ticketbottle-order-paid-pdf', 'order.paid', `${queue}:ticketbottle-pdf-generator`],
      ],
    );
    const queues = desiredQueues(platform, account).map((one) => [
      one.name.replace('ticketbottle-', ''),
      one.deadLettersOnly === true ? 'dead letters' : one.visibilityTimeoutSeconds,
    ]);
    assert.deepEqual(queues, [
      ['email-sender', 180],
      ['pdf-generator', 1800],
      ['mail-feedback', 180],
      ['outbox-processor', 'dead letters'],
      ['outbox-cleanup', 'dead letters'],
    ]);
  });

  it('keeps tickets and archived events in the bucket for as long as the spec says, and not for ever', () => {
    assert.deepEqual(desiredBucket(aPlatform()).expiring, [
      { prefix: 'tickets/', days: 730, cheaperAfterDays: 90 },
      { prefix: 'events/', days: 90 },
    ]);
    const storage = { tickets: { retentionDays: 400 }, eventArchive: { enabled: false, retentionDays: 7 } };
    const less = aPlatform((spec) => Object.assign(spec, { storage }));
    assert.deepEqual(
      desiredBucket(less).expiring.map(({ days }) => days),
      [400, 7],
    );
    assert.match(
      problemsOf(aPlatform((spec) => Object.assign(spec, { storage: { tickets: { retentionDays: 90 } } }))).join(),
      /^spec\.storage\.tickets\.retentionDays: /,
    );
  });

  it('keeps logs for thirty days, or for as long as the spec says and CloudWatch Logs can', () => {
    const daysOf = (lambda: object) =>
      new Set(
        desiredLogGroups(aPlatform((spec) => Object.assign(spec, { lambda }))).map((group) => group.retentionDays),
      );
    assert.deepEqual(daysOf({}), new Set([30]));
    assert.deepEqual(daysOf({ logRetentionDays: 400 }), new Set([400]));
    assert.match(
      problemsOf(aPlatform((spec) => Object.assign(spec, { lambda: { logRetentionDays: 45 } }))).join(),
      /^spec\.lambda\.logRetentionDays: 45 is not known; set it to one of 1, 3, 5, 7, 14, 30, 60/,
    );
  });

  it('archives every topic, those that the spec adds too, and takes the pipes away when told to', () => {
    const more = { 'venue.news': { partitions: 1, config: {} } };
    const platform = aPlatform((spec) => Object.assign(spec.kafka as unknown as object, { topics: more }));
    const pipes = desiredPipes(platform, account, 'arn:role', undefined).filter(({ body }) => body === 'record');
    const topics = [...Object.values(TOPIC), 'venue.news'].sort();
    assert.deepEqual(pipes.map(({ topic }) => topic).sort(), topics);
    assert.deepEqual(
      pipes.map(({ targetArn }) => targetArn.split('/')[1]),
      desiredStreams(platform, 'arn:role').map(({ name }) => name),
    );
    const off = aPlatform((spec) => Object.assign(spec, { storage: { eventArchive: { enabled: false } } }));
    const unwanted = desiredPipes(off, account, 'arn:role', undefined).filter((pipe) => pipe.unwanted === true);
    assert.equal(unwanted.length, Object.keys(TOPIC).length);
    assert.equal(
      desiredRoles(off, account).some(({ service }) => service.startsWith('firehose')),
      false,
    );
  });

  it('turns every trigger off in a standby region and keeps them there', () => {
    const platform = inStandby();
    const switches = [
      ...desiredSchedules(platform, account, 'arn:role', live),
      ...desiredPipes(platform, account, 'arn:role', undefined),
      ...desiredMappings(platform, account, live),
    ].map(({ enabled }) => enabled);
    assert.deepEqual(
      switches,
      Array.from({ length: 9 + Object.keys(TOPIC).length }, () => false),
    );
  });

  it('takes no more from queues at once than functions may do: both queues of the mails together', () => {
    const limits = (functions: object) =>
      desiredMappings(
        aPlatform((spec) => Object.assign(spec, { lambda: { functions } })),
        account,
        live,
      ).map(({ queueArn, maxConcurrency, enabled }) => [
        queueArn.split(':ticketbottle-')[1],
        enabled ? maxConcurrency : 'off',
      ]);
    const of = (email: unknown, pdf: unknown, feedback: unknown) => [
      ['email-sender', email],
      ['pdf-generator', pdf],
      ['mail-feedback', feedback],
    ];
    assert.deepEqual(limits({}), of(48, 20, 2));
    const least = { 'email-sender': { reservedConcurrency: 4 }, 'pdf-generator': { reservedConcurrency: 2 } };
    assert.deepEqual(limits(least), of(2, 2, 2));
    const most = { 'email-sender': { reservedConcurrency: 2000 }, 'pdf-generator': { reservedConcurrency: 1001 } };
    assert.deepEqual(limits(most), of(1000, 1000, 2));
    // Lambda would throttle every batch until it is a dead letter.
    assert.deepEqual(limits({ 'email-sender': { reservedConcurrency: 0 } }), of('off', 20, 'off'));
  });

  it('asks for no trigger of a function that is not live, except the address that payment needs', () => {
    const nothing = new Set<never>();
    assert.deepEqual(desiredMappings(aPlatform(), account, nothing), []);
    assert.deepEqual(desiredSchedules(aPlatform(), account, 'arn:role', nothing), []);
    assert.equal(desiredApi(aPlatform(), account, nothing)?.functionExists, false);
  });

  it('lets each function do what it is for and no more', () => {
    const rights = new Map(
      desiredRoles(aPlatform(), account).map(({ name, statements }) => [
        name.replace('ticketbottle-', ''),
        statements.flatMap(({ actions }) => actions.map((action) => action.split(':')[0])),
      ]),
    );
    const services = (name: string) => [...new Set(rights.get(name))].sort();
    assert.deepEqual(services('payment-webhook-handler'), ['logs', 'secretsmanager', 'xray']);
    assert.deepEqual(services('outbox-cleanup'), ['logs', 'secretsmanager', 'sqs', 'xray']);
    assert.deepEqual(services('email-sender'), ['logs', 's3', 'ses', 'sqs', 'xray']);
    assert.deepEqual(services('pdf-generator'), ['logs', 's3', 'sqs', 'xray']);
    assert.deepEqual(services('scheduler'), ['lambda']);
    assert.deepEqual(services('pipes'), ['firehose', 'sqs']);
    assert.deepEqual(services('archive'), ['s3']);
  });

  it('makes no roles of functions when the spec brings one', () => {
    const platform = aPlatform((spec) => Object.assign(spec, { lambda: { roleArn: 'arn:aws:iam::1:role/mine' } }));
    assert.deepEqual(
      desiredRoles(platform, account).map(({ name }) => name),
      ['ticketbottle-scheduler', 'ticketbottle-pipes', 'ticketbottle-archive'],
    );
  });
});

describe('names', () => {
  it('stay within the limits of their kinds for the longest name that the CRD allows', () => {
    const platform = aPlatform();
    const long = { metadata: { ...platform.metadata, name: 'p'.repeat(40) } };
    assert.ok(migrationJobName(long, 'inventory', 'i').length <= 63);
    assert.notEqual(
      migrationJobName(long, 'inventory', 'i'),
      migrationJobName({ metadata: { ...long.metadata, name: `${'p'.repeat(39)}q` } }, 'inventory', 'i'),
    );
    for (const name of FUNCTIONS) assert.ok(functionObject(long, name).length <= 64);
  });
});

describe('problemsOf', () => {
  it('finds nothing in the sample', () => assert.deepEqual(problemsOf(aPlatform()), []));
  it('names the field and what to write', () => {
    const platform = aPlatform((spec) =>
      Object.assign(spec, {
        lambda: { functions: { 'pdf-generator': { timeout: '16m', rollout: { steps: [50, 10, 100] } } } },
      }),
    );
    assert.deepEqual(problemsOf(platform), [
      'spec.lambda.functions.pdf-generator.timeout: is not a duration from 1s to 15m; write it like 30s, 15m or 1h30m',
      'spec.lambda.functions.pdf-generator.rollout.steps: do not rise; write them like [10, 50, 100]',
    ]);
  });
  it('refuses less concurrency than the queues of a function take, except none', () => {
    const problems = (email: number, pdf: number) =>
      problemsOf(
        aPlatform((spec) =>
          Object.assign(spec, {
            lambda: {
              functions: {
                'email-sender': { reservedConcurrency: email },
                'pdf-generator': { reservedConcurrency: pdf },
              },
            },
          }),
        ),
      );
    assert.deepEqual(problems(4, 2), []);
    assert.deepEqual(problems(0, 0), []);
    assert.deepEqual(problems(3, 1), [
      'spec.lambda.functions.email-sender.reservedConcurrency: is below the 2 that each of its two queues takes at least, so that Lambda would throttle mails into the dead-letter queue; set 4 or more, or 0 to stop it',
      'spec.lambda.functions.pdf-generator.reservedConcurrency: is below the 2 that its queue takes at least, so that Lambda would throttle tickets into the dead-letter queue; set 2 or more, or 0 to stop it',
    ]);
  });
});
