import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { DEPLOYMENT, EVENT_SALE, HPA, LEASE, NAMESPACE, PLATFORM, POD, SECRET } from '#operator/kube/resource.ts';
import { labelsOf } from '#operator/platform/names.ts';
import { SERVICES } from '#proto/names.ts';
import { controlPlaneProgram } from '#runtime/local/apiserver.ts';
import { installParts } from '#runtime/local/backing/parts.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { localLayout } from '#runtime/local/layout.ts';
import { ensureAptPackages } from '#runtime/local/preflight.ts';
import { clientOf, sharedApiServer } from '../kube/api-fixture.ts';
import { installWithKustomize } from '../kube/installed-operator.ts';
import { migratedDatabase } from '../services-front/servers.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const FOLDER = join(ROOT, 'docs', 'runbooks');
const OPERATOR = 'ticketbottle-system';
/** There are no nodes here, so no logs and no use of CPU: whether the pods or the Deployment are found is looked at instead. */
const OF_NODES = /^kubectl (?:logs|top pods)((?: -n \S+)?(?: -l (?:'[^']+'|\S+)| deploy\/\S+)).*$/;
/** What a person fills in. */
const FILLED_IN: Readonly<Record<string, string>> = {
  ...{ SALE: 'den-vau-live', POD: 'gateway', NAME: 'pdf-generator', OLD: '1', TERM: '3', TIME: '2027-01-10T10:00:00Z' },
  ...{ ADDRESS: 'a@example.com', CLUSTER: 'c', NEW: 'new', ARN: 'arn:aws:rds:eu-west-1:1:cluster:c', GROUP: 'g' },
  ...{ REGION: 'eu-west-1', ID: 'i' },
};
/** In the text, with all that it needs: what changes something in the cluster or in AWS. */
const IN_TEXT = /`(kubectl (?:patch|rollout|get|delete pod -n) [^`]+|aws [^` ]+ [^`]*--[^`]+)`/g;
/** Of a newer release of the tool than the distribution's; and what is asked of a pod, which needs a node. */
const NOT_HERE = /message-move-task|--allow-data-loss|--raw/;
/** Nobody promotes anything here: that it waits is the answer. */
const WAITS = /^error: timed out waiting for the condition/;
/** The sample answer that AWS's tool makes up breaks its own rules; it gets there only when the question was right. */
const SAMPLE = /Invalid \w+ for parameter TableDescription/;
/** What the operator has made before anybody looks into a runbook. */
const IN_AWS = [
  'sqs create-queue --queue-name ticketbottle-email-sender-dlq',
  'sqs create-queue --queue-name ticketbottle-outbox-processor-dlq',
  's3 mb s3://ticketbottle-tickets',
  'logs create-log-group --log-group-name /aws/lambda/ticketbottle-email-sender',
  'logs create-log-group --log-group-name /aws/lambda/ticketbottle-payment-webhook-handler',
  'dynamodb create-table --table-name ticketbottle-orders --billing-mode PAY_PER_REQUEST --key-schema AttributeName=order_id,KeyType=HASH --attribute-definitions AttributeName=order_id,AttributeType=S',
];

/** What people type at night must work: the lines of the runbooks, with the real tools, against a real API server and real stores. */
describe('commands of the runbooks', function () {
  this.timeout(240_000);
  const bin = mkdtempSync(join(tmpdir(), 'ticketbottle-runbooks-'));
  let backing: Backing<'postgres' | 'redis' | 'temporal' | 'aws'>;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    await ensureAptPackages({ 'redis-tools': '/usr/bin/redis-cli', awscli: '/usr/bin/aws' });
    const [servers, api] = await Promise.all([
      startBacking({ which: ['postgres', 'redis', 'temporal', 'aws'] }),
      sharedApiServer(),
    ]);
    backing = servers;
    const { aws, redis, temporal } = backing;
    await installWithKustomize(api, 'default');
    const client = clientOf(api);
    const namespace = 'ticketbottle';
    await client.create(NAMESPACE, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    } as never);
    const sample = (name: string) => parse(readFileSync(join(ROOT, 'config/samples', name), 'utf8'));
    const platform = sample('platform.yaml');
    Object.assign(platform.spec.redis, { address: redis.address });
    Object.assign(platform.spec.temporal, { address: temporal.address });
    await client.create(PLATFORM, platform);
    await client.create(EVENT_SALE, sample('eventsale.yaml'));
    for (const service of ['inventory', 'payment'] as const) {
      const url = await migratedDatabase(backing.postgres.url, service);
      await client.create(SECRET, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: `ticketbottle-${service}-db`, namespace },
        stringData: { DATABASE_URL: url },
      } as never);
    }
    await client.create(SECRET, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'ticketbottle-signing-keys', namespace },
      stringData: { TICKET_JWKS: '{}' },
    } as never);
    // What the operator makes.
    await client.create(LEASE, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'ticketbottle-operator', namespace: OPERATOR },
    } as never);
    for (const service of SERVICES) {
      const name = `ticketbottle-${service}`;
      const labels = labelsOf(platform, service);
      const spec = { containers: [{ name: 'main', image: 'none' }] };
      await client.create(POD, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: service, namespace, labels },
        spec,
      } as never);
      await client.create(DEPLOYMENT, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name, namespace, labels },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      } as never);
      const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
      await client.create(HPA, {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name, namespace },
        spec: { scaleTargetRef, maxReplicas: 2 },
      } as never);
    }
    await client.close();
    const program = await controlPlaneProgram();
    const tool = (name: string, text: string) => {
      writeFileSync(join(bin, name), text);
      chmodSync(join(bin, name), 0o755);
    };
    tool('kubectl', `#!/bin/sh\nexec ${program} kubectl "$@"\n`);
    // `psql URL -c SQL`, and nothing else of it.
    tool(
      'psql',
      `#!${process.execPath}\nconst pg = require('${join(ROOT, 'node_modules/pg')}');\nconst [url, , sql] = process.argv.slice(2);\nconst c = new pg.Client(url);\nc.connect().then(() => c.query(sql)).then((r) => console.log(JSON.stringify(r.rows)), (e) => { console.error('error: ' + e.message); process.exitCode = 1; }).finally(() => c.end());\n`,
    );
    // The release here is too old to take its endpoint from the environment.
    tool('aws', `#!/bin/sh\nexec /usr/bin/aws --endpoint-url ${aws.endpoint} "$@"\n`);
    const { parts } = await installParts({
      ...{ cache: localLayout(process.env).cache, path: process.env['PATH'] },
      ...{ kafka: false, dynamodbLocal: false },
    });
    tool('temporal', `#!/bin/sh\nexec ${parts.temporal} "$@"\n`);
    env = {
      ...process.env,
      ...{ PATH: [bin, process.env['PATH']].join(delimiter), KUBECONFIG: api.kubeconfig, AWS_PAGER: '' },
      ...{ AWS_ACCESS_KEY_ID: aws.accessKeyId, AWS_SECRET_ACCESS_KEY: aws.secretAccessKey },
      AWS_DEFAULT_REGION: aws.region,
    };
    for (const made of [
      ...IN_AWS.map((text) => `aws ${text}`),
      `temporal operator namespace create --namespace ${platform.spec.temporal.namespace} --address ${temporal.address}`,
    ])
      assert.equal(await complaint(made), '', made);
  });
  after(async () => {
    await backing?.stop();
    rmSync(bin, { recursive: true, force: true });
  });

  const shLines = (file: string) =>
    [...readFileSync(join(FOLDER, file), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)]
      .map(([, text = '']) => text)
      .join('');
  const prelude = shLines('README.md');
  /** What the tools complain of. grep without a hit is no failure. */
  const complaint = async (line: string): Promise<string> => {
    const stderr = await new Promise<string>((resolve) =>
      execFile('bash', ['-c', `${prelude}\n${line}`], { cwd: bin, env }, (_error, _stdout, text) => resolve(text)),
    );
    return /error|unknown|invalid|not found|usage:/i.test(stderr) && !WAITS.test(stderr) && !SAMPLE.test(stderr)
      ? stderr
      : '';
  };

  /** As it can be tried here: nothing is changed, nothing waited for. */
  const harmless = (line: string): string => {
    const [, found] = OF_NODES.exec(line) ?? [];
    if (found !== undefined)
      return `test -n "$(kubectl get ${found.includes('deploy/') ? '' : 'pods'}${found} -o name)" || echo error: nothing found >&2`;
    if (/^kubectl (patch|delete)/.test(line)) return `${line} --dry-run=server`;
    return line.replace(/--timeout=\d+m/, '--timeout=1s');
  };
  /** What is asked of AWS in the text is no more than checked by its tool. */
  const inText = (file: string) =>
    [...readFileSync(join(FOLDER, file), 'utf8').matchAll(IN_TEXT)]
      .map(([, text = '']) => text.replaceAll(/\b[A-Z]+\b/g, (word) => FILLED_IN[word] ?? word))
      .filter((text) => !NOT_HERE.test(text))
      .map((text) => (text.startsWith('aws ') ? `${text} --generate-cli-skeleton output` : text));

  for (const file of readdirSync(FOLDER).filter((name) => name !== 'README.md')) {
    const lines = shLines(file)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    lines.push(...inText(file));
    if (lines.length > 0)
      it(file, async () => {
        for (const line of lines) assert.equal(await complaint(harmless(line)), '', harmless(line));
      });
  }
});
