import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { stringify } from 'yaml';
import { DEPLOYMENT, type KubeObject, PLATFORM } from '#operator/kube/resource.ts';
import { controlPlaneProgram } from '#runtime/local/apiserver.ts';
import { openSite, platformOn, type Site, theWorld, type World } from './platform-world.ts';

const PLUGIN = join(import.meta.dirname, '../../../config/kubectl');

describe('the plan for an edited manifest', function () {
  this.timeout(180_000);
  const bin = mkdtempSync(join(tmpdir(), 'ticketbottle-kubectl-'));
  let world: World;
  let site: Site;

  before(async () => {
    world = await theWorld();
    site = await openSite(world);
    const program = await controlPlaneProgram();
    writeFileSync(join(bin, 'kubectl'), `#!/bin/sh\nexec ${program} kubectl "$@"\n`);
    chmodSync(join(bin, 'kubectl'), 0o755);
    await site.client.create(PLATFORM, platformOn(world, site.namespace) as never);
    await site.becomes('Ready', { status: 'True' }, { ms: 120_000 });
    await site.settled();
  });
  after(async () => {
    await site?.client.delete(PLATFORM, site.namespace, 'tb');
    await site?.stop();
    rmSync(bin, { recursive: true, force: true });
  });

  /** `kubectl ticketbottle plan -f` of a platform with this spec, as a user types it. */
  const plan = (spec: object, name = 'tb') => {
    const file = join(bin, 'edited.yaml');
    writeFileSync(file, stringify(platformOn(world, site.namespace, spec, name)));
    return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const env = {
        ...process.env,
        PATH: [bin, PLUGIN, process.env['PATH']].join(delimiter),
        KUBECONFIG: world.api.kubeconfig,
      };
      execFile(
        'kubectl',
        ['ticketbottle', 'plan', '-f', file, '-n', site.namespace],
        { env },
        (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  };
  const platforms = async () =>
    (await site.client.list<KubeObject>(PLATFORM, { namespace: site.namespace })).map(({ metadata }) => metadata.name);

  it('says that nothing would change, with code 0', async () => {
    const { code, stdout, stderr } = await plan({});
    assert.deepEqual([code, stdout], [0, 'tb: nothing would change\n'], stdout + stderr);
    assert.deepEqual(await platforms(), ['tb']);
  });

  it('says what would change and why, inside and outside, with code 1, and changes nothing', async () => {
    const before = await site.client.list<KubeObject>(DEPLOYMENT, { namespace: site.namespace });
    const calls = { topics: { 'order.paid': { partitions: 7 } } };
    const { kafka } = platformOn(world, site.namespace).spec;
    const { code, stdout, stderr } = await plan({
      version: '2.0.0',
      kafka: { ...kafka, ...calls },
      temporal: { address: world.stores.temporal.address, namespace: `world-${process.pid}`, retention: '24h' },
    });
    assert.equal(code, 1, stderr);
    for (const line of [
      /^update\tDeployment tb-gateway\n\s+spec\.template\.spec\.containers\[gateway\]\.image: ticketbottle\/gateway:1\.0\.0 → ticketbottle\/gateway:2\.0\.0/m,
      /^update\tDeployment tb-user\n/m,
      /^create\tJob tb-user-migrate-\w+\n\s+migrations of ticketbottle\/user:2\.0\.0/m,
      /^update\ttopic order\.paid\n\s+has \d partitions instead of 7/m,
      /^update\tTemporal namespace world-\d+\n\s+keeps closed workflows for 72h instead of 24h/m,
    ])
      assert.match(stdout, line);
    const after = await site.client.list<KubeObject>(DEPLOYMENT, { namespace: site.namespace });
    const versions = (list: KubeObject[]) =>
      list.map(({ metadata }) => `${metadata.name} ${metadata.generation}`).sort();
    assert.deepEqual(versions(after), versions(before));
    assert.deepEqual(await platforms(), ['tb']);
    await site.becomes('Ready', { status: 'True' });
  });

  it('plans a platform that does not exist yet', async () => {
    const { code, stdout, stderr } = await plan({}, 'brand-new');
    assert.equal(code, 1, stderr);
    assert.match(stdout, /^create\tSecret brand-new-signing-keys\n\s+does not exist/m);
    assert.match(stdout, /^create\tService brand-new-gateway\n/m);
  });

  it('hands on what the API server says about a bad manifest, with code 2', async () => {
    const { code, stderr } = await plan({ services: { user: { replicas: { min: 5, max: 2 } } } });
    assert.equal(code, 2);
    assert.match(stderr, /replicas/);
  });

  it('works with the manifest alone: managementPolicy Observe and planFor', async () => {
    await site.client.create(
      PLATFORM,
      platformOn(
        world,
        site.namespace,
        { version: '9.0.0', managementPolicy: 'Observe', planFor: 'tb' },
        'review-42',
      ) as never,
    );
    await site.becomes('Ready', { status: 'False', reason: 'Drifted' }, { name: 'review-42' });
    const told = (await site.read('review-42')).status?.plan ?? [];
    assert.ok(
      told.some(({ target, reason }) => target === 'Deployment tb-order' && /order:9\.0\.0/.test(reason ?? '')),
    );
    assert.deepEqual((await site.read('review-42')).metadata.finalizers ?? [], []);
    await site.client.delete(PLATFORM, site.namespace, 'review-42');
  });
});
