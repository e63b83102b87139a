import assert from 'node:assert/strict';
import { SERVICES } from '#proto/names.ts';
import { containerEnvironment, secretsHash, sharedEnvironment } from '../environment.ts';
import { aPlatform } from '../testing/a-platform.ts';
import { deployment } from './deployment.ts';
import { migrationJob } from './migration-job.ts';
import { serviceConfig } from './service-config.ts';

const inputs = { env: [], config: 'tb-order-env-1', secretsHash: 'abc', caBundle: false };

describe('deployment', () => {
  for (const service of SERVICES) {
    it(`of ${service} never sets replicas while the region is active, and sets 0 in a standby`, () => {
      assert.equal('replicas' in deployment(aPlatform(), service, inputs).spec, false);
      const standby = aPlatform((spec) => Object.assign(spec, { region: { name: 'eu', role: 'Standby' } }));
      assert.equal(deployment(standby, service, inputs).spec.replicas, 0);
    });

    it(`of ${service} passes Pod Security "restricted"`, () => {
      const { spec } = deployment(aPlatform(), service, inputs).spec.template;
      assert.equal(spec.securityContext.runAsNonRoot, true);
      assert.equal(spec.securityContext.seccompProfile.type, 'RuntimeDefault');
      for (const { securityContext } of spec.containers) {
        assert.equal(securityContext.allowPrivilegeEscalation, false);
        assert.equal(securityContext.readOnlyRootFilesystem, true);
        assert.deepEqual(securityContext.capabilities.drop, ['ALL']);
      }
    });
  }

  it('goes to the nodes that the platform names, and so do its migrations', () => {
    const scheduling = {
      nodeSelector: { 'karpenter.sh/capacity-type': 'on-demand' },
      tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'tickets', effect: 'NoSchedule' }],
      priorityClassName: 'sales',
    };
    const platform = aPlatform((spec) => Object.assign(spec, { scheduling }));
    const pods = [
      deployment(platform, 'order', inputs).spec.template.spec,
      migrationJob(platform, 'payment', { env: [], caBundle: false }).spec.template.spec,
    ];
    for (const spec of pods) {
      const { nodeSelector, tolerations, priorityClassName } = spec as typeof scheduling & typeof spec;
      assert.deepEqual({ nodeSelector, tolerations, priorityClassName }, scheduling);
    }
  });

  it('rolls pods when the value of a Secret changes, or the ConfigMap does', () => {
    const template = (change: object) => deployment(aPlatform(), 'order', { ...inputs, ...change }).spec.template;
    assert.deepEqual(template({}), template({}));
    assert.notDeepEqual(template({}), template({ secretsHash: 'abd' }));
    assert.notDeepEqual(template({}), template({ config: 'tb-order-env-2' }));
  });

  it('mounts a certificate and names its callers where services show each other who they are, and not otherwise', () => {
    const platform = aPlatform((spec) => Object.assign(spec, { serviceTls: { enabled: true } }));
    const { env } = containerEnvironment(platform, 'payment', '1.0.0', sharedEnvironment(platform, undefined));
    const value = (name: string) => env.find((one) => one.name === name)?.value;
    assert.equal(value('GRPC_CALLERS'), 'order');
    const { volumes, containers } = deployment(platform, 'payment', inputs).spec.template.spec;
    assert.ok(volumes.some((volume) => 'secret' in volume && volume.secret.secretName === 'ticketbottle-payment-tls'));
    assert.ok(containers[0]?.volumeMounts.some(({ mountPath }) => mountPath === value('GRPC_TLS_DIR')));
    const bare = aPlatform();
    const without = containerEnvironment(bare, 'payment', '1.0.0', sharedEnvironment(bare, undefined)).env;
    assert.ok(!without.some(({ name }) => name.startsWith('GRPC_TLS') || name === 'GRPC_CALLERS'));
  });

  it('takes at most a quarter away at a time', () => {
    assert.equal(deployment(aPlatform(), 'order', inputs).spec.strategy.rollingUpdate.maxUnavailable, '25%');
  });

  it('prefers the image of the service, then its version, then the version of the platform', () => {
    const imageWith = (own: object) =>
      deployment(
        aPlatform((spec) => Object.assign(spec, { services: { order: own } })),
        'order',
        inputs,
      ).spec.template.spec.containers[0]?.image;
    assert.equal(imageWith({}), 'ticketbottle/order:1.0.0');
    assert.equal(imageWith({ version: '1.1.0' }), 'ticketbottle/order:1.1.0');
    assert.equal(imageWith({ image: 'other/thing@sha256:0', version: '1.1.0' }), 'other/thing@sha256:0');
  });
});

