import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { EVENT_SALE, HPA, LEASE, NAMESPACE, PLATFORM, SECRET } from '#operator/kube/resource.ts';
import { controlPlaneProgram, installCrds } from '#runtime/local/apiserver.ts';
import { type Backing, startBacking } from '#runtime/local/backing.ts';
import { clientOf, sharedApiServer } from '../kube/api-fixture.ts';
import { migratedDatabase } from '../services-front/servers.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const FOLDER = join(ROOT, 'docs', 'runbooks');
const OPERATOR = 'ticketbottle-system';
/** Needs what is not here: pods and their logs, an operator that answers, a metrics API, AWS, a Redis and a Temporal client. */
const ELSEWHERE = /^(kubectl (logs|top|wait)|aws|redis-cli|temporal|#)/;

/** What people type at night must work: every kubectl and psql line of the runbooks, against a real API server and database. */
describe('commands of the runbooks', function () {
  this.timeout(240_000);
  const bin = mkdtempSync(join(tmpdir(), 'ticketbottle-runbooks-'));
  let backing: Backing<'postgres'>;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    const [servers, api] = await Promise.all([startBacking({ which: ['postgres'] }), sharedApiServer()]);
    backing = servers;
    await installCrds(api);
    const client = clientOf(api);
    const namespace = 'ticketbottle';
    await client.create(NAMESPACE, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    } as never);
    const sample = (name: string) => parse(readFileSync(join(ROOT, 'config/samples', name), 'utf8'));
    await client.create(PLATFORM, sample('platform.yaml'));
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
    await client.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATOR } } as never);
    await client.create(LEASE, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'ticketbottle-operator', namespace: OPERATOR },
    } as never);
    for (const service of ['gateway', 'waitroom']) {
      const name = `ticketbottle-${service}`;
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
    env = { ...process.env, PATH: [bin, process.env['PATH']].join(delimiter), KUBECONFIG: api.kubeconfig };
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

  for (const file of readdirSync(FOLDER).filter((name) => name !== 'README.md')) {
    const lines = shLines(file)
      .split('\n')
      .filter((line) => line !== '' && !ELSEWHERE.test(line));
    if (lines.length > 0)
      it(file, async () => {
        for (const line of lines) {
          const stderr = await new Promise<string>((resolve) =>
            execFile('bash', ['-c', `${prelude}\n${line}`], { cwd: bin, env }, (_error, _stdout, text) =>
              resolve(text),
            ),
          );
          // grep without a hit is no failure; a complaint of the tools is.
          assert.doesNotMatch(stderr, /error|unknown|invalid|not found/i, `${line}\n${stderr}`);
        }
      });
  }
});
