import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { KubeClient } from '#operator/kube/client.ts';
import {
  CONFIG_MAP,
  DEPLOYMENT,
  EVENT,
  EVENT_SALE,
  type KubeObject,
  LEASE,
  NETWORK_POLICY,
  PDB,
  PLATFORM,
  type Resource,
  SECRET,
  SERVICE,
  SERVICE_ACCOUNT,
} from '#operator/kube/resource.ts';
import { type ApiServer, startApiServer } from '#runtime/local/apiserver.ts';
import { clientOf, eventually } from './api-fixture.ts';
import { installWithKustomize, ROOT, SYSTEM, startInstalledOperator } from './installed-operator.ts';

/** `kubectl apply -k` and then the operator itself, with the rights that this gives it and no others. */
for (const [folder, environment] of [
  ['default', {}],
  ['namespaced', { WATCH_NAMESPACES: SYSTEM }],
] as const) {
  describe(`installation with kustomize, config/${folder}`, () => {
    let server: ApiServer;
    let admin: KubeClient;
    let operator: ChildProcess | undefined;

    before(async function () {
      this.timeout(120_000);
      server = await startApiServer();
      admin = clientOf(server);
      await installWithKustomize(server, folder);
      await installWithKustomize(server, folder); // May be repeated.
    });
    // Also where a test failed: the next one starts its own.
    afterEach(() => void operator?.kill('SIGKILL'));
    after(async () => {
      await admin?.close();
      await server?.stop();
    });

    const startOperator = async () => {
      const started = await startInstalledOperator(server, environment);
      operator = started.child;
      return started;
    };

    it('gives the operator every right that it uses, and a way to stop in order', async function () {
      this.timeout(120_000);
      const { child, ops, lines } = await startOperator();
      // A server that was told of the definitions a moment ago may ask for patience.
      const problems = () =>
        lines
          .filter((line) => /"level":"(warn|error|fatal)"/.test(line) && !line.includes('storage is (re)initializing'))
          .join('\n');
      await eventually(async () => (await ops('/readyz'))?.status === 200, 30_000).catch((error: unknown) => {
        throw new Error(`not ready:\n${problems() || lines.slice(-10).join('\n')}`, { cause: error });
      });
      const lease = await eventually(async () => {
        const found = await admin.get<KubeObject & { spec: { holderIdentity: string } }>(
          LEASE,
          SYSTEM,
          'ticketbottle-operator',
        );
        return found?.spec.holderIdentity.startsWith('operator-0_') ? found : undefined;
      });
      assert.ok(lease);
      const metrics = async () => (await (await ops('/metrics'))?.text()) ?? '';
      await eventually(async () => /leader_election_master_status\{[^}]*\} 1/.test(await metrics()), 30_000);
      assert.match(await metrics(), /controller_runtime_max_concurrent_reconciles\{[^}]*controller="platform"[^}]*\}/);
      assert.equal(problems(), '');

      // With every store out of reach there is still much to make in the cluster, and to say.
      for (const object of unreachablePlatform()) await admin.apply(...object, { fieldManager: 'user' });
      await eventually(async () => {
        const found = await admin.get<Reported>(PLATFORM, SYSTEM, 'ticketbottle');
        return found?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'False');
      }, 30_000);
      await eventually(async () => (await admin.get<Reported>(EVENT_SALE, SYSTEM, 'show'))?.status?.phase, 30_000);
      const made = { labelSelector: 'app.kubernetes.io/managed-by=ticketbottle-operator', namespace: SYSTEM };
      for (const resource of [CONFIG_MAP, SECRET, SERVICE, SERVICE_ACCOUNT, NETWORK_POLICY, PDB]) {
        await eventually(async () => (await admin.list(resource, made)).length > 0, 30_000).catch(() =>
          assert.fail(`no ${resource.kind} was made`),
        );
      }
      await eventually(async () => (await admin.list(EVENT, { namespace: SYSTEM })).length > 0);
      const denied = (await metrics())
        .split('\n')
        .filter((line) => /^rest_client_requests_total\{.*code="403"/.test(line));
      const expected = folder === 'default' ? [] : denied.filter((line) => line.includes('resource="nodes"'));
      assert.deepEqual(denied, expected, 'no right is missing');

      const stoppedAt = performance.now();
      child.kill('SIGTERM');
      const [code] = (await once(child, 'exit')) as [number | null];
      assert.equal(code, 0, lines.slice(-10).join('\n'));
      assert.ok(performance.now() - stoppedAt < 5_000);
      const after = await admin.get<KubeObject & { spec: { holderIdentity: string } }>(
        LEASE,
        SYSTEM,
        'ticketbottle-operator',
      );
      assert.equal(after?.spec.holderIdentity ?? '', '', 'the lease is free for the next one at once');
    });

    it('is not ready, and says what it waits for, where it may not list', async function () {
      this.timeout(60_000);
      const bindings = folder === 'default' ? 'clusterrolebindings' : `namespaces/${SYSTEM}/rolebindings`;
      await server.fetch('DELETE', `/apis/rbac.authorization.k8s.io/v1/${bindings}/ticketbottle-operator`);
      const { child, ops } = await startOperator();
      const answer = await eventually(async () => {
        const response = await ops('/readyz');
        const text = await response?.text();
        return response?.status === 503 && text?.includes('caches') ? text : undefined;
      }, 20_000);
      assert.match(answer, /waiting for the first list of .*ticketbottleplatforms/);
      assert.equal((await ops('/livez'))?.status, 200);
      child.kill('SIGTERM');
      await once(child, 'exit');
    });

    it('describes a pod that the restricted pod security standard admits', async () => {
      const deployment = await admin.get<KubeObject & { spec: { template: { metadata: object; spec: object } } }>(
        DEPLOYMENT,
        SYSTEM,
        'ticketbottle-operator',
      );
      assert.ok(deployment);
      const { metadata, spec } = deployment.spec.template;
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'probe' }, spec };
      await server.fetch('POST', `/api/v1/namespaces/${SYSTEM}/pods?dryRun=All`, pod);
      const lax = { ...pod, spec: { ...spec, securityContext: {} } };
      await assert.rejects(server.fetch('POST', `/api/v1/namespaces/${SYSTEM}/pods?dryRun=All`, lax), /PodSecurity/);
    });
  });
}

