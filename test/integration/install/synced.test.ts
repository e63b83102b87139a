import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { KubeClient } from '#operator/kube/client.ts';
import { EVENT_SALE, type KubeObject, NAMESPACE, PLATFORM, type Resource } from '#operator/kube/resource.ts';
import { CommandError } from '#runtime/local/command.ts';
import { clientOf, eventually } from '../kube/api-fixture.ts';
import { type InstalledOperator, installWithKustomize, startInstalledOperator } from '../kube/installed-operator.ts';
import { kubectl, kustomize, objectsOf, ROOT, theApiServer } from './tools.ts';

type Judged = KubeObject & {
  status?: { observedGeneration?: number; phase?: string; conditions?: { type: string }[] };
};

const MANAGER = 'argocd-controller';
/** As Argo CD compares with ServerSideDiff=true, and Flux before each apply. */
const DIFF = ['diff', '--server-side', '--force-conflicts', `--field-manager=${MANAGER}`];

/**
 * The installed operator has looked at what was synced: it has written status, finalizers and its own fields, and the API server
 * has filled in defaults. What Git says must still be what is there. The addresses in the samples lead nowhere here, which is
 * no difference either.
 */
describe('what was synced, after the operator has reconciled it', function () {
  this.timeout(120_000);
  let admin: KubeClient;
  let operator: InstalledOperator;

  before(async () => {
    const server = await theApiServer();
    admin = clientOf(server);
    await installWithKustomize(server, 'default');
    operator = await startInstalledOperator(server);
  });
  after(async () => {
    await operator?.stop();
    await admin?.close();
  });

  const SYNCED: Readonly<Record<string, () => Promise<string>>> = {
    'config/samples/platform.yaml': async () => readFileSync(join(ROOT, 'config/samples/platform.yaml'), 'utf8'),
    'config/samples/eventsale.yaml': async () => readFileSync(join(ROOT, 'config/samples/eventsale.yaml'), 'utf8'),
    'config/gitops/prod': () => kustomize('config/gitops/prod'),
  };

  async function lookedAt({ kind, metadata }: KubeObject): Promise<Judged> {
    const resource: Resource = kind === 'EventSale' ? EVENT_SALE : PLATFORM;
    return await eventually(async () => {
      const found = await admin.get<Judged>(resource, metadata.namespace ?? '', metadata.name);
      const { status, metadata: live } = found ?? {};
      const judged = (status?.conditions ?? []).some(({ type }) => type !== 'Ready' && type !== 'Reconciling');
      return judged && status?.observedGeneration === live?.generation && found;
    }, 60_000);
  }

  /** What `kubectl diff` prints; empty when there is no difference. */
  async function differences(manifest: string): Promise<string> {
    try {
      return await kubectl([...DIFF, '-f', '-'], manifest);
    } catch (error) {
      if (error instanceof CommandError && error.code === 1) return error.stdout;
      throw error;
    }
  }

  for (const [index, [path, read]] of Object.entries(SYNCED).entries()) {
    it(`${path} differs in nothing`, async () => {
      const namespace = `synced-${index}`;
      await admin.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      const objects = objectsOf(await read())
        .filter(({ kind }) => kind === 'TicketBottlePlatform' || kind === 'EventSale')
        .map((one) => ({ ...one, metadata: { ...one.metadata, namespace } }));
      assert.ok(objects.length > 0);
      const manifest = objects.map((one) => stringify(one)).join('---\n');
      await kubectl(['apply', '--server-side', `--field-manager=${MANAGER}`, '-f', '-'], manifest);
      for (const one of objects) await lookedAt(one);
      assert.equal(await differences(manifest), '');

      // The comparison itself sees an edit.
      const edited = objects.map((one) =>
        stringify({ ...one, spec: { ...(one as { spec?: object }).spec, suspend: true } }),
      );
      assert.match(await differences(edited.join('---\n')), /suspend: true/);
    });
  }
});
