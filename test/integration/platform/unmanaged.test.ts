import assert from 'node:assert/strict';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DEPLOYMENT, NETWORK_POLICY, PLATFORM, SECRET } from '#operator/kube/resource.ts';
import { FUNCTIONS } from '#proto/names.ts';
import { eventually } from '../kube/api-fixture.ts';
import { startPayosStandIn } from './payos-stand-in.ts';
import { openSite, platformOn, theWorld } from './platform-world.ts';

const HANDLER = 'payment-webhook-handler';
/** Functions named after `tb` stand in the same AWS from other tests. */
const NAME = 'theirs';
const THEIRS = 'postgres://them:secret@payments.example.com:5432/payment';

describe('a platform whose payment service somebody else runs', function () {
  this.timeout(180_000);

  it('says what only they can give, and is Ready once it has that', async () => {
    const world = await theWorld();
    await using payos = await startPayosStandIn();
    const site = await openSite(world, {
      bundles: [HANDLER],
      secrets: { 'payos-credentials': { 'client-id': 'c', 'api-key': 'a', 'checksum-key': 'k' } },
    });
    const provider = { name: 'payos', credentialsSecretRef: { name: 'payos-credentials' }, baseUrl: payos.url };
    const functions = Object.fromEntries(FUNCTIONS.map((name) => [name, { managed: name === HANDLER }]));
    const storage = { ticketBucket: `unmanaged-${process.pid}` };
    await site.client.create(
      PLATFORM,
      platformOn(
        world,
        site.namespace,
        {
          services: { payment: { managed: false } },
          lambda: { functions },
          payments: { providers: [provider] },
          ...{ storage, temporal: { address: world.stores.temporal.address, namespace: `unmanaged-${process.pid}` } },
        },
        NAME,
      ) as never,
    );

    const missing = await site.becomes('SecretsReady', { reason: 'SecretMissing' }, { name: NAME });
    assert.match(
      missing.message,
      /Secret \S+\/theirs-payment-db \(spec\.services\.payment\.managed is false\) does not exist: create it with the keys DATABASE_URL, or set managed: false on spec\.lambda\.functions\.payment-webhook-handler$/,
    );
    await site.becomes('Ready', { reason: 'SecretMissing' }, { name: NAME });

    await site.client.create(SECRET, {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: `${NAME}-payment-db`, namespace: site.namespace } },
      stringData: { DATABASE_URL: THEIRS },
    } as never);
    const ready = await site.becomes('Ready', { status: 'True' }, { ms: 120_000, name: NAME });
    assert.equal(ready.reason, 'AsSpecified');
    assert.match(
      (await site.becomes('WorkloadsReady', { status: 'True' }, { name: NAME })).message,
      /\. Yours to run, because managed is false: payment as Service theirs-payment, port 50052$/,
    );
    assert.equal(await site.client.get(DEPLOYMENT, site.namespace, `${NAME}-payment`), undefined);
    assert.equal(payos.confirmations.at(-1)?.answered, 200);
    const { region, endpoint, accessKeyId, secretAccessKey } = world.stores.aws;
    const secrets = new SecretsManagerClient({ region, endpoint, credentials: { accessKeyId, secretAccessKey } });
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: `${NAME}/payment-db` }));
    secrets.destroy();
    assert.deepEqual(JSON.parse(SecretString ?? ''), { url: THEIRS });

    // A handler of theirs too: nobody here knows its address, until they say it.
    await site.patch({ lambda: { functions: { [HANDLER]: { managed: false } } } }, NAME);
    const nowhere = await site.becomes('WebhookConfirmed', { reason: 'WaitingForDependency' }, { name: NAME });
    assert.match(nowhere.message, /set webhookBaseUrl in spec\.payments\.providers$/);
    const webhookBaseUrl = `${world.stores.aws.endpoint}/theirs`;
    await site.patch({ payments: { providers: [{ ...provider, webhookBaseUrl }] } }, NAME);
    const tried = await site.becomes('WebhookConfirmed', { reason: 'Refused' }, { name: NAME });
    assert.match(tried.message, /PayOS refused \S+\/theirs\/webhook\/payos/);
    await site.client.delete(PLATFORM, site.namespace, NAME);
    await eventually(async () => (await site.client.get(PLATFORM, site.namespace, NAME)) === undefined);
    await site.stop();
  });

  it('leaves the ways of a service open that it stops to look after', async () => {
    const world = await theWorld();
    const site = await openSite(world);
    await site.client.create(PLATFORM, platformOn(world, site.namespace) as never);
    await site.becomes('Ready', { status: 'True' }, { ms: 90_000 });
    await site.patch({ services: { payment: { managed: false } } });
    await site.becomes('Ready', { status: 'True' });
    assert.ok(await site.client.get(NETWORK_POLICY, site.namespace, 'tb-payment'));
    type Policy = { spec: { egress: { to?: unknown; ports: { port: number }[] }[] } };
    const order = (await site.client.get(NETWORK_POLICY, site.namespace, 'tb-order')) as unknown as Policy;
    const way = order.spec.egress.find(({ ports }) => ports.some(({ port }) => port === 50052));
    assert.ok(way !== undefined && way.to === undefined, JSON.stringify(way));
    await site.client.delete(PLATFORM, site.namespace, 'tb');
    await eventually(async () => (await site.client.get(PLATFORM, site.namespace, 'tb')) === undefined);
    await site.stop();
  });
});