type Reported = KubeObject & {
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
};

/** The samples, with addresses where nobody listens. */
function unreachablePlatform(): [Resource, KubeObject][] {
  const read = (file: string) =>
    parse(readFileSync(join(ROOT, 'config/samples', file), 'utf8').replaceAll(/10\.89\.0\.1:\d+/g, '127.0.0.1:1'));
  const platform = read('platform.yaml');
  platform.spec.postgres.host = '127.0.0.1';
  platform.spec.postgres.port = 1;
  platform.metadata = { name: 'ticketbottle', namespace: SYSTEM };
  const sale = read('eventsale.yaml');
  sale.metadata = { name: 'show', namespace: SYSTEM };
  sale.spec.platformRef.name = 'ticketbottle';
  const opensAt = new Date(Date.now() + 7 * 86_400_000);
  sale.spec.schedule = {
    ...sale.spec.schedule,
    preQueueAt: new Date(opensAt.getTime() - 900_000).toISOString(),
    opensAt: opensAt.toISOString(),
    closesAt: new Date(opensAt.getTime() + 3_600_000).toISOString(),
  };
  const secret = (name: string, stringData: Record<string, string>): [Resource, KubeObject] => [
    SECRET,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: SYSTEM }, stringData } as KubeObject,
  ];
  return [
    secret('aurora-credentials', { username: 'postgres', password: 'x' }),
    secret('aws-credentials', { 'access-key-id': 'x', 'secret-access-key': 'x' }),
    secret('zalopay-credentials', { 'app-id': '1', key1: 'x', key2: 'x' }),
    secret('payos-credentials', { 'client-id': 'x', 'api-key': 'x', 'checksum-key': 'x' }),
    [PLATFORM, platform],
    [EVENT_SALE, sale],
  ];
}
