import { LambdaClient } from '@aws-sdk/client-lambda';
import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { dynamoDbClient } from '#operator/external/dynamodb.ts';
import type { PostgresAccess } from '#operator/external/postgres.ts';
import { createSaleConcurrency } from '#operator/external/sale-concurrency.ts';
import { createSaleGate, type SaleGate } from '#operator/external/sale-gate.ts';
import { clusterAddress, connectTicketing, type Ticketing } from '#operator/external/ticketing.ts';
import { createWarmThroughput } from '#operator/external/warm-throughput.ts';
import { canonicalHash } from '#operator/kube/canonical-hash.ts';
import { type KubeObject, key } from '#operator/kube/resource.ts';
import type { ServiceName } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import type { Registry } from '#runtime/metrics.ts';
import { createRedis, type Redis } from '#runtime/redis.ts';
import type { CloudLink } from './prescale/serverless.ts';

/** Connections to one platform's services and Redis. */
export interface PlatformLink {
  readonly ticketing: Ticketing;
  readonly gate: SaleGate;
  readonly redis: Redis;
  /** Secret material from which passwords of synthetic accounts are derived. */
  readonly passwordSecret: string;
}

/** A Secret that the platform names and that is not there (yet). */
export class SecretMissing extends Error {
  override readonly name = 'SecretMissing';
}

export type Secret = KubeObject & { data?: Record<string, string> };

export interface LinksDeps {
  /** The Secret of this `namespace/name`, from the store. */
  readonly secretOf: (key: string) => Secret | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly root: string;
  /** `host:port` of a service; the cluster's names unless a test says otherwise. */
  readonly addressOf?: (platform: { namespace: string; name: string }, service: ServiceName) => string;
}

interface Open extends PlatformLink {
  readonly fingerprint: string;
}

interface OpenCloud extends CloudLink {
  readonly fingerprint: string;
  destroy(): void;
}

/** One link per platform, opened on first use, opened anew when address or secrets change. */
export class PlatformLinks {
  readonly #deps: LinksDeps;
  readonly #open = new Map<string, Open>();
  readonly #clouds = new Map<string, OpenCloud>();

  constructor(deps: LinksDeps) {
    this.#deps = deps;
  }

  /** Throws SecretMissing. */
  of(platform: TicketBottlePlatform): PlatformLink {
    const name = key(platform);
    const known = this.#open.get(name);
    const secrets = this.#secrets(platform);
    const fingerprint = canonicalHash([platform.metadata.uid, platform.spec.redis, secrets]);
    if (known?.fingerprint === fingerprint) return known;
    this.#close(name);
    const link = this.#connect(platform, secrets, fingerprint);
    this.#open.set(name, link);
    return link;
  }

