import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collection, type Guarded, guardedApiServer, type Manifest, samplePlatform } from './api-fixture.ts';

const OVERRIDE = 'ticketbottle.io/freeze-override';
const WAIT =
  /is frozen by EventSale den-vau-live; wait until 2027-01-10T05:10:00Z, or set the annotation ticketbottle.io\/freeze-override to "<who>: <reason>" in the same request/;

describe('a platform while a sale is between arming and its end', () => {
  let api: Guarded;
  let path: string;
  const merge = (patch: object, query = '?dryRun=All', as?: string) =>
    api.ask('PATCH', `${path}${query}`, patch, as, 'application/merge-patch+json');
  const insisting = (why: string, spec: object) => ({ metadata: { annotations: { [OVERRIDE]: why } }, spec });

  before(async function () {
    this.timeout(120_000);
    api = await guardedApiServer();
    const platform: Manifest = samplePlatform();
    platform.metadata.name = 'frozen';
    platform.spec.kafka.topics = { 'order.paid': { partitions: 3 } };
    path = `${collection(platform)}/frozen`;
    assert.equal((await api.ask('POST', collection(platform), platform)).status, 201);
  });
  after(() => api.ask('DELETE', path));

  const freeze = async (value: object | null) => {
    const answer = await api.ask(
      'PATCH',
      `${path}/status`,
      { status: { freeze: value } },
      undefined,
      'application/merge-patch+json',
    );
    assert.equal(answer.status, 200, answer.message);
  };
  const asked = { by: 'EventSale den-vau-live', until: '2027-01-10T05:10:00Z' };

  const CHANGES: readonly (readonly [field: string, spec: object])[] = [
    ['spec.version', { version: '1.0.1' }],
    ['spec.imageRegistry', { imageRegistry: 'elsewhere' }],
    ['spec.services.order', { services: { order: { version: '1.0.1' } } }],
    ['spec.services.gateway', { services: { gateway: { image: 'a/gateway:2' } } }],
    ['spec.lambda.functions.email-sender', { lambda: { functions: { 'email-sender': { memoryMB: 512 } } } }],
    [
      'spec.lambda.functions.pdf-generator',
      { lambda: { functions: { 'pdf-generator': { env: [{ name: 'A', value: 'b' }] } } } },
    ],
    ['spec.kafka.topics.order.paid.partitions', { kafka: { topics: { 'order.paid': { partitions: 6 } } } }],
    ['spec.kafka.topics.order.created.partitions', { kafka: { topics: { 'order.created': { partitions: 6 } } } }],
  ];

  for (const [field, spec] of CHANGES) {
    it(`refuses a change of ${field}, and lets it through with an override in the same request`, async () => {
      await freeze(null);
      assert.equal((await merge({ spec })).status, 200, 'nothing is frozen yet');
      await freeze(asked);
      const refused = await merge({ spec });
      assert.equal(refused.status, 403, refused.message);
      assert.ok(refused.message.includes(`${field}: `) || refused.message.includes(`${field}, `), refused.message);
      assert.match(refused.message, WAIT);
      const insisted = await merge(insisting('ana: payment is down', spec));
      assert.equal(insisted.status, 200, insisted.message);
    });
  }

  it('takes no override without a name and a reason, and none from an earlier request', async () => {
    await freeze(asked);
    const spec = { version: '1.0.1' };
    for (const why of ['', 'yes', ': because', 'ana:', 'ana: '])
      assert.equal((await merge(insisting(why, spec))).status, 403, why);
    assert.equal((await merge(insisting('ana: payment is down', {}), '')).status, 200);
    assert.equal((await merge({ spec })).status, 403, 'the annotation was there before');
    assert.equal((await merge(insisting('ana: payment is down', spec))).status, 403, 'the same words again');
    assert.equal((await merge(insisting('ana: payment is still down', spec))).status, 200);
    await merge({ metadata: { annotations: { [OVERRIDE]: null } } }, '');
  });

  it('lets everything else through: scaling, suspending, more concurrency, adopting a status', async () => {
    await freeze(asked);
    for (const spec of [
      { services: { gateway: { replicas: { max: 40 } } } },
      { suspend: true },
      { lambda: { functions: { 'pdf-generator': { reservedConcurrency: 40 } } } },
      { changeFreeze: { enabled: true, reason: 'big sale' } },
    ])
      assert.equal((await merge({ spec })).status, 200, JSON.stringify(spec));
  });

  it('writes overrides to the audit log, with who asked', async () => {
    await freeze(asked);
    const why = `ana: audited ${Date.now()}`;
    assert.equal((await merge(insisting(why, { version: '1.0.1' }))).status, 200);
    const log = () => readFileSync(join(api.server.dir, 'audit.log'), 'utf8');
    for (let tries = 0; tries < 100 && !log().includes(why); tries++) await new Promise((done) => setTimeout(done, 50));
    const line =
      log()
        .split('\n')
        .find((text) => text.includes(why)) ?? '';
    const { annotations } = JSON.parse(line) as { annotations: Record<string, string> };
    assert.equal(
      annotations['platform-change-freeze.ticketbottle.io/freeze-override'],
      `admin during EventSale den-vau-live: ${why}`,
    );
  });
});
