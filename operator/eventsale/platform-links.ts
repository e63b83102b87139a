import type { TicketBottlePlatform } from '#operator/api/platform.gen.ts';
import { createSaleGate, type SaleGate } from '#operator/external/sale-gate.ts';
import { clusterAddress, connectTicketing, type Ticketing } from '#operator/external/ticketing.ts';
import { canonicalHash } from '#operator/kube/canonical-hash.ts';
import { type KubeObject, key } from '#operator/kube/resource.ts';
import type { ServiceName } from '#proto/names.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/log.ts';
import type { Registry } from '#runtime/metrics.ts';
import { createRedis, type Redis } from '#runtime/redis.ts';

/** Connections to one platform's services and Redis. */
export interface PlatformLink {
  readonly ticketing: Ticketing;
  readonly gate: SaleGate;
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
  readonly redis: Redis;
}

/** One link per platform, opened on first use, opened anew when address or secrets change. */
export class PlatformLinks {
  readonly #deps: LinksDeps;
  readonly #open = new Map<string, Open>();

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

  close(): void {
    for (const name of [...this.#open.keys()]) this.#close(name);
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
    };
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
}