  /** AWS, apart from the rest: a sale goes on where only this cannot be reached. Throws SecretMissing. */
  cloudOf(platform: TicketBottlePlatform): CloudLink {
    const name = key(platform);
    const known = this.#clouds.get(name);
    const { aws, orders } = platform.spec;
    const secret = aws.credentialsSecretRef?.name;
    const accessKeyId = this.#secret(platform, secret, 'access-key-id');
    const secretAccessKey = this.#secret(platform, secret, 'secret-access-key');
    const fingerprint = canonicalHash([platform.metadata.uid, aws, orders.region, orders.endpoint, accessKeyId]);
    if (known?.fingerprint === fingerprint) return known;
    known?.destroy();
    const credentials =
      accessKeyId === undefined || secretAccessKey === undefined
        ? {}
        : { credentials: { accessKeyId, secretAccessKey } };
    const lambda = new LambdaClient({
      region: aws.region,
      maxAttempts: 3,
      requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000 },
      ...(aws.endpoint === undefined ? {} : { endpoint: aws.endpoint }),
      ...credentials,
    });
    const dynamodb = dynamoDbClient({
      region: orders.region ?? aws.region,
      endpoint: orders.endpoint ?? aws.endpoint,
      ...credentials,
    });
    const cloud = {
      concurrency: createSaleConcurrency(lambda),
      throughput: createWarmThroughput(dynamodb),
      fingerprint,
      destroy: () => {
        lambda.destroy();
        dynamodb.destroy();
      },
    };
    this.#clouds.set(name, cloud);
    return cloud;
  }

  /** How to reach Postgres as the role that the platform names. Throws SecretMissing. */
  postgresOf(platform: TicketBottlePlatform): PostgresAccess {
    const { host, port, tls, credentialsSecretRef } = platform.spec.postgres;
    const user = this.#secret(platform, credentialsSecretRef.name, 'username') ?? '';
    const password = this.#secret(platform, credentialsSecretRef.name, 'password') ?? '';
    const ca = tls?.enabled ? this.#secret(platform, tls.caSecretRef?.name, 'ca.crt') : undefined;
    return { host, port, user, password, tls: tls?.enabled ? (ca === undefined ? true : { ca }) : false };
  }

  close(): void {
    for (const name of [...this.#open.keys()]) this.#close(name);
    for (const cloud of this.#clouds.values()) cloud.destroy();
    this.#clouds.clear();
  }

  #close(name: string): void {
    const link = this.#open.get(name);
    if (link === undefined) return;
    link.ticketing.close();
    link.redis.disconnect();
    this.#open.delete(name);
  }

  #connect(platform: TicketBottlePlatform, secrets: Secrets, fingerprint: string): Open {
    const { clock, log, metrics, root, addressOf = clusterAddress } = this.#deps;
    const { redis: spec } = platform.spec;
    const redis = createRedis({
      address: spec.address,
      tls: spec.tls?.enabled,
      ca: secrets.ca,
      password: secrets.password,
      log,
      connectionName: 'ticketbottle-operator',
    });
    const { namespace, name } = platform.metadata;
    const ticketing = connectTicketing({
      root,
      log,
      clock,
      metrics,
      addressOf: (service) => addressOf({ namespace, name }, service),
      tls: secrets.serviceTls,
    });
    return {
      ticketing,
      gate: createSaleGate(redis, clock),
      passwordSecret: secrets.signingKey,
      redis,
      fingerprint,
    };
  }

  #secrets(platform: TicketBottlePlatform): Secrets {
    const { redis } = platform.spec;
    const { name } = platform.metadata;
    return {
      password: this.#secret(platform, redis.authSecretRef?.name, 'token'),
      ca: this.#secret(platform, redis.tls?.enabled ? redis.tls.caSecretRef?.name : undefined, 'ca.crt'),
      signingKey: this.#secret(platform, `${name}-signing-keys`, 'ACCESS_PRIVATE_JWK') ?? '',
      serviceTls: platform.spec.serviceTls.enabled ? this.#serviceTls(platform) : undefined,
    };
  }

  /** The operator's own certificate among the platform's services. */
  #serviceTls(platform: TicketBottlePlatform): Secrets['serviceTls'] {
    const field = (name: string) => this.#secret(platform, `${platform.metadata.name}-operator-tls`, name) ?? '';
    return { ca: field('ca.crt'), cert: field('tls.crt'), key: field('tls.key') };
  }

  #secret(platform: TicketBottlePlatform, name: string | undefined, field: string): string | undefined {
    if (name === undefined) return undefined;
    const { namespace } = platform.metadata;
    const encoded = this.#deps.secretOf(`${namespace}/${name}`)?.data?.[field];
    if (encoded === undefined)
      throw new SecretMissing(
        `Secret ${namespace}/${name} with key ${field} is not there: create it, or wait for the platform`,
      );
    return Buffer.from(encoded, 'base64').toString('utf8').trim();
  }
}

interface Secrets {
  readonly password: string | undefined;
  readonly ca: string | undefined;
  readonly signingKey: string;
  readonly serviceTls: { readonly ca: string; readonly cert: string; readonly key: string } | undefined;
}