describe('containerEnvironment', () => {
  const platform = aPlatform();
  const shared = sharedEnvironment(platform, 'http://hooks');
  const namesOf = (service: (typeof SERVICES)[number]) => {
    const { config, env } = containerEnvironment(platform, service, '1.0.0', shared);
    return [...Object.keys(config), ...env.map(({ name }) => name)].sort();
  };

  it('gives each service what the contract says and nothing else', () => {
    const common = ['LOG_LEVEL', 'OPS_PORT', 'TB_PLATFORM', 'TB_REGION', 'TB_VERSION'];
    const aws = ['AWS_ACCESS_KEY_ID', 'AWS_ENDPOINT_URL_SESV2', 'AWS_REGION', 'AWS_SECRET_ACCESS_KEY'];
    assert.deepEqual(
      namesOf('user'),
      [...common, ...aws, 'DATABASE_URL', 'GRPC_PORT', 'MAIL_FROM', 'PUBLIC_URL'].sort(),
    );
    assert.deepEqual(
      namesOf('inventory'),
      [...common, 'DATABASE_URL', 'GRPC_PORT', 'KAFKA_BROKERS', 'KAFKA_TLS'].sort(),
    );
    assert.deepEqual(
      namesOf('waitroom'),
      [
        ...common,
        'ADMISSION_PRIVATE_JWK',
        'GRPC_PORT',
        'KAFKA_BROKERS',
        'KAFKA_TLS',
        'REDIS_ADDRESS',
        'REDIS_TLS',
      ].sort(),
    );
    assert.deepEqual(
      namesOf('order'),
      [
        ...common,
        ...['ADMISSION_JWKS', 'AWS_ACCESS_KEY_ID', 'AWS_ENDPOINT_URL_DYNAMODB', 'AWS_REGION', 'AWS_SECRET_ACCESS_KEY'],
        ...['EVENT_ADDR', 'GRPC_PORT', 'INVENTORY_ADDR', 'KAFKA_BROKERS', 'KAFKA_TLS', 'ORDERS_TABLE', 'PAYMENT_ADDR'],
        ...['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TICKET_PRIVATE_JWK', 'WAITROOM_ADDR'],
      ].sort(),
    );
    assert.deepEqual(
      namesOf('payment'),
      [
        ...common,
        ...['DATABASE_URL', 'GRPC_PORT', 'KAFKA_BROKERS', 'KAFKA_TLS', 'PAYOS_API_KEY', 'PAYOS_BASE_URL'],
        ...['PAYOS_CHECKSUM_KEY', 'PAYOS_CLIENT_ID', 'PUBLIC_URL', 'WEBHOOK_BASE_URL', 'ZALOPAY_APP_ID'],
        ...['ZALOPAY_BASE_URL', 'ZALOPAY_KEY1', 'ZALOPAY_KEY2'],
      ].sort(),
    );
    assert.deepEqual(
      namesOf('gateway'),
      [
        ...common,
        ...['ACCESS_JWKS', 'ACCESS_PRIVATE_JWK', 'AWS_ACCESS_KEY_ID', 'AWS_ENDPOINT_URL_S3', 'AWS_REGION'],
        ...['AWS_SECRET_ACCESS_KEY', 'EVENT_ADDR', 'HTTP_PORT', 'INVENTORY_ADDR', 'ORDER_ADDR', 'PUBLIC_URL'],
        ...['REDIS_ADDRESS', 'REDIS_TLS', 'TICKET_BUCKET', 'TICKET_JWKS', 'USER_ADDR', 'WAITROOM_ADDR'],
      ].sort(),
    );
  });

  it('never puts a secret value into the template, and lets the spec override an entry once', () => {
    const own = aPlatform((spec) =>
      Object.assign(spec, { services: { order: { env: [{ name: 'LOG_LEVEL', value: 'trace' }] } } }),
    );
    const { config, env } = containerEnvironment(own, 'order', '1.0.0', shared);
    assert.equal(config['LOG_LEVEL'], undefined);
    assert.deepEqual(
      env.filter(({ name }) => name === 'LOG_LEVEL'),
      [{ name: 'LOG_LEVEL', value: 'trace' }],
    );
    for (const { name, value } of env)
      assert.ok(value === undefined || !/JWK|KEY|PASSWORD|DATABASE_URL/.test(name), name);
    for (const name of Object.keys(config)) assert.doesNotMatch(name, /JWK|KEY|PASSWORD|DATABASE_URL/);
  });
});

describe('secretsHash', () => {
  const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'a' } } }];
  const hash = (data: Record<string, string>, ca?: string) => secretsHash(env, ca, () => data);

  it('changes with what pods read, and not with what they do not', () => {
    assert.notEqual(hash({ a: '1' }), hash({ a: '2' }));
    assert.equal(hash({ a: '1' }), hash({ a: '1', b: '2' }));
  });

  it('changes with the certificates, which are read at the start only', () => {
    assert.notEqual(hash({ a: '1' }, 'old'), hash({ a: '1' }, 'old\nnew'));
  });
});

describe('serviceConfig', () => {
  it('is named after what is in it', () => {
    const name = (data: Record<string, string>) => serviceConfig(aPlatform(), 'user', data).metadata.name;
    assert.equal(name({ A: '1', B: '2' }), name({ B: '2', A: '1' }));
    assert.notEqual(name({ A: '1' }), name({ A: '2' }));
    assert.match(name({ A: '1' }), /^ticketbottle-user-env-[0-9a-f]{10}$/);
  });
});
