import assert from 'node:assert/strict';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import { NEW_SIGNING_KEYS } from '#operator/api/platform-marks.ts';
import {
  CONFIG_MAP,
  CONTROLLER_REVISION,
  DEPLOYMENT,
  EVENT,
  HPA,
  JOB,
  type KubeObject,
  PLATFORM,
  SECRET,
  SERVICE_ACCOUNT,
} from '#operator/kube/resource.ts';
import { FUNCTIONS } from '#proto/names.ts';
import { eventually } from '../kube/api-fixture.ts';
import { clientOptions } from '../lambda/function-stage.ts';
import { inPlainSight } from './aws-in-plain-sight.ts';
import { openSite, platformOn, type Site, theWorld, type World } from './platform-world.ts';

type Secret = KubeObject & { data: Record<string, string> };

const CANARY = {
  zalopay: { 'app-id': '2553', key1: 'CANARY-zalopay-key1', key2: 'CANARY-zalopay-key2' },
  payos: { 'client-id': 'CANARY-payos-client', 'api-key': 'CANARY-payos-key', 'checksum-key': 'CANARY-payos-sum' },
  postgres: 'CANARY-postgres-password',
  wrong: 'CANARY-wrong-password',
};

describe('secrets of a platform', function () {
  this.timeout(180_000);
  let world: World;
  let site: Site;
  const admin = `canary_${process.pid}`;

  const onPostgres = async (statement: string) => {
    const { host, port, user, password } = world.stores.postgres;
    const client = new pg.Client({ host, port, user, password, database: 'postgres' });
    await client.connect();
    await client.query(statement);
    await client.end();
  };

  before(async () => {
    world = await theWorld();
    await onPostgres(`CREATE ROLE ${admin} SUPERUSER LOGIN PASSWORD '${CANARY.postgres}'`);
    site = await openSite(world, {
      bundles: FUNCTIONS,
      secrets: {
        'aurora-credentials': { username: admin, password: CANARY.postgres },
        'zalopay-credentials': CANARY.zalopay,
        'payos-credentials': CANARY.payos,
      },
    });
    const { payments } = platformOn(world, site.namespace).spec;
    const payos = {
      name: 'payos',
      credentialsSecretRef: { name: 'payos-credentials' },
      baseUrl: 'http://127.0.0.1:9',
      webhookBaseUrl: 'https://hooks.example.com',
    };
    await site.client.create(
      PLATFORM,
      platformOn(world, site.namespace, {
        payments: { providers: [...payments.providers, payos] },
        lambda: { functions: Object.fromEntries(FUNCTIONS.map((name) => [name, { managed: true }])) },
      }) as never,
    );
    await site.becomes('WorkloadsReady', { status: 'True' }, { ms: 120_000 });
    await site.becomes('TriggersReady', { status: 'True' }, { ms: 60_000 });
  });
  after(async () => {
    await site?.client.delete(PLATFORM, site.namespace, 'tb');
    await site?.stop();
  });

  const data = async (name: string) => (await site.client.get<Secret>(SECRET, site.namespace, name))?.data ?? {};
  const set = (name: string, values: Record<string, string>) =>
    site.client.mergePatch(SECRET, site.namespace, name, {
      data: Object.fromEntries(
        Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
      ),
    });
  const hashOf = async (service: string) => {
    type Deployment = KubeObject & { spec: { template: { metadata: { annotations: Record<string, string> } } } };
    const found = await site.client.get<Deployment>(DEPLOYMENT, site.namespace, `tb-${service}`);
    return found?.spec.template.metadata.annotations['ticketbottle.io/config-hash'];
  };

  it('roll the pods that use a rotated one, and no others', async () => {
    const before = { payment: await hashOf('payment'), user: await hashOf('user'), gateway: await hashOf('gateway') };
    await set('zalopay-credentials', { key1: 'CANARY-zalopay-rotated' });
    await eventually(async () => (await hashOf('payment')) !== before.payment);
    await site.becomes('WorkloadsReady', { status: 'True' });
    assert.deepEqual([await hashOf('user'), await hashOf('gateway')], [before.user, before.gateway]);
  });

  it('reach the operator without a restart: a wrong password is named, the right one heals', async () => {
    await set('aurora-credentials', { password: CANARY.wrong });
    const refused = await site.becomes('DatabasesReady', { reason: 'AccessDenied' });
    assert.match(refused.message, /spec\.postgres\.credentialsSecretRef/);
    await onPostgres(`ALTER ROLE ${admin} PASSWORD '${CANARY.wrong}'`);
    await set('aurora-credentials', { password: CANARY.wrong, note: 'poke' });
    await site.becomes('DatabasesReady', { status: 'True' });
  });

  it('change the password of a database role when its Secret is edited, and the pods follow', async () => {
    const before = await hashOf('event');
    await set('tb-event-db', { password: 'CANARY-event-password' });
    await eventually(async () => (await hashOf('event')) !== before);
    const url = Buffer.from((await data('tb-event-db'))['DATABASE_URL'] ?? '', 'base64').toString();
    assert.match(url, /CANARY-event-password/);
    await eventually(async () => {
      const client = new pg.Client({ connectionString: url });
      try {
        await client.connect();
        return true;
      } catch {
        return false;
      } finally {
        await client.end().catch(() => undefined);
      }
    });
  });

  it('are in Secrets Manager for the functions, and a rotated one gives each that reads it a new version', async () => {
    const secrets = new SecretsManagerClient(clientOptions(world.stores));
    const stored = async () =>
      (await secrets.send(new GetSecretValueCommand({ SecretId: 'tb/payment-providers' }))).SecretString ?? '';
    const version = async (name: string) =>
      (await site.read()).status?.functions?.find((one) => one.name === name)?.liveVersion;
    const before = { webhook: await version('payment-webhook-handler'), pdf: await version('pdf-generator') };
    await set('payos-credentials', { 'checksum-key': 'CANARY-payos-rotated' });
    await eventually(async () => (await stored()).includes('CANARY-payos-rotated'));
    await eventually(async () => (await version('payment-webhook-handler')) !== before.webhook);
    assert.equal(await version('pdf-generator'), before.pdf);
    await site.becomes('TriggersReady', { status: 'True' });
    secrets.destroy();
  });

  it('are not made anew behind the back of sold tickets: signing keys that are gone stop rollouts until somebody decides', async () => {
    const kept = await data('tb-signing-keys');
    const hash = await hashOf('gateway');
    const remove = () => site.client.delete(SECRET, site.namespace, 'tb-signing-keys');
    await remove();
    const said = await site.becomes('SecretsReady', { reason: 'SecretMissing' });
    assert.match(
      said.message,
      /tb-signing-keys is gone.*restore it from a backup.*kubectl annotate tbp -n \S+ tb ticketb/,
    );
    await site.becomes('WorkloadsReady', { reason: 'WaitingForDependency' });
    assert.deepEqual([await data('tb-signing-keys'), await hashOf('gateway')], [{}, hash]);

    const metadata = { name: 'tb-signing-keys', namespace: site.namespace };
    await site.client.create(SECRET, { apiVersion: 'v1', kind: 'Secret', metadata, data: kept } as Secret);
    await site.becomes('WorkloadsReady', { status: 'True' });
    assert.equal(await hashOf('gateway'), hash, 'the same keys roll nothing');

    await remove();
    await site.becomes('SecretsReady', { reason: 'SecretMissing' });
    await site.annotate({ [NEW_SIGNING_KEYS]: 'true' });
    await eventually(async () => (await data('tb-signing-keys'))['TICKET_PRIVATE_JWK']);
    assert.notEqual((await data('tb-signing-keys'))['TICKET_PRIVATE_JWK'], kept['TICKET_PRIVATE_JWK']);
    await eventually(async () => (await hashOf('gateway')) !== hash);
    await site.becomes('WorkloadsReady', { status: 'True' });
    assert.equal((await site.read()).metadata.annotations?.[NEW_SIGNING_KEYS], undefined, 'good once');
  });

  it('appear in no log, event, status, metric, ConfigMap, pod template, Job, and nowhere in AWS outside of Secrets Manager', async () => {
    const needles = new Map<string, string>();
    const add = (where: string, value: string) => {
      if (value.length < 8) return;
      needles.set(value, where);
      needles.set(Buffer.from(value).toString('base64').replace(/=+$/, ''), `${where} as base64`);
    };
    for (const secret of await site.client.list<Secret>(SECRET, { namespace: site.namespace }))
      for (const [key, encoded] of Object.entries(secret.data ?? {})) {
        // Public halves of keys and names of users are no secrets.
        if (key.endsWith('_JWKS') || ['username', 'app-id', 'access-key-id', 'note'].includes(key)) continue;
        const value = Buffer.from(encoded, 'base64').toString('utf8');
        add(`${secret.metadata.name}/${key}`, value);
        const privateHalf = key.endsWith('_PRIVATE_JWK') ? (JSON.parse(value) as { d: string }).d : undefined;
        if (privateHalf !== undefined) add(`${secret.metadata.name}/${key} d`, privateHalf);
      }
    for (const value of [...Object.values(CANARY.zalopay), CANARY.postgres, CANARY.wrong, 'CANARY'])
      add('canary', value);
    assert.ok(needles.size > 30, 'there is something to look for');
    // The test's own AWS keys are the word that local servers take.
    needles.delete(world.stores.aws.secretAccessKey);

    const list = async (resource: typeof EVENT) =>
      JSON.stringify(await site.client.list(resource, { namespace: site.namespace }));
    const haystacks: Record<string, string> = {
      logs: site.logs.join('\n'),
      metrics: await site.metrics.metrics(),
      events: await list(EVENT),
      platforms: await list(PLATFORM),
      configMaps: await list(CONFIG_MAP),
      deployments: await list(DEPLOYMENT),
      revisions: await list(CONTROLLER_REVISION),
      jobs: await list(JOB),
      serviceAccounts: await list(SERVICE_ACCOUNT),
      autoscalers: await list(HPA),
      ...(await inPlainSight(world.stores)),
    };
    const functions = Object.keys(haystacks).filter((what) => /^versions of tb-/.test(what));
    assert.equal(functions.length, FUNCTIONS.length);
    assert.match(
      haystacks['versions of tb-payment-webhook-handler'] ?? '',
      /"PROVIDERS_SECRET_ID":"tb\/payment-providers"/,
    );
    assert.ok((haystacks['logs'] ?? '').includes('an external concern failed'), 'the operator logged the failure');
    assert.ok((haystacks['events'] ?? '').includes('AccessDenied'), 'the failure was told');
    const found = Object.entries(haystacks).flatMap(([where, text]) =>
      [...needles].filter(([needle]) => text.includes(needle)).map(([, what]) => `${what} in ${where}`),
    );
    assert.deepEqual(found, []);
  });
});
